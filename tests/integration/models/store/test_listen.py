"""Notifications from a real database, also after an outage, and ending without a wait."""

import threading

import psycopg

from models.store import Store
from models.store.listen import Listener
from tests.support.waiting import GENEROUS_S, wait_for


def announce(store: Store) -> None:
    with store.write() as w:
        w.raw.execute("NOTIFY mingchu_event")


def listens(database_url: str) -> list[int]:
    """Return the server processes of our listening connections."""
    with psycopg.connect(database_url) as asking:
        found = asking.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %%'"
            " AND state = 'idle'"
        )
        return [pid for (pid,) in found.fetchall()]


def test_every_notification_is_received(store: Store, database_url: str) -> None:
    with Listener(database_url, ("mingchu_event",)) as listener:
        wait_for(lambda: listens(database_url))
        for _ in range(20):
            announce(store)
            assert wait_for(lambda: listener.wait(0.1))
        assert not listener.wait(0)


def test_it_listens_again_after_its_connection_was_ended(store: Store, database_url: str) -> None:
    with Listener(database_url, ("mingchu_event",)) as listener:
        (pid,) = wait_for(lambda: listens(database_url))
        with store.write() as w:
            w.raw.execute("RESET ROLE")
            w.raw.execute("SELECT pg_terminate_backend(%s)", [pid])
        wait_for(lambda: listens(database_url) not in ([], [pid]))
        announce(store)
        assert wait_for(lambda: listener.wait(0.1))


def test_it_ends_at_once_and_wakes_waiting_callers(database_url: str) -> None:
    heard = threading.Event()
    with Listener(database_url, ("mingchu_event",)) as listener:
        wait_for(lambda: listens(database_url))
        waiting = threading.Thread(target=lambda: listener.wait(3600) and heard.set())
        waiting.start()
        listener.wake()
        assert heard.wait(GENEROUS_S)
        waiting.join()
    assert not any(thread.name == "listener" for thread in threading.enumerate())
    wait_for(lambda: not listens(database_url))
