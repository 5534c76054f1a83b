"""Changes of rectification tasks: one call stores, logs and announces each."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.base.errors import StaleVersion
from models.catalogue.terms import Severity, TaskCommand
from models.changes.announcing import announce_task
from models.changes.log import log_step
from models.domain.tasks import RectificationTask, Transition
from models.events.types import EventType
from models.store.connect import Write

_ANNOUNCED = {
    TaskCommand.acknowledge: EventType.task_acknowledged,
    TaskCommand.start: EventType.task_rectifying,
    TaskCommand.submit: EventType.task_submitted,
    TaskCommand.take_review: EventType.task_under_review,
    TaskCommand.accept: EventType.task_closed,
    TaskCommand.return_: EventType.task_returned,
    TaskCommand.void: EventType.task_voided,
    TaskCommand.ask_extension: EventType.task_extension_asked,
    TaskCommand.extend: EventType.task_extended,
    TaskCommand.refuse_extension: EventType.task_extension_refused,
    TaskCommand.appeal: EventType.task_appealed,
    TaskCommand.uphold_appeal: EventType.task_appeal_upheld,
    TaskCommand.dismiss_appeal: EventType.task_appeal_dismissed,
    TaskCommand.pass_lookback: EventType.task_lookback_passed,
    TaskCommand.relapse: EventType.task_relapsed,
    TaskCommand.transfer: EventType.task_transferred,
    TaskCommand.take_back: EventType.task_taken_back,
    TaskCommand.end_transfer: EventType.task_closed,
}


def dispatch_task(w: Write, task: RectificationTask, *, by: str, at: datetime) -> RectificationTask:
    """Store a new task and return it.

    Raises:
        StaleVersion: the alert has a task already.
    """
    params = _params(task)
    added = w.one(RectificationTask, "tasks", "add_task", params)
    if added is None:
        raise StaleVersion
    log_step(w, Transition.of(added, command="dispatch", from_state="", actor=by, at=at))
    announce_task(w, EventType.task_dispatched, added, at=at)
    return added


def move_task(
    w: Write,
    before: RectificationTask,
    decided: RectificationTask,
    command: TaskCommand,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    photos: tuple[UUID, ...] = (),
) -> RectificationTask:
    """Store the step that led from `before` to `decided`; `photos` are those of an appeal.

    Raises:
        StaleVersion: somebody else changed the task after `before` was read.
    """
    moved = _stored(w, decided)
    proof = moved.proof_ids if command is TaskCommand.submit else photos
    step = Transition.of(
        moved, command=command, from_state=before.state, actor=by, at=at, reason=reason, evidence_ids=proof
    )
    log_step(w, step)
    announce_task(w, _ANNOUNCED[command], moved, at=at)
    return moved


def move_deadline(w: Write, task: RectificationTask, *, reason: str, by: str, at: datetime) -> RectificationTask:
    """Store a deadline that moved to a later time, or is no longer provisional.

    Raises:
        StaleVersion: somebody else changed the task at the same time.
    """
    moved = w.one(RectificationTask, "tasks", "move_deadline", _params(task))
    if moved is None:
        raise StaleVersion
    log_step(w, Transition.of(moved, command="deadline", from_state=task.state, actor=by, at=at, reason=reason))
    announce_task(w, EventType.task_updated, moved, at=at)
    return moved


def raise_overdue_level(w: Write, task: RectificationTask, *, by: str, at: datetime) -> RectificationTask:
    """Store a task with a higher overdue level, and return it."""
    moved = _stored(w, task)
    level = f"level {moved.overdue_level}"
    log_step(w, Transition.of(moved, command="overdue", from_state=task.state, actor=by, at=at, reason=level))
    announce_task(w, EventType.task_overdue, moved, at=at)
    return moved


def escalate_task(w: Write, task: RectificationTask, *, reason: str, by: str, at: datetime) -> RectificationTask:
    """Store a task that rose to somebody else."""
    moved = _stored(w, task)
    log_step(w, Transition.of(moved, command="escalate", from_state=task.state, actor=by, at=at, reason=reason))
    announce_task(w, EventType.task_escalated, moved, at=at)
    return moved


def hand_over_task(
    w: Write, task: RectificationTask, *, person_id: UUID, reason: str, by: str, at: datetime
) -> RectificationTask:
    """Make another person accountable for a task.

    Raises:
        StaleVersion: somebody else was faster.
    """
    params = {"id": task.id, "version": task.version, "person_id": person_id}
    moved = w.one(RectificationTask, "tasks", "hand_over", params)
    if moved is None:
        raise StaleVersion
    log_step(w, Transition.of(moved, command="hand_over", from_state=task.state, actor=by, at=at, reason=reason))
    announce_task(w, EventType.task_handed_over, moved, at=at)
    return moved


def raise_severity(w: Write, *, alert_id: UUID, severity: Severity, by: str, at: datetime) -> RectificationTask | None:
    """Raise the severity of an alert's open task; return None if it has none or the severity is no higher."""
    params = {"alert_id": alert_id, "severity": severity}
    task = w.one(RectificationTask, "tasks", "raise_severity", params)
    if task is None:
        return None
    log_step(
        w,
        Transition.of(task, command="raise_severity", from_state=task.state, actor=by, at=at, reason=severity.value),
    )
    announce_task(w, EventType.task_updated, task, at=at)
    return task


def _stored(w: Write, task: RectificationTask) -> RectificationTask:
    moved = w.one(RectificationTask, "tasks", "move_task", _params(task))
    if moved is None:
        raise StaleVersion
    return moved


def _params(task: RectificationTask) -> dict[str, Any]:
    catalogue = None if task.catalogue is None else Jsonb(task.catalogue)
    return {
        **asdict(task),
        "proof_ids": list(task.proof_ids),
        "catalogue": catalogue,
        "chain": Jsonb([escalation.as_json() for escalation in task.chain]),
        "escalated_to": list(task.escalated_to),
    }
