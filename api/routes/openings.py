"""The own calendar of enterprises (营业日历): lines with reasons, and the days on which they are closed."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.openings import Line, close_entity, close_region, end_rule
from api.access.principal import Stepper
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, uuid_cursor
from api.schemas import Page
from api.schemas.openings import ClosedDaysOut, OpeningIn, OpeningOut
from api.schemas.people import EndIn
from models.base.errors import Invalid, NotFound
from models.catalogue.terms import label
from models.domain.openings import OpeningRule
from models.store import Write, openings, registry

router = APIRouter(prefix="/v1/openings", tags=["duties"])
LONGEST = timedelta(days=400)


@router.get("", name="openings")
def list_rules(
    r: Reading, _: Stepper, entity_id: UUID | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[OpeningOut]:
    """List lines of calendars, newest first: all that you see, or those that count for one enterprise."""
    found = openings.rules(r, entity_id=entity_id, before=uuid_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=opening_out, cursor=lambda one: one.id)


@router.get("/closed-days", name="closed_days")
def list_days(
    r: Reading, _: Stepper, entity_id: UUID, first: Annotated[date, Query()], last: Annotated[date, Query()]
) -> ClosedDaysOut:
    """Return the days on which an enterprise is closed, which owe no day record; at most 400 days at once."""
    if not first <= last <= first + LONGEST:
        raise Invalid(f"last: expected a day from {first} on, at most {LONGEST.days} days")
    entity = registry.entity(r, entity_id)
    if entity is None:
        raise NotFound(f"no enterprise {entity_id}")
    days = openings.closed_days(r, tenant_id=entity.tenant_id, entity_id=entity_id, since=first, until=last)
    return ClosedDaysOut(entity_id=entity_id, days=days)


@router.post("", response_model=OpeningOut, name="add_opening")
def add_rule(
    request: Request, app: AppState, principal: Stepper, body: OpeningIn, key: IdempotencyKey = None
) -> Response:
    """Add a line. An enterprise changes its own calendar, from today on; an office corrects up to 31 days back."""
    line = Line(kind=body.kind, first=body.first, last=body.last, weekdays=body.weekdays, reason=body.reason)

    def act(w: Write) -> OpeningOut:
        at, by = app.clock.now(), principal.actor
        if body.entity_id is not None:
            return opening_out(close_entity(w, body.entity_id, line, by=by, at=at))
        found = close_region(
            w,
            line,
            tenant_id=principal.tenant,
            jurisdiction=body.jurisdiction,
            business_kinds=body.business_kinds,
            within=principal.region or "",
            by=by,
            at=at,
        )
        return opening_out(found)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/{opening_id}/end", response_model=OpeningOut, name="end_opening")
def stop_rule(
    request: Request, app: AppState, principal: Stepper, opening_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """End a line: it counts up to yesterday."""

    def act(w: Write) -> OpeningOut:
        return opening_out(end_rule(w, opening_id, reason=body.reason, by=principal.actor, at=app.clock.now()))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def opening_out(found: OpeningRule) -> OpeningOut:
    """Return a line in the form the API shows."""
    return OpeningOut(
        id=found.id,
        entity_id=found.entity_id,
        region_code=found.region_code,
        business_kinds=list(found.business_kinds),
        kind=found.kind,
        kind_label=label(found.kind),
        first=found.first,
        last=found.last,
        weekdays=list(found.weekdays),
        reason=found.reason,
        set_by=found.set_by,
        set_at=found.set_at,
        ended_at=found.ended_at,
        ended_by=found.ended_by,
        end_reason=found.end_reason,
    )
