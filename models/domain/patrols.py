"""Online patrols (线上巡查): what a regulator saw in the present pictures of a kitchen's cameras."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from models.catalogue.supervision_terms import BusinessKind, PatrolDueState, PatrolPeriod
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolPlan:
    """A plan of a region's office: so many kitchens with a camera are patrolled in every period.

    Attributes:
        region_code: the region that they are drawn from; empty: the whole tenant.
        number: kitchens in a period.
        business_kinds: lines of business that they are drawn from; empty: any.
        drawn_on: the last day on which it was looked whether kitchens have to be drawn.
    """

    id: UUID
    tenant_id: str
    region_code: str
    name: str
    period: PatrolPeriod
    number: int
    business_kinds: tuple[BusinessKind, ...]
    made_by: str
    made_at: datetime
    drawn_on: date | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolProgress:
    """How far a plan is: kitchens of its newest period that count and were patrolled, and those ever missed."""

    plan_id: UUID
    begins: date
    due_on: date
    due: int
    done: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolDue(Owner):
    """A kitchen that was drawn for a period, from the day `begins` to `due_on`.

    Attributes:
        patrol_id: the patrol that was made of it in time.
        dropped_at: it does not count: its enterprise closed, its cameras went, or the plan ended.
    """

    id: UUID
    plan_id: UUID
    site_id: str
    begins: date
    due_on: date
    patrol_id: UUID | None = None
    done_at: datetime | None = None
    dropped_at: datetime | None = None

    def state(self, today: date) -> PatrolDueState:
        """Return what has become of it."""
        if self.done_at is not None:
            return PatrolDueState.done
        if self.dropped_at is not None:
            return PatrolDueState.dropped
        return PatrolDueState.waiting if today <= self.due_on else PatrolDueState.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrollable(Owner):
    """A kitchen that may be drawn."""

    site_id: str
