"""Typed connections that read or write; each request or work item has one transaction."""

import math
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import set_json_dumps
from psycopg_pool import ConnectionPool, PoolTimeout

from models.base.errors import NotAllowed, StoreRefused, StoreUnavailable
from models.base.jsonio import dumps
from models.store.queries import queries
from models.store.rows import value_row
from models.store.scope import Scope

T = TypeVar("T")
Params = Mapping[str, Any] | Sequence[Any]

set_json_dumps(dumps)

STATEMENT_MS = 30_000
"""A statement that takes longer is broken off by the server."""
NIGHT_MS = 600_000
"""The same in a night's run over a whole province."""
WORKER = "mingchu_worker"
API = "mingchu_api"
WORKER_LOGIN, API_LOGIN = f"{WORKER}_login", f"{API}_login"
"""Log-ins that are members of one role only; the migrations create them without a password."""


class Read:
    """A read-only transaction; PostgreSQL enforces that."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._once: dict[tuple[str, Hashable], Any] = {}

    def once(self, kind: str, key: Hashable, load: Callable[[], T]) -> T:
        """Load something at most once in this transaction; `forget` drops it when it changes."""
        if (kind, key) not in self._once:
            self._once[kind, key] = load()
        found: T = self._once[kind, key]
        return found

    def forget(self, kind: str, key: Hashable) -> None:
        """Drop a loaded value, so that the next use loads it again."""
        self._once.pop((kind, key), None)

    def forget_all(self, kind: str) -> None:
        """Drop all loaded values of a kind, so that the next use loads them again."""
        self._once = {known: value for known, value in self._once.items() if known[0] != kind}

    @property
    def raw(self) -> psycopg.Connection[Any]:
        """The psycopg connection, for COPY and notifications inside `models.store`."""
        return self._connection

    def all(
        self, row: type[T], aggregate: str, name: str, params: Params = (), *, prepare: bool | None = None
    ) -> list[T]:
        """Return every row of a named query as `row`.

        With `prepare` False the query is planned for these values: conditions that ask for nothing then cost nothing.
        """
        with self._connection.cursor(row_factory=value_row(row)) as cursor:
            return cursor.execute(queries(aggregate)[name], params, prepare=prepare).fetchall()

    def one(self, row: type[T], aggregate: str, name: str, params: Params = ()) -> T | None:
        """Return the first row of a named query as `row`, or None."""
        with self._connection.cursor(row_factory=value_row(row)) as cursor:
            return cursor.execute(queries(aggregate)[name], params).fetchone()

    def tuples(self, aggregate: str, name: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """Return every row of a named query as a tuple."""
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(queries(aggregate)[name], params).fetchall()

    def value(self, aggregate: str, name: str, params: Params = ()) -> Any:  # noqa: ANN401 - one SQL value of any type
        """Return the first column of the first row, or None."""
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            found = cursor.execute(queries(aggregate)[name], params).fetchone()
            return None if found is None else found[0]


class Write(Read):
    """A transaction that may write; `Store.write` commits it, code inside never does."""

    def work_by_night(self) -> None:
        """Let a statement of this transaction take `NIGHT_MS`: it may count a province's year while others are busy."""
        self._connection.execute(f"SET LOCAL statement_timeout = {NIGHT_MS}")

    def run(self, aggregate: str, name: str, params: Params = ()) -> int:
        """Execute a named statement; return the number of rows that it touched."""
        with self._connection.cursor() as cursor:
            return cursor.execute(queries(aggregate)[name], params).rowcount


