"""Migrate a database to the newest schema."""

import threading
import time
from importlib.resources import files
from pathlib import Path

import psycopg
import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from models.base.errors import SchemaNewer, SchemaOlder, StoreUnavailable
from models.store.connect import Write

log = structlog.get_logger()

LOCK_TRIES, LOCK_PAUSE_S = 60, 1.0
_ONE_AT_A_TIME = threading.Lock()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(files("models.store"))) / "migrations"))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> str:
    """Migrate to the newest schema and make the partitions of the coming days; return the revision.

    Raises:
        StoreUnavailable: the database does not answer.
        SchemaNewer: a newer program has migrated the database; nothing is changed.
    """
    config = _config(url)
    try:
        require_known(present_revision(url))
        with _ONE_AT_A_TIME:
            _upgrade(config)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(PARTITIONS)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"cannot migrate: {error}") from error
    return newest_revision()


def _upgrade(config: Config) -> None:
    """Run the missing migrations, each in a transaction of its own.

    A migration waits five seconds for a lock at most, so that nobody waits longer behind it; then all of it is undone,
    the others get on with their work, and it is tried again. So it is when it and a transaction of others wait for
    each other: a migration locks tables in its own order, and which of the two goes on is the database's choice.
    """
    for left in reversed(range(LOCK_TRIES)):
        try:
            command.upgrade(config, "head")
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if not left:
                raise
            log.warning(
                "a migration waits for a table that others use", error=str(error).splitlines()[0], tries_left=left
            )
            time.sleep(LOCK_PAUSE_S)
        else:
            return


def present_revision(url: str) -> str | None:
    """Return the revision of a database; None if it has no schema yet."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def require_known(revision: str | None) -> None:
    """Check that this program knows a revision.

    Raises:
        SchemaNewer: the revision is unknown.
    """
    known = {step.revision for step in ScriptDirectory.from_config(_config("")).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaNewer(
            f"the database has revision {revision} of a newer mingchu; this program knows revisions up to "
            f"{newest_revision()}. Update the program, or restore a backup from before that update"
        )


def require_newest(revision: str | None) -> None:
    """Check that a database has the schema of this program.

    Raises:
        SchemaNewer: its schema is newer.
        SchemaOlder: its schema is older, or it has none.
    """
    require_known(revision)
    if revision != newest_revision():
        raise SchemaOlder(
            f"the database has revision {revision}, this program needs {newest_revision()}; run `mingchu migrate`"
        )


def newest_revision() -> str:
    """Return the revision that this program expects."""
    return str(ScriptDirectory.from_config(_config("")).get_current_head())


def renew_partitions(w: Write) -> int:
    """Make the partitions of the coming days, and drop expired ones; return 0, as nothing is left to do.

    Both lock the whole table for a moment. While a dump or a long report reads it, everybody would wait behind that
    lock, so it gives up soon; partitions are made days ahead.

    Raises:
        LockNotAvailable: somebody reads the table for long; `Store.write` makes StoreUnavailable of it.
    """
    w.raw.execute("SET LOCAL lock_timeout = '2s'")
    w.raw.execute(PARTITIONS)
    w.raw.execute(EXPIRY)
    return 0


PARTITIONS = """
SELECT mingchu_ensure_partitions('reading', '1 day', now() - interval '4 days', now() + interval '4 days'),
       mingchu_ensure_partitions('device_history', '1 day', now() - interval '4 days', now() + interval '4 days'),
       mingchu_ensure_partitions('event', '1 month', now(), now() + interval '2 months')
"""

# Keep readings and device history for two years (evidence of hazards is stored elsewhere), the feed for 13 months.
# With TimescaleDB, its own policies drop the chunks of the first two, and these calls drop nothing.
EXPIRY = """
SELECT mingchu_drop_partitions('reading', now() - interval '730 days'),
       mingchu_drop_partitions('device_history', now() - interval '730 days'),
       mingchu_drop_partitions('event', now() - interval '396 days')
"""
