"""Millions of synthetic tasks, for measurements on a separate database; never use it on a database with data."""

from datetime import datetime
from uuid import UUID

import psycopg

from models.store.connect import Read, Write
from models.store.queries import queries

CHUNK = 200_000


def add_entities(w: Write, *, tenant_id: str, count: int) -> None:
    """Add enterprises."""
    w.run("synthetic", "without_checks")
    w.run("synthetic", "add_entities", {"tenant_id": tenant_id, "first": 0, "last": count - 1})


def add_tasks(
    w: Write,
    *,
    tenant_id: str,
    first: int,
    last: int,
    entities: int,
    closed: bool,
    due: int,
    group: int,
    minute: int,
    at: datetime,
) -> None:
    """Add the tasks `first` … `last` with their alerts.

    The first `due` open tasks are due, `group` of them each minute, starting `minute` minutes after `at`.
    """
    w.run("synthetic", "without_checks")
    params = {"tenant_id": tenant_id, "entities": entities, "closed": closed, "at": at}
    due_ones = {"due": due, "group": group, "minute": minute, "base": first}
    for begin in range(first, last + 1, CHUNK):
        part = {**params, "first": begin, "last": min(begin + CHUNK - 1, last)}
        w.run("synthetic", "add_alerts", part)
        w.run("synthetic", "add_tasks", part | due_ones)


def add_events(w: Write, *, tenant_id: str, first: int, last: int, entities: int, own: int) -> None:
    """Add the events `first` … `last` of the feed, spread over a year.

    One in a hundred belongs to the district 330699. Enterprise 0 has `own` events, evenly among the first `last`.
    """
    w.run("synthetic", "without_checks")
    w.value("synthetic", "year_of_partitions")
    params = {"tenant_id": tenant_id, "entities": entities, "own": own, "total": last}
    for begin in range(first, last + 1, CHUNK):
        w.run("synthetic", "add_events", {**params, "first": begin, "last": min(begin + CHUNK - 1, last)})


def registered_since(w: Write, *, entity_ids: list[UUID], at: datetime) -> None:
    """Say that enterprises, their kitchens, devices and people are registered since a moment, for a simulated past."""
    w.run("synthetic", "registered_since", {"ids": entity_ids, "at": at})


def cameras_seen(w: Write, *, entity_ids: list[UUID], at: datetime | None) -> None:
    """Say when the cameras of enterprises last sent a frame, for a simulated past; None: never."""
    w.run("synthetic", "cameras_seen", {"ids": entity_ids, "at": at})


def tidy(url: str) -> None:
    """Do at once what the server does in idle time, and would do while something is measured: vacuum, and write out.

    The connection is its own, because no transaction may do it.
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
        connection.execute(queries("synthetic")["tidy"])
        connection.execute(queries("synthetic")["write_out"])


def entity(r: Read, number: int) -> UUID:
    """Return the id of an enterprise."""
    found: UUID = r.value("synthetic", "entity", {"number": number})
    return found


def bare_page(r: Read, scope: str, *, tenant_id: str, region: str, entity_id: UUID, cursor: int, limit: int) -> int:
    """Return how many events a page has that plain SQL reads with the index that fits the scope."""
    params = {"tenant_id": tenant_id, "region": region, "entity_id": entity_id, "cursor": cursor, "limit": limit}
    if scope == "tenant":
        return len(r.tuples("synthetic", "bare_page_of_tenant", params))
    if scope == "district":
        return len(r.tuples("synthetic", "bare_page_of_district", params))
    return len(r.tuples("synthetic", "bare_page_of_entity", params))


def plain_scan(r: Read, *, at: datetime) -> int:
    """Return how many tasks have to rise to the next overdue level, by scanning all of them."""
    r.value("synthetic", "without_indexes")
    return int(r.value("synthetic", "plain_scan", {"at": at}))
