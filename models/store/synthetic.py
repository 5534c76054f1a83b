"""Millions of synthetic tasks, for measurements on a separate database; never use it on a database with data."""

from datetime import datetime

from models.store.connect import Read, Write

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


def settle(w: Write) -> None:
    """Update the planner's statistics."""
    w.run("synthetic", "settle")


def plain_scan(r: Read, *, at: datetime) -> int:
    """Return how many tasks have to rise to the next overdue level, by scanning all of them."""
    r.value("synthetic", "without_indexes")
    return int(r.value("synthetic", "plain_scan", {"at": at}))
