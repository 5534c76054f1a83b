"""Escalation chains (员 → 总监 → 负责人 → 监管所 → 县局): reading, checking, and when a task's steps are due. Pure."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from alerts.deadlines.calendar import add_working, working_between
from alerts.deadlines.levels import LEVELS
from alerts.hazards.steps import WITH_THE_REGULATOR
from models.base.errors import Invalid
from models.catalogue.terms import EscalationTrigger, Holder, Severity, TaskState
from models.domain.calendars import Calendar
from models.domain.chains import ChainStep, Escalation
from models.domain.tasks import RectificationTask

MOST_STEPS = 12
"""A chain has at most so many steps of one trigger."""
LONGEST = timedelta(days=30)
MOST_RETURNS = 20
OUTSIDE = frozenset({Holder.authority, Holder.county})
"""Holders outside the enterprise: a chain has to reach one, else a hazard could stay unseen."""
_AFTER = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?")
_KEYS = {
    EscalationTrigger.unacknowledged: "after",
    EscalationTrigger.overdue: "level",
    EscalationTrigger.returned: "returns",
    EscalationTrigger.unreviewed: "after",
    EscalationTrigger.undecided: "after",
}


@cache
def default_chain(severity: Severity) -> tuple[ChainStep, ...]:
    """Return the chain that the platform ships for a severity."""
    text = files("alerts.deadlines").joinpath("chains.toml").read_text("utf-8")
    return read_chain(tomllib.loads(text)[severity.value])


def read_chain(data: Mapping[str, Any]) -> tuple[ChainStep, ...]:
    """Read and check a chain: for each trigger a list of `{after | level | returns, whom}`; a missing one is empty.

    Raises:
        Invalid: something is unknown, empty, out of order or out of bounds, or no step reaches an authority; the
            message states where, and what was expected.
    """
    if unknown := set(data) - {trigger.value for trigger in EscalationTrigger}:
        raise Invalid(f"{min(unknown)}: unknown trigger; expected {', '.join(EscalationTrigger)}")
    steps: list[ChainStep] = []
    for trigger in EscalationTrigger:
        steps += _steps(trigger, data.get(trigger.value, ()))
    for trigger in (EscalationTrigger.unacknowledged, EscalationTrigger.overdue):
        if not any(step.trigger is trigger and OUTSIDE & set(step.whom) for step in steps):
            raise Invalid(f"{trigger}: expected a step that reaches an authority: {', '.join(sorted(OUTSIDE))}")
    return tuple(steps)


def written(steps: Iterable[ChainStep]) -> dict[str, list[dict[str, Any]]]:
    """Return a chain in the form that `read_chain` reads."""
    found: dict[str, list[dict[str, Any]]] = {trigger.value: [] for trigger in EscalationTrigger}
    for step in steps:
        key = _KEYS[step.trigger]
        value: str | int = _span(step.after) if key == "after" else step.count
        found[step.trigger.value].append({key: value, "whom": [holder.value for holder in step.whom]})
    return found


def _steps(trigger: EscalationTrigger, rows: object) -> list[ChainStep]:
    if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) > MOST_STEPS:
        raise Invalid(f"{trigger}: expected a list of at most {MOST_STEPS} steps")
    found = [_step(trigger, row, where=f"{trigger}[{number}]") for number, row in enumerate(rows)]
    marks = [(step.after, step.count) for step in found]
    if marks != sorted(set(marks)):
        raise Invalid(f"{trigger}: expected steps in order, each once")
    return found


def _step(trigger: EscalationTrigger, row: object, *, where: str) -> ChainStep:
    key = _KEYS[trigger]
    if not isinstance(row, Mapping) or set(row) != {key, "whom"}:
        raise Invalid(f"{where}: expected {key} and whom")
    whom = _whom(row["whom"], where=where)
    if key == "after":
        return ChainStep(trigger=trigger, after=_after(row[key], where=where), whom=whom)
    most = len(LEVELS) if trigger is EscalationTrigger.overdue else MOST_RETURNS
    count = row[key]
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= most:
        raise Invalid(f"{where}.{key}: expected a whole number from 1 to {most}")
    return ChainStep(trigger=trigger, count=count, whom=whom)


def _whom(value: object, *, where: str) -> tuple[Holder, ...]:
    names = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []
    if not names or len(set(names)) != len(names) or not set(names) <= set(Holder):
        raise Invalid(f"{where}.whom: expected some of {', '.join(Holder)}, each once")
    return tuple(Holder(name) for name in names)


def _after(value: object, *, where: str) -> timedelta:
    found = _AFTER.fullmatch(value) if isinstance(value, str) and value else None
    span = timedelta(0) if found is None else timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    if not timedelta(0) < span <= LONGEST:
        raise Invalid(f'{where}.after: expected a time such as "30m" or "1h30m", at most {LONGEST.days} days')
    return span


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60}h{minutes % 60}m".replace("h0m", "h").removeprefix("0h")


def begun(steps: Iterable[ChainStep], *, dispatched_at: datetime, own: Calendar | None) -> tuple[Escalation, ...]:
    """Return the chain of a task that is dispatched now; `own` is its clock's calendar, None if all time counts."""
    return tuple(
        Escalation(
            step=step,
            at=add_working(dispatched_at, step.after, own)
            if step.trigger is EscalationTrigger.unacknowledged
            else None,
        )
        for step in steps
    )


