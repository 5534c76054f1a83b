"""Storage of what is evaluated next: enterprises whose facts changed, and when all of them were evaluated last.

Triggers leave the marks (migration 0144). Whoever evaluates takes marks away first and reads facts then, in one
transaction: what is committed after the first step has left a mark of its own.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from models.domain.warnings import Round
from models.store.connect import Read, Write

EVERY: Final = UUID(int=0)
"""The enterprise of a mark that concerns all of them."""
MOST_DAYS: Final = 365
"""Whole days that are counted to the hour at most, since a deadline or an assignment."""


def lock_round(w: Write) -> Round:
    """Return when was evaluated last, locked; wait while another transaction evaluates."""
    found = w.one(Round, "warning_marks", "lock_round")
    if found is None:
        raise LookupError("warning_round has no row")
    return found


def lock_free_round(w: Write) -> Round | None:
    """Return the same; None while another transaction evaluates."""
    return w.one(Round, "warning_marks", "lock_free_round")


def note_evaluated(w: Write, *, at: datetime) -> None:
    """Note that all enterprises are evaluated as of a moment."""
    w.run("warning_marks", "note_evaluated", {"at": at})


def mark_due(w: Write, *, since: datetime, at: datetime) -> None:
    """Mark enterprises for which time alone changed a count after `since` and until `at`, and note that it was done."""
    w.run("warning_marks", "mark_due", {"since": since, "at": at, "most_days": MOST_DAYS})
    w.run("warning_marks", "note_looked", {"at": at})


def waiting(r: Read, *, most: int) -> tuple[int, bool]:
    """Return how many marks wait, `most` at most, and whether one of them is of all enterprises."""
    ((count, every),) = r.tuples("warning_marks", "waiting", {"most": most, "every": EVERY})
    return int(count), bool(every)


def take(w: Write, *, limit: int) -> list[UUID]:
    """Take away the oldest marks of enterprises, `limit` at most; return the enterprises, each once."""
    taken = w.tuples("warning_marks", "take", {"limit": limit, "every": EVERY})
    return sorted({entity_id for (entity_id,) in taken})


def take_all(w: Write) -> None:
    """Take away every mark. A change that is not committed keeps its own."""
    w.run("warning_marks", "take_all")
