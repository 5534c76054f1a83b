"""Steps of a rectification task: load → decide → store → announce, in the caller's transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from alerts.deadlines.chains import due_steps, taken
from alerts.hazards.deadlines import calendar_at
from alerts.hazards.escalation import called
from alerts.hazards.found import found_again
from alerts.hazards.lifecycle import Appeal, Submission, at_its_level, decide
from models.base.errors import NotFound, StaleVersion
from models.catalogue.terms import TaskCommand
from models.changes.alerts import close_alert
from models.changes.tasks import move_task, raise_overdue_level
from models.domain.access import SYSTEM, Actor
from models.domain.tasks import RectificationTask
from models.store import alerts, precision, tasks
from models.store.connect import Write

_ENDING = frozenset({TaskCommand.accept, TaskCommand.void, TaskCommand.uphold_appeal, TaskCommand.end_transfer})


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
    span: timedelta | None = None,
    appeal: Appeal | None = None,
) -> RectificationTask:
    """Take one step and return the task after it.

    Raises:
        NotFound: no such task that the caller may see.
        StaleVersion: the task has changed since `version` was read.
        InvalidTransition, NotAllowed, Invalid: see `lifecycle.decide`.
    """
    if command in _ENDING:
        # Lock the alert before the task, in the order of the grouping of findings, to avoid a deadlock.
        seen = tasks.task(w, task_id)
        if seen is not None:
            alerts.alert_for_update(w, seen.alert_id)
    task = tasks.task_for_update(w, task_id)
    if task is None:
        raise NotFound(f"no task {task_id}")
    if task.version != version:
        raise StaleVersion(f"the task has version {task.version}; your step is for version {version}")
    calendar = calendar_at(w, tenant_id=task.tenant_id, region_code=task.region_code, at=at)
    decided = decide(
        task, command, by=by, at=at, reason=reason, submission=submission, span=span, appeal=appeal, calendar=calendar
    )
    photos = () if appeal is None else appeal.photos
    moved = move_task(w, task, decided, command, by=by.name, at=at, reason=reason, photos=photos)
    if moved.closed_at is not None:
        close_alert(w, moved.alert_id, at=at)
    if command is TaskCommand.uphold_appeal:
        _is_false_now(w, moved, at=at)
    if command is TaskCommand.relapse:
        found_again(w, moved, by=by, at=at, remark=reason)
    return moved


def _is_false_now(w: Write, task: RectificationTask, *, at: datetime) -> None:
    """Measure the precision of a camera again after an appeal was upheld."""
    alert = alerts.alert(w, task.alert_id)
    if alert is not None:
        precision.note_verdict(w, alert, at=at)


def raise_overdue(w: Write, *, at: datetime, limit: int = 200) -> int:
    """Raise the overdue level of tasks that have reached the next one; return how many."""
    late = tasks.open_past_due(w, at=at, limit=limit)
    for task in late:
        risen = at_its_level(task, at=at)
        steps = due_steps(risen, at=at, stands=False)
        raise_overdue_level(w, taken(risen, steps, whom=called(w, risen, steps, at=at), at=at), by=SYSTEM.name, at=at)
    return len(late)
