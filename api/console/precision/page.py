"""The page of measured precision: a table with intervals and hours, and the tuning proposals with their replay."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.precision.measuring import Figures, limits
from alerts.precision.service import MAY_DECIDE, Measured, changes_text, measure
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import short
from api.precision import Names, name_of, needs_admin
from models.catalogue.codes import VIOLATION_CODES, code_label
from models.catalogue.precision_terms import ProposalState
from models.catalogue.terms import Role, label
from models.domain.precision import TuningProposal
from models.store import Read, devices, precision

PAIRS_SHOWN, PROPOSALS_SHOWN = 100, 50
WIDTH = 120
"""Width of the bar of a precision of 1, in units of its picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of the strip; `heat` is none, few, or 0 (all false) to 4 (all true)."""

    hour: int
    heat: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One code at one camera; the figures are empty if there are too few verdicts."""

    device: str
    code: str
    n: int
    trues: int
    falses: int
    figure: str
    interval: str
    low: float
    span: float
    point: float
    bar: float
    is_low: bool
    minimum: int
    hours: tuple[Hour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalCard:
    """One proposal; `may` are the decisions that the visitor may take."""

    id: UUID
    version: int
    what: str
    device: str
    code: str
    kind: str
    state: str
    figure: str
    replay: str
    said: str
    admin_only: bool
    may: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionPage:
    """The whole page."""

    lines: tuple[Line, ...]
    more: bool
    days: int
    code: str
    device: str
    codes: tuple[Choice, ...]
    decides: bool
    open: tuple[ProposalCard, ...]
    past: tuple[ProposalCard, ...]


def load_precision(r: Read, visitor: Principal, *, code: str, device: str, now: datetime) -> PrecisionPage:
    """Load the page: the worst figures first, then what has too few verdicts."""
    code_name, device_id = _wanted(code), _wanted(device)
    pairs = precision.pairs(r, code=code_name, device_id=device_id, limit=PAIRS_SHOWN + 1)
    decides = visitor.role in MAY_DECIDE

    def proposals(state: ProposalState | None) -> list[TuningProposal]:
        if not decides:
            return []
        return precision.proposals(r, state=state, code=code_name, device_id=device_id, limit=PROPOSALS_SHOWN)

    open_ones = proposals(ProposalState.open)
    past = [one for one in proposals(None) if one.state is not ProposalState.open]
    shown = {pair.device_id for pair in pairs} | {one.device_id for one in (*open_ones, *past)}
    names = devices.devices_named(r, shown)
    found = sorted(measure(r, pairs[:PAIRS_SHOWN], since=now - limits().window), key=_worst_first)
    return PrecisionPage(
        lines=tuple(_line(one, names) for one in found),
        more=len(pairs) > PAIRS_SHOWN,
        days=limits().window.days,
        code=code_name or "",
        device=device_id or "",
        codes=tuple(Choice(value=entry.code, text=entry.label) for entry in VIOLATION_CODES.values()),
        decides=decides,
        open=tuple(_card(one, names, visitor.role) for one in open_ones),
        past=tuple(_card(one, names, visitor.role) for one in past),
    )


def _wanted(text: str) -> str | None:
    return text.strip().replace("\x00", "") or None


def _worst_first(found: Measured) -> tuple[bool, float, int]:
    return (not found.has_figure, found.all.precision or 0.0, -found.all.n)


def _line(found: Measured, names: Names) -> Line:
    figures, bar, shown = found.all, found.bar, found.has_figure
    low, high = figures.interval
    share = figures.precision or 0.0
    return Line(
        device=name_of(names, found.pair.device_id),
        code=code_label(found.pair.code),
        n=figures.n,
        trues=figures.trues,
        falses=figures.falses,
        figure=_percent(share) if shown else "数据不足",
        interval=f"{_percent(low)}–{_percent(high)}" if shown else "",
        low=round(low * WIDTH, 1),
        span=round((high - low) * WIDTH, 1),
        point=round(share * WIDTH, 1),
        bar=0.0 if bar is None else round(bar.least * WIDTH, 1),
        is_low=bar is not None and bar.is_missed(figures),
        minimum=0 if bar is None else bar.minimum,
        hours=tuple(_hour(hour, one) for hour, one in enumerate(found.hours)),
    )


def _hour(hour: int, figures: Figures) -> Hour:
    if figures.precision is None:
        return Hour(hour=hour, heat="none", said=f"{hour} 时：无复核")
    counted = f"{hour} 时：属实 {figures.trues}，不属实 {figures.falses}"
    if figures.n < limits().hour_minimum:
        return Hour(hour=hour, heat="few", said=f"{counted}，数据不足")
    return Hour(hour=hour, heat=str(round(figures.precision * 4)), said=counted)


def _card(one: TuningProposal, names: Names, role: Role) -> ProposalCard:
    figures = Figures(trues=one.trues, falses=one.falses)
    low, high = figures.interval
    admin_only = needs_admin(one)
    may_take = role is Role.admin or not admin_only
    decisions = {
        ProposalState.open: (*((("take", "采纳"),) if may_take else ()), ("refuse", "不采纳")),
        ProposalState.taken: (("undo", "撤销"),),
    }
    return ProposalCard(
        id=one.id,
        version=one.version,
        what=changes_text(one),
        device=name_of(names, one.device_id),
        code=code_label(one.code),
        kind=label(one.kind),
        state=label(one.state),
        figure=f"准确率 {_percent(figures.precision or 0.0)}（{_percent(low)}–{_percent(high)}），"
        f"低于 {_percent(one.bar)}，复核 {figures.n} 次"
        if one.baseline_id is None
        else f"企业或监管人员声明着装合规的一小时内发现 {one.falses} 次，详见该摄像机页",
        replay=f"误报 {one.falses} 次中 {one.falses_gone} 次不再产生；属实 {one.trues} 次中 {one.trues_lost} 次会漏掉",
        said=_said(one),
        admin_only=admin_only,
        may=tuple(Choice(value=value, text=text) for value, text in decisions.get(one.state, ())),
    )


def _said(one: TuningProposal) -> str:
    if one.undone_at is not None:
        return f"{short(one.undone_at)} {one.undone_by} 撤销：{one.undo_reason}"
    if one.decided_at is not None:
        return f"{short(one.decided_at)} {one.decided_by}：{one.reason}"
    return f"{short(one.replayed_at)} 回放"


def _percent(share: float) -> str:
    return f"{share * 100:.0f}%"
