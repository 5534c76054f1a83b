"""What a backup notes of the database, and databases that a restore makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from models.base.errors import StoreUnavailable
from models.store.connect import Read, read_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Versions: of the server, of the extension TimescaleDB if it is there, and of the schema."""

    server: str
    timescale: str | None
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The numbered events: how many, first and last number (0 without any), and a sum over numbers and ids."""

    events: int
    first: int
    last: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a tenant's evidence chain."""

    tenant_id: str
    seq: int
    chain_hash: str


@contextmanager
def frozen(url: str) -> Iterator[tuple[Read, str]]:
    """Open a transaction that sees one state of the database; yield it with the name by which others see the same.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            read = Read(connection)
            yield read, str(read.value("backup", "snapshot"))
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"the database does not answer: {error}".strip()) from error


def server(r: Read) -> Server:
    """Return the versions of the database."""
    found = r.one(Server, "backup", "server")
    if found is None:
        raise RuntimeError("a server has a version")
    return found


def feed(r: Read) -> Feed:
    """Return the feed in figures; reads all of it."""
    found = r.one(Feed, "backup", "feed")
    if found is None:
        raise RuntimeError("an empty feed has figures, too")
    return found


def chain_heads(r: Read) -> list[Head]:
    """Return the end of each tenant's evidence chain."""
    return r.all(Head, "backup", "chain_heads")


def is_empty(url: str) -> bool:
    """Return whether a database has no table, or does not exist.

    Raises:
        StoreUnavailable: the server does not answer.
    """
    with read_once(beside(url, "postgres")) as r:
        if not r.value("backup", "exists", {"name": database_of(url)}):
            return True
    with read_once(url) as r:
        return bool(r.value("backup", "is_empty"))


def server_major(url: str) -> int:
    """Return the major version of the server of an address.

    Raises:
        StoreUnavailable: the server does not answer.
    """
    with read_once(beside(url, "postgres")) as r:
        return r.raw.info.server_version // 10_000


def database_of(url: str) -> str:
    """Return the name of the database in an address."""
    found = conninfo_to_dict(url)
    return str(found.get("dbname") or found.get("user") or "postgres")


def beside(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return make_conninfo(url, dbname=name)


def create(url: str, name: str) -> None:
    """Create an empty database on the server of an address, in place of one of that name."""
    _on_server(url, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
    _on_server(url, SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(Identifier(name)))


def drop(url: str, name: str) -> None:
    """Drop a database on the server of an address, if it exists; clients of it lose it."""
    _on_server(url, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def offered_timescale(url: str) -> list[str]:
    """Return the versions of TimescaleDB that the server of an address can install; none: it lacks the extension."""
    with read_once(beside(url, "postgres")) as r:
        return [version for (version,) in r.tuples("backup", "offered_timescale")]


@contextmanager
def restoring_timescale(url: str, version: str) -> Iterator[None]:
    """Prepare an empty database for a dump of one with TimescaleDB, and set it to work afterwards."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(SQL("CREATE EXTENSION timescaledb VERSION {}").format(Literal(version)))
        connection.execute("SELECT timescaledb_pre_restore()")
    yield
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute("SELECT timescaledb_post_restore()")


@contextmanager
def _without_jobs(url: str, name: str) -> Iterator[None]:
    """Stop the jobs of TimescaleDB in a database, which keep it from being renamed; start them in the address's own."""
    with psycopg.connect(beside(url, name), autocommit=True, connect_timeout=10) as connection:
        has = Read(connection).value("backup", "has_timescale")
        if has:
            connection.execute("SELECT _timescaledb_functions.stop_background_workers()")
    yield
    if has:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            connection.execute("SELECT _timescaledb_functions.start_background_workers()")


def put_in_place(url: str, name: str) -> None:
    """Give a database the name in an address, in place of the empty one that has it."""
    target = database_of(url)
    _on_server(url, SQL("DROP DATABASE IF EXISTS {}").format(Identifier(target)))
    with _without_jobs(url, name):
        _on_server(url, SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(name), Identifier(target)))


def _on_server(url: str, statement: psycopg.sql.Composed) -> None:
    with psycopg.connect(beside(url, "postgres"), autocommit=True, connect_timeout=10) as connection:
        connection.execute(statement)
