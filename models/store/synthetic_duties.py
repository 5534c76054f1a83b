"""A synthetic province of duties, for measurements on a separate database; never use it on a database with data."""

from datetime import datetime
from uuid import UUID

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
    """Add the enterprises `first` … `last`, who answers for them, and what was done on `days` days before `at`."""
    w.run("synthetic_duties", "without_checks")
    params = {"tenant_id": tenant_id, "first": first, "last": last, "days": days, "at": at, "each": ENTERPRISES_A_CADRE}
    w.run("synthetic_duties", "add_entities", params)
    w.run("synthetic_duties", "add_sites", params)
    w.run("synthetic_duties", "add_people", params)
    w.run("synthetic_duties", "add_cadres", params)
    w.run("synthetic_duties", "add_assignments", params)
    w.run("synthetic_duties", "add_pledges", params)
    w.run("synthetic_duties", "add_days", params)
    w.run("synthetic_duties", "add_reports", params)
    w.run("synthetic_duties", "add_hazards", params)


def settle(w: Write) -> None:
    """Have the pledges counted, and update the planner's statistics."""
    w.run("synthetic_duties", "mark_pledges")
    w.run("synthetic_duties", "settle")


def entity(r: Read, number: int) -> UUID:
    """Return the id of an enterprise."""
    found: UUID = r.value("synthetic_duties", "entity", {"number": number})
    return found
