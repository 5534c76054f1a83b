import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.credentials import (
    hash_password,
    make_api_key,
    secret_matches,
    split_api_key,
    token_digest,
    verify_password,
)


def test_a_password_is_stored_as_argon2id_and_verified() -> None:
    stored = hash_password("correct horse")
    assert stored.startswith("$argon2id$")
    assert "correct horse" not in stored
    assert verify_password(stored, "correct horse")
    assert not verify_password(stored, "correct hors")
    assert not verify_password("not a hash", "correct horse")


def test_a_key_is_shown_once_and_only_its_digest_kept() -> None:
    prefix, digest, shown = make_api_key()
    parts = split_api_key(shown)
    assert parts is not None
    assert parts[0] == prefix
    assert secret_matches(digest, parts[1])
    assert not secret_matches(digest, parts[1][:-1])
    assert digest == token_digest(parts[1]) != parts[1]


@pytest.mark.parametrize("shown", ["", "mk", "mk_a", "mk_a_b_c", "sk_a_b"])
def test_keys_of_another_form_are_refused(shown: str) -> None:
    assert split_api_key(shown) is None


@given(st.text())
def test_any_text_can_be_parsed_as_a_key(shown: str) -> None:
    parts = split_api_key(shown)
    assert parts is None or shown == f"mk_{parts[0]}_{parts[1]}"
