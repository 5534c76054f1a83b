"""The store through pgbouncer in transaction mode: few connections of the server, no session of one's own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest

from models.store import Store, feed, readings, registry
from models.store.connect import API, API_LOGIN, WORKER, WORKER_LOGIN
from models.store.readings import ReadingRow
from models.store.scope import Scope
from tests.support.people import announce_task, number_feed
from tests.support.poolers import pgbouncer
from tests.support.world import TENANT, Kitchen, seed_world

ROUNDS = 60


@pytest.fixture
def addresses(database_url: str) -> Iterator[dict[str, str]]:
    with pgbouncer(database_url, connections=2) as found:
        yield found


def test_scopes_do_not_leak_between_transactions_that_share_a_connection(
    addresses: dict[str, str], store: Store
) -> None:
    a, b = seed_world(store)
    announce_task(store, a, 3)
    announce_task(store, b, 2)
    number_feed(store)
    with Store(addresses[API_LOGIN], role=API, size=8, pooled=True) as pooled:

        def look(number: int) -> tuple[str, set[str]]:
            kitchen = (a, b)[number % 2]
            with pooled.read(Scope.of_region(TENANT, kitchen.region)) as r:
                return kitchen.region, {event.region_code for event in feed.events_after(r, cursor=0, limit=50)}

        with ThreadPoolExecutor(8) as pool:
            for region, seen in pool.map(look, range(ROUNDS)):
                assert seen == {region}
        with pooled.read() as r:
            assert r.raw.execute("SELECT count(*) FROM event").fetchone() == (0,), "no scope, no row"
    with psycopg.connect(addresses[API_LOGIN]) as bare:
        left = "SELECT current_user, current_setting('mingchu.region', true), current_setting('statement_timeout')"
        assert bare.execute(left).fetchone() in {(API_LOGIN, "", "0"), (API_LOGIN, None, "0")}


def test_roles_and_bounds_hold_in_each_transaction(addresses: dict[str, str]) -> None:
    with Store(addresses[WORKER_LOGIN], role=WORKER, size=3, idle_s=5, pooled=True) as pooled:
        for _ in range(3):
            with pooled.write() as w:
                row = w.raw.execute(
                    "SELECT current_user, current_setting('statement_timeout'), current_setting('TimeZone'), "
                    "current_setting('idle_in_transaction_session_timeout')"
                ).fetchone()
                assert row == (WORKER, "30s", "UTC", "5s")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), pooled.read() as r:
            r.raw.execute("DELETE FROM site")


def test_batches_by_copy_and_many_transactions_at_once(addresses: dict[str, str], store: Store) -> None:
    a, _ = seed_world(store)
    at = datetime.now(UTC)
    with Store(addresses[WORKER_LOGIN], role=WORKER, size=6, pooled=True) as pooled:

        def keep(number: int) -> int:
            with pooled.write() as w:
                return readings.store_readings(w, [reading(a, at, number * 10 + i) for i in range(10)])

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(keep, range(ROUNDS))) == ROUNDS * 10
            assert sum(pool.map(keep, range(ROUNDS))) == 0, "each only once"
        for _ in range(10):  # psycopg would prepare it by now
            with pooled.read() as r:
                assert registry.site(r, a.site) is not None
        with pooled.read() as r:
            assert readings.count_readings(r)[0] == ROUNDS * 10


def reading(kitchen: Kitchen, at: datetime, seq: int) -> ReadingRow:
    return ReadingRow(
        device_id=kitchen.fridge, code="fridge_temp", occurred_at=at, seq=seq, received_at=at, value=4.0, late=False
    )


def test_a_store_that_keeps_a_session_is_refused_there_and_not_half_served(addresses: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError, match="unsupported startup parameter"):
        psycopg.connect(addresses[WORKER_LOGIN], options="-c statement_timeout=30s")
