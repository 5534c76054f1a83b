"""Cadres (包保干部) and their delegations."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.duties.cadres import delegate, end_cadre, end_delegation, name_cadre
from alerts.duties.tiers import most_small
from api.access.principal import Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, uuid_cursor
from api.schemas import Page
from api.schemas.guarantees import CadreIn, CadreOut, DelegationIn, DelegationOut
from api.schemas.people import EndIn
from models.base.errors import NotFound
from models.catalogue.terms import label
from models.domain.guarantees import Cadre, CadreLoad
from models.store import Write, cadres

router = APIRouter(prefix="/v1", tags=["supervision"])


@router.get("/cadres", name="cadres")
def list_cadres(r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50) -> Page[CadreOut]:
    """List cadres in office with their load. Cadres of the levels above yours are listed too."""
    rows = cadres.cadres(r, after=uuid_cursor(cursor), limit=limit + 1)
    loads = cadres.loads(r, {one.id for one in rows})
    return page_of(rows, limit=limit, out=lambda one: cadre_out(one, loads.get(one.id)), cursor=lambda one: one.id)


@router.get("/cadres/{cadre_id}", name="cadre")
def one_cadre(r: Reading, _: Reviewer, cadre_id: UUID) -> CadreOut:
    """Return one cadre with the load."""
    found = cadres.cadre(r, cadre_id)
    if found is None:
        raise NotFound(f"no cadre {cadre_id}")
    return cadre_out(found, cadres.loads(r, [cadre_id]).get(cadre_id))


@router.post("/cadres", response_model=CadreOut, name="name_cadre")
def add_cadre(
    request: Request, app: AppState, principal: Reviewer, body: CadreIn, key: IdempotencyKey = None
) -> Response:
    """Name a cadre of your region. With a `login`, that regulator's user acts as the cadre."""

    def act(w: Write) -> CadreOut:
        new = name_cadre(
            w,
            tenant_id=principal.tenant,
            region_code=body.region_code,
            name=body.name,
            post=body.post,
            level=body.level,
            phone=body.phone,
            login=body.login,
            within=principal.region or "",
            by=principal.actor,
            at=app.clock.now(),
        )
        return cadre_out(new, None)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/cadres/{cadre_id}/end", response_model=CadreOut, name="end_cadre")
def stop_cadre(
    request: Request, app: AppState, principal: Reviewer, cadre_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """End the office of a cadre. Refused while the cadre supervises enterprises."""

    def act(w: Write) -> CadreOut:
        return cadre_out(end_cadre(w, cadre_id, reason=body.reason, by=principal.actor, at=app.clock.now()), None)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.get("/delegations", name="delegations")
def list_delegations(r: Reading, app: AppState, _: Reviewer) -> list[DelegationOut]:
    """List delegations that last or are to come."""
    return [DelegationOut.model_validate(found) for found in cadres.delegations(r, at=app.clock.now())]


@router.post("/delegations", response_model=DelegationOut, name="delegate")
def add_delegation(
    request: Request, app: AppState, principal: Reviewer, body: DelegationIn, key: IdempotencyKey = None
) -> Response:
    """Have another cadre act in a cadre's place for a period (委托授权)."""

    def act(w: Write) -> DelegationOut:
        new = delegate(
            w,
            cadre_id=body.cadre_id,
            delegate_id=body.delegate_id,
            valid_from=body.valid_from,
            valid_to=body.valid_to,
            reason=body.reason,
            by=principal.actor,
            at=app.clock.now(),
        )
        return DelegationOut.model_validate(new)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/delegations/{delegation_id}/end", response_model=DelegationOut, name="end_delegation")
def stop_delegation(
    request: Request, app: AppState, principal: Reviewer, delegation_id: UUID, key: IdempotencyKey = None
) -> Response:
    """End a delegation early."""

    def act(w: Write) -> DelegationOut:
        ended = end_delegation(w, delegation_id, by=principal.actor, at=app.clock.now())
        return DelegationOut.model_validate(ended)

    return creating(request, principal, key, b"", act)


def cadre_out(cadre: Cadre, load: CadreLoad | None) -> CadreOut:
    """Return a cadre in the form the API shows."""
    entities, small = (0, 0) if load is None else (load.entities, load.small)
    return CadreOut(
        id=cadre.id,
        region_code=cadre.region_code,
        name=cadre.name,
        post=cadre.post,
        level=cadre.level,
        level_label=label(cadre.level),
        phone=cadre.phone,
        login=cadre.login,
        named_at=cadre.named_at,
        ended_at=cadre.ended_at,
        entities=entities,
        small=small,
        overloaded=small > most_small(),
    )
