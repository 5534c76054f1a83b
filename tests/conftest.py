"""One real PostgreSQL for the test session, one fresh database a test, cloned from a migrated template."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from models.store import Store, migrate
from models.store.connect import API, WORKER
from tests.support.spread import Spread, rank_of

WORKER_NAME = os.environ.get("PYTEST_XDIST_WORKER", "alone")
TEMPLATE = f"mingchu_template_{WORKER_NAME}"
ONE_AT_A_TIME = 0x6D696E67
SHARED_MEMORY, ENOUGH_BYTES = "/dev/shm", 4 * 1024**3  # noqa: S108 - the system's own name

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spread:
    """With `-n`: a file is a worker's, and whole platforms are one worker's."""
    return Spread(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the random order but for the workers' sake: see `rank_of`."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank_of(item.nodeid))


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process sets logging up for itself; the next test finds it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a server: MINGCHU_TEST_DATABASE_URL, else our own embedded one, one for each worker."""
    given = os.environ.get("MINGCHU_TEST_DATABASE_URL")
    if given:
        yield given
        return
    from deploy.embedded.postgres import EmbeddedPostgres  # noqa: PLC0415 - the unit tests need no server

    # pytest's own folders are closed to others, and as root the server runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="mingchu-test-", dir=_in_memory()) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder) / "data", durable=False).running() as server:
            yield server.dsn("postgres")


def _in_memory() -> str | None:
    """A file system in memory, if there is one with room; on a disk, making a database costs four times as much."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(SHARED_MEMORY).free > ENOUGH_BYTES:
            return SHARED_MEMORY
    return None


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return psycopg.conninfo.make_conninfo(url, dbname=name)


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """A migrated database that tests are cloned from."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        # Migrations make roles, which all databases of a server share: on a given server the workers take turns.
        connection.execute("SELECT pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
        migrate(with_database(postgres_url, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """A fresh migrated database, as its owner."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        # Copied as files: writing it through the log takes three times as long.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield with_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The store as the platform's roles use it."""
    with Store(database_url, role=WORKER) as opened:
        yield opened


@pytest.fixture
def api_store(database_url: str) -> Iterator[Store]:
    """The store as the API uses it: row-level security applies."""
    with Store(database_url, role=API) as opened:
        yield opened


@pytest.fixture
def shared() -> Path:
    """The folder of footage and data beside the project; not part of it."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail("CI is expected to have ../shared beside the project")
        pytest.skip("needs ../shared (real footage), which is not part of the project")
    return folder
