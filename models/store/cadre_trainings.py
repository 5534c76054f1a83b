"""Storage of the trainings (培训) of cadres, and of their help (帮扶) and emergencies (应急)."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from models.domain.trainings import CadreTraining
from models.store.connect import Read, Write

MOST_SHOWN = 500
"""Trainings in a list."""


def training(r: Read, training_id: UUID) -> CadreTraining | None:
    """Return one training."""
    return r.one(CadreTraining, "cadre_trainings", "training", {"id": training_id})


def trainings(r: Read, *, cadre_id: UUID) -> list[CadreTraining]:
    """Return the trainings of a cadre, the newest day first, also those that were voided."""
    return r.all(CadreTraining, "cadre_trainings", "trainings", {"cadre_id": cadre_id, "limit": MOST_SHOWN})


def taken(r: Read, cadre_ids: Collection[UUID], *, first: date, last: date) -> dict[UUID, tuple[Decimal, int]]:
    """Return the hours of training that cadres took between two days, and how often they helped; none is missing."""
    params = {"cadre_ids": list(cadre_ids), "first": first, "last": last}
    found = r.tuples("cadre_trainings", "hours", params)
    return {cadre_id: (hours, int(helped)) for cadre_id, hours, helped in found}


def total(r: Read, *, cadre_id: UUID) -> int:
    """Return how many trainings of a cadre count."""
    return int(r.value("cadre_trainings", "total", {"cadre_id": cadre_id}))


def add(w: Write, new: CadreTraining) -> bool:
    """Store a training; return whether it is new to the cadre on that day."""
    return w.run("cadre_trainings", "add", asdict(new)) == 1


def void(w: Write, training_id: UUID, *, by: str, reason: str, at: datetime) -> CadreTraining | None:
    """Void a training; None if it is voided, or the caller may not."""
    params = {"id": training_id, "by": by, "reason": reason, "at": at}
    return w.one(CadreTraining, "cadre_trainings", "void", params)
