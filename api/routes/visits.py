"""Visits of cadres (督导记录): the checklist, photos, submission; and the position of kitchens."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response, UploadFile

from alerts.duties.supervision import acts_for
from alerts.duties.visit_rules import CHECKLIST, checklist
from alerts.duties.visits import submit
from api.access.principal import Principal, Reviewer
from api.requests import AppState, IdempotencyKey, Reading, creating, reading
from api.routes.devices import Slug
from api.routes.supervision import supervision_out
from api.schemas import EvidenceOut, SiteOut
from api.schemas.visits import (
    ChecklistHeadOut,
    ChecklistOut,
    ChecklistRowOut,
    SitePositionIn,
    VisitedOut,
    VisitIn,
    VisitOut,
)
from api.state import App
from api.uploads.photos import received
from api.views import evidence_out
from models.base.errors import InvalidTransition, NotAllowed, NotFound, RateLimited
from models.catalogue.terms import EvidenceKind
from models.domain.place import owner_of
from models.domain.supervision import SupervisionTask, Visit, VisitAnswer
from models.store import Read, Write, evidence, registry, supervision, visits

router = APIRouter(prefix="/v1", tags=["supervision"])


@router.get("/supervision/checklist", name="checklist")
def show_checklist(_: Reviewer) -> ChecklistOut:
    """Return the checklist of a visit."""
    heads = [
        ChecklistHeadOut(
            name=head.name, code=head.code, rows=[ChecklistRowOut(code=code, text=text) for code, text in head.rows]
        )
        for head in checklist(CHECKLIST)
    ]
    return ChecklistOut(id=CHECKLIST, heads=heads)


@router.get("/supervision/tasks/{supervision_id}/visits", name="visits")
def list_visits(r: Reading, _: Reviewer, supervision_id: UUID) -> list[VisitOut]:
    """List the visits of a task, newest first: one that did not count, and the next."""
    if supervision.task(r, supervision_id) is None:
        raise NotFound(f"no supervision task {supervision_id}")
    return [VisitOut.model_validate(found) for found in visits.visits(r, task_id=supervision_id)]


@router.post("/supervision/tasks/{supervision_id}/photos", response_model=EvidenceOut, name="add_visit_photo")
def add_photo(
    request: Request,
    app: AppState,
    principal: Reviewer,
    supervision_id: UUID,
    file: UploadFile,
    key: IdempotencyKey = None,
) -> Response:
    """Upload a photo of a visit (JPEG, PNG or WebP). Send its id when you submit the visit."""
    with reading(request, principal) as r:
        expects_photos(r, app, supervision_id, principal)
    photo = received(file, app)

    def once(w: Write) -> EvidenceOut:
        task = expects_photos(w, app, supervision_id, principal)
        at = app.clock.now()
        piece = photo.as_evidence(task, EvidenceKind.photo_visit, at=at, supervision_id=str(task.id))
        evidence.add_evidence(w, piece)
        visits.add_photo(w, task, evidence_id=piece.id, sha256=photo.sha256)
        return evidence_out(piece)

    return creating(request, principal, key, photo.sha256.encode(), once)


def expects_photos(r: Read, app: App, supervision_id: UUID, principal: Principal) -> SupervisionTask:
    """Return the task if its cadre may add photos.

    Raises:
        NotFound: no such task that the caller may see.
        NotAllowed: the caller does not act as its cadre.
        InvalidTransition: the task has ended, or was submitted.
        RateLimited: it has the most photos that it may have.
    """
    task = supervision.task(r, supervision_id)
    if task is None:
        raise NotFound(f"no supervision task {supervision_id}")
    if not acts_for(r, task, by=principal.actor, at=app.clock.now()):
        raise NotAllowed("photos of a visit are for the cadre of the task (包保干部), or who acts as them")
    if task.closed_at is not None or task.state == "submitted":
        raise InvalidTransition(f"the task is {task.state}; it accepts photos until its submission")
    if len(visits.photos(r, task_id=task.id)) >= app.settings.photos_per_task:
        raise RateLimited(f"this task has {app.settings.photos_per_task} photos; submit it with those", again_s=3600)
    return task


@router.post("/supervision/tasks/{supervision_id}/visits", response_model=VisitedOut, name="submit_visit")
def submit_visit(
    request: Request,
    app: AppState,
    principal: Reviewer,
    supervision_id: UUID,
    body: VisitIn,
    key: IdempotencyKey = None,
) -> Response:
    """Submit a visit; one that does not count is stored too, and returns the task with a deadline.

    It needs no `If-Match`: a phone sends it when it is online again, and its own `id` keeps it from counting twice.
    """

    def act(w: Write) -> VisitedOut:
        at = app.clock.now()
        task = supervision.task(w, supervision_id)
        if task is None:
            raise NotFound(f"no supervision task {supervision_id}")
        visit, moved = submit(w, _visit(body, task, principal, at=at), by=principal.actor, at=at)
        return VisitedOut(visit=VisitOut.model_validate(visit), task=supervision_out(moved))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def _visit(body: VisitIn, task: SupervisionTask, principal: Principal, *, at: datetime) -> Visit:
    if task.cadre_id is None:
        raise InvalidTransition("the task waits for its cadre (包保干部)")
    where = body.position
    return Visit(
        id=body.id,
        **owner_of(task),
        task_id=task.id,
        site_id=body.site_id,
        mode=body.mode,
        started_at=body.started_at,
        ended_at=body.ended_at,
        latitude=None if where is None else where.latitude,
        longitude=None if where is None else where.longitude,
        datum=None if where is None else where.datum,
        accuracy_m=None if where is None else where.accuracy_m,
        distance_m=None,
        checklist=body.checklist,
        answers=tuple(VisitAnswer(code=one.code, result=one.result, problem=one.problem) for one in body.answers),
        advice=body.advice.strip(),
        photo_ids=tuple(dict.fromkeys(body.photo_ids)),
        cadre_id=task.cadre_id,
        cadre_name=body.cadre_name.strip(),
        entity_name=body.entity_name.strip(),
        signature="",
        faults=(),
        hazards=(),
        submitted_by=principal.name,
        submitted_at=at,
        client_at=body.client_at,
    )


@router.post("/sites/{site_id}/position", response_model=SiteOut, name="place_site")
def place_site(
    request: Request, principal: Reviewer, site_id: Slug, body: SitePositionIn, key: IdempotencyKey = None
) -> Response:
    """Set the position of a kitchen, the centre of the fence of visits. An enterprise does not set its own."""

    def act(w: Write) -> SiteOut:
        placed = registry.place_site(
            w, site_id=site_id, latitude=body.latitude, longitude=body.longitude, datum=body.datum
        )
        if placed is None:
            raise NotFound(f"no site {site_id!r}")
        return SiteOut.model_validate(placed)

    return creating(request, principal, key, body.model_dump_json().encode(), act)
