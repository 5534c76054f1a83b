"""Storage of cadres' visits (督导记录) and their photos."""

from dataclasses import asdict
from uuid import UUID

from psycopg.types.json import Jsonb

from models.domain.place import owner_of
from models.domain.supervision import SupervisionTask, Visit, VisitPhoto
from models.store.connect import Read, Write

MOST_VISITS = 50
"""A task shows so many visits, the newest."""


def visit(r: Read, visit_id: UUID) -> Visit | None:
    """Return one visit."""
    return r.one(Visit, "visits", "visit", {"id": visit_id})


def visits(r: Read, *, task_id: UUID) -> list[Visit]:
    """Return the visits of a task, newest first."""
    return r.all(Visit, "visits", "visits", {"task_id": task_id, "limit": MOST_VISITS})


def add_visit(w: Write, new: Visit) -> bool:
    """Store a visit; return whether it is new."""
    fields = asdict(new)
    fields |= {
        "answers": Jsonb(fields["answers"]),
        "hazards": Jsonb(fields["hazards"]),
        "photo_ids": list(new.photo_ids),
        "faults": [fault.value for fault in new.faults],
    }
    return w.run("visits", "add_visit", fields) == 1


def add_photo(w: Write, task: SupervisionTask, *, evidence_id: UUID, sha256: str) -> None:
    """Note that a photo was uploaded for a task."""
    params = {**owner_of(task), "evidence_id": evidence_id, "task_id": task.id, "sha256": sha256}
    w.run("visits", "add_photo", params)


def photos(r: Read, *, task_id: UUID) -> list[VisitPhoto]:
    """Return the photos of a task, and whether each file was uploaded for another one; 200 at most."""
    return r.all(VisitPhoto, "visits", "photos", {"task_id": task_id})
