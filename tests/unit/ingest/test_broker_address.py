"""Addresses of one or several brokers."""

import pytest

from ingest.broker_address import MOST_BROKERS, addresses_of
from models.base.errors import Invalid


def test_several_addresses_stand_with_commas_between() -> None:
    assert addresses_of("mqtt://a:1885") == ("mqtt://a:1885",)
    assert addresses_of("mqtt://a:1885, mqtts://b") == ("mqtt://a:1885", "mqtts://b")


@pytest.mark.parametrize(
    "urls",
    [
        "",
        "mqtt://a,",
        "mqtt://a,mqtt://a:1883",  # one broker twice would deliver everything twice
        "mqtt://a,http://b",
        "mqtt://user:hunter2@a,mqtt://b",
        ",".join(f"mqtt://b{n}" for n in range(MOST_BROKERS + 1)),
    ],
)
def test_what_is_no_list_of_different_brokers_is_refused_without_showing_it(urls: str) -> None:
    with pytest.raises(Invalid) as refused:
        addresses_of(urls)
    assert "hunter2" not in str(refused.value)
