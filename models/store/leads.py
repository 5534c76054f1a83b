"""Storage of leads to enforcement."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.domain.leads import Lead
from models.store.connect import Read, Write


def lead(r: Read, lead_id: UUID) -> Lead | None:
    """One lead."""
    return r.one(Lead, "leads", "lead", {"id": lead_id})


def lead_for_update(w: Write, lead_id: UUID) -> Lead | None:
    """One lead, locked until the transaction ends."""
    return w.one(Lead, "leads", "lead_for_update", {"id": lead_id})


def leads(
    r: Read, *, before: UUID | None, limit: int, ended: bool | None = None, task_id: UUID | None = None
) -> list[Lead]:
    """Leads, newest first."""
    params = {"before": before, "limit": limit, "ended": ended, "task_id": task_id}
    return r.all(Lead, "leads", "leads", params)


def late_total(r: Read, *, at: datetime) -> int:
    """How many leads are beyond their period."""
    return int(r.value("leads", "late_total", {"at": at}))


def add_lead(w: Write, new: Lead) -> Lead | None:
    """Store a new lead; None if its task has an open one already."""
    return w.one(Lead, "leads", "add_lead", _params(new))


def move_lead(w: Write, moved: Lead) -> Lead | None:
    """Store a step of a lead; None if somebody else was faster."""
    return w.one(Lead, "leads", "move_lead", _params(moved))


def _params(row: Lead) -> dict[str, object]:
    return asdict(row) | {"officers": list(row.officers)}
