"""Rectification tasks (整改任务) and the log of their steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from models.catalogue.terms import (
    AppealReason,
    AppealState,
    DeadlineClock,
    ExtensionState,
    Holder,
    LookbackState,
    Severity,
    TaskCommand,
    TaskState,
)
from models.domain.alerts import Alert
from models.domain.chains import Escalation
from models.domain.place import Owner, Place, owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationTask(Place):
    """A confirmed hazard (隐患) that one accountable person must rectify by a deadline.

    Attributes:
        due_at: the deadline (整改期限) on the platform's clock. When a submission is returned, the deadline moves later
            by the time that the submission waited for its review.
        clock: the hours that count for the deadline: round the clock, or office hours.
        due_from, due_span: `due_at` is the moment at which `due_span` of the clock's time has passed since `due_from`.
        due_provisional: the year's holidays are not announced yet, so the deadline may move to a later time.
        dispatched_by: the person who confirmed the hazard; another person must decide an appeal.
        first_span: the length of the first deadline; an extension may not be longer.
        asked_span: the extension that the enterprise requests.
        appeal_due_at: when the appeal must be decided.
        state_before: the state to which the task returns if the appeal is dismissed.
        lookback_due_at: when the closed hazard is checked again; None if it is not in the sample.
        relapse_of: the earlier task whose hazard recurred as this one.
        person_id: the accountable person; None while the regulator's office holds the task, because the enterprise
            has nobody.
        chain: the escalation chain that applied at the dispatch, with the time at which each step was taken.
        escalated_to: who was called last.
        attempt: starts at 1 and rises by one with each return of the proof.
        overdue_level: 0 in time, then the level of `alerts.deadlines.levels`; it depends on the clock alone.
        next_level_at: the moment after which the level rises; None while the clock stands, and at the highest level.
        catalogue: version of the catalogue and the overrides that set its deadline.
    """

    id: UUID
    alert_id: UUID
    code: str
    severity: Severity
    state: TaskState
    attempt: int
    person_id: UUID | None
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
    lookback: LookbackState | None = None
    lookback_due_at: datetime | None = None
    lookback_at: datetime | None = None
    lookback_by: str | None = None
    relapse_of: UUID | None = None
    transferred_at: datetime | None = None
    chain: tuple[Escalation, ...] = ()
    escalated_to: tuple[Holder, ...] = ()
    next_escalation_at: datetime | None = None
    version: int
    catalogue: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Owner):
    """One step of an alert or a task in the append-only log."""

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


def appeal_photos(steps: Iterable[Transition]) -> tuple[UUID, ...]:
    """Return the photos of a task's only appeal: its step in the log names them."""
    return next((step.evidence_ids for step in steps if step.command == TaskCommand.appeal), ())
