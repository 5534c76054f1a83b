"""Pledges (承诺书): the lists, which are due, the text to sign, and signed ones."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.duties.lists import shipped
from alerts.duties.pledges import draft, sign
from api.access.principal import Anybody, Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, uuid_cursor
from api.routes.own_account import prove_again
from api.schemas import Page
from api.schemas.pledges import (
    DutyListsOut,
    PledgeDraftOut,
    PledgeDueOut,
    PledgeIn,
    PledgeOut,
    PledgeRateOut,
)
from models.base.errors import NotFound
from models.catalogue.terms import label
from models.domain.pledges import PledgeDue
from models.store import Write, cadres, pledges

router = APIRouter(prefix="/v1", tags=["supervision"])


@router.get("/duty-lists", name="duty_lists")
def duty_lists(_: Anybody) -> list[DutyListsOut]:
    """List the duties, tasks and inspections of each level (三清单)."""
    lists = shipped()
    return [
        DutyListsOut(
            level=one.level,
            level_label=label(one.level),
            version=lists.version,
            title=one.title,
            duties=list(one.duties),
            tasks=list(one.tasks),
            inspections=list(one.inspections),
        )
        for one in lists.levels.values()
    ]


@router.get("/pledges", name="pledges")
def list_due(
    r: Reading,
    _: Reviewer,
    state: Literal["signed", "unsigned"] | None = None,
    cadre_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PledgeDueOut]:
    """List the enterprises whose primary cadre has to have signed."""
    signed = None if state is None else state == "signed"
    rows = pledges.due(r, signed=signed, cadre_id=cadre_id, after=uuid_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=due_out, cursor=lambda row: row.entity_id)


@router.get("/pledges/rate", name="pledge_rate")
def pledge_rate(r: Reading, _: Reviewer) -> PledgeRateOut:
    """Return the share of pledges that are signed (签订率), in what you supervise."""
    return rate_out(*pledges.rate(r))


def rate_out(due: int, signed: int) -> PledgeRateOut:
    """Return how many pledges are due and signed in the form the API shows."""
    return PledgeRateOut(due=due, signed=signed, rate=round(signed / due, 4) if due else None)


@router.get("/pledges/{pledge_id}", name="pledge")
def one_pledge(r: Reading, _: Anybody, pledge_id: UUID) -> PledgeOut:
    """Return a signed pledge; an enterprise sees those for it."""
    found = pledges.pledge(r, pledge_id)
    if found is None:
        raise NotFound(f"no pledge {pledge_id}")
    return PledgeOut.model_validate(found)


@router.get("/guarantees/{entity_id}/pledge", name="pledge_draft")
def pledge_draft(r: Reading, principal: Reviewer, entity_id: UUID) -> PledgeDraftOut:
    """Return the text that the primary cadre of an enterprise has to sign."""
    wanted = draft(r, entity_id)
    cadre = cadres.cadre(r, wanted.due.cadre_id)
    return PledgeDraftOut(
        entity_id=wanted.due.entity_id,
        cadre_id=wanted.due.cadre_id,
        cadre=wanted.due.cadre,
        text=wanted.text,
        text_sha256=wanted.text_sha256,
        signed=wanted.due.signed,
        mine=cadre is not None and cadre.login == principal.actor.name,
    )


@router.post("/guarantees/{entity_id}/pledge", response_model=PledgeOut, name="sign_pledge")
def sign_one(
    request: Request, app: AppState, principal: Reviewer, entity_id: UUID, body: PledgeIn, key: IdempotencyKey = None
) -> Response:
    """Sign the pledge for an enterprise. Only the user who acts as its primary cadre may.

    `proof` is the code of the second factor if the user has one, else the password.
    """
    proved = prove_again(app, principal, body.proof)

    def act(w: Write) -> PledgeOut:
        at = app.clock.now()
        made = sign(w, entity_id, name=body.name, text_sha256=body.text_sha256, proof=proved, by=principal.actor, at=at)
        return PledgeOut.model_validate(made)

    return creating(request, principal, key, body.model_dump_json(exclude={"proof"}).encode(), act)


def due_out(row: PledgeDue) -> PledgeDueOut:
    """Return a pledge that is due in the form the API shows."""
    return PledgeDueOut(
        entity_id=row.entity_id,
        entity=row.entity,
        tier=row.tier,
        cadre_id=row.cadre_id,
        cadre=row.cadre,
        since=row.since,
        signed=row.signed,
        pledge_id=row.pledge_id,
        signed_at=row.signed_at,
        lapsed=row.lapsed,
    )
