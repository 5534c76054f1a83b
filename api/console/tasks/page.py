"""The page of one task, with its steps and proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from alerts.deadlines.levels import LEVELS, level_label
from alerts.deadlines.timeline import timeline
from alerts.hazards.lifecycle import clock_stands, commands_for
from alerts.hazards.steps import STEPS
from api.console.review.page import Measured, Picture, chart_of, measured_of, pictures_of
from api.console.shell.chart import Chart
from api.console.shell.choices import Choice
from api.console.shell.words import moment, short
from api.console.tasks.board import Card, cards_for
from api.evidence import SEES_FACES
from models.catalogue.codes import code_basis_text
from models.catalogue.terms import (
    AlertState,
    AppealReason,
    CopyKind,
    EvidenceKind,
    LeadGround,
    Severity,
    TaskCommand,
    TaskState,
    label,
)
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.tasks import RectificationTask, Transition, appeal_photos
from models.store import Read, accounts, alerts, clips, evidence, tasks
from models.store.legible import each, part

_STEPS = (
    ("派发", frozenset(TaskState)),
    ("签收", frozenset(TaskState) - {TaskState.dispatched}),
    ("提交", frozenset({TaskState.submitted, TaskState.under_review, TaskState.closed})),
    ("复查", frozenset({TaskState.under_review, TaskState.closed})),
    ("销号", frozenset({TaskState.closed})),
)
_ACKNOWLEDGED = 1
_STEP_NAMES = {
    "dispatch": "派发",
    "overdue": "逾期升级",
    "raise_severity": "严重程度上调",
    "deadline": "期限顺延",
    "escalate": "逐级上报",
    "hand_over": "移交责任人",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage of a task: whether it is reached, and whether it is the present one."""

    name: str
    reached: bool
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of the log."""

    at: str
    actor: str
    what: str
    to: str
    reason: str
    photos: tuple[UUID, ...]
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo taken after the rectification; `alike` is another task with a photo that looks the same."""

    id: UUID
    at: str
    sha256: str
    alike: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What happens at a moment if nobody acts."""

    at: str
    what: str
    whom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """The page of a task for one visitor.

    Attributes:
        commands: the steps that the visitor may take now.
        returned_for: why the last proof was returned, while a new one is due.
        own_verdict: whether the visitor may not rule on the appeal only because they confirmed the hazard.
    """

    card: Card
    zone: str
    version: int
    requirement: str
    basis: str
    dispatched: str
    acknowledged: str
    submitted: str
    closed: str
    submitted_by: str
    measure: str
    cause: str
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    before: tuple[Picture, ...]
    measured: Measured | None
    chart: Chart | None
    proof: tuple[Photo, ...]
    appeal_photos: tuple[Photo, ...]
    commands: frozenset[str]
    alert_id: UUID
    confirmed_by: str
    remark: str
    asked: str
    asked_reason: str
    extension: str
    returned_for: str
    own_verdict: bool
    most_hours: str
    appeal_reason: str
    appeal_text: str
    appeal_state: str
    appeal_due: str
    lookback: str
    lookback_due: str
    relapse_of: str
    appeal_reasons: tuple[Choice, ...]
    lead_grounds: tuple[Choice, ...]
    escalated: str
    ahead: tuple[Moment, ...]


def _none() -> None:
    """Replace a part that can't be shown."""


