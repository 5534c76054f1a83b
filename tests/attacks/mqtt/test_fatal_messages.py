"""A message that kills the process whenever it is read is found by its hash, and quarantined unread."""

import time
from collections.abc import Sequence

import pytest

from ingest.intake.admission import Admission
from ingest.intake.budget import Budgets
from ingest.intake.careful import MOST_ALONE, CarefulStoring
from ingest.intake.sorting import Sorted, Sorter
from ingest.mqtt import Incoming
from ingest.registry import Registry
from models.base.clock import SystemClock
from models.store import Store, quarantine
from tests.support.world import TENANT, Kitchen, seed_world


class Killed(BaseException):
    """Stands for a killed process: nothing catches it."""


def message(kitchen: Kitchen, value: float, *, repeated: bool) -> Incoming:
    topic = f"mingchu/v1/{TENANT}/{kitchen.site}/{kitchen.node}/{kitchen.fridge}/reading"
    payload = b'[{"n":"fridge_temp","u":"Cel","v":%.2f}]' % value
    return Incoming(topic, payload, 1, 1, 1, time.monotonic(), {}, False, repeated)


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> None:
    sort = Sorter.sort

    def stumble(self: Sorter, message: Incoming, **more: object) -> None:
        if b"6.66" in message.payload:
            raise Killed
        sort(self, message, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Sorter, "sort", stumble)


def process(store: Store, messages: Sequence[Incoming]) -> list[Sorted]:
    """One life of intake."""
    registry = Registry(store)
    registry.know(message.topic for message in messages)
    return CarefulStoring(store, Sorter(registry), Admission(Budgets()), clock=SystemClock()).store(messages)


def test_a_message_that_kills_the_intake_several_times_is_quarantined_and_the_others_are_stored(
    store: Store, deadly: None
) -> None:
    a, _ = seed_world(store)
    lives, repeated = 0, False
    while True:
        batch = [message(a, value, repeated=repeated) for value in (4.0, 4.1, 6.66, 4.2, 4.3)]
        try:
            process(store, batch)
            break
        except Killed:
            lives, repeated = lives + 1, True
    assert lives <= MOST_ALONE + 4
    with store.read() as r:
        (entry,) = quarantine.quarantined(r, before=None, limit=10)
        values = {value for (value,) in r.raw.execute("SELECT value FROM reading").fetchall()}
    assert (entry.reason, values) == ("failed_repeatedly", {4.0, 4.1, 4.2, 4.3})
    process(
        store, [message(a, 6.66, repeated=False), message(a, 4.4, repeated=False)]
    )  # sent again, it kills no process
    with store.read() as r:
        (entry,) = quarantine.quarantined(r, before=None, limit=10)
    assert entry.times == 2


def test_a_redelivered_message_is_stored_and_its_attempts_forgotten(store: Store) -> None:
    a, _ = seed_world(store)
    for _ in range(10):
        process(store, [message(a, 4.0, repeated=True)])
    with store.read() as r:
        assert r.raw.execute("SELECT count(*) FROM intake_attempt").fetchall() == [(0,)]
        assert quarantine.quarantined(r, before=None, limit=10) == []
