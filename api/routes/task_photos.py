"""Photos of a task: taken after the rectification, or for an appeal."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response, UploadFile

from alerts.hazards.steps import WITH_THE_ENTERPRISE
from api.access.principal import Rectifier
from api.evidence import OwnPhoto
from api.requests import AppState, IdempotencyKey, creating, reading
from api.schemas import EvidenceOut
from api.state import App
from api.uploads.photos import Photo, received
from api.views import evidence_out
from models.base.errors import Invalid, InvalidTransition, NotFound, PictureUsed, RateLimited
from models.catalogue.terms import EvidenceKind
from models.domain.evidence import Evidence
from models.domain.tasks import RectificationTask
from models.store import Read, Write, evidence, tasks

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

_DAY = timedelta(days=1)


@router.post("/{task_id}/photos", response_model=EvidenceOut)
def add_photo(
    request: Request,
    app: AppState,
    principal: Rectifier,
    task_id: UUID,
    file: UploadFile,
    kind: OwnPhoto = "photo_after",
    key: IdempotencyKey = None,
) -> Response:
    """Upload a photo taken after the rectification, or for an appeal (JPEG, PNG or WebP).

    Send its id when you submit the task, or appeal. A photo of one kind does not serve for the other.
    """
    with reading(request, principal) as r:
        _submittable(r, task_id)
        _within_budget(r, app, task_id)
    photo = received(file, app)

    def once(w: Write) -> EvidenceOut:
        return evidence_out(_claimed(w, task_id, photo, EvidenceKind(kind), at=app.clock.now()))

    return creating(request, principal, key, f"{kind} {photo.sha256}".encode(), once)


def _within_budget(r: Read, app: App, task_id: UUID) -> None:
    """Refuse a photo beyond the limits per task, and per enterprise and day.

    Raises:
        RateLimited: the task or the enterprise has reached its limit.
    """
    of_task, of_day = tasks.photo_counts(r, task_id=task_id, since=app.clock.now() - _DAY)
    if of_task >= app.settings.photos_per_task:
        raise RateLimited(f"this task has {of_task} photos; submit it with those, or ask for its return", again_s=3600)
    if of_day >= app.settings.photos_per_day:
        raise RateLimited(f"{of_day} photos were uploaded within a day; upload more tomorrow", again_s=3600)


def _claimed(w: Write, task_id: UUID, photo: Photo, kind: EvidenceKind, *, at: datetime) -> Evidence:
    """Store a photo as evidence of this task only; one that waits there for its step already is returned as it is.

    Raises:
        PictureUsed: the file is proof or evidence elsewhere already; the message states where.
    """
    task = _submittable(w, task_id)
    waiting = _waiting(w, task_id, photo, kind)
    if waiting is not None:
        return waiting
    alike = [] if photo.fingerprint is None else tasks.photos_alike(w, task_id=task_id, fingerprint=photo.fingerprint)
    about: dict[str, Any] = {"task_id": str(task_id), "zone": task.zone}
    if alike:
        about["alike"] = [{"evidence_id": str(other), "task_id": str(of)} for other, of in alike]
    piece = photo.as_evidence(task, kind, at=at, **about)
    if tasks.is_other_evidence(w, sha256=photo.sha256):
        raise PictureUsed("this file is evidence of a hazard already; take a new photo that shows how it is")
    evidence.add_evidence(w, piece)
    if not tasks.claim_photo(
        w, task_id=task_id, evidence_id=piece.id, sha256=photo.sha256, fingerprint=photo.fingerprint
    ):
        raise PictureUsed(_where(tasks.use_of_photo(w, sha256=photo.sha256)))
    return piece


def _waiting(r: Read, task_id: UUID, photo: Photo, kind: EvidenceKind) -> Evidence | None:
    """Return the piece of this very file if it was uploaded for this task and no step has used it yet.

    Whoever opens the page again after a step failed chooses the same photos.
    """
    used = tasks.use_of_photo(r, sha256=photo.sha256)
    if used is None or used[1] != task_id:
        return None
    steps = tasks.transitions(r, object_kind="task", object_id=task_id)
    piece = evidence.evidence(r, used[0])
    if piece is None or piece.kind is not kind or any(piece.id in step.evidence_ids for step in steps):
        return None
    return piece


def _where(used: tuple[UUID, UUID | None] | None) -> str:
    if used is None:
        return "this file is proof of another enterprise's task; take a new photo"
    photo, task = used
    where = "an earlier task" if task is None else f"task {task}"
    return f"this file is proof of {where} already (photo {photo}); take a new photo"


def _submittable(r: Read, task_id: UUID) -> RectificationTask:
    """Return the photo's task if it still accepts proof."""
    task = tasks.task(r, task_id)
    if task is None:
        raise NotFound(f"no task {task_id}")
    if task.state not in WITH_THE_ENTERPRISE:
        raise InvalidTransition(f"task is {task.state}; it accepts photos from its dispatch to its submission")
    return task


def photos_of(r: Read, task_id: UUID, ids: list[UUID], kind: EvidenceKind) -> tuple[tuple[UUID, datetime], ...]:
    """Return uploaded photos of a task, of one kind, with their times; one that is named twice is one photo.

    Raises:
        Invalid: a photo is of another task or kind, or was never uploaded.
    """
    task = tasks.task(r, task_id)
    found = {
        piece.id: piece
        for piece in evidence.evidence_of(r, ids)
        if piece.kind is kind and task is not None and piece.entity_id == task.entity_id
    }
    of_this_task = tasks.photos_of_task(r, task_id=task_id, ids=ids)
    elsewhere = [str(photo_id) for photo_id in found if photo_id not in of_this_task]
    if elsewhere:
        raise Invalid(f"photo_ids: photo {elsewhere[0]} was uploaded for another task; take one of this task")
    missing = [str(photo_id) for photo_id in ids if photo_id not in found]
    if missing:
        where = f"/v1/tasks/…/photos?kind={kind}"
        raise Invalid(f"photo_ids: no uploaded photo {missing[0]} of this kind; upload it to {where} first")
    return tuple((photo_id, found[photo_id].captured_at) for photo_id in dict.fromkeys(ids))
