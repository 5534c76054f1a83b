"""A database of an earlier release, with something of everything in it, is brought to this one's schema."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from alembic import command

from models.base.ids import uuid7
from models.changes.nodes import forget_births
from models.domain.access import SYSTEM
from models.store import Store, devices, feed, migrate, quarantine, readings, streams, tasks
from models.store.migrate import _config, newest_revision
from tests.conftest import with_database
from tests.support.waiting import wait_for

RELEASED = "0005"
"""The schema of 0.1.0."""


@pytest.fixture
def released(postgres_url: str) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    url = with_database(postgres_url, name)
    command.upgrade(_config(url), RELEASED)
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def fill(url: str) -> dict[str, object]:
    """Rows as 0.1.0 wrote them: numbers that ran ahead, failed log-ins, one photo as proof of two tasks."""
    ids: dict[str, object] = {name: uuid7() for name in ("entity", "person", "photo", "a1", "a2", "t1", "t2", "v")}
    now = datetime.now(UTC)
    with psycopg.connect(url) as c:
        c.execute("INSERT INTO tenant VALUES ('t', 'T')")
        c.execute(
            "INSERT INTO entity (id, tenant_id, name, credit_code, region_code) "
            "VALUES (%s, 't', 'E', '92330602MA00TEX117', '330602')",
            [ids["entity"]],
        )
        place = {"e": ids["entity"]}
        c.execute("INSERT INTO person VALUES (%s, 't', %s, '330602', 'P', 'officer')", [ids["person"], ids["entity"]])
        c.execute(
            "INSERT INTO site (id, tenant_id, entity_id, region_code, name) VALUES ('s', 't', %(e)s, '330602', 'S')",
            place,
        )
        c.execute(
            "INSERT INTO node (id, site_id, tenant_id, entity_id, region_code, mqtt_hash, session, gaps) "
            "VALUES ('n', 's', 't', %(e)s, '330602', '$7$', 9007199254740991, 9223372036854775807)",
            place,
        )
        c.execute("INSERT INTO node_stream VALUES ('n', 'reading', 9007199254740991, 5, 3, %s)", [now])
        for device, kind, code in (("c", "camera", None), ("f", "sensor", "fridge_temp")):
            c.execute(
                "INSERT INTO device (id, node_id, site_id, tenant_id, entity_id, region_code, kind, sensor_code, zone, "
                "name) VALUES (%s, 'n', 's', 't', %s, '330602', %s, %s, 'cooking', 'D')",
                [device, ids["entity"], kind, code],
            )
        c.execute(
            "INSERT INTO reading (device_id, code, occurred_at, received_at, value) "
            "VALUES ('f', 'fridge_temp', %s, %s, 4)",
            [now, now],
        )
        c.execute("INSERT INTO reading_latest VALUES ('f', 'fridge_temp', %s, 4, %s)", [now, now])
        c.execute("INSERT INTO login_failure VALUES ('x', %s)", [now])
        c.execute(
            "INSERT INTO quarantine VALUES (%s, 't', 'bad_payload', '', repeat('a', 64), 'x', 1, 1, 't', %s, '330602', "
            "%s, %s)",
            [uuid7(), ids["entity"], now, now],
        )
        c.execute(
            "INSERT INTO evidence (id, tenant_id, entity_id, region_code, kind, sha256, bytes, mime, captured_at) "
            "VALUES (%s, 't', %s, '330602', 'photo_after', repeat('b', 64), 3, 'image/jpeg', %s)",
            [ids["photo"], ids["entity"], now],
        )
        for alert, task, code in ((ids["a1"], ids["t1"], "smoking"), (ids["a2"], ids["t2"], "no_mask")):
            c.execute(
                "INSERT INTO alert (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, "
                "origin, state, first_at, last_at, opened_at, evidence_ids, reviewed_by, reviewed_at) "
                "VALUES (%s, 't', %s, '330602', 's', 'c', %s, 'cooking', 'major', 'violation', 'confirmed', %s, "
                "%s, %s, '{}', 'city', %s)",
                [alert, ids["entity"], code, now, now, now, now],
            )
            c.execute(
                "INSERT INTO task (id, tenant_id, entity_id, region_code, site_id, device_id, alert_id, code, zone, "
                "severity, state, person_id, requirement, dispatched_at, due_at, proof_ids) "
                "VALUES (%s, 't', %s, '330602', 's', 'c', %s, %s, 'cooking', 'major', 'submitted', "
                "%s, 'R', %s, %s, ARRAY[%s]::uuid[])",
                [task, ids["entity"], alert, code, ids["person"], now, now, ids["photo"]],
            )
        c.execute(
            "INSERT INTO event SELECT 7, now(), %s, 't', %s, '330602', '/t/t', 'mingchu.task.submitted', now(), now(), "
            "now(), false, '{}'",
            [uuid7(), ids["entity"]],
        )
        c.execute("SELECT setval('event_seq', 7)")
    return ids


def test_data_of_the_previous_release_is_kept_and_usable(released: str) -> None:
    ids = fill(released)
    assert migrate(released) == newest_revision()
    with Store(released) as store:
        with store.write() as w:
            assert feed.sequence(w) == 0
            streams.node_heard(w, node_id="n", at=datetime.now(UTC), gaps=5, skew_s=None)  # once this overflowed
            forget_births(w, "n", by=SYSTEM, at=datetime.now(UTC))
        with store.read() as r:
            node = devices.nodes(r)["n"]
            assert (node.session, node.gaps) == (0, 2**53 - 1)
            assert readings.count_readings(r) == (1, 1)
            assert len(quarantine.quarantined(r, before=None, limit=5)) == 1
            assert [event.seq for event in feed.events_after(r, cursor=0, limit=5)] == [7]
            bound = tasks.photos_of_task(r, task_id=ids["t1"], ids=[ids["photo"]])  # type: ignore[arg-type, list-item]
            other = tasks.photos_of_task(r, task_id=ids["t2"], ids=[ids["photo"]])  # type: ignore[arg-type, list-item]
            assert len(bound) + len(other) == 1  # a file proves one task from now on


def test_migrating_again_changes_nothing(released: str) -> None:
    fill(released)
    assert migrate(released) == migrate(released)


def test_a_migration_waits_for_a_table_in_use_without_holding_others_up(released: str) -> None:
    """As a dump or a long report does: it reads a table for longer than a migration may wait for it."""
    fill(released)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(released) as reader:
        reader.execute("LOCK TABLE device, node, alert IN ACCESS SHARE MODE")
        migrating = pool.submit(migrate, released)
        with psycopg.connect(released, autocommit=True) as other:
            tried = wait_for(lambda: waiting_for_a_lock(other))
            wait_for(lambda: waiting_for_a_lock(other) not in (tried, None), timeout_s=120)
            assert other.execute("UPDATE node SET gaps = gaps WHERE id = 'n'").rowcount == 1, "others get on meanwhile"
            assert not migrating.done()
        reader.rollback()
        assert migrating.result() == newest_revision()


def test_a_migration_and_a_transaction_that_wait_for_each_other_both_get_through(released: str) -> None:
    fill(released)
    database = psycopg.conninfo.conninfo_to_dict(released)["dbname"]
    with psycopg.connect(released, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '3s'")  # time to join the circle below
    with ThreadPoolExecutor(1) as pool, psycopg.connect(released, autocommit=True) as other:
        with psycopg.connect(released) as reader:
            reader.execute("SET deadlock_timeout = '1min'")  # the migration is the one that is undone
            reader.execute("LOCK TABLE task IN ACCESS SHARE MODE")
            migrating = pool.submit(migrate, released)
            held = wait_for(lambda: held_by_who_waits(other))
            reader.execute(f"LOCK TABLE {held} IN ACCESS SHARE MODE")
            assert not migrating.done()
        assert migrating.result() == newest_revision()
        assert other.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", [database]).fetchone() == (1,)


def held_by_who_waits(connection: psycopg.Connection) -> str | None:  # type: ignore[type-arg]
    """Return a table that a session has for itself while it waits for another."""
    row = connection.execute(
        "SELECT c.relname FROM pg_locks h JOIN pg_class c ON c.oid = h.relation AND c.relkind = 'r' "
        "WHERE h.granted AND h.mode = 'AccessExclusiveLock' AND c.relnamespace = 'public'::regnamespace "
        "AND EXISTS (SELECT FROM pg_locks w WHERE w.pid = h.pid AND NOT w.granted) LIMIT 1"
    ).fetchone()
    return None if row is None else str(row[0])


def waiting_for_a_lock(connection: psycopg.Connection) -> datetime | None:  # type: ignore[type-arg]
    """Return since when a statement waits for a table."""
    row = connection.execute(
        "SELECT a.query_start FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
        "WHERE NOT l.granted AND l.locktype = 'relation' AND a.datname = current_database()"
    ).fetchone()
    return None if row is None else row[0]
