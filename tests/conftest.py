"""One real PostgreSQL per test session, and a fresh database per test, cloned from a migrated template."""

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

# The time of an example depends on the load of the machine, so there is no deadline.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spread:
    """With `-n`: a file goes to one worker, and tests of whole platforms all go to the same worker."""
    return Spread(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the random order, except for the ranks of workers: see `rank_of`."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank_of(item.nodeid))


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Restore logging after a test, because commands that run in this process configure it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the address of a server: MINGCHU_TEST_DATABASE_URL, else an embedded one per worker."""
    given = os.environ.get("MINGCHU_TEST_DATABASE_URL")
    if given:
        yield given
        return
    from deploy.embedded.postgres import EmbeddedPostgres  # noqa: PLC0415 - the unit tests need no server

    # pytest's own folders are private, and the server of root runs as another user.
    with tempfile.TemporaryDirectory(prefix="mingchu-test-", dir=_in_memory()) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder) / "data", durable=False).running() as server:
            yield server.dsn("postgres")


def _in_memory() -> str | None:
    """Return a file system in memory with enough space, or None; databases on disk are four times slower to create."""
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
        # Migrations create roles, which all databases of a server share, so workers on one server take turns.
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
        # Copied as files: copying through the write-ahead log takes three times as long.
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
    """Return the folder of footage and data beside the project, which is not part of it."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail("CI is expected to have ../shared beside the project")
        pytest.skip("needs ../shared (real footage), which is not part of the project")
    return folder
