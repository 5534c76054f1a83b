"""Storage of retention: files that may be deleted, deleted files, and legal holds."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from models.base.errors import Conflict, NotFound
from models.base.ids import uuid7
from models.domain.retention import Candidate, KeepingSettings, LegalHold, Wanted
from models.store.connect import Read, Write

FIRST = UUID(int=0)


def over_time(r: Read, *, settings: KeepingSettings, after: UUID, at: datetime, look_at: int) -> list[Candidate]:
    """Return the next `look_at` old pieces after `after`, each with whether its retention time is over."""
    params = {
        "at": at,
        "after": after,
        "look_at": look_at,
        "shortest": settings.shortest,
        "hazard": settings.hazard,
        "undecided": settings.undecided,
        "rejected": settings.rejected,
        "device": settings.device,
    }
    return r.all(Candidate, "retention", "over_time", params)


def pressed(r: Read, *, limit: int) -> list[Candidate]:
    """Return the evidence that may be deleted early when the store is nearly full, the oldest first."""
    return r.all(Candidate, "retention", "pressed", {"limit": limit})


def purge(w: Write, ids: Sequence[UUID], *, reason: str, at: datetime) -> list[str]:
    """Store that files are deleted; return the hashes of their copies, which must be deleted too."""
    w.run("retention", "purge", {"ids": list(ids), "reason": reason, "at": at})
    return [name for (name,) in w.tuples("retention", "drop_copies", {"ids": list(ids)}) if name is not None]


def still_needed(r: Read, names: Collection[str]) -> set[str]:
    """Return those of some files to which a row still refers."""
    return {name for (name,) in r.tuples("retention", "still_needed", {"names": list(names)})}


def wanted_files(r: Read, *, after: str, limit: int) -> list[Wanted]:
    """A page of the files that must be in the store, by name."""
    return r.all(Wanted, "retention", "wanted_files", {"after": after, "limit": limit})


def hold(w: Write, alert_id: UUID, *, reason: str, by: str, at: datetime) -> None:
    """Place a legal hold on an alert.

    Raises:
        NotFound: no such alert.
        Conflict: the alert is held already.
    """
    if hold_of(w, alert_id) is not None:
        raise Conflict(f"alert {alert_id} is held already")
    if not w.run("retention", "hold", {"id": uuid7(), "alert_id": alert_id, "reason": reason, "by": by, "at": at}):
        raise NotFound(f"no alert {alert_id}")


def release(w: Write, alert_id: UUID, *, by: str, at: datetime) -> None:
    """End a hold.

    Raises:
        NotFound: the alert is not held.
    """
    if not w.run("retention", "release", {"alert_id": alert_id, "by": by, "at": at}):
        raise NotFound(f"alert {alert_id} is not held")


def hold_of(r: Read, alert_id: UUID) -> LegalHold | None:
    """Return the hold on an alert; None if there is none."""
    return r.one(LegalHold, "retention", "hold_of", {"alert_id": alert_id})
