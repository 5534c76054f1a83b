"""What happens to a task if nobody does anything: its deadline, escalations and overdue levels in order. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.deadlines.calendar import add_working
from alerts.deadlines.chains import begun, moment_of
from alerts.deadlines.clocks import calendar_for, clock_of
from alerts.deadlines.levels import LEVELS
from models.catalogue.terms import EscalationTrigger, Holder, Severity, TaskState, label
from models.domain.calendars import Calendar
from models.domain.chains import ChainStep, Escalation
from models.domain.tasks import RectificationTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One moment ahead: what happens, and who is called."""

    at: datetime
    what: str
    whom: tuple[Holder, ...] = ()


def timeline(task: RectificationTask, *, at: datetime, stands: bool) -> list[Ahead]:
    """Return what happens after `at` if nobody acts; while the clock is stopped, only what the regulators owe."""
    if stands:
        return waiting_for_regulators(task, at=at)
    waits = task.state is TaskState.dispatched
    ahead = _ahead(task.chain, due_at=task.due_at, level=task.overdue_level, acknowledged=not waits)
    return [one for one in ahead if one.at >= at]


def waiting_for_regulators(task: RectificationTask, *, at: datetime) -> list[Ahead]:
    """Return when a review or a decision that does not come rises to somebody else."""
    ahead = [
        Ahead(at=moment, what=label(one.step.trigger), whom=one.step.whom)
        for one in task.chain
        if (moment := moment_of(task, one, stands=True)) is not None
    ]
    return sorted((one for one in ahead if one.at >= at), key=lambda one: one.at)


def rehearse(
    steps: Iterable[ChainStep], *, severity: Severity, span: timedelta, calendar: Calendar, at: datetime
) -> tuple[datetime, list[Ahead]]:
    """Return the deadline of a hazard that is dispatched at `at`, and what a chain does if nobody handles it."""
    own = calendar_for(clock_of(severity), calendar)
    due_at = add_working(at, span, own)
    chain = begun(steps, dispatched_at=at, own=own)
    return due_at, _ahead(chain, due_at=due_at, level=0, acknowledged=False)


def _ahead(chain: Iterable[Escalation], *, due_at: datetime, level: int, acknowledged: bool) -> list[Ahead]:
    steps = list(chain)
    ahead = [
        Ahead(at=one.at, what=label(one.step.trigger), whom=one.step.whom)
        for one in steps
        if not acknowledged and one.at is not None and one.fired_at is None
    ]
    called = {one.step.count: one.step.whom for one in steps if one.step.trigger is EscalationTrigger.overdue}
    ahead += [
        Ahead(at=due_at + overdue.after, what=overdue.label, whom=called.get(number, ()))
        for number, overdue in enumerate(LEVELS, start=1)
        if number > level
    ]
    return sorted(ahead, key=lambda one: one.at)
