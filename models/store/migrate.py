"""Bring a database to the newest schema."""

import threading
from importlib.resources import files
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from models.errors import StoreUnavailable

_ONE_AT_A_TIME = threading.Lock()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(files("models.store"))) / "migrations"))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> str:
    """Migrate to head and make the partitions of the coming days; gives the revision.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    config = _config(url)
    try:
        with _ONE_AT_A_TIME:
            command.upgrade(config, "head")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(PARTITIONS)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"cannot migrate: {error}") from error
    return newest_revision()


def newest_revision() -> str:
    """The revision this code expects."""
    return str(ScriptDirectory.from_config(_config("")).get_current_head())


PARTITIONS = """
SELECT mingchu_ensure_partitions('reading', '1 day', now() - interval '4 days', now() + interval '4 days'),
       mingchu_ensure_partitions('device_history', '1 day', now() - interval '4 days', now() + interval '4 days'),
       mingchu_ensure_partitions('event', '1 month', now(), now() + interval '2 months')
"""

# Readings and device history two years (evidence of a hazard is kept elsewhere), the feed a year and a month.
# Where TimescaleDB is present its own policies drop the chunks of the first two, and this drops nothing there.
EXPIRY = """
SELECT mingchu_drop_partitions('reading', now() - interval '730 days'),
       mingchu_drop_partitions('device_history', now() - interval '730 days'),
       mingchu_drop_partitions('event', now() - interval '396 days')
"""
