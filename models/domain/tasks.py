"""Rectification tasks (整改任务) and the log of their steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from models.catalogue.terms import AppealReason, AppealState, DeadlineClock, ExtensionState, Severity, TaskState
from models.domain.alerts import Alert
from models.domain.place import Owner, Place, owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationTask(Place):
    """A confirmed hazard (隐患) that one accountable person has to correct by a deadline.

    Attributes:
        due_at: the deadline (整改期限) on the platform's clock. When a submission is returned, it moves by the time
            for which the submission waited for its review.
        clock: the clock of the deadline: all hours, or office hours.
        due_from, due_span: `due_at` is the moment at which `due_span` of the clock's time has passed since `due_from`.
        due_provisional: whether the deadline is in a year whose holidays are not announced yet; it may become later.
        dispatched_by: the person who confirmed the hazard; another person has to decide an appeal.
        first_span: the length of the first deadline; an extension is no longer.
        asked_span: the extension that the enterprise requests.
        appeal_due_at: the deadline for the decision on the appeal.
        state_before: the state to which the task returns if the appeal is dismissed.
        attempt: 1, plus one for each return of the proof.
        overdue_level: 0 = not overdue, then the levels of `alerts.deadlines.levels`. It is not a state.
        next_level_at: the moment after which the level rises; None while the clock is stopped, and at the highest.
        catalogue: version of the catalogue and the overrides from which its deadline comes.
    """

    id: UUID
    alert_id: UUID
    code: str
    severity: Severity
    state: TaskState
    attempt: int
    person_id: UUID
    requirement: str
    dispatched_at: datetime
    due_at: datetime
    acknowledged_at: datetime | None
    submitted_at: datetime | None
    submitted_by: str | None
    closed_at: datetime | None
    measure: str | None
    cause: str | None
    proof_ids: tuple[UUID, ...]
    overdue_level: int
    next_level_at: datetime | None = None
    clock: DeadlineClock = DeadlineClock.always
    due_from: datetime
    due_span: timedelta
    due_provisional: bool = False
    dispatched_by: str
    first_span: timedelta
    extension: ExtensionState | None = None
    asked_span: timedelta | None = None
    appeal: AppealState | None = None
    appeal_reason: AppealReason | None = None
    appeal_text: str | None = None
    appealed_at: datetime | None = None
    appeal_due_at: datetime | None = None
    state_before: TaskState | None = None
    version: int
    catalogue: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Owner):
    """One step of an alert or a task, in the append-only log."""

    object: str
    object_id: UUID
    version: int
    at: datetime
    actor: str
    command: str
    from_state: str
    to_state: str
    reason: str
    evidence_ids: tuple[UUID, ...]

    @classmethod
    def of(
        cls,
        after: Alert | RectificationTask,
        *,
        command: str,
        from_state: str,
        actor: str,
        at: datetime,
        reason: str = "",
        evidence_ids: tuple[UUID, ...] = (),
    ) -> Self:
        """Return the step that led to `after`."""
        return cls(
            object="alert" if isinstance(after, Alert) else "task",
            object_id=after.id,
            version=after.version,
            **owner_of(after),
            at=at,
            actor=actor,
            command=command,
            from_state=from_state,
            to_state=after.state,
            reason=reason,
            evidence_ids=evidence_ids,
        )
