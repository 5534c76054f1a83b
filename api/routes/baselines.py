"""Hours in which somebody says that everybody before a camera is dressed correctly."""

from fastapi import APIRouter, Request, Response

from alerts.precision.baselines import begin
from api.access.principal import Principal, Stepper
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.routes.devices import Slug
from api.schemas.baselines import BaselineIn, BaselineOut, BaselineResultOut
from models.base.errors import NotFound
from models.catalogue.codes import code_label
from models.catalogue.terms import Role, label
from models.domain.baselines import Baseline, BaselineResult
from models.store import Write, baselines, devices

router = APIRouter(prefix="/v1", tags=["precision"])
MOST = 20


@router.get("/cameras/{camera_id}/baselines", name="baselines")
def list_baselines(r: Reading, principal: Stepper, camera_id: Slug) -> list[BaselineOut]:
    """List the newest hours of correct dress of a camera, at most 20, with what was found in each, by code."""
    if devices.device(r, camera_id) is None:
        raise NotFound(f"no device {camera_id!r}")
    found = baselines.of_camera(r, camera_id, limit=MOST)
    results = baselines.results_of(r, [one.id for one in found])
    return [_out(one, [result for result in results if result.baseline_id == one.id], principal) for one in found]


@router.post("/cameras/{camera_id}/baselines", response_model=BaselineOut, name="begin_baseline")
def begin_baseline(
    request: Request, app: AppState, principal: Stepper, camera_id: Slug, body: BaselineIn, key: IdempotencyKey = None
) -> Response:
    """Say that everybody before a camera is dressed correctly for the next hour, once in 24 hours.

    Whatever is found in it is alerted as ever. Afterwards the platform proposes least scores for rules of dress that
    would have kept it away, at most 0.8, and shows what each would have kept away. A regulator takes or refuses each
    (`/v1/proposals`). A finding that a person confirms ends its proposal. The camera's history records who said so.
    """

    def act(w: Write) -> BaselineOut:
        return _out(begin(w, camera_id, by=principal.actor, at=app.clock.now()), [], principal)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def _out(one: Baseline, results: list[BaselineResult], principal: Principal) -> BaselineOut:
    return BaselineOut(
        id=one.id,
        camera_id=one.device_id,
        begins_at=one.begins_at,
        ends_at=one.ends_at,
        said_by=one.said_by,
        said_as=one.said_as,
        state=one.state,
        state_label=label(one.state),
        watched=one.watched,
        concluded_at=one.concluded_at,
        results=None if principal.role is Role.enterprise else [_result(result) for result in results],
    )


def _result(result: BaselineResult) -> BaselineResultOut:
    return BaselineResultOut(
        code=result.code,
        label=code_label(result.code),
        found=result.found,
        highest=round(result.highest, 4),
        outcome=result.outcome,
        outcome_label=label(result.outcome),
        score=result.score,
    )
