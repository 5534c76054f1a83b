"""Trainings (培训) of the people of an enterprise: hours, subject and proof, and who has their 40 hours a year."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.registry.trainings import Standing, record_training, standings, void_training
from api.access.principal import Stepper
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.routes.people import EntityId, entity_of
from api.schemas.people import EndIn
from api.schemas.trainings import StandingOut, TrainingIn, TrainingOut, TrainingsOut
from models.domain.trainings import Training
from models.store import Write, people, trainings

router = APIRouter(prefix="/v1/trainings", tags=["people"])


@router.get("", name="trainings")
def list_trainings(r: Reading, app: AppState, principal: Stepper, entity_id: EntityId = None) -> TrainingsOut:
    """List the trainings of an enterprise, and the hours of its people in the last 365 days."""
    wanted = entity_of(r, principal, entity_id)
    found = standings(r, people.people(r, entity_id=wanted), entity_id=wanted, at=app.clock.now())
    rows = trainings.trainings(r, entity_id=wanted)
    return TrainingsOut(people=[standing_out(one) for one in found], trainings=[training_out(row) for row in rows])


@router.post("", response_model=TrainingOut, name="add_training", summary="Record a training")
def add_training(
    request: Request, app: AppState, principal: Stepper, body: TrainingIn, key: IdempotencyKey = None
) -> Response:
    """Record that a person took a training. It is never changed; void a wrong one."""

    def act(w: Write) -> TrainingOut:
        return training_out(record_training(w, body.person_id, body.course(), by=principal.actor, at=app.clock.now()))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/{training_id}/void", response_model=TrainingOut, name="void_training", summary="Void a training")
def stop_training(
    request: Request, app: AppState, principal: Stepper, training_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """Void a training that was recorded wrongly; it stays in the list and counts no more."""

    def act(w: Write) -> TrainingOut:
        voided = void_training(w, training_id, reason=body.reason, by=principal.actor, at=app.clock.now())
        return training_out(voided)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def training_out(row: Training) -> TrainingOut:
    """Return a training in the form the API shows."""
    return TrainingOut.model_validate(row)


def standing_out(one: Standing) -> StandingOut:
    """Return a person's hours in the form the API shows."""
    return StandingOut(
        person_id=one.person.id,
        name=one.person.name,
        post=one.person.post,
        hours=float(one.hours),
        wanted=None if one.wanted is None else round(float(one.wanted), 1),
        enough=one.enough,
    )
