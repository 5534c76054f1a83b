"""Online patrols (线上巡查): what a regulator saw in the present pictures of a kitchen's cameras."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.domain.place import Owner
from models.domain.supervision import VisitAnswer, VisitHazard


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraShot(Owner):
    """A present picture of a camera that somebody kept as evidence, as it was received at `captured_at`."""

    evidence_id: UUID
    site_id: str
    camera_id: str
    sha256: str
    captured_at: datetime
    taken_by: str
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolShot:
    """A picture as the signed record names it."""

    evidence_id: str
    camera_id: str
    sha256: str
    captured_at: str

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(**stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrol(Owner):
    """An online patrol of a kitchen, signed and never changed.

    Attributes:
        id: made by the page, so that a repeat is recognised.
        signature: SHA-256 over the content with the pictures and the name.
        hazards: what became of the problems of each head, as for a visit.
    """

    id: UUID
    site_id: str
    started_at: datetime
    ended_at: datetime
    checklist: str
    answers: tuple[VisitAnswer, ...]
    advice: str
    shots: tuple[PatrolShot, ...]
    name: str
    signature: str
    hazards: tuple[VisitHazard, ...]
    submitted_by: str
    submitted_at: datetime
