"""Supervision (督导) of enterprises by cadres: tasks, and what a visit found."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.terms import SupervisionReason, SupervisionState
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionTask(Owner):
    """A task for a cadre to visit an enterprise (督导任务). The enterprise does not see it.

    Attributes:
        period: what it is for: 2026Q4, 2026H2, 2026, or the id of a hazard's task. One task per enterprise, reason and
            period, without exempted ones.
        cadre_id: who visits; None while nobody is named.
        overdue_at: when the deadline was found to have passed; a mark, not a state.
        note: why it was returned, reassigned or exempted.
    """

    id: UUID
    reason: SupervisionReason
    period: str
    tier: str | None
    cadre_id: UUID | None
    state: SupervisionState
    due_at: datetime
    generated_at: datetime
    overdue_at: datetime | None = None
    closed_at: datetime | None = None
    submitted_by: str | None = None
    note: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalHazard(Owner):
    """A critical hazard's task that has no supervision task yet."""

    id: UUID
    guarantee_tier: str | None
    dispatched_at: datetime
