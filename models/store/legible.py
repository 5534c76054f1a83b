"""Read rows for pages: a row that can't be shown is logged and skipped, so that the page still appears."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import psycopg
import structlog

from models.store.connect import Params, Read
from models.store.queries import queries
from models.store.rows import value_row

log = structlog.get_logger()

T = TypeVar("T")
Out = TypeVar("Out")
_UNREADABLE = (ValueError, TypeError, OverflowError, KeyError, psycopg.DataError)


class Legible(Read):
    """A read-only transaction that skips rows that it can't turn into values; `marred` counts them."""

    def __init__(self, read: Read) -> None:
        super().__init__(read.raw)
        self.marred = 0

    def all(
        self, row: type[T], aggregate: str, name: str, params: Params = (), *, prepare: bool | None = None
    ) -> list[T]:
        """Return every row of a named query that can be converted to a `row`."""
        found: list[T] = []
        with self._connection.cursor(row_factory=value_row(row)) as cursor:
            cursor.execute(queries(aggregate)[name], params, prepare=prepare)
            for number in range(cursor.rowcount):
                cursor.scroll(number, mode="absolute")
                try:
                    made = cursor.fetchone()
                except _UNREADABLE as error:
                    self.note(f"{aggregate}.{name} row {number}", error)
                else:
                    found += [] if made is None else [made]
        return found

    def one(self, row: type[T], aggregate: str, name: str, params: Params = ()) -> T | None:
        """Return the first row of a named query that can be converted to a `row`; None if there is none."""
        return next(iter(self.all(row, aggregate, name, params)), None)

    def note(self, what: str, error: Exception) -> None:
        """Count and log something that could not be shown."""
        self.marred += 1
        log.error("a row can't be shown", what=what, error=repr(error))


def each(r: Read, rows: Iterable[T], make: Callable[[T], Out], *, mark: Callable[[T], Out]) -> tuple[Out, ...]:
    """Convert each row; a row that can't be converted is replaced by the result of `mark`."""
    return tuple(part(r, lambda row=row: make(row), lambda row=row: mark(row), what=_name(row)) for row in rows)  # type: ignore[misc]


def part(r: Read, make: Callable[[], Out], otherwise: Callable[[], Out], *, what: str) -> Out:
    """Load a part of a page, or its replacement if it can't be loaded; only a `Legible` replaces it."""
    try:
        return make()
    except Exception as error:  # any error: the rest of the page is shown
        if not isinstance(r, Legible) or isinstance(error, psycopg.OperationalError):
            raise
        r.note(what, error)
        return otherwise()


def _name(row: object) -> str:
    return f"{type(row).__name__} {getattr(row, 'id', getattr(row, 'seq', ''))}"
