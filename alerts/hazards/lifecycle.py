"""The states and steps of a rectification task (整改任务) as a pure state machine."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.deadlines.calendar import add_working, is_provisional, working_between, working_day
from alerts.deadlines.levels import level_at, next_level_at
from alerts.deadlines.lookbacks import lookback_due
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.terms import (
    AppealReason,
    AppealState,
    DeadlineClock,
    ExtensionState,
    LookbackState,
    Role,
    Severity,
    TaskCommand,
    TaskState,
    label,
)
from models.domain.access import Actor
from models.domain.calendars import Calendar
from models.domain.tasks import RectificationTask

_WITH_THE_ENTERPRISE = frozenset(
    {TaskState.dispatched, TaskState.acknowledged, TaskState.rectifying, TaskState.returned}
)
_FROM: dict[TaskCommand, frozenset[TaskState]] = {
    TaskCommand.acknowledge: frozenset({TaskState.dispatched}),
    TaskCommand.start: frozenset({TaskState.acknowledged, TaskState.returned}),
    TaskCommand.submit: frozenset({TaskState.acknowledged, TaskState.rectifying, TaskState.returned}),
    TaskCommand.take_review: frozenset({TaskState.submitted}),
    TaskCommand.accept: frozenset({TaskState.submitted, TaskState.under_review}),
    TaskCommand.return_: frozenset({TaskState.submitted, TaskState.under_review}),
    TaskCommand.void: frozenset(set(TaskState) - {TaskState.closed, TaskState.voided}),
    TaskCommand.ask_extension: _WITH_THE_ENTERPRISE,
    TaskCommand.extend: _WITH_THE_ENTERPRISE,
    TaskCommand.refuse_extension: _WITH_THE_ENTERPRISE,
    TaskCommand.appeal: _WITH_THE_ENTERPRISE,
    TaskCommand.uphold_appeal: frozenset({TaskState.appealing}),
    TaskCommand.dismiss_appeal: frozenset({TaskState.appealing}),
    TaskCommand.pass_lookback: frozenset({TaskState.closed}),
    TaskCommand.relapse: frozenset({TaskState.closed}),
}

_TO: dict[TaskCommand, TaskState] = {
    TaskCommand.acknowledge: TaskState.acknowledged,
    TaskCommand.start: TaskState.rectifying,
    TaskCommand.submit: TaskState.submitted,
    TaskCommand.take_review: TaskState.under_review,
    TaskCommand.accept: TaskState.closed,
    TaskCommand.return_: TaskState.returned,
    TaskCommand.void: TaskState.voided,
    TaskCommand.appeal: TaskState.appealing,
    TaskCommand.uphold_appeal: TaskState.voided,
}
"""Where a step leads; the others leave the state, or return to the one before."""

_BY: dict[TaskCommand, frozenset[Role]] = {
    TaskCommand.acknowledge: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.start: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.submit: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.take_review: frozenset({Role.regulator, Role.admin}),
    TaskCommand.accept: frozenset({Role.regulator, Role.admin}),
    TaskCommand.return_: frozenset({Role.regulator, Role.admin}),
    TaskCommand.void: frozenset({Role.regulator, Role.admin}),
    TaskCommand.ask_extension: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.extend: frozenset({Role.regulator, Role.admin}),
    TaskCommand.refuse_extension: frozenset({Role.regulator, Role.admin}),
    TaskCommand.appeal: frozenset({Role.enterprise, Role.admin}),
    TaskCommand.uphold_appeal: frozenset({Role.regulator, Role.admin}),
    TaskCommand.dismiss_appeal: frozenset({Role.regulator, Role.admin}),
    TaskCommand.pass_lookback: frozenset({Role.regulator, Role.admin}),
    TaskCommand.relapse: frozenset({Role.regulator, Role.admin}),
}

_NEEDS_REASON = frozenset(
    {
        TaskCommand.return_,
        TaskCommand.void,
        TaskCommand.ask_extension,
        TaskCommand.refuse_extension,
        TaskCommand.uphold_appeal,
        TaskCommand.dismiss_appeal,
        TaskCommand.relapse,
    }
)
CLOCK_STANDS = frozenset({TaskState.submitted, TaskState.under_review, TaskState.appealing})
"""In these states the regulator must act, so the enterprise's deadline clock stands."""
_ENDS = frozenset({TaskState.closed, TaskState.voided})
TAKES_PHOTOS = _WITH_THE_ENTERPRISE
"""In these states, from dispatch to submission, a task accepts photos."""


