"""Supervised enterprises (包保主体): profile and tier, registered changes, and who supervises them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.cadres import assign, end_assignment
from alerts.duties.guarantees import describe, register_change, set_tier
from alerts.duties.tiers import LEVEL_OF, Facts
from api.access.principal import Reviewer
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    SeenVersion,
    creating,
    etag,
    page_of,
    uuid_cursor,
)
from api.schemas import Page
from api.schemas.guarantees import (
    AssignmentIn,
    AssignmentOut,
    EntityChangeIn,
    EntityChangeOut,
    GuaranteeDetail,
    GuaranteeOut,
    ProfileIn,
    TierChangeOut,
    TierIn,
)
from api.schemas.people import EndIn
from models.base.errors import NotFound
from models.catalogue.supervision_terms import GuaranteePart, OperatingState
from models.catalogue.terms import label
from models.domain.guarantees import Assignment, Cadre, Guarantee, Tier
from models.store import Write, cadres, guarantees

router = APIRouter(prefix="/v1", tags=["supervision"])


@router.get("/guarantees", name="guarantees")
def list_guarantees(
    r: Reading, _: Reviewer, tier: Annotated[Tier | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[GuaranteeOut]:
    """List enterprises with their tier, of one tier or of all."""
    rows = guarantees.guarantees(r, tier=tier, after=uuid_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=guarantee_out, cursor=lambda one: one.id)


@router.get("/guarantees/{entity_id}", name="guarantee")
def one_guarantee(r: Reading, response: Response, _: Reviewer, entity_id: UUID) -> GuaranteeDetail:
    """Return one enterprise with its cadres, its histories, and what is wrong with its supervision."""
    found = guarantees.guarantee(r, entity_id)
    if found is None:
        raise NotFound(f"no enterprise {entity_id}")
    etag(response, found.profile_version)
    present = cadres.assignments(r, entity_id=entity_id)
    known = cadres.cadres_of(r, {one.cadre_id for one in present})
    return GuaranteeDetail(
        entity=guarantee_out(found),
        cadres=[assignment_out(one, known.get(one.cadre_id)) for one in present if one.cadre_id in known],
        warnings=warnings_of(found, present, known),
        tier_changes=[TierChangeOut.model_validate(line) for line in guarantees.tier_changes(r, entity_id=entity_id)],
        changes=[EntityChangeOut.model_validate(line) for line in guarantees.entity_changes(r, entity_id=entity_id)],
    )


@router.post("/guarantees/{entity_id}/profile", response_model=GuaranteeOut, name="describe_guarantee")
def set_profile(
    request: Request,
    app: AppState,
    principal: Reviewer,
    entity_id: UUID,
    body: ProfileIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Store what an enterprise is. The rules set its tier, unless a person has."""
    facts = Facts(kind=body.kind, scale=body.scale, size=body.size, special=body.special)

    def act(w: Write) -> GuaranteeOut:
        at, by = app.clock.now(), principal.actor
        return guarantee_out(describe(w, entity_id, facts, risk_grade=body.risk_grade, version=seen, by=by, at=at))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/guarantees/{entity_id}/tier", response_model=GuaranteeOut, name="set_tier")
def set_by_hand(
    request: Request,
    app: AppState,
    principal: Reviewer,
    entity_id: UUID,
    body: TierIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Set the tier by hand with a reason; null gives it back to the rules."""

    def act(w: Write) -> GuaranteeOut:
        at, by = app.clock.now(), principal.actor
        return guarantee_out(set_tier(w, entity_id, body.tier, reason=body.reason, version=seen, by=by, at=at))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/guarantees/{entity_id}/changes", response_model=GuaranteeOut, name="register_change")
def add_change(
    request: Request,
    app: AppState,
    principal: Reviewer,
    entity_id: UUID,
    body: EntityChangeIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Register a change of an enterprise. One that is suspended or closed is not supervised meanwhile."""

    def act(w: Write) -> GuaranteeOut:
        changed = register_change(
            w,
            entity_id,
            body.kind,
            effective_on=body.effective_on,
            reason=body.reason,
            detail=body.detail,
            version=seen,
            by=principal.actor,
            at=app.clock.now(),
        )
        return guarantee_out(changed)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/guarantees/{entity_id}/cadres", response_model=AssignmentOut, name="assign_cadre")
def add_assignment(
    request: Request,
    app: AppState,
    principal: Reviewer,
    entity_id: UUID,
    body: AssignmentIn,
    key: IdempotencyKey = None,
) -> Response:
    """Assign a cadre to an enterprise; a new primary cadre replaces the present one."""

    def act(w: Write) -> AssignmentOut:
        new = assign(
            w,
            entity_id,
            cadre_id=body.cadre_id,
            part=body.part,
            reason=body.reason,
            by=principal.actor,
            at=app.clock.now(),
        )
        return assignment_out(new, cadres.cadre(w, new.cadre_id))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/assignments/{assignment_id}/end", response_model=AssignmentOut, name="end_assignment")
def stop_assignment(
    request: Request, app: AppState, principal: Reviewer, assignment_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """End the assignment of a deputy."""

    def act(w: Write) -> AssignmentOut:
        ended = end_assignment(w, assignment_id, reason=body.reason, by=principal.actor, at=app.clock.now())
        return assignment_out(ended, cadres.cadre(w, ended.cadre_id))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def guarantee_out(found: Guarantee) -> GuaranteeOut:
    """Return a supervised enterprise in the form the API shows."""
    return GuaranteeOut.model_validate(
        {
            "id": found.id,
            "name": found.name,
            "region_code": found.region_code,
            "kind": found.business_kind,
            "kind_label": None if found.business_kind is None else label(found.business_kind),
            "scale": found.scale,
            "size": found.size,
            "special": found.special,
            "tier": found.guarantee_tier,
            "tier_rule": found.tier_rule,
            "risk_grade": found.risk_grade,
            "operating": found.operating,
            "operating_label": label(found.operating),
            "version": found.profile_version,
        }
    )


def assignment_out(found: Assignment, cadre: Cadre | None) -> AssignmentOut:
    """Return an assignment in the form the API shows.

    Raises:
        NotFound: its cadre lies outside what the caller may see.
    """
    if cadre is None:
        raise NotFound(f"no cadre {found.cadre_id}")
    return AssignmentOut(
        id=found.id,
        entity_id=found.entity_id,
        cadre_id=found.cadre_id,
        cadre_name=cadre.name,
        cadre_post=cadre.post,
        level=cadre.level,
        part=found.part,
        part_label=label(found.part),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
    )


def warnings_of(found: Guarantee, present: list[Assignment], known: dict[UUID, Cadre]) -> list[str]:
    """Return what is wrong with the supervision of an enterprise, in words."""
    if found.operating is not OperatingState.open:
        return []
    primary = next((one for one in present if one.part is GuaranteePart.primary), None)
    said = []
    if found.guarantee_tier is None:
        said.append("未评定包保等级，不会产生督导任务")
    if primary is None:
        said.append("没有主包保干部")
    cadre = None if primary is None else known.get(primary.cadre_id)
    if cadre is not None and cadre.ended_at is not None:
        said.append(f"主包保干部 {cadre.name} 已离任")
    wanted = None if found.guarantee_tier is None else LEVEL_OF[found.guarantee_tier]
    if cadre is not None and wanted is not None and cadre.level is not wanted:
        said.append(f"{found.guarantee_tier} 级主体应由{label(wanted)}干部包保，现为{label(cadre.level)}")
    return said


def _version(made: GuaranteeOut) -> int:
    return made.version
