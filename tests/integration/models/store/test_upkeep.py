from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import psycopg
import pytest

from alerts.role import duties_pass, one_pass
from models.base.clock import SteppedClock
from models.base.errors import StoreUnavailable
from models.store import Store, migrate
from models.store.connect import API, WORKER
from models.store.scope import KINDS

LONG_AGO = datetime(2020, 1, 15, tzinfo=UTC)


def partitions(store: Store, parent: str) -> set[str]:
    with store.read() as r:
        found = r.raw.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s)",
            [parent],
        )
        return {name for (name,) in found.fetchall()}


def test_partitions_wait_for_a_dump_without_holding_others_up(store: Store, database_url: str) -> None:
    coming = f"reading_{datetime.now(UTC) + timedelta(days=3):%Y%m%d}"
    with psycopg.connect(database_url) as owner:
        owner.execute(f"DROP TABLE {coming}")
    clock = SteppedClock(datetime.now(UTC))
    with psycopg.connect(database_url) as dump:
        dump.execute("LOCK TABLE reading IN ACCESS SHARE MODE")
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            one_pass(store, clock=clock, overdue=False, housekeeping=True)
        with store.write() as w:
            w.raw.execute("INSERT INTO reading_latest SELECT * FROM reading_latest WHERE false")
            w.raw.execute("SELECT count(*) FROM reading")
        assert coming not in partitions(store, "reading")
    one_pass(store, clock=clock, overdue=False, housekeeping=True)
    assert coming in partitions(store, "reading")


def test_old_partitions_are_dropped_and_coming_ones_created(store: Store) -> None:
    with store.write() as w:
        for parent, step in (("reading", "1 day"), ("event", "1 month")):
            w.raw.execute(
                "SELECT mingchu_ensure_partitions(%s, %s, %s, %s + interval '1 hour')",
                [parent, step, LONG_AGO, LONG_AGO],
            )
    assert "reading_20200115" in partitions(store, "reading")
    assert "event_20200101" in partitions(store, "event")
    one_pass(store, clock=SteppedClock(datetime.now(UTC)), overdue=True, housekeeping=True)
    assert "reading_20200115" not in partitions(store, "reading")
    assert "event_20200101" not in partitions(store, "event")
    assert f"reading_{datetime.now(UTC):%Y%m%d}" in partitions(store, "reading")


def test_a_reading_outside_every_partition_is_stored(store: Store) -> None:
    with store.write() as w:
        w.raw.execute(
            "INSERT INTO reading (device_id, code, occurred_at, received_at, value) VALUES ('d', 'c', %s, now(), 1)",
            [LONG_AGO],
        )
    with store.read() as r:
        assert r.raw.execute("SELECT count(*) FROM reading_default").fetchone() == (1,)


def test_a_server_in_another_time_zone_gets_whole_months(postgres_url: str) -> None:
    name = f"zone_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")  # type: ignore[arg-type]
        admin.execute(f"ALTER DATABASE {name} SET TimeZone = 'America/New_York'")  # type: ignore[arg-type]
    url = psycopg.conninfo.make_conninfo(postgres_url, dbname=name)
    try:
        migrate(url)
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW TimeZone").fetchone() == ("America/New_York",)
            connection.execute("SET LOCAL statement_timeout = '5s'")
            connection.execute(
                "SELECT mingchu_ensure_partitions('event', '1 month', '2027-01-31Z', '2027-12-05Z'),"
                " mingchu_ensure_partitions('reading', '1 day', '2027-03-13Z', '2027-03-16Z')"
            )
            connection.execute("SET LOCAL TimeZone = 'UTC'")
            bounds = connection.execute(
                "SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class"
                " WHERE relname ~ '^(event|reading)_2027[0-9]{4}$' ORDER BY relname"
            ).fetchall()
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
    firsts = [datetime(2027, month, 1, tzinfo=UTC) for month in range(1, 13)] + [datetime(2028, 1, 1, tzinfo=UTC)]
    days = [datetime(2027, 3, day, tzinfo=UTC) for day in (13, 14, 15, 16)]
    assert bounds == [
        (
            f"{parent}_{start:%Y%m%d}",
            f"FOR VALUES FROM ('{start:%Y-%m-%d} 00:00:00+00') TO ('{end:%Y-%m-%d} 00:00:00+00')",
        )
        for parent, edges in (("event", firsts), ("reading", days))
        for start, end in pairwise(edges)
    ]


def test_an_owner_who_is_no_superuser_can_migrate_and_run(postgres_url: str) -> None:
    name = f"owner_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        for role in (WORKER, API):
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                admin.execute(f"CREATE ROLE {role} NOLOGIN")  # type: ignore[arg-type]
            # A membership that the owner granted would keep the owner's role from being dropped.
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [f"{role}_login"]).fetchone():
                admin.execute(f"CREATE ROLE {role}_login LOGIN IN ROLE {role}")  # type: ignore[arg-type]
        for kind in KINDS:
            scoped = f"{API}_{kind}"
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [scoped]).fetchone():
                admin.execute(f"CREATE ROLE {scoped} NOLOGIN IN ROLE {API}")  # type: ignore[arg-type]
                admin.execute(f"GRANT {scoped} TO {API}_login")  # type: ignore[arg-type]
        admin.execute(f"CREATE ROLE {name} LOGIN CREATEROLE")  # type: ignore[arg-type]
        scopes = ", ".join(f"{API}_{kind}" for kind in KINDS)
        admin.execute(f"GRANT {WORKER}, {API}, {scopes} TO {name} WITH ADMIN OPTION")  # type: ignore[arg-type]
        admin.execute(f"CREATE DATABASE {name} OWNER {name}")  # type: ignore[arg-type]
    url = psycopg.conninfo.make_conninfo(postgres_url, dbname=name)
    options = f"-c role={name}"
    try:
        migrate(psycopg.conninfo.make_conninfo(url, options=options))
        with Store(url, role=WORKER) as store:
            one_pass(store, clock=SteppedClock(datetime.now(UTC)), overdue=True, housekeeping=True)
            duties_pass(store, clock=SteppedClock(datetime.now(UTC)))
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
            admin.execute(f"DROP ROLE {name}")  # type: ignore[arg-type]