_MOVES_THE_DEADLINE = frozenset(
    {TaskCommand.return_, TaskCommand.extend, TaskCommand.appeal, TaskCommand.dismiss_appeal}
)
APPEAL_WITHIN_CRITICAL = timedelta(hours=24)
APPEAL_WORKING_DAYS = 3
"""An appeal is possible for so long after the dispatch, and is decided within as long (domain default)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What proves a rectification: after-photos with the time each was taken, the measure, the cause."""

    photos: tuple[tuple[UUID, datetime], ...]
    measure: str
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """Why an enterprise says that there is no hazard."""

    reason: AppealReason
    text: str


def decide(
    task: RectificationTask,
    command: TaskCommand,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    submission: Submission | None = None,
    span: timedelta | None = None,
    appeal: Appeal | None = None,
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
        span: how much longer the deadline is to be, for the wish of an extension.
        appeal: why there is no hazard, for an appeal.
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
    own = own_calendar(task, calendar, command)
    match command:
        case TaskCommand.ask_extension:
            decided = _ask_extension(task, span, at=at)
        case TaskCommand.extend | TaskCommand.refuse_extension:
            decided = _answer(task, command, own, at=at)
        case TaskCommand.appeal:
            decided = _appeal(task, appeal, calendar, at=at)
        case TaskCommand.pass_lookback | TaskCommand.relapse:
            decided = _looked_back(task, command, by=by, at=at)
        case TaskCommand.uphold_appeal | TaskCommand.dismiss_appeal:
            decided = _settle(task, command, own, by=by, at=at)
        case _:
            decided = _decided(task, command, own, by=by, at=at, submission=submission)
    return on_the_clock(decided)


def own_calendar(task: RectificationTask, calendar: Calendar | None, command: TaskCommand) -> Calendar | None:
    """What the task's own clock goes by: None round the clock.

    Raises:
        ValueError: the step moves a deadline in office hours, and no calendar was given.
    """
    if task.clock is DeadlineClock.always:
        return None
    if calendar is None and command in _MOVES_THE_DEADLINE:
        raise ValueError("a deadline in office hours needs the calendar of its place")
    return calendar


def _decided(
    task: RectificationTask,
    command: TaskCommand,
    own: Calendar | None,
    *,
    by: Actor,
    at: datetime,
    submission: Submission | None,
) -> RectificationTask:
    changed = replace(task, state=_TO[command])
    if command is TaskCommand.acknowledge:
        return replace(changed, acknowledged_at=at)
    if command is TaskCommand.submit:
        return _submit(changed, by=by, at=at, submission=submission)
    if command in {TaskCommand.accept, TaskCommand.return_} and by.name == task.submitted_by:
        raise NotAllowed("the submitter may not review own work")
    if command is TaskCommand.return_:
        return replace(resumed(changed, own, since=task.submitted_at, at=at), attempt=task.attempt + 1)
    if command is TaskCommand.accept:
        due_at = lookback_due(task.id, task.severity, closed_at=at)
        state = None if due_at is None else LookbackState.due
        return replace(changed, closed_at=at, lookback=state, lookback_due_at=due_at)
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
        and _is_open(task, command, by=by)
    ]


def _is_open(task: RectificationTask, command: TaskCommand, *, by: Actor) -> bool:
    """Whether a step about an extension or an appeal makes sense now."""
    match command:
        case TaskCommand.ask_extension:
            return task.extension is None and task.severity is not Severity.critical
        case TaskCommand.extend | TaskCommand.refuse_extension:
            return task.extension is ExtensionState.asked
        case TaskCommand.appeal:
            return task.appeal is None
        case TaskCommand.pass_lookback | TaskCommand.relapse:
            return task.lookback is LookbackState.due and by.name != task.submitted_by
        case TaskCommand.uphold_appeal | TaskCommand.dismiss_appeal:
            return by.name != task.dispatched_by
        case _:
            return True


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


def resumed(
    task: RectificationTask, own: Calendar | None, *, since: datetime | None, at: datetime
) -> RectificationTask:
    """The task with its deadline moved by the time that its clock has stood `since` then, and by nothing else."""
    stopped = since or at
    stood = working_between(stopped, at, own)
    if not stood:
        return task
    left = working_between(stopped, task.due_at, own)
    # What was overdue when the clock stopped stays overdue by as much.
    begin, span = (at, left) if left else (task.due_at, stood)
    return _due(task, own, begin=begin, span=span)