def after_pause(
    chain: Iterable[Escalation], *, stopped: datetime, at: datetime, own: Calendar | None
) -> tuple[Escalation, ...]:
    """Return the chain after its clock was stopped: each open step moves by the working time of the pause."""
    return tuple(
        escalation
        if escalation.at is None or escalation.fired_at is not None
        else replace(escalation, at=_moved(escalation.at, stopped=stopped, at=at, own=own))
        for escalation in chain
    )


def _moved(due: datetime, *, stopped: datetime, at: datetime, own: Calendar | None) -> datetime:
    left = working_between(stopped, due, own)
    return max(due, add_working(at, left, own)) if left else due


def next_escalation_at(task: RectificationTask, *, stands: bool) -> datetime | None:
    """Return the moment after which the next step is due that no overdue level triggers; None if there is none."""
    moments = [moment for step in task.chain if (moment := moment_of(task, step, stands=stands)) is not None]
    return min(moments, default=None)


def due_steps(task: RectificationTask, *, at: datetime, stands: bool) -> list[Escalation]:
    """Return the steps that are due at a moment and were not taken yet."""
    return [
        step
        for step in task.chain
        if (_reached(task, step) or ((moment := moment_of(task, step, stands=stands)) is not None and moment < at))
    ]


def moment_of(task: RectificationTask, escalation: Escalation, *, stands: bool) -> datetime | None:
    """Return when a step is due that no overdue level triggers; None if it is taken, or waits for something else."""
    step = escalation.step
    begun_at: datetime | None = None
    match step.trigger:
        case EscalationTrigger.unreviewed if task.state in WITH_THE_REGULATOR:
            begun_at = task.submitted_at
        case EscalationTrigger.undecided if task.state is TaskState.appealing:
            begun_at = task.appeal_due_at
        case EscalationTrigger.unacknowledged if task.state is TaskState.dispatched and not stands:
            return None if escalation.fired_at is not None else escalation.at
        case EscalationTrigger.returned if task.attempt > step.count and not stands:
            # Taken at once: the proof that was returned was submitted before now.
            begun_at = task.submitted_at
    return None if begun_at is None or escalation.fired_at is not None else begun_at + step.after


def _reached(task: RectificationTask, escalation: Escalation) -> bool:
    step = escalation.step
    is_level = step.trigger is EscalationTrigger.overdue and 0 < step.count <= task.overdue_level
    return is_level and escalation.fired_at is None


def taken(
    task: RectificationTask, steps: Iterable[Escalation], *, whom: tuple[Holder, ...], at: datetime
) -> RectificationTask:
    """Return the task after the steps: each is marked with the time; `whom` was called."""
    done = list(steps)
    chain = tuple(replace(one, fired_at=at) if one in done else one for one in task.chain)
    return replace(task, chain=chain, escalated_to=whom or task.escalated_to)
