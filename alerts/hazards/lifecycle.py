"""The life cycle of a rectification task (整改任务) as a pure state machine."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.deadlines.calendar import add_working, is_provisional, working_between, working_day
from alerts.deadlines.chains import after_pause, next_escalation_at
from alerts.deadlines.levels import level_at, next_level_at
from alerts.deadlines.lookbacks import lookback_due
from alerts.hazards.steps import CLOCK_STANDS, ENDS, STEPS, WITH_THE_ENTERPRISE
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.terms import (
    AppealReason,
    AppealState,
    DeadlineClock,
    ExtensionState,
    LookbackState,
    Severity,
    TaskCommand,
    TaskState,
    Zone,
    label,
)
from models.domain.access import SYSTEM, Actor
from models.domain.calendars import Calendar
from models.domain.tasks import RectificationTask

APPEAL_WITHIN_CRITICAL = timedelta(hours=24)
APPEAL_WORKING_DAYS = 3
"""An appeal is possible for this long after the dispatch, and has to be decided in as long (domain default)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The proof of a rectification: photos taken afterwards with their times, the measure, the cause.

    `zone` is where the submitter says that the photos were taken; None if they say nothing.
    """

    photos: tuple[tuple[UUID, datetime], ...]
    measure: str
    cause: str = ""
    zone: Zone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """The reasons for which an enterprise disputes a hazard, and photos that show them."""

    reason: AppealReason
    text: str
    photos: tuple[UUID, ...] = ()


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
    """Return the task after `command`; its `version` stays the one on which the decision was made.

    Args:
        task: the present task.
        command: the step to take.
        by: the actor who takes it.
        at: the time of the step.
        reason: a text, required by some steps.
        submission: the proof; for a submission only.
        span: the requested prolongation of the deadline; for the request of an extension only.
        appeal: the reasons; for an appeal only.
        calendar: working time at the task's place; required to move a deadline in office hours.

    Raises:
        InvalidTransition: the state does not allow the command.
        NotAllowed: the role may not take the step, or the actor would judge their own submission or decision.
        Invalid: the proof, the reason or the span is missing or not acceptable.
    """
    _check(task, command, by=by, reason=reason)
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
        case TaskCommand.transfer:
            decided = _transfer(task, at=at)
        case TaskCommand.take_back:
            decided = _take_back(task, own, at=at)
        case _:
            decided = _decided(task, command, own, by=by, at=at, submission=submission)
    return on_the_clock(decided)


def _check(task: RectificationTask, command: TaskCommand, *, by: Actor, reason: str) -> None:
    step = STEPS[command]
    if task.state not in step.of:
        raise InvalidTransition(
            f"task is {task.state} ({label(task.state)}); {label(command)} is possible from: "
            + ", ".join(sorted(step.of))
        )
    if by.role not in step.by:
        raise NotAllowed(
            f"{label(command)} needs one of the roles {', '.join(sorted(step.by))}; your role is {by.role}"
        )
    if step.by_lead and by != SYSTEM:
        raise NotAllowed(f"{label(command)} happens when the lead of the task ends")
    if step.needs_reason and not reason.strip():
        raise Invalid(f"{label(command)}须写明原因 {command} needs a reason")


def own_calendar(task: RectificationTask, calendar: Calendar | None, command: TaskCommand) -> Calendar | None:
    """Return the calendar of the task's own clock; None if all time counts.

    Raises:
        ValueError: the step moves a deadline in office hours, but `calendar` is None.
    """
    if task.clock is DeadlineClock.always:
        return None
    if calendar is None and STEPS[command].moves_deadline:
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
    changed = replace(task, state=STEPS[command].to or task.state)
    if command is TaskCommand.acknowledge:
        return replace(changed, acknowledged_at=at)
    if command is TaskCommand.submit:
        return _submit(changed, by=by, at=at, submission=submission)
    if command in {TaskCommand.accept, TaskCommand.return_} and by.name == task.submitted_by:
        raise NotAllowed("the submitter may not review their own submission")
    if command is TaskCommand.return_:
        return replace(resumed(changed, own, since=task.submitted_at, at=at), attempt=task.attempt + 1)
    if command is TaskCommand.accept:
        due_at = lookback_due(task.id, task.severity, closed_at=at)
        state = None if due_at is None else LookbackState.due
        return replace(changed, closed_at=at, lookback=state, lookback_due_at=due_at)
    return replace(changed, closed_at=at) if changed.state in ENDS else changed


def commands_for(task: RectificationTask, *, by: Actor) -> list[TaskCommand]:
    """Return the commands that `by` may apply to the task now."""
    own_work = by.name == task.submitted_by
    return [
        command
        for command in TaskCommand
        if task.state in STEPS[command].of
        and by.role in STEPS[command].by
        and (by == SYSTEM or not STEPS[command].by_lead)
        and not (own_work and command in {TaskCommand.accept, TaskCommand.return_})
        and _is_open(task, command, by=by)
    ]


def _is_open(task: RectificationTask, command: TaskCommand, *, by: Actor) -> bool:
    """Return whether a step of an extension or an appeal is possible now."""
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
        raise Invalid(f"photo taken at {early[0].isoformat()}, before the dispatch; expected one taken after it")
    if submission.zone not in {None, task.zone}:
        raise Invalid(f"照片应拍摄于{label(task.zone)} zone {submission.zone}: expected photos of the zone {task.zone}")
    return replace(
        task,
        submitted_at=at,
        # The sweep ignores submitted tasks, so a late submission stores its overdue level itself.
        overdue_level=max(task.overdue_level, level_at(task.due_at, at=at)),
        submitted_by=by.name,
        proof_ids=tuple(photo for photo, _ in submission.photos),
        measure=submission.measure,
        cause=submission.cause,
    )


def resumed(
    task: RectificationTask, own: Calendar | None, *, since: datetime | None, at: datetime
) -> RectificationTask:
    """Return the task with its deadline moved by the time for which its clock was stopped, from `since` to `at`."""
    stopped = since or at
    stood = working_between(stopped, at, own)
    if not stood:
        return task
    left = working_between(stopped, task.due_at, own)
    task = replace(task, chain=after_pause(task.chain, stopped=stopped, at=at, own=own))
    # A task that was overdue when the clock stopped stays overdue by the same time.
    begin, span = (at, left) if left else (task.due_at, stood)
    return _due(task, own, begin=begin, span=span)


def _due(task: RectificationTask, own: Calendar | None, *, begin: datetime, span: timedelta) -> RectificationTask:
    due_at = max(task.due_at, add_working(begin, span, own))
    provisional = own is not None and is_provisional(due_at.astimezone(SHANGHAI).date(), own)
    return replace(task, due_at=due_at, due_from=begin, due_span=span, due_provisional=provisional)


def _ask_extension(task: RectificationTask, span: timedelta | None, *, at: datetime) -> RectificationTask:
    if task.severity is Severity.critical:
        raise NotAllowed("the deadline of a critical hazard can't be extended")
    if task.extension is not None:
        raise InvalidTransition(f"an extension was requested before ({label(task.extension)}); a task has at most one")
    if at > task.due_at:
        raise Invalid("the deadline has passed; an extension has to be requested before it")
    if span is None or not timedelta(0) < span <= task.first_span:
        raise Invalid(f"an extension of {span}: expected more than zero and at most {task.first_span}")
    return replace(task, extension=ExtensionState.asked, asked_span=span)


def _answer(task: RectificationTask, command: TaskCommand, own: Calendar | None, *, at: datetime) -> RectificationTask:
    if task.extension is not ExtensionState.asked or task.asked_span is None:
        raise InvalidTransition("no extension has been requested")
    if command is TaskCommand.refuse_extension:
        return replace(task, extension=ExtensionState.refused)
    longer = _due(task, own, begin=task.due_from, span=task.due_span + task.asked_span)
    return replace(longer, extension=ExtensionState.granted, overdue_level=level_at(longer.due_at, at=at))


def _appeal(
    task: RectificationTask, appeal: Appeal | None, calendar: Calendar | None, *, at: datetime
) -> RectificationTask:
    if task.appeal is not None:
        raise InvalidTransition(f"there was an appeal before ({label(task.appeal)}); a task has at most one")
    if appeal is None or not appeal.text.strip():
        raise Invalid("an appeal needs a text with its reasons")
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
        # The overdue level does not rise while the clock is stopped.
        overdue_level=max(task.overdue_level, level_at(task.due_at, at=at)),
    )


def _settle(
    task: RectificationTask, command: TaskCommand, own: Calendar | None, *, by: Actor, at: datetime
) -> RectificationTask:
    if by.name == task.dispatched_by:
        raise NotAllowed("the person who confirmed the hazard may not decide the appeal")
    if command is TaskCommand.uphold_appeal:
        return replace(task, state=TaskState.voided, appeal=AppealState.upheld, closed_at=at)
    back = replace(task, state=task.state_before or TaskState.dispatched, appeal=AppealState.dismissed)
    return resumed(back, own, since=task.appealed_at, at=at)


def _transfer(task: RectificationTask, *, at: datetime) -> RectificationTask:
    ran = task.state in WITH_THE_ENTERPRISE
    return replace(
        task,
        state=TaskState.transferred,
        state_before=task.state,
        transferred_at=at,
        # The overdue sweep skips the task while its clock is stopped.
        overdue_level=max(task.overdue_level, level_at(task.due_at, at=at)) if ran else task.overdue_level,
    )


def _take_back(task: RectificationTask, own: Calendar | None, *, at: datetime) -> RectificationTask:
    back = replace(task, state=task.state_before or TaskState.dispatched)
    # A submitted task waited for the regulator already: its clock goes on when the regulator returns it.
    return resumed(back, own, since=task.transferred_at, at=at) if back.state in WITH_THE_ENTERPRISE else back


def _looked_back(task: RectificationTask, command: TaskCommand, *, by: Actor, at: datetime) -> RectificationTask:
    if task.lookback is not LookbackState.due or task.lookback_due_at is None:
        raise InvalidTransition("no look-back is due at this task")
    if by.name == task.submitted_by:
        raise NotAllowed("the submitter may not look back at own work")
    found = LookbackState.relapsed if command is TaskCommand.relapse else LookbackState.passed
    return replace(task, lookback=found, lookback_at=at, lookback_by=by.name)


def _within(task: RectificationTask, calendar: Calendar | None, *, since: datetime) -> datetime:
    """Return the end of the time for an appeal or its decision: 24 h or three working days after `since`."""
    if task.severity is Severity.critical or calendar is None:
        return since + APPEAL_WITHIN_CRITICAL
    return add_working(since, APPEAL_WORKING_DAYS * working_day(calendar), calendar)


def clock_stands(task: RectificationTask) -> bool:
    """Return whether the clock of the deadline is stopped."""
    return task.closed_at is not None or task.state in CLOCK_STANDS


def on_the_clock(task: RectificationTask) -> RectificationTask:
    """Return the task with the times of its next overdue level and escalation; None while the clock is stopped."""
    stands = clock_stands(task)
    return replace(
        task,
        next_level_at=None if stands else next_level_at(task.due_at, level=task.overdue_level),
        next_escalation_at=next_escalation_at(task, stands=stands),
    )


def at_its_level(task: RectificationTask, *, at: datetime) -> RectificationTask:
    """Return the task at the overdue level that it has reached."""
    return on_the_clock(replace(task, overdue_level=level_at(task.due_at, at=at)))
