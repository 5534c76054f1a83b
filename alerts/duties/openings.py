"""The own calendar of enterprises (营业日历): lines with reasons, set and ended: check → store.

A day on which an enterprise is closed owes no day record, so nobody closes a day afterwards: an enterprise not before
today, an office a month back at most, where it knows better.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.base.ids import uuid7
from models.catalogue.duty_terms import OpeningKind
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.openings import OpeningRule
from models.store import openings, registry
from models.store.connect import Write

OFFICE = frozenset({Role.regulator, Role.admin})
MAY_SET = OFFICE | {Role.enterprise}
BACK = timedelta(days=31)
"""How far back an office may correct a calendar."""
AHEAD = timedelta(days=400)
LONGEST = timedelta(days=100)
"""The longest time of a closing: longer ones are a registered change (停产停业)."""
MOST = 40
_REASON, _WEEK = 200, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a new line says; `weekdays` are the closed days of a weekly one, 1 Monday to 7 Sunday."""

    kind: OpeningKind
    first: date
    last: date | None = None
    weekdays: tuple[int, ...] = ()
    reason: str


def close_entity(w: Write, entity_id: UUID, line: Line, *, by: Actor, at: datetime) -> OpeningRule:
    """Add a line to the calendar of one enterprise.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such enterprise in what the caller may see.
        Invalid: the days are out of order, in the past or too many, or the reason is missing.
        RateLimited: the calendar has the most lines that it may have.
    """
    if by.role not in MAY_SET:
        raise NotAllowed(f"a calendar needs one of the roles {', '.join(sorted(MAY_SET))}; your role is {by.role}")
    entity = registry.entity(w, entity_id)
    if entity is None:
        raise NotFound(f"no enterprise {entity_id}")
    new = _rule(line, tenant_id=entity.tenant_id, entity_id=entity_id, region=entity.region_code, by=by, at=at)
    return _added(w, new, by=by, at=at)


def close_region(
    w: Write,
    line: Line,
    *,
    tenant_id: str,
    jurisdiction: str,
    business_kinds: Sequence[BusinessKind],
    within: str,
    by: Actor,
    at: datetime,
) -> OpeningRule:
    """Add a line for the enterprises of some kinds in a region, such as the holidays of its schools.

    Raises:
        NotAllowed: the role may not, or the region lies outside the caller's (`within`).
        Invalid, RateLimited: as for `close_entity`; or no kind is named.
    """
    if by.role not in OFFICE or not jurisdiction.startswith(within):
        raise NotAllowed(f"jurisdiction {jurisdiction!r}: expected a region within {within or 'the tenant'}")
    if not business_kinds:
        raise Invalid("business_kinds: expected the kinds of enterprises that it is for")
    new = _rule(line, tenant_id=tenant_id, entity_id=None, region=jurisdiction, by=by, at=at)
    return _added(w, replace(new, business_kinds=tuple(sorted(set(business_kinds)))), by=by, at=at)


def end_rule(w: Write, rule_id: UUID, *, reason: str, by: Actor, at: datetime) -> OpeningRule:
    """End a line: it counts up to yesterday, and what has passed stays as it was.

    Raises:
        NotFound: no such line in what the caller may see.
        NotAllowed: the role may not.
        InvalidTransition: it has ended, or belongs to a level above the caller's.
        Invalid: the reason is missing.
    """
    if by.role not in MAY_SET:
        raise NotAllowed(f"a calendar needs one of the roles {', '.join(sorted(MAY_SET))}; your role is {by.role}")
    _words(reason)
    known = openings.rule(w, rule_id)
    if known is None:
        raise NotFound(f"no line {rule_id}, or it belongs to a level above yours")
    last = max(at.astimezone(SHANGHAI).date(), known.first) - timedelta(days=1)
    ended = openings.end(w, rule_id=rule_id, last=last, by=by.name, reason=reason.strip(), at=at)
    if ended is None:
        raise InvalidTransition("this line has ended, or belongs to a level above yours")
    return ended


def _rule(line: Line, *, tenant_id: str, entity_id: UUID | None, region: str, by: Actor, at: datetime) -> OpeningRule:
    return OpeningRule(
        id=uuid7(),
        tenant_id=tenant_id,
        entity_id=entity_id,
        region_code=region,
        business_kinds=(),
        kind=line.kind,
        first=line.first,
        last=line.last,
        weekdays=tuple(sorted(set(line.weekdays))),
        reason=line.reason.strip(),
        set_by=by.name,
        set_at=at,
    )


def _added(w: Write, new: OpeningRule, *, by: Actor, at: datetime) -> OpeningRule:
    today = at.astimezone(SHANGHAI).date()
    _check(new, earliest=today - (BACK if by.role in OFFICE else timedelta(0)), today=today)
    known = openings.total(
        w, tenant_id=new.tenant_id, entity_id=new.entity_id, region_code=new.region_code, today=today
    )
    if known >= MOST:
        raise RateLimited(f"the calendar has {MOST} lines; end some first")
    openings.add(w, new)
    return new


def _check(new: OpeningRule, *, earliest: date, today: date) -> None:
    _words(new.reason)
    if not earliest <= new.first <= today + AHEAD:
        raise Invalid(f"first {new.first}: expected a day from {earliest} on, within {AHEAD.days} days")
    if (new.kind is OpeningKind.weekly) != bool(new.weekdays):
        raise Invalid("weekdays: expected days of the week (1 Monday to 7 Sunday) for a weekly line, and none else")
    if any(not 1 <= day <= _WEEK for day in new.weekdays) or len(new.weekdays) == _WEEK:
        raise Invalid("weekdays: expected 1 to 6 of the numbers 1 (Monday) to 7 (Sunday)")
    if new.kind is OpeningKind.weekly:
        if new.last is not None and new.last < new.first:
            raise Invalid(f"last {new.last}: expected a day after {new.first}, or none")
    elif new.last is None or not new.first <= new.last < new.first + LONGEST:
        raise Invalid(
            f"last: expected a day from {new.first} on, at most {LONGEST.days} days; register 停产停业 for longer"
        )


def _words(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= _REASON:
        raise Invalid(f"reason: expected 1 to {_REASON} characters")
