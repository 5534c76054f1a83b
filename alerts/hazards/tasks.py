"""Steps of a rectification task: load → decide → store → announce, in the caller's transaction."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from alerts.hazards.lifecycle import Actor, Submission, decide, overdue_level
from models.base.errors import NotFound, StaleVersion
from models.catalogue.terms import Role, Severity, TaskCommand
from models.domain.tasks import RectificationTask, Transition
from models.store import alerts, tasks
from models.store.announce import alert_changed, task_changed
from models.store.connect import Write

SYSTEM = Actor(name="system", role=Role.admin)

_ANNOUNCED = {
    TaskCommand.acknowledge: "acknowledged",
    TaskCommand.start: "rectifying",
    TaskCommand.submit: "submitted",
    TaskCommand.take_review: "under_review",
    TaskCommand.accept: "closed",
    TaskCommand.return_: "returned",
    TaskCommand.void: "voided",
}
_ENDING = frozenset({TaskCommand.accept, TaskCommand.void})


def act(
    w: Write,
    task_id: UUID,
    command: TaskCommand,
    *,
    version: int,
    by: Actor,
    at: datetime,
    reason: str = "",
    submission: Submission | None = None,
) -> RectificationTask:
    """Take one step.

    Raises:
        NotFound: no such task in what the caller may see.
        StaleVersion: the task has changed since `version` was read.
        InvalidTransition, NotAllowed, Invalid: see `lifecycle.decide`.
    """
    if command in _ENDING:
        # Alert before task, as the grouping of findings locks them: the other way round they would wait for each other.
        seen = tasks.task(w, task_id)
        if seen is not None:
            alerts.alert_for_update(w, seen.alert_id)
    task = tasks.task_for_update(w, task_id)
    if task is None:
        raise NotFound(f"no task {task_id}")
    if task.version != version:
        raise StaleVersion(f"task has version {task.version}, you acted on version {version}")
    decided = decide(task, command, by=by, at=at, reason=reason, submission=submission)
    moved = tasks.move_task(w, decided)
    step = Transition.of(
        moved,
        command=command,
        from_state=task.state,
        actor=by.name,
        at=at,
        reason=reason,
        evidence_ids=moved.proof_ids if command is TaskCommand.submit else (),
    )
    tasks.add_transition(w, step)
    task_changed(w, moved, what=_ANNOUNCED[command], at=at)
    if moved.closed_at is not None:
        alert = alerts.close_alert(w, alert_id=moved.alert_id, at=at)
        if alert is not None:
            alert_changed(w, alert, what="closed", at=at)
    return moved


def raise_overdue(w: Write, *, at: datetime, limit: int = 200) -> int:
    """Raise the overdue level of tasks whose deadline has passed; gives how many."""
    late = tasks.open_past_due(w, at=at, limit=limit)
    for task in late:
        moved = tasks.move_task(w, replace(task, overdue_level=overdue_level(task.due_at, at=at)))
        level = f"level {moved.overdue_level}"
        step = Transition.of(moved, command="overdue", from_state=task.state, actor=SYSTEM.name, at=at, reason=level)
        tasks.add_transition(w, step)
        task_changed(w, moved, what="overdue", at=at)
    return len(late)


def raise_severity(w: Write, *, alert_id: UUID, severity: Severity, at: datetime) -> RectificationTask | None:
    """The hazard of an open task got worse; None if there is no such task. The caller holds the alert's lock.

    Its deadline stays: it goes by the code, and never becomes later.
    """
    task = tasks.raise_severity(w, alert_id=alert_id, severity=severity)
    if task is None:
        return None
    step = Transition.of(
        task, command="raise_severity", from_state=task.state, actor=SYSTEM.name, at=at, reason=severity.value
    )
    tasks.add_transition(w, step)
    task_changed(w, task, what="updated", at=at)
    return task