def _due(task: RectificationTask, own: Calendar | None, *, begin: datetime, span: timedelta) -> RectificationTask:
    due_at = max(task.due_at, add_working(begin, span, own))
    provisional = own is not None and is_provisional(due_at.astimezone(SHANGHAI).date(), own)
    return replace(task, due_at=due_at, due_from=begin, due_span=span, due_provisional=provisional)


def _ask_extension(task: RectificationTask, span: timedelta | None, *, at: datetime) -> RectificationTask:
    if task.severity is Severity.critical:
        raise NotAllowed("the deadline of a critical hazard is not extended")
    if task.extension is not None:
        raise InvalidTransition(f"an extension was asked for before ({label(task.extension)}); there is one at most")
    if at > task.due_at:
        raise Invalid("the deadline has passed; an extension is asked for before it")
    if span is None or not timedelta(0) < span <= task.first_span:
        raise Invalid(f"an extension of {span}: expected more than nothing and at most {task.first_span}")
    return replace(task, extension=ExtensionState.asked, asked_span=span)


def _answer(task: RectificationTask, command: TaskCommand, own: Calendar | None, *, at: datetime) -> RectificationTask:
    if task.extension is not ExtensionState.asked or task.asked_span is None:
        raise InvalidTransition("no extension is asked for")
    if command is TaskCommand.refuse_extension:
        return replace(task, extension=ExtensionState.refused)
    longer = _due(task, own, begin=task.due_from, span=task.due_span + task.asked_span)
    return replace(longer, extension=ExtensionState.granted, overdue_level=level_at(longer.due_at, at=at))


def _appeal(
    task: RectificationTask, appeal: Appeal | None, calendar: Calendar | None, *, at: datetime
) -> RectificationTask:
    if task.appeal is not None:
        raise InvalidTransition(f"there was an appeal before ({label(task.appeal)}); there is one at most")
    if appeal is None or not appeal.text.strip():
        raise Invalid("an appeal needs its reason in words")
    last = _within(task, calendar, since=task.dispatched_at)
    if at > last:
        raise Invalid(f"an appeal was possible until {last.isoformat()}")
    return replace(
        task,
        state=TaskState.appealing,
        state_before=task.state,
        appeal=AppealState.open,
        appeal_reason=appeal.reason,
        appeal_text=appeal.text.strip(),
        appealed_at=at,
        appeal_due_at=_within(task, calendar, since=at),
        # Nobody raises it while the clock stands.
        overdue_level=max(task.overdue_level, level_at(task.due_at, at=at)),
    )


def _settle(
    task: RectificationTask, command: TaskCommand, own: Calendar | None, *, by: Actor, at: datetime
) -> RectificationTask:
    if by.name == task.dispatched_by:
        raise NotAllowed("an appeal is decided by somebody else than who confirmed the hazard")
    if command is TaskCommand.uphold_appeal:
        return replace(task, state=TaskState.voided, appeal=AppealState.upheld, closed_at=at)
    back = replace(task, state=task.state_before or TaskState.dispatched, appeal=AppealState.dismissed)
    return resumed(back, own, since=task.appealed_at, at=at)


def _looked_back(task: RectificationTask, command: TaskCommand, *, by: Actor, at: datetime) -> RectificationTask:
    if task.lookback is not LookbackState.due or task.lookback_due_at is None:
        raise InvalidTransition("no look-back is due at this task")
    if by.name == task.submitted_by:
        raise NotAllowed("the submitter may not look back at own work")
    found = LookbackState.relapsed if command is TaskCommand.relapse else LookbackState.passed
    return replace(task, lookback=found, lookback_at=at, lookback_by=by.name)


def _within(task: RectificationTask, calendar: Calendar | None, *, since: datetime) -> datetime:
    """How long an appeal is possible, and how long its decision may take: 24 h, or three working days."""
    if task.severity is Severity.critical or calendar is None:
        return since + APPEAL_WITHIN_CRITICAL
    return add_working(since, APPEAL_WORKING_DAYS * working_day(calendar), calendar)


def on_the_clock(task: RectificationTask) -> RectificationTask:
    """Return the task with the moment of its next overdue level; None while the clock stands or after its end."""
    stands = task.closed_at is not None or task.state in CLOCK_STANDS
    return replace(task, next_level_at=None if stands else next_level_at(task.due_at, level=task.overdue_level))


def at_its_level(task: RectificationTask, *, at: datetime) -> RectificationTask:
    """Return the task with the overdue level that it has reached."""
    return on_the_clock(replace(task, overdue_level=level_at(task.due_at, at=at)))