def load_task(r: Read, task_id: UUID, *, by: Actor, now: datetime) -> TaskPage | None:
    """Load one task with its log, alert, proof and the steps that `by` may take; None if it does not exist."""
    task = tasks.task(r, task_id)
    if task is None:
        return None
    alert = alerts.alert(r, task.alert_id)
    ids = () if alert is None else alert.evidence_ids
    copies = [] if by.role in SEES_FACES else [c for c in clips.copies_of(r, ids) if c.kind is CopyKind.redacted]
    steps = tasks.transitions(r, object_kind="task", object_id=task.id)
    logins = [step.actor for step in steps] + [
        name for name in (task.submitted_by, alert and alert.reviewed_by) if name
    ]
    names = accounts.names(r, logins)
    commands = frozenset(command.name for command in commands_for(task, by=by))
    return TaskPage(
        card=cards_for(r, [task], now=now)(task),
        zone=task.zone,
        version=task.version,
        requirement=task.requirement,
        basis=code_basis_text(task.code) or "—",
        dispatched=moment(task.dispatched_at),
        acknowledged=moment(task.acknowledged_at),
        submitted=moment(task.submitted_at),
        closed=moment(task.closed_at),
        submitted_by="—" if task.submitted_by is None else names.get(task.submitted_by, task.submitted_by),
        measure=task.measure or "",
        cause=task.cause or "",
        steps=_steps(task),
        lines=each(
            r,
            steps[::-1],
            partial(_line, names=names),
            mark=lambda t: Line(at="—", actor=t.actor, what="这一步无法显示", to="", reason="", photos=(), tone="bad"),
        ),
        before=part(
            r, lambda: pictures_of(ids, evidence.evidence_of(r, ids), copies), tuple, what=f"stills of {task_id}"
        ),
        measured=None if alert is None else part(r, lambda: measured_of(alert), _none, what=f"measured of {task_id}"),
        chart=None if alert is None else part(r, lambda: chart_of(r, alert), _none, what=f"chart of {task_id}"),
        proof=_photos(r, task.proof_ids, EvidenceKind.photo_after),
        appeal_photos=_photos(r, appeal_photos(steps), EvidenceKind.photo_appeal),
        commands=commands,
        alert_id=task.alert_id,
        confirmed_by=_confirmed_by(alert, names),
        remark="" if alert is None else alert.remark or "",
        asked="" if task.asked_span is None else f"{_hours(task.asked_span)} 小时",
        asked_reason=next((step.reason for step in steps if step.command == TaskCommand.ask_extension), ""),
        extension="" if task.extension is None else label(task.extension),
        returned_for=_returned_for(task, steps),
        own_verdict=_own_verdict(task, alert, commands, by=by),
        most_hours=_hours(task.first_span),
        appeal_reason="" if task.appeal_reason is None else label(task.appeal_reason),
        appeal_text=task.appeal_text or "",
        appeal_state="" if task.appeal is None else label(task.appeal),
        appeal_due=moment(task.appeal_due_at),
        lookback="" if task.lookback is None else label(task.lookback),
        lookback_due=moment(task.lookback_due_at),
        relapse_of="" if task.relapse_of is None else str(task.relapse_of),
        appeal_reasons=tuple(Choice(value=reason, text=label(reason)) for reason in AppealReason),
        lead_grounds=tuple(Choice(value=ground, text=label(ground)) for ground in LeadGround),
        escalated="、".join(label(holder) for holder in task.escalated_to),
        ahead=tuple(
            Moment(at=short(one.at), what=one.what, whom="、".join(label(holder) for holder in one.whom))
            for one in timeline(task, at=now, stands=clock_stands(task))
        ),
    )


def _photos(r: Read, ids: Sequence[UUID], kind: EvidenceKind) -> tuple[Photo, ...]:
    return tuple(
        Photo(id=piece.id, at=moment(piece.captured_at), sha256=piece.sha256, alike=_alike(piece.detail))
        for piece in evidence.evidence_of(r, ids)
        if piece.kind is kind
    )


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g}"


def _alike(detail: dict[str, Any]) -> str:
    """Return the id of another task with a photo that looks the same; empty if there is none."""
    found = detail.get("alike")
    first = found[0] if isinstance(found, list) and found else None
    return str(first.get("task_id", "")) if isinstance(first, dict) else ""


def _confirmed_by(alert: Alert | None, names: Mapping[str, str]) -> str:
    if alert is None or alert.state is AlertState.pending_review or alert.reviewed_by is None:
        return "—"
    return names.get(alert.reviewed_by, alert.reviewed_by)


def _returned_for(task: RectificationTask, steps: Sequence[Transition]) -> str:
    if task.attempt == 1 or task.state not in {TaskState.returned, TaskState.rectifying}:
        return ""
    return next((step.reason for step in reversed(steps) if step.command == TaskCommand.return_), "")


def _own_verdict(task: RectificationTask, alert: Alert | None, commands: frozenset[str], *, by: Actor) -> bool:
    rules = task.state is TaskState.appealing and by.role in STEPS[TaskCommand.uphold_appeal].by
    return rules and "uphold_appeal" not in commands and alert is not None and alert.reviewed_by == by.name


def _steps(task: RectificationTask) -> tuple[Step, ...]:
    reached = [task.state in states for _, states in _STEPS]
    if task.acknowledged_at is None:  # an appeal or the end of a task needs no acknowledgement
        reached[_ACKNOWLEDGED] = False
    present = max((i for i, there in enumerate(reached) if there), default=0)
    return tuple(
        Step(name=name, reached=there, current=i == present)
        for i, ((name, _), there) in enumerate(zip(_STEPS, reached, strict=True))
    )


def _line(transition: Transition, *, names: Mapping[str, str]) -> Line:
    moved = transition.from_state != transition.to_state
    return Line(
        at=moment(transition.at),
        actor="系统" if transition.actor == "system" else names.get(transition.actor, transition.actor),
        what=_step_name(transition.command),
        to=label(TaskState(transition.to_state)) if moved else "",
        reason=_reason(transition),
        photos=transition.evidence_ids,
        tone={
            "overdue": "bad",
            "raise_severity": "bad",
            "return": "bad",
            "void": "bad",
            "accept": "good",
            "uphold_appeal": "good",
        }.get(transition.command, ""),
    )


def _reason(transition: Transition) -> str:
    if transition.command == "overdue":
        level = transition.reason.removeprefix("level ")
        return level_label(int(level)) if level.isdigit() and int(level) <= len(LEVELS) else transition.reason
    if transition.command == TaskCommand.appeal:
        return label(AppealReason(transition.reason))
    if transition.command == "raise_severity":
        return label(Severity(transition.reason))
    return transition.reason


def _step_name(command: str) -> str:
    return _STEP_NAMES.get(command) or label(TaskCommand(command))
