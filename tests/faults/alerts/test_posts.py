"""Two real alerts processes: posts have one holder and a stand-by, and the feed loses and doubles nothing."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.posts import KIND
from models.changes.nodes import note_status
from models.store import Store, feed
from tests.support.waiting import GENEROUS_S, START_S, wait_for
from tests.support.workers import owners, worker
from tests.support.world import seed_world


@contextmanager
def changing(store: Store, nodes: list[str]) -> Iterator[list[int]]:
    """Nodes that go on- and offline over and over; yields the number of events that this announced."""
    stop, announced = threading.Event(), [0]

    def play() -> None:
        session = 0
        while not stop.wait(0.005):
            session += 1
            for node in nodes:
                for online in (True, False):
                    with store.write() as w:
                        at = datetime.now(UTC)
                        note_status(w, node_id=node, online=online, session=session, at=at, firmware=None)
                    announced[0] += 1

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield announced
    finally:
        stop.set()
        thread.join(GENEROUS_S)


def holder_of(store: Store, post: str) -> str | None:
    with store.read() as r:
        found = r.raw.execute(
            "SELECT h.name FROM lease l JOIN lease_holder h ON h.id = l.holder"
            " WHERE l.kind = %s AND l.key = %s AND h.until > clock_timestamp()",
            [KIND, post],
        ).fetchone()
    return None if found is None else str(found[0])


def numbered(store: Store) -> list[int]:
    with store.read() as r:
        return [seq for (seq,) in r.raw.execute("SELECT seq FROM event ORDER BY seq").fetchall()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_stand_by_numbers_the_feed_when_the_sequencer_dies(
    store: Store, database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    kitchens = seed_world(store)
    more = {"database_url": database_url, "folder": tmp_path}
    with worker("alerts", "a", **more) as first, worker("alerts", "b", **more) as second:
        wait_for(lambda: owners(store, KIND) == {"a": 2, "b": 2}, timeout_s=START_S, log=tmp_path / "a.log")
        with changing(store, [kitchen.node for kitchen in kitchens]) as announced:
            wait_for(lambda: len(numbered(store)) > 50)
            sequencer = wait_for(lambda: holder_of(store, "feed"))
            (first if sequencer == "a" else second).send_signal(number)
            heir = "b" if sequencer == "a" else "a"
            wait_for(lambda: owners(store, KIND) == {heir: 4}, log=tmp_path / f"{heir}.log")
            seen = len(numbered(store))
            wait_for(lambda: len(numbered(store)) > seen + 50)
        wait_for(lambda: len(numbered(store)) >= announced[0])
    found = numbered(store)
    assert len(found) == announced[0]
    assert len(set(found)) == len(found)  # the numbers of a killed transaction are a gap, as the contract allows
    with store.read() as r:
        assert r.raw.execute("SELECT count(DISTINCT event_id) FROM event").fetchone() == (announced[0],)
        assert feed.bounds(r)[0] == found[-1]
