"""Storage of trainings (培训)."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from models.domain.trainings import Training
from models.store.connect import Read, Write

MOST_SHOWN = 500
"""Trainings in a list."""


def training(r: Read, training_id: UUID) -> Training | None:
    """Return one training."""
    return r.one(Training, "trainings", "training", {"id": training_id})


def trainings(r: Read, *, entity_id: UUID) -> list[Training]:
    """Return the trainings of an enterprise, the newest day first, also those that were voided."""
    return r.all(Training, "trainings", "trainings", {"entity_id": entity_id, "limit": MOST_SHOWN})


def hours(r: Read, *, entity_id: UUID, first: date, last: date) -> dict[UUID, Decimal]:
    """Return the hours that the people of an enterprise took between two days, by person."""
    return dict(r.tuples("trainings", "hours", {"entity_id": entity_id, "first": first, "last": last}))


def total(r: Read, *, person_id: UUID) -> int:
    """Return how many trainings of a person count."""
    return int(r.value("trainings", "total", {"person_id": person_id}))


def add(w: Write, new: Training) -> bool:
    """Store a training; return whether it is new to the person on that day."""
    return w.run("trainings", "add", asdict(new)) == 1


def void(w: Write, training_id: UUID, *, by: str, reason: str, at: datetime) -> Training | None:
    """Void a training; None if it is voided, or the caller may not."""
    return w.one(Training, "trainings", "void", {"id": training_id, "by": by, "reason": reason, "at": at})
