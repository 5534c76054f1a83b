"""A synthetic province is filled in without indexes, and leaves the schema exactly as it was."""

from datetime import UTC, date, datetime

import pytest
from psycopg.errors import UniqueViolation

from deploy.bench.duties import generate
from models.base.errors import Conflict
from models.store import Store, registry, synthetic_duties
from models.store.connect import Write, write_once

AT = datetime(2026, 10, 8, 22, tzinfo=UTC)
TABLES = ("day_record", "duty_report")
SCHEMA = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid, indisprimary, indisunique
    FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid), convalidated, condeferrable, contype = 'f'
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"""


def schema_of(store: Store) -> list[tuple[object, ...]]:
    with store.read() as r:
        return r.raw.execute(SCHEMA).fetchall()


def counts(store: Store) -> list[int]:
    with store.read() as r:
        return [r.raw.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in TABLES]


def with_kitchens(w: Write, tenant: str = "simulated") -> None:
    registry.add_tenant(w, tenant_id=tenant, name=tenant)
    synthetic_duties.add_chunk(w, tenant_id=tenant, first=0, last=9, days=30, at=AT)


def break_off(database_url: str) -> None:
    with write_once(database_url) as w, synthetic_duties.unindexed(w, "duty_report"):
        assert w.tuples("synthetic_duties", "indexes", {"table": "duty_report"}) == []
        raise RuntimeError("broken")


def fill_twice(database_url: str) -> None:
    """Fill in the same day twice, so that the key can't be made again."""
    with write_once(database_url) as w, synthetic_duties.unindexed(w, "day_record"):
        for _ in range(2):
            w.run("synthetic_duties", "add_days", {"ago": 1, "at": AT})
            w.raw.execute("UPDATE day_record SET id = gen_random_uuid()")


def test_indexes_keys_and_checks_are_as_before_once_it_is_filled(store: Store, database_url: str) -> None:
    before = schema_of(store)
    assert {"day_record_pkey", "day_record_signed", "duty_report_once"} <= {row[0] for row in before}
    generate(database_url, entities=120, days=70, at=AT)
    assert schema_of(store) == before
    days = {(n, d) for n in range(120) for d in range(1, 71) if (n * 31 + d * 17) % 100 != 9}
    assert counts(store)[0] == len(days)
    with store.read() as r:
        span = r.raw.execute("SELECT min(day), max(day), count(DISTINCT day) FROM day_record").fetchone()
        kinds = r.raw.execute("SELECT kind, count(DISTINCT begin) FROM duty_report GROUP BY kind ORDER BY 1").fetchall()
        early = r.raw.execute("SELECT count(*) FROM duty_report WHERE until > %s", [date(2026, 10, 9)]).fetchone()
    assert span == (date(2026, 7, 31), date(2026, 10, 8), 70)
    assert kinds == [("month", 2), ("week", 9)]
    assert early == (0,)


def test_a_failure_leaves_rows_and_schema_as_they_were(store: Store, database_url: str) -> None:
    with write_once(database_url) as w:
        with_kitchens(w)
        synthetic_duties.add_days(w, days=5, at=AT)
    before, rows = schema_of(store), counts(store)
    with pytest.raises(RuntimeError, match="broken"):
        break_off(database_url)
    with pytest.raises(UniqueViolation, match="day_record_site_id_day_key"):
        fill_twice(database_url)
    assert (schema_of(store), counts(store)) == (before, rows)
    assert rows[0] > 0


def test_a_database_with_enterprises_is_left_alone(store: Store, database_url: str) -> None:
    with write_once(database_url) as w:
        with_kitchens(w)
        synthetic_duties.add_days(w, days=3, at=AT)
    rows = counts(store)
    with pytest.raises(Conflict, match="this database has 10 enterprises"):
        generate(database_url, entities=5, days=5, at=AT)
    assert counts(store) == rows
