"""Plans of online patrols (线上巡查计划): make and end them, and list the kitchens that were drawn."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.duties.patrol_plans import end_plan, make_plan
from api.access.principal import Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, uuid_cursor
from api.schemas import Page
from api.schemas.patrols import PatrolDueOut, PatrolPlanIn, PatrolPlanOut
from api.views import shown_fields
from models.base.clock import SHANGHAI, Clock
from models.catalogue.supervision_terms import PatrolDueState
from models.catalogue.terms import label
from models.domain.patrols import PatrolDue, PatrolPlan
from models.store import Read, Write, patrol_plans

router = APIRouter(prefix="/v1", tags=["supervision"])
PLANS = 200


@router.get("/patrol-plans", name="patrol_plans")
def list_plans(r: Reading, app: AppState, _: Reviewer) -> list[PatrolPlanOut]:
    """List the plans of your region with how far they are: running ones first, then the newest."""
    return plans_out(r, patrol_plans.plans(r, limit=PLANS), day=_today(app.clock))


@router.post("/patrol-plans", response_model=PatrolPlanOut, name="make_patrol_plan")
def make(
    request: Request, app: AppState, principal: Reviewer, body: PatrolPlanIn, key: IdempotencyKey = None
) -> Response:
    """Make a plan for your region or a part of it. Kitchens are drawn now if a third of the period is left."""

    def act(w: Write) -> PatrolPlanOut:
        at = app.clock.now()
        made = make_plan(
            w,
            tenant_id=principal.tenant,
            region_code=body.region_code,
            within=principal.region or "",
            name=body.name,
            period=body.period,
            number=body.number,
            business_kinds=body.business_kinds,
            by=principal.actor,
            at=at,
        )
        return plans_out(w, [made], day=_today(app.clock))[0]

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/patrol-plans/{patrol_plan_id}/end", response_model=PatrolPlanOut, name="end_patrol_plan")
def end(
    request: Request, app: AppState, principal: Reviewer, patrol_plan_id: UUID, key: IdempotencyKey = None
) -> Response:
    """End a plan. What waits of it counts no more; what was missed before stays missed."""

    def act(w: Write) -> PatrolPlanOut:
        ended = end_plan(w, patrol_plan_id, by=principal.actor, at=app.clock.now())
        return plans_out(w, [ended], day=_today(app.clock))[0]

    return creating(request, principal, key, b"", act)


@router.get("/patrol-dues", name="patrol_dues")
def list_dues(
    r: Reading,
    app: AppState,
    _: Reviewer,
    plan_id: UUID | None = None,
    state: PatrolDueState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PatrolDueOut]:
    """List the kitchens that were drawn, newest first: of one plan or all, in one state or any."""
    day = _today(app.clock)
    found = patrol_plans.dues(r, plan_id=plan_id, state=state, day=day, before=uuid_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=lambda one: due_out(one, day), cursor=lambda one: one.id)


def plans_out(r: Read, plans: Sequence[PatrolPlan], *, day: date) -> list[PatrolPlanOut]:
    """Return plans in the form the API shows."""
    far = patrol_plans.progress(r, [one.id for one in plans], day=day)
    return [
        PatrolPlanOut.model_validate(
            {**shown_fields(one), "period_label": label(one.period), "progress": far.get(one.id)}
        )
        for one in plans
    ]


def due_out(one: PatrolDue, day: date) -> PatrolDueOut:
    """Return a kitchen that was drawn in the form the API shows."""
    return PatrolDueOut.model_validate({**shown_fields(one), "state": one.state(day)})


def _today(clock: Clock) -> date:
    return clock.now().astimezone(SHANGHAI).date()
