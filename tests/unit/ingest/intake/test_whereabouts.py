"""A node moves between brokers: late words of the one it left change nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.intake.whereabouts import Whereabouts
from ingest.links import Links
from ingest.mqtt import Incoming, Login
from ingest.payloads import status

BEGIN = datetime(2026, 11, 29, 8, tzinfo=UTC)
TOPIC = "mingchu/v1/t/site-a/node-a/_/status"


@pytest.fixture
def links() -> Links:
    """Links that are never opened: what they would publish waits for its broker."""
    return Links(Login(url="mqtt://127.0.0.1:9,mqtt://127.0.0.1:10", client_id="x", username=None, password=None))


def told(*, broker: int, online: bool, seconds: float = 0, retained: bool = False, topic: str = TOPIC) -> Incoming:
    at = BEGIN + timedelta(seconds=seconds)
    payload = status.render(online=online, session=1, at=at, firmware="f", devices=[])
    return Incoming(topic, payload, 1, 1, 1, 0.0, {}, retained, broker=broker)


def test_the_death_at_a_broker_that_the_node_has_left_is_passed_over(links: Links) -> None:
    seen = Whereabouts(links)
    assert not seen.misleads(told(broker=0, online=True))
    assert not seen.misleads(told(broker=1, online=True, seconds=10))
    assert seen.misleads(told(broker=0, online=False))
    assert not seen.misleads(told(broker=1, online=False))


def test_a_birth_out_of_the_buffer_of_a_frozen_broker_moves_nobody_back(links: Links) -> None:
    seen = Whereabouts(links)
    assert not seen.misleads(told(broker=1, online=True, seconds=10))
    assert seen.misleads(told(broker=0, online=True, seconds=5))
    assert seen.misleads(told(broker=0, online=False))
    assert not seen.misleads(told(broker=0, online=True, seconds=20))  # it really came back


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_what_brokers_retain_the_newest_birth_counts_in_either_order(links: Links, order: tuple[int, int]) -> None:
    seen = Whereabouts(links)
    for broker in order:
        seen.misleads(told(broker=broker, online=True, seconds=broker, retained=True))
    assert seen.misleads(told(broker=0, online=False, retained=True))
    assert not seen.misleads(told(broker=1, online=False))


def test_a_birth_deletes_what_other_brokers_retain_once_they_are_back(links: Links) -> None:
    seen = Whereabouts(links)
    seen.misleads(told(broker=0, online=True))
    seen.misleads(told(broker=1, online=True, seconds=1))
    assert links.waiting(0) == [TOPIC]
    assert links.waiting(1) == []


def test_what_is_no_status_says_nothing(links: Links) -> None:
    seen = Whereabouts(links)
    for topic in ("", "status", "mingchu/v1/t/site-a/node-a/_/reading", "a/b/status"):
        assert not seen.misleads(told(broker=0, online=True, topic=topic))
    assert not seen.misleads(Incoming(TOPIC, b"\xff{", 1, 1, 1, 0.0, {}, False, broker=0))
    assert links.waiting(1) == []
