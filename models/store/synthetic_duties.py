"""A synthetic province of duties, for measurements on a separate database; never use it on a database with data."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import sql

from models.base.errors import Conflict
from models.store.connect import Read, Write

CHUNK = 5_000
ENTERPRISES_A_CADRE = 3
"""126,000 enterprises have 42,000 cadres; Inner Mongolia's platform had 39,300 for 225,200."""


def require_empty(w: Write) -> None:
    """Check that the database has no enterprise.

    Raises:
        Conflict: it has one; generated rows are never mixed with real ones.
    """
    if count := int(w.value("synthetic_duties", "enterprises")):
        raise Conflict(f"this database has {count} enterprises; generate into an empty one")


def add_chunk(w: Write, *, tenant_id: str, first: int, last: int, days: int, at: datetime) -> None:
    """Add the enterprises `first` … `last`, who answers for them, and their hazards of the `days` days before `at`."""
    w.run("synthetic_duties", "without_checks")
    params = {"tenant_id": tenant_id, "first": first, "last": last, "days": days, "at": at, "each": ENTERPRISES_A_CADRE}
    w.run("synthetic_duties", "add_entities", params)
    w.run("synthetic_duties", "add_sites", params)
    w.run("synthetic_duties", "add_people", params)
    w.run("synthetic_duties", "add_cadres", params)
    w.run("synthetic_duties", "add_assignments", params)
    w.run("synthetic_duties", "add_pledges", params)
    w.run("synthetic_duties", "add_hazards", params)


def add_days(w: Write, *, days: int, at: datetime) -> None:
    """Add the day records of all kitchens on `days` days before `at`, the oldest day first, as kitchens write them."""
    with unindexed(w, "day_record"):
        for ago in range(days, 0, -1):
            w.run("synthetic_duties", "add_days", {"ago": ago, "at": at})


def add_reports(w: Write, *, days: int, at: datetime) -> None:
    """Add the reports of all kitchens on the weeks and months that ended in the `days` days before `at`, in turn."""
    with unindexed(w, "duty_report"):
        spans = w.tuples("synthetic_duties", "spans", {"days": days, "at": at})
        for number, (kind, begin, until) in enumerate(spans):
            of = {"number": number, "kind": kind, "begin": begin, "until": until}
            w.run("synthetic_duties", "add_reports", of)


@contextmanager
def unindexed(w: Write, table: LiteralString) -> Iterator[None]:
    """Empty a table and take its indexes, keys and checks away while the block fills it; then make them as they were.

    All of it is in the transaction of `w`: if the block or the making fails, or the process dies, the table has its
    rows, indexes and constraints as before. A new file of an emptied table needs no log where the server keeps a
    minimal one.

    Raises:
        psycopg.errors.DependentObjectsStillExist: something else than a foreign key rests on an index of the table.
    """
    w.run("synthetic_duties", "without_checks")
    w.run("synthetic_duties", "bigger_memory")
    constraints = w.tuples("synthetic_duties", "constraints", {"table": table})
    indexes = w.tuples("synthetic_duties", "indexes", {"table": table})
    for owner, drop, _ in constraints:
        w.raw.execute(_statement(f"ALTER TABLE {owner} {drop}"))
    for name, _ in indexes:
        w.raw.execute(_statement(f"DROP INDEX {name}"))
    w.raw.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
    yield
    for _, definition in indexes:
        w.raw.execute(_statement(definition))
    for owner, _, add in reversed(constraints):
        w.raw.execute(_statement(f"ALTER TABLE {owner} {add}"))


def _statement(text: str) -> sql.SQL:
    # The server itself spelt the names and definitions in it.
    return sql.SQL(text)


def mark_pledges(w: Write) -> None:
    """Have the pledges counted."""
    w.run("synthetic_duties", "mark_pledges")


def entity(r: Read, number: int) -> UUID:
    """Return the id of an enterprise."""
    found: UUID = r.value("synthetic_duties", "entity", {"number": number})
    return found
