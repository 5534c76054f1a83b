"""The own calendar of an enterprise (营业日历), or the lines of a region, as a part of two pages."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import short
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import OpeningKind
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import label
from models.domain.openings import OpeningRule
from models.store import Read, openings, registry

SHOWN = 20
_AHEAD = timedelta(days=30)
_WEEK = "一二三四五六日"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the calendar."""

    id: UUID
    what: str
    days: str
    reason: str
    who: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The lines that count, the next closed days, and the choices of the form; `entity_id` None: of a region."""

    entity_id: UUID | None
    jurisdiction: str
    today: str
    closed_today: bool
    closed: tuple[str, ...]
    lines: tuple[Line, ...]
    kinds: tuple[Choice, ...]
    weekdays: tuple[Choice, ...]
    business_kinds: tuple[Choice, ...]


def load_openings(r: Read, visitor: Principal, *, now: datetime) -> Calendar:
    """Load the calendar of the visitor's enterprise, or the lines of the visitor's region."""
    today = now.astimezone(SHANGHAI).date()
    entity = None if visitor.entity is None else registry.entity(r, visitor.entity)
    found = openings.rules(r, entity_id=visitor.entity, regional=entity is None, until=today, limit=SHOWN)
    closed: list[date] = []
    if entity is not None:
        closed = openings.closed_days(
            r, tenant_id=entity.tenant_id, entity_id=entity.id, since=today, until=today + _AHEAD
        )
    return Calendar(
        entity_id=None if entity is None else entity.id,
        jurisdiction=visitor.region or "",
        today=today.isoformat(),
        closed_today=today in closed,
        closed=tuple(f"{day.month}月{day.day}日" for day in closed),
        lines=tuple(_line(one, own=_is_own(one, visitor)) for one in found),
        kinds=tuple(Choice(value=kind, text=label(kind)) for kind in OpeningKind),
        weekdays=tuple(Choice(value=str(number), text=f"周{name}") for number, name in enumerate(_WEEK, start=1)),
        business_kinds=tuple(Choice(value=kind, text=label(kind)) for kind in BusinessKind),
    )


def _is_own(one: OpeningRule, visitor: Principal) -> bool:
    """Return whether the visitor may end a line."""
    if one.entity_id is not None:
        return one.entity_id == visitor.entity
    return visitor.entity is None and one.region_code.startswith(visitor.region or "")


def _line(one: OpeningRule, *, own: bool) -> Line:
    what = label(one.kind)
    if one.weekdays:
        what = f"{what}：" + "、".join(f"周{_WEEK[day - 1]}" for day in one.weekdays)
    if one.entity_id is None:
        kinds = "、".join(label(BusinessKind(kind)) for kind in one.business_kinds)
        what = f"{what}（{one.region_code or '全部地区'} {kinds}）"
    days = f"{one.first} 起" if one.last is None else f"{one.first} 至 {one.last}"
    return Line(id=one.id, what=what, days=days, reason=one.reason, who=f"{one.set_by} · {short(one.set_at)}", own=own)
