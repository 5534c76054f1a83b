"""Chains (连锁): stores and branches of a head office, and what it sees of them."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.registry.outlets import place_outlet, remove_outlet, report_of
from api.access.principal import Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, doing, page_of, uuid_cursor
from api.routes.home import OfEnterprise
from api.schemas import Page
from api.schemas.outlets import ChainReportOut, OutletIn, OutletOut, OutletStateOut, SharedHazardOut
from models.catalogue.codes import code_label
from models.store import Write, outlets

router = APIRouter(prefix="/v1", tags=["registry"])


@router.get("/outlets", name="outlets")
def list_outlets(r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50) -> Page[OutletOut]:
    """List the stores and branches of chains in your region."""
    rows = outlets.outlets(r, after=uuid_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=OutletOut.model_validate, cursor=lambda one: one.entity_id)


@router.get("/chain-report", name="chain_report")
def chain_report(r: Reading, app: AppState, _: OfEnterprise) -> ChainReportOut:
    """Return how the stores and branches below your enterprise do their duties, and their common problems (共性问题).

    A head office sees all of its outlets, a branch its own: counts, and no record, picture or person.
    """
    found = report_of(r, at=app.clock.now())
    return ChainReportOut(
        outlets=[OutletStateOut.model_validate(one) for one in found.outlets],
        common=[
            SharedHazardOut(code=one.code, code_label=code_label(one.code), outlets=one.outlets, times=one.times)
            for one in found.common
        ],
    )


@router.post("/entities/{entity_id}/chain", response_model=OutletOut, name="place_outlet")
def place(
    request: Request, app: AppState, principal: Reviewer, entity_id: UUID, body: OutletIn, key: IdempotencyKey = None
) -> Response:
    """Register that an enterprise is a store or branch of another one, at most head office, branch and store."""

    def act(w: Write) -> OutletOut:
        at = app.clock.now()
        return OutletOut.model_validate(place_outlet(w, entity_id, parent_id=body.parent_id, by=principal.actor, at=at))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/entities/{entity_id}/chain/end", status_code=204, name="remove_outlet")
def remove(
    request: Request, app: AppState, principal: Reviewer, entity_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Take an enterprise out of its chain."""

    def act(w: Write) -> None:
        remove_outlet(w, entity_id, by=principal.actor, at=app.clock.now())

    return doing(request, principal, key, b"", act)
