"""A database with TimescaleDB is backed up and restored; restoring it to a server without the extension is refused."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from deploy.backup.manifest import Manifest
from deploy.embedded.folder import temporary_data_dir
from tests.conftest import with_database
from tests.support.installations import Installation, installation, mingchu, said_by, tables_of
from tests.support.waiting import wait_for

_READINGS = """
INSERT INTO reading (device_id, code, occurred_at, seq, received_at, value)
SELECT 'fridge-a', 'fridge_temp', now() - n * interval '1 hour', n, now(), n FROM generate_series(1, 2000) AS n
"""


@pytest.fixture
def server() -> str:
    """A server of PostgreSQL with TimescaleDB; PGlite, which other tests take, has no dump and one connection."""
    given = os.environ.get("MINGCHU_TEST_TIMESCALE_URL")
    if not given:
        pytest.skip("needs MINGCHU_TEST_TIMESCALE_URL, a server with TimescaleDB: there is no package of it everywhere")
    return given


@pytest.fixture
def empty(server: str) -> Iterator[tuple[str, str]]:
    """Two empty databases on it."""
    names = [f"test_{uuid4().hex[:12]}" for _ in range(2)]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield with_database(server, names[0]), with_database(server, names[1])
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_hypertables_their_jobs_and_compressed_chunks_come_back(
    empty: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = empty
    with installation(url=source) as home:
        with psycopg.connect(source) as connection:
            connection.execute(_READINGS)
            connection.execute(
                "SELECT compress_chunk(c) FROM show_chunks('reading', older_than => interval '20 days') c"
            )
            jobs, chunks = shape(connection)
        before = tables_of(source)
        monkeypatch.setenv("MINGCHU_DATABASE_URL", source)
        said_by(mingchu("backup", tmp_path / "b", "--data", home.places.data_dir, "--json"))
    monkeypatch.setenv("MINGCHU_DATABASE_URL", target)
    with temporary_data_dir() as data:
        told = said_by(mingchu("restore", tmp_path / "b", "--data", data, "--json"))
    assert told["manifest"]["timescale"]
    assert (told["broken"], told["gaps"]) == ([], [])
    assert tables_of(target) == before
    with psycopg.connect(target) as connection:
        restored_jobs, restored_chunks = shape(connection)
        assert restored_jobs == jobs
        assert restored_chunks.keys() == chunks.keys()
        compressed = {name for name, whether in chunks.items() if whether}
        assert compressed
        assert {name for name in compressed if not restored_chunks[name]} == set()
        connection.execute(_READINGS.replace("'fridge-a'", "'fridge-b'"))  # compressed or not, chunks take new rows
    with psycopg.connect(target, autocommit=True) as connection:
        wait_for(lambda: connection.execute(_SCHEDULER).fetchone() == (True,))


_SCHEDULER = """
SELECT EXISTS (SELECT FROM pg_stat_activity
               WHERE datname = current_database() AND application_name LIKE 'TimescaleDB Background Worker Scheduler%')
"""


def shape(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[list[object], dict[str, bool]]:
    """Return the jobs of a database, and its chunks, each with whether it is compressed."""
    jobs = connection.execute(
        "SELECT proc_name, hypertable_name, schedule_interval, config - 'mat_hypertable_id' "
        "FROM timescaledb_information.jobs WHERE hypertable_name IS NOT NULL ORDER BY 1, 2"
    ).fetchall()
    chunks = connection.execute(
        "SELECT chunk_name, is_compressed FROM timescaledb_information.chunks ORDER BY 1"
    ).fetchall()
    return list(jobs), {str(name): bool(compressed) for name, compressed in chunks}


def test_a_server_without_timescaledb_is_named_before_anything_is_made(home: Installation, tmp_path: Path) -> None:
    shelf = tmp_path / "b"
    made = said_by(mingchu("backup", shelf, "--data", home.places.data_dir, "--json"))
    folder = Path(made["folder"])
    Manifest.read(folder).model_copy(update={"timescale": "2.30.0"}).write(folder)
    with temporary_data_dir() as data:
        refused = mingchu("restore", shelf, "--data", data)
    assert refused.exit_code == 1
    assert "restore_without_timescale" in refused.output
    assert "TimescaleDB 2.30.0; this server has none" in refused.output
    assert refused.exception is None or isinstance(refused.exception, SystemExit)
