"""Trainings (培训) of cadres, which their year counts."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.duties.cadre_trainings import record_cadre_training, void_cadre_training
from api.access.principal import Reviewer
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.schemas.people import EndIn
from api.schemas.trainings import CadreTrainingIn, CadreTrainingOut
from models.base.errors import NotFound
from models.domain.trainings import CadreTraining
from models.store import Write, cadre_trainings, cadres

router = APIRouter(prefix="/v1", tags=["supervision"])


@router.get("/cadres/{cadre_id}/trainings", name="cadre_trainings")
def list_trainings(r: Reading, _: Reviewer, cadre_id: UUID) -> list[CadreTrainingOut]:
    """List the trainings of a cadre of your region, the newest day first, also those that were voided."""
    if cadres.cadre(r, cadre_id) is None:
        raise NotFound(f"no cadre {cadre_id}")
    return [training_out(row) for row in cadre_trainings.trainings(r, cadre_id=cadre_id)]


@router.post("/cadres/{cadre_id}/trainings", response_model=CadreTrainingOut, name="add_cadre_training")
def add_training(
    request: Request,
    app: AppState,
    principal: Reviewer,
    cadre_id: UUID,
    body: CadreTrainingIn,
    key: IdempotencyKey = None,
) -> Response:
    """Record a training, help or an emergency of a cadre of your region. It is never changed; void a wrong one."""

    def act(w: Write) -> CadreTrainingOut:
        made = record_cadre_training(
            w,
            cadre_id,
            body.course(),
            kind=body.kind,
            within=principal.region or "",
            by=principal.actor,
            at=app.clock.now(),
        )
        return training_out(made)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/cadre-trainings/{cadre_training_id}/void", response_model=CadreTrainingOut, name="void_cadre_training")
def stop_training(
    request: Request,
    app: AppState,
    principal: Reviewer,
    cadre_training_id: UUID,
    body: EndIn,
    key: IdempotencyKey = None,
) -> Response:
    """Void a training that was recorded wrongly; it stays in the list and counts no more."""

    def act(w: Write) -> CadreTrainingOut:
        voided = void_cadre_training(w, cadre_training_id, reason=body.reason, by=principal.actor, at=app.clock.now())
        return training_out(voided)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def training_out(row: CadreTraining) -> CadreTrainingOut:
    """Return a training in the form the API shows."""
    return CadreTrainingOut.model_validate(row)
