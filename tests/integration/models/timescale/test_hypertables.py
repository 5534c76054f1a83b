"""The same tables and queries on TimescaleDB. PGlite takes no COPY, so rows are staged by INSERT."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from models.store import Write, migrate
from models.store.queries import queries

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def connection(timescale_url: str) -> Iterator[psycopg.Connection[object]]:
    migrate(timescale_url)
    with psycopg.connect(timescale_url, prepare_threshold=None) as opened:
        yield opened


def rows(connection: psycopg.Connection[object], sql: str) -> list[object]:
    return connection.execute(sql).fetchall()  # type: ignore[arg-type]


def test_readings_and_history_are_hypertables_with_policies(connection: psycopg.Connection[object]) -> None:
    tables = rows(connection, "SELECT hypertable_name FROM timescaledb_information.hypertables ORDER BY 1")
    assert tables == [("device_history",), ("reading",)]
    jobs = rows(
        connection,
        "SELECT hypertable_name, proc_name FROM timescaledb_information.jobs WHERE hypertable_name IS NOT NULL",
    )
    assert {("reading", "policy_retention"), ("device_history", "policy_retention")} <= set(jobs)
    assert any((name == "reading" and "compress" in proc) or "columnstore" in proc for name, proc in jobs)  # type: ignore[misc]


def test_intake_is_idempotent_and_series_read_the_same_also_compressed(connection: psycopg.Connection[object]) -> None:
    w = Write(connection)  # type: ignore[arg-type]
    for _ in range(2):
        connection.execute(queries("readings")["make_stage"])
        for i in range(10):
            connection.execute(
                "INSERT INTO reading_stage VALUES ('d', 'fridge_temp', %s, %s, %s, 4.5, false)",
                [NOW - timedelta(hours=i), i, NOW],
            )
        w.value("readings", "store_staged")
        connection.commit()
    assert w.tuples("readings", "count_readings") == [(10, 10)]
    raw = w.tuples(
        "readings",
        "series_raw",
        {"device_id": "d", "code": "fridge_temp", "since": NOW - timedelta(hours=5), "limit": 100},
    )
    assert len(raw) == 6
    connection.execute("SELECT compress_chunk(c) FROM show_chunks('reading') c LIMIT 1")
    connection.commit()
    assert w.tuples("readings", "count_readings") == [(10, 10)]
    connection.commit()


def test_partition_upkeep_leaves_hypertables_alone(connection: psycopg.Connection[object]) -> None:
    made = rows(connection, "SELECT mingchu_ensure_partitions('reading', '1 day', now(), now() + interval '9 days')")
    assert made == [(0,)]
    connection.commit()