class Store:
    """A pool of connections that act as one database role.

    Args:
        url: a libpq URI or conninfo.
        role: the database role.
        size: connections at most.
        timeout_s: how long to wait for a free connection.
        idle_s: the server ends a transaction in which nothing happens for so long, as in a process that is frozen; then
            whoever takes over its work need not wait for its locks. None: never.
        pooled: the address leads through a pooler in transaction mode (pgbouncer): each transaction may come to another
            connection of the server, so nothing is kept in the session, neither role nor settings nor prepared queries.
    """

    def __init__(
        self,
        url: str,
        *,
        role: LiteralString = WORKER,
        size: int = 4,
        timeout_s: float = 10,
        idle_s: float | None = None,
        pooled: bool = False,
    ) -> None:
        self._role = role
        self._born: WeakKeyDictionary[psycopg.Connection[Any], float] = WeakKeyDictionary()
        self._no_older_than = -math.inf
        self._local = (role, 0 if idle_s is None else round(idle_s * 1000)) if pooled else None
        idle = "" if idle_s is None else f" -c idle_in_transaction_session_timeout={round(idle_s * 1000)}"
        session = {"options": f"-c statement_timeout={STATEMENT_MS} -c TimeZone=UTC{idle}"}
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=timeout_s,
            open=False,
            kwargs={"autocommit": False, **({"prepare_threshold": None} if pooled else session)},
            configure=self._configure,
            check=self._check,
            reconnect_timeout=0,
            name=role,
        )

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        if self._local is None:
            # The login role must be a member; from here on the connection has no more rights than this.
            connection.execute(psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(self._role)))
            connection.commit()
        self._born[connection] = time.monotonic()

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        if self._born.get(connection, math.inf) <= self._no_older_than:
            raise psycopg.OperationalError("this connection is of an earlier schema or leader")
        ConnectionPool.check_connection(connection)

    def __enter__(self) -> Self:
        self._pool.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close()

    @contextmanager
    def _transaction(self, scope: Scope | None, *, read_only: bool) -> Iterator[psycopg.Connection[Any]]:
        try:
            with self._pool.connection() as connection:
                connection.read_only = read_only
                try:
                    if self._local is not None:
                        connection.execute(_SET_LOCAL, self._local)
                    if scope is not None:
                        role = scope.role(self._role) if self._role == API else self._role
                        connection.execute(_SET_SCOPE, (*scope.settings(), role))
                    yield connection
                except psycopg.errors.FeatureNotSupported as error:
                    if error.diag.source_function not in _ANEW:
                        raise
                    self._no_older_than = time.monotonic()
                    connection.close()
                    raise StoreUnavailable(f"{_ANEW[error.diag.source_function]}: {error}".strip()) from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise StoreUnavailable(f"the database does not answer: {error}".strip()) from error
        except psycopg.errors.InsufficientPrivilege as error:
            if "row-level security" not in (error.diag.message_primary or ""):
                raise
            raise NotAllowed("this lies outside what your account may see and change") from error
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise StoreRefused(f"the database refuses this value: {error}".strip()) from error

    @contextmanager
    def read(self, scope: Scope | None = None) -> Iterator[Read]:
        """Open a read-only transaction. The API role needs a `scope`: without one no row is visible."""
        with self._transaction(scope, read_only=True) as connection:
            yield Read(connection)

    @contextmanager
    def write(self, scope: Scope | None = None) -> Iterator[Write]:
        """Open a transaction that commits when the block ends and rolls back when it raises.

        Raises:
            StoreUnavailable: no connection was free in time, the connection broke, a migration has just changed what a
                query returns, or this server leads no more; trying again helps.
            StoreRefused: the database can't store a value, or the value breaks a rule of the schema.
        """
        with self._transaction(scope, read_only=False) as connection:
            yield Write(connection)


_SET_LOCAL: LiteralString = (
    "SELECT set_config('role', %s, true), set_config('idle_in_transaction_session_timeout', %s::text, true), "
    f"set_config('statement_timeout', '{STATEMENT_MS}', true), set_config('TimeZone', 'UTC', true)"
)
_ANEW = {
    "RevalidateCachedQuery": "the schema has just changed",
    "call_bool_check_hook": "this server is a standby that can't write",
}
"""Functions of the server that refuse what a new connection can do: to run a prepared query whose result has another
form since a migration, and to write on a node that leads no more."""
_SET_SCOPE: LiteralString = (
    "SELECT set_config('mingchu.scope', %s, true), set_config('mingchu.tenant', %s, true), "
    "set_config('mingchu.region', %s, true), set_config('mingchu.entity', %s, true), "
    "set_config('mingchu.group', %s, true), "
    "set_config('mingchu.unreviewed', %s, true), set_config('mingchu.actor', %s, true), set_config('role', %s, true)"
)


@contextmanager
def write_once(url: str) -> Iterator[Write]:
    """Open one transaction as the user in the address, for what only the owner of the database may do.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            yield Write(connection)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"the database does not answer: {error}".strip()) from error


@contextmanager
def read_once(url: str) -> Iterator[Read]:
    """Open one read-only transaction on its own connection, for tools that run rarely.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            connection.read_only = True
            yield Read(connection)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"the database does not answer: {error}".strip()) from error
