"""Rechecks of visits (督导抽查): drawn at random, done by a second person, and the rate of differences."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.rechecks import LONGEST_SPAN, SecondAnswer, draw, finish
from api.access.principal import Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, uuid_cursor
from api.schemas import Page
from api.schemas.rechecks import DrawIn, DrawnOut, DrawOut, RecheckAnswerOut, RecheckIn, RecheckOut, RecheckRateOut
from models.base.errors import Invalid, NotFound
from models.domain.ledger import start_of
from models.domain.rechecks import Recheck
from models.store import Write, rechecks

router = APIRouter(prefix="/v1/rechecks", tags=["supervision"])
DRAWS = 50


@router.get("", name="rechecks")
def list_rechecks(
    r: Reading, _: Reviewer, done: Annotated[bool | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[RecheckOut]:
    """List the visits that were drawn, newest first: waiting ones, done ones or all."""
    found = rechecks.rechecks(r, done=done, before=uuid_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=recheck_out, cursor=lambda one: one.id)


@router.get("/draws", name="recheck_draws")
def list_draws(r: Reading, _: Reviewer) -> list[DrawOut]:
    """List the newest draws with what is needed to repeat them."""
    return [DrawOut.model_validate(one) for one in rechecks.draws(r, limit=DRAWS)]


@router.get("/rate", name="recheck_rate")
def show_rate(
    r: Reading,
    _: Reviewer,
    first: Annotated[date, Query()],
    last: Annotated[date, Query()],
    cadre_id: UUID | None = None,
) -> RecheckRateOut:
    """Return the rate of differences (差异率) of what was drawn on some days, of one cadre or of your region."""
    if not first <= last <= first + LONGEST_SPAN:
        raise Invalid(f"last: expected a day from {first} on, at most {LONGEST_SPAN.days} days")
    since, until = start_of(first), start_of(last + timedelta(days=1))
    return RecheckRateOut.of(rechecks.rate(r, since=since, until=until, cadre_id=cadre_id))


@router.get("/{recheck_id}", name="recheck")
def one_recheck(r: Reading, _: Reviewer, recheck_id: UUID) -> RecheckOut:
    """Return one visit that was drawn."""
    found = rechecks.recheck(r, recheck_id)
    if found is None:
        raise NotFound(f"no recheck {recheck_id}")
    return recheck_out(found)


@router.post("/draw", response_model=DrawnOut, name="draw_rechecks")
def draw_some(
    request: Request, app: AppState, principal: Reviewer, body: DrawIn, key: IdempotencyKey = None
) -> Response:
    """Draw some visits at random. The platform makes the seed; nobody chooses whom it falls on."""

    def act(w: Write) -> DrawnOut:
        new, made = draw(
            w,
            tenant_id=principal.tenant,
            within=principal.region or "",
            first=body.first,
            last=body.last,
            count=body.count,
            by=principal.actor,
            at=app.clock.now(),
        )
        return DrawnOut(draw=DrawOut.model_validate(new), rechecks=[recheck_out(one) for one in made])

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/{recheck_id}/result", response_model=RecheckOut, name="finish_recheck")
def finish_one(
    request: Request, app: AppState, principal: Reviewer, recheck_id: UUID, body: RecheckIn, key: IdempotencyKey = None
) -> Response:
    """Store what you found. Somebody else than who made the visit checks it, once."""
    answers = [SecondAnswer(code=one.code, result=one.result, note=one.note) for one in body.answers]

    def act(w: Write) -> RecheckOut:
        done = finish(
            w,
            recheck_id,
            method=body.method,
            took_place=body.took_place,
            answers=answers,
            note=body.note,
            by=principal.actor,
            at=app.clock.now(),
        )
        return recheck_out(done)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def recheck_out(found: Recheck) -> RecheckOut:
    """Return a drawn visit in the form the API shows."""
    return RecheckOut(
        id=found.id,
        draw_id=found.draw_id,
        visit_id=found.visit_id,
        entity_id=found.entity_id,
        cadre_id=found.cadre_id,
        drawn_at=found.drawn_at,
        method=found.method,
        took_place=found.took_place,
        answers=[RecheckAnswerOut.model_validate(one) for one in found.answers],
        compared=found.compared,
        differing=found.differing,
        note=found.note,
        done_by=found.done_by,
        done_at=found.done_at,
    )
