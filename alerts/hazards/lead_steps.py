"""The life cycle of a lead (线索移送): steps, guards and periods. Pure."""

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from alerts.deadlines.calendar import add_working, working_day
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.terms import LeadCommand, LeadGround, LeadState, Role, Severity, TaskState, label
from models.domain.access import Actor
from models.domain.calendars import Calendar
from models.domain.leads import Lead
from models.domain.tasks import RectificationTask

HANDLERS = frozenset({Role.regulator, Role.admin})
"""Roles that transfer hazards and handle leads."""
MIN_OFFICERS = 2
"""At least so many law officers handle a case (行政处罚法 art. 42)."""

_CHECKED = frozenset({LeadState.accepted, LeadState.verifying})
_FROM: dict[LeadCommand, frozenset[LeadState]] = {
    LeadCommand.send: frozenset({LeadState.created}),
    LeadCommand.accept: frozenset({LeadState.sent}),
    LeadCommand.refuse: frozenset({LeadState.sent}),
    LeadCommand.verify: frozenset({LeadState.accepted}),
    LeadCommand.extend: _CHECKED,
    LeadCommand.file: _CHECKED,
    LeadCommand.not_file: _CHECKED,
    LeadCommand.decide: frozenset({LeadState.filed}),
    LeadCommand.feed_back: frozenset({LeadState.not_filed, LeadState.decided}),
}
_TO: dict[LeadCommand, LeadState] = {
    LeadCommand.send: LeadState.sent,
    LeadCommand.accept: LeadState.accepted,
    LeadCommand.refuse: LeadState.refused,
    LeadCommand.verify: LeadState.verifying,
    LeadCommand.file: LeadState.filed,
    LeadCommand.not_file: LeadState.not_filed,
    LeadCommand.decide: LeadState.decided,
    LeadCommand.feed_back: LeadState.closed,
}
NEEDS_WORDS = frozenset(
    {LeadCommand.refuse, LeadCommand.extend, LeadCommand.not_file, LeadCommand.decide, LeadCommand.feed_back}
)
"""Steps that need a text: the reason, the decision or the feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A filed case: its number and the law officers who handle it."""

    case_no: str
    officers: tuple[str, ...]


def check_ground(task: RectificationTask, ground: LeadGround, *, at: datetime) -> None:
    """Check that a task gives the ground for its transfer.

    Raises:
        Invalid: it does not; the message states what the ground requires.
    """
    returns = int(_periods()["transfer"]["returns"])
    late = at > task.due_at
    if ground is LeadGround.returned_often and task.attempt <= returns:
        raise Invalid(f"{label(ground)}: expected at least {returns} returns; the task has {task.attempt - 1}")
    if ground is LeadGround.critical_not_fixed and not (task.severity is Severity.critical and late):
        raise Invalid(f"{label(ground)}: expected a critical hazard whose deadline has passed")
    if ground is LeadGround.refusal and not (late or task.state is TaskState.returned):
        raise Invalid(f"{label(ground)}: expected a task that is overdue or was returned")


def decide_lead(
    lead: Lead,
    command: LeadCommand,
    *,
    by: Actor,
    at: datetime,
    calendar: Calendar,
    text: str = "",
    case: Case | None = None,
) -> Lead:
    """Return the lead after `command`; its `version` is still the one the decision was made on.

    Raises:
        InvalidTransition: the state does not allow the command, or the period was extended before.
        NotAllowed: the role does not handle leads.
        Invalid: the step lacks its text, or a case lacks its number or two officers.
    """
    if by.role not in HANDLERS:
        raise NotAllowed(f"{label(command)} is for: {', '.join(sorted(HANDLERS))}; you are {by.role}")
    if lead.state not in _FROM[command]:
        raise InvalidTransition(
            f"lead is {lead.state} ({label(lead.state)}); {label(command)} is possible from: "
            + ", ".join(sorted(_FROM[command]))
        )
    said = text.strip()
    if command in NEEDS_WORDS and not said:
        raise Invalid(f"{label(command)} needs a text")
    if command is LeadCommand.extend:
        return _extended(lead, calendar)
    moved = replace(lead, state=_TO[command])
    match command:
        case LeadCommand.send:
            due_at = _in_working_days(at, int(_periods()["filing"]["working_days"]), calendar)
            moved = replace(moved, sent_at=at, due_at=due_at)
        case LeadCommand.refuse:
            moved = replace(moved, outcome=said, due_at=None, closed_at=at)
        case LeadCommand.file:
            moved = _filed(moved, case, at=at)
        case LeadCommand.not_file | LeadCommand.decide:
            moved = replace(moved, outcome=said, due_at=None)
        case LeadCommand.feed_back:
            moved = replace(moved, feedback=said, closed_at=at)
    return moved


def commands_of(lead: Lead, *, by: Actor) -> list[LeadCommand]:
    """Return the steps that `by` may take now."""
    if by.role not in HANDLERS:
        return []
    return [
        command
        for command in LeadCommand
        if lead.state in _FROM[command] and not (command is LeadCommand.extend and lead.extended)
    ]


def _extended(lead: Lead, calendar: Calendar) -> Lead:
    if lead.extended or lead.due_at is None:
        raise InvalidTransition("the period for the decision on filing was extended before; once at most")
    due_at = _in_working_days(lead.due_at, int(_periods()["filing"]["extension_working_days"]), calendar)
    return replace(lead, due_at=due_at, extended=True)


def _filed(lead: Lead, case: Case | None, *, at: datetime) -> Lead:
    number = "" if case is None else case.case_no.strip()
    officers = () if case is None else tuple(dict.fromkeys(name.strip() for name in case.officers if name.strip()))
    if not number:
        raise Invalid(f"{label(LeadCommand.file)} needs the number of the case (案号)")
    if len(officers) < MIN_OFFICERS:
        raise Invalid(f"{label(LeadCommand.file)}: expected at least {MIN_OFFICERS} law officers")
    due_at = at + timedelta(days=int(_periods()["decision"]["days"]))
    return replace(lead, filed_at=at, case_no=number, officers=officers, due_at=due_at)


def _in_working_days(at: datetime, days: int, calendar: Calendar) -> datetime:
    return add_working(at, days * working_day(calendar), calendar)


@cache
def _periods() -> dict[str, Any]:
    return tomllib.loads(files("alerts.deadlines").joinpath("leads.toml").read_text("utf-8"))
