"""The page of escalation chains: each severity as a time line, a form to change it, and the history."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.deadlines.chains import written
from alerts.deadlines.timeline import Ahead, rehearse
from alerts.hazards.deadlines import calendar_at
from alerts.hazards.escalation import MAY_SAVE, chain_at
from api.access.principal import Principal
from api.calendars import region_of
from api.console.shell.words import moment, short
from models.catalogue.terms import EscalationTrigger, Severity, label
from models.domain.chains import ChainStep
from models.store import Read, chains

SHOWN = 20
TYPICAL = timedelta(hours=24)
"""Length of the deadline in the time lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment of a time line."""

    at: str
    what: str
    whom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The chain of one severity; `text` is its JSON for the form."""

    severity: str
    name: str
    source: str
    due: str
    moments: tuple[Moment, ...]
    returned: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One saved version."""

    name: str
    jurisdiction: str
    who: str
    when: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainsPage:
    """The whole page."""

    lines: tuple[Line, ...]
    saved: tuple[Saved, ...]
    may_save: bool
    jurisdiction: str


def load_chains(r: Read, visitor: Principal, *, now: datetime) -> ChainsPage:
    """Load the chains of the visitor's region."""
    region = region_of(r, visitor)
    return ChainsPage(
        lines=tuple(_line(r, visitor.tenant, region, severity, now=now) for severity in Severity),
        saved=tuple(
            Saved(
                name=label(row.severity),
                jurisdiction=row.jurisdiction or "全部地区",
                who=row.saved_by,
                when=short(row.saved_at),
                reason=row.reason,
            )
            for row in chains.saved_chains(r, tenant_id=visitor.tenant, limit=SHOWN)
        ),
        may_save=visitor.role in MAY_SAVE,
        jurisdiction=visitor.region or "",
    )


def _line(r: Read, tenant: str, region: str, severity: Severity, *, now: datetime) -> Line:
    saved = chains.chain_of(r, tenant_id=tenant, region_code=region, severity=severity)
    steps = chain_at(r, tenant_id=tenant, region_code=region, severity=severity)
    calendar = calendar_at(r, tenant_id=tenant, region_code=region, at=now)
    due_at, ahead = rehearse(steps, severity=severity, span=TYPICAL, calendar=calendar, at=now)
    source = "系统内置" if saved is None else f"{saved.jurisdiction or '全部地区'} · 第 {saved.version} 版"
    return Line(
        severity=severity,
        name=label(severity),
        source=source,
        due=moment(due_at),
        moments=tuple(_moment(one) for one in ahead),
        returned=_returned(steps),
        text=json.dumps(written(steps), ensure_ascii=False, indent=1),
    )


def _moment(one: Ahead) -> Moment:
    return Moment(at=short(one.at), what=one.what, whom="、".join(label(holder) for holder in one.whom))


def _returned(steps: tuple[ChainStep, ...]) -> str:
    return "；".join(
        f"退回 {step.count} 次，上报{'、'.join(label(holder) for holder in step.whom)}"
        for step in steps
        if step.trigger is EscalationTrigger.returned
    )
