"""The states and steps of a rectification task (整改任务) as a pure state machine."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from alerts.deadlines.calendar import add_working, is_provisional, working_between
from alerts.deadlines.clocks import calendar_for
from alerts.deadlines.levels import level_at, next_level_at
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.terms import DeadlineClock, Role, TaskCommand, TaskState, label
from models.domain.access import Actor
from models.domain.calendars import Calendar
from models.domain.tasks import RectificationTask

_FROM: dict[TaskCommand, frozenset[TaskState]] = {
    TaskCommand.acknowledge: frozenset({TaskState.dispatched}),
    TaskCommand.start: frozenset({TaskState.acknowledged, TaskState.returned}),
    TaskCommand.submit: frozenset({TaskState.acknowledged, TaskState.rectifying, TaskState.returned}),
    TaskCommand.take_review: frozenset({TaskState.submitted}),
    TaskCommand.accept: frozenset({TaskState.submitted, TaskState.under_review}),
    TaskCommand.return_: frozenset({TaskState.submitted, TaskState.under_review}),
    TaskCommand.void: frozenset(set(TaskState) - {TaskState.closed, TaskState.voided}),
}

_TO: dict[TaskCommand, TaskState] = {
    TaskCommand.acknowledge: TaskState.acknowledged,
    TaskCommand.start: TaskState.rectifying,
    TaskCommand.submit: TaskState.submitted,
    TaskCommand.take_review: TaskState.under_review,
    TaskCommand.accept: TaskState.closed,
    TaskCommand.return_: TaskState.returned,
    TaskCommand.void: TaskState.voided,
}

_BY: dict[TaskCommand, frozenset[Role]] = {
    TaskCommand.acknowledge: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.start: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.submit: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.take_review: frozenset({Role.regulator, Role.admin}),
    TaskCommand.accept: frozenset({Role.regulator, Role.admin}),
    TaskCommand.return_: frozenset({Role.regulator, Role.admin}),
    TaskCommand.void: frozenset({Role.regulator, Role.admin}),
}

_NEEDS_REASON = frozenset({TaskCommand.return_, TaskCommand.void})
CLOCK_STANDS = frozenset({TaskState.submitted, TaskState.under_review})
"""In these states the regulator must act, so the enterprise's deadline clock stands."""
_ENDS = frozenset({TaskState.closed, TaskState.voided})
TAKES_PHOTOS = _FROM[TaskCommand.submit] | {TaskState.dispatched}
"""In these states, from dispatch to submission, a task accepts photos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What proves a rectification: after-photos with the time each was taken, the measure, the cause."""

    photos: tuple[tuple[UUID, datetime], ...]
    measure: str
    cause: str = ""


def decide(
    task: RectificationTask,
    command: TaskCommand,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    submission: Submission | None = None,
    calendar: Calendar | None = None,
) -> RectificationTask:
    """Return the task after `command`, with the `version` that it had before.

    Args:
        task: the task as it is.
        command: the step.
        by: who takes it.
        at: when.
        reason: why, where a step needs a reason.
        submission: the proof, for a submission.
        calendar: working time at the task's place; a deadline in office hours is moved by it alone.

    Raises:
        InvalidTransition: the state does not allow the command.
        NotAllowed: the role does not, or somebody would judge their own submission.
        Invalid: the proof or the reason is missing.
    """
    if task.state not in _FROM[command]:
        raise InvalidTransition(
            f"task is {task.state} ({label(task.state)}); {label(command)} is possible from: "
            + ", ".join(sorted(_FROM[command]))
        )
    if by.role not in _BY[command]:
        raise NotAllowed(f"{label(command)} is for: {', '.join(sorted(_BY[command]))}; you are {by.role}")
    if command in _NEEDS_REASON and not reason.strip():
        raise Invalid(f"{label(command)} needs a reason")
    return on_the_clock(_decided(task, command, by=by, at=at, submission=submission, calendar=calendar))


def _decided(
    task: RectificationTask,
    command: TaskCommand,
    *,
    by: Actor,
    at: datetime,
    submission: Submission | None,
    calendar: Calendar | None,
) -> RectificationTask:
    changed = replace(task, state=_TO[command])
    if command is TaskCommand.acknowledge:
        return replace(changed, acknowledged_at=at)
    if command is TaskCommand.submit:
        return _submit(changed, by=by, at=at, submission=submission)
    if command in {TaskCommand.accept, TaskCommand.return_} and by.name == task.submitted_by:
        raise NotAllowed("the submitter may not review own work")
    if command is TaskCommand.return_:
        return replace(resumed(changed, at=at, calendar=calendar), attempt=task.attempt + 1)
    return replace(changed, closed_at=at) if changed.state in _ENDS else changed


def commands_for(task: RectificationTask, *, by: Actor) -> list[TaskCommand]:
    """Return the steps that `by` may take on the task now."""
    own_work = by.name == task.submitted_by
    return [
        command
        for command in TaskCommand
        if task.state in _FROM[command]
        and by.role in _BY[command]
        and not (own_work and command in {TaskCommand.accept, TaskCommand.return_})
    ]


def _submit(task: RectificationTask, *, by: Actor, at: datetime, submission: Submission | None) -> RectificationTask:
    if submission is None or not submission.photos:
        raise Invalid("a submission needs at least one photo taken after the dispatch")
    if not submission.measure.strip():
        raise Invalid("a submission needs the measure taken (整改措施)")
    early = [taken for _, taken in submission.photos if taken < task.dispatched_at]
    if early:
        raise Invalid(f"photo taken at {early[0].isoformat()}, before the dispatch; expected one taken after")
    return replace(
        task,
        submitted_at=at,
        # The level no longer rises after the submission, so a late submission must store it now.
        overdue_level=max(task.overdue_level, level_at(task.due_at, at=at)),
        submitted_by=by.name,
        proof_ids=tuple(photo for photo, _ in submission.photos),
        measure=submission.measure,
        cause=submission.cause,
    )


def resumed(task: RectificationTask, *, at: datetime, calendar: Calendar | None) -> RectificationTask:
    """The task with its deadline moved by the time that the clock stood, on the deadline's own clock and no other.

    Raises:
        ValueError: the deadline runs in office hours, and no calendar was given.
    """
    if task.clock is DeadlineClock.office and calendar is None:
        raise ValueError("a deadline in office hours needs the calendar of its place")
    own = calendar_for(task.clock, calendar) if calendar is not None else None
    stopped = task.submitted_at or at
    stood = working_between(stopped, at, own)
    if not stood:
        return task
    left = working_between(stopped, task.due_at, own)
    # What was overdue when the clock stopped stays overdue by as much.
    begin, span = (at, left) if left else (task.due_at, stood)
    due_at = add_working(begin, span, own)
    provisional = own is not None and is_provisional(due_at.astimezone(SHANGHAI).date(), own)
    return replace(task, due_at=due_at, due_from=begin, due_span=span, due_provisional=provisional)


def on_the_clock(task: RectificationTask) -> RectificationTask:
    """Return the task with the moment of its next overdue level; None while the clock stands or after its end."""
    stands = task.closed_at is not None or task.state in CLOCK_STANDS
    return replace(task, next_level_at=None if stands else next_level_at(task.due_at, level=task.overdue_level))


def at_its_level(task: RectificationTask, *, at: datetime) -> RectificationTask:
    """Return the task with the overdue level that it has reached."""
    return on_the_clock(replace(task, overdue_level=level_at(task.due_at, at=at)))
