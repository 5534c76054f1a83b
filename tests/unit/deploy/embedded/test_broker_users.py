"""Secrets and names of the broker's users."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.embedded.broker import BrokerUser, mosquitto_hash, verify_mosquitto_hash

# Made by mosquitto_passwd 2.0.11 for the secret "geheim-1".
FROM_MOSQUITTO = (
    "$7$101$ZPysK4WxF3Ub2jn5$916r2lnTmrhc08G6j3ykRciTjBhM5b26m0tNAe7pjMSs1yuOYjlVr8EkfNsO/h35jC29NIl19NopI4etEdlbsA=="
)


def test_a_hash_made_by_mosquittos_own_tool_is_verified() -> None:
    assert verify_mosquitto_hash("geheim-1", FROM_MOSQUITTO)
    assert not verify_mosquitto_hash("geheim-2", FROM_MOSQUITTO)


@given(secret=st.text(min_size=1, max_size=50), other=st.text(min_size=1, max_size=50))
def test_a_hash_matches_its_secret_and_no_other(secret: str, other: str) -> None:
    stored = mosquitto_hash(secret, iterations=1)
    assert verify_mosquitto_hash(secret, stored)
    assert verify_mosquitto_hash(other, stored) == (other == secret)


def test_the_same_secret_hashes_differently_each_time() -> None:
    assert mosquitto_hash("s") != mosquitto_hash("s")


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "$7$",
        "$6$101$AAAA$AAAA",  # SHA-512 without PBKDF2
        "$7$many$AAAA$AAAA",
        "$7$0$AAAA$AAAA",  # PBKDF2 needs one iteration
        "$7$101$not base64$AAAA",
        "$7$101$AAAA$AAAA$AAAA",
        "$7$101$AAAA$ä",
    ],
)
def test_an_unreadable_hash_matches_nothing(stored: str) -> None:
    assert not verify_mosquitto_hash("", stored)


@pytest.mark.parametrize("name", ["", "+", "a/b", "a#", "#a", "a:b", "a\nb", "a b", "-a", "节点", "a" * 129])
def test_a_name_with_special_characters_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="broker user name"):
        BrokerUser(name=name, mosquitto_hash=mosquitto_hash("s"))


def test_a_hash_with_line_breaks_is_refused() -> None:
    with pytest.raises(ValueError, match="hash"):
        BrokerUser(name="node", mosquitto_hash="$7$1$A$B\nroot:$7$1$A$B")


def test_secrets_do_not_show_in_the_representation() -> None:
    user = BrokerUser(name="node", mosquitto_hash=mosquitto_hash("tell-no-one"), secret="tell-no-one")
    assert "tell-no-one" not in repr(user)
    assert "$7$" not in repr(user)
