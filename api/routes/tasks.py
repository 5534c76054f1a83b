"""Rectification tasks: list them, show one, and take the steps."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response, UploadFile

from alerts.deadlines.timeline import timeline
from alerts.hazards.lifecycle import Appeal, Submission, clock_stands, commands_for
from alerts.hazards.steps import WITH_THE_ENTERPRISE
from alerts.hazards.tasks import act
from api.access.principal import Anybody, Principal, Rectifier, Stepper
from api.filters import Chosen
from api.problems import TooLarge
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
    reading,
    uuid_cursor,
)
from api.routes.chains import ahead_out
from api.schemas import EvidenceOut, Page, StepIn, SubmitIn, TaskDetail, TaskOut
from api.schemas.tasks import AppealIn, ExtensionIn
from api.state import App
from api.views import evidence_out, task_out, transition_out
from models.base.errors import Invalid, InvalidTransition, NotFound, PictureUsed, RateLimited
from models.base.ids import uuid7
from models.catalogue.terms import EvidenceKind, TaskCommand, TaskState
from models.domain.evidence import Evidence
from models.domain.place import owner_of
from models.domain.tasks import RectificationTask, appeal_photos
from models.store import Read, Write, evidence, registry, tasks

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

_MAGIC = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_HEAD = 64
_DAY = timedelta(days=1)
_LEAST_BITS = 5
"""With fewer set (or unset) bits a fingerprint shows a plain surface, and all plain surfaces look alike."""
_RIFF, _WEBP = b"RIFF", b"WEBP"
PhotoKind = Literal["photo_after", "photo_appeal"]
_STEPS = {
    "acknowledge": TaskCommand.acknowledge,
    "start": TaskCommand.start,
    "take-review": TaskCommand.take_review,
    "accept": TaskCommand.accept,
    "return": TaskCommand.return_,
    "void": TaskCommand.void,
    "extend": TaskCommand.extend,
    "refuse-extension": TaskCommand.refuse_extension,
    "uphold-appeal": TaskCommand.uphold_appeal,
    "dismiss-appeal": TaskCommand.dismiss_appeal,
    "pass-lookback": TaskCommand.pass_lookback,
    "relapse": TaskCommand.relapse,
}


@router.get("")
def list_tasks(
    r: Reading,
    chosen: Chosen,
    cursor: Cursor = None,
    limit: Limit = 50,
    state: TaskState | None = None,
    open: bool = False,  # noqa: A002, FBT001, FBT002 - the name of the query parameter
) -> Page[TaskOut]:
    """List tasks, newest first."""
    rows = tasks.tasks(r, before=uuid_cursor(cursor), limit=limit + 1, state=state, open_only=open, chosen=chosen)
    return page_of(rows, limit=limit, out=task_out, cursor=lambda task: task.id)


@router.get("/lookbacks")
def lookbacks(r: Reading, app: AppState, limit: Limit = 50) -> list[TaskOut]:
    """Closed tasks to be looked at again (回头看), the longest due first."""
    return [task_out(found) for found in tasks.lookbacks_due(r, at=app.clock.now(), limit=limit)]


@router.get("/{task_id}")
def one_task(r: Reading, response: Response, app: AppState, principal: Anybody, task_id: UUID) -> TaskDetail:
    """Return a task with its log, its proof and the steps that you may take."""
    found = tasks.task(r, task_id)
    if found is None:
        raise NotFound(f"no task {task_id}")
    etag(response, found.version)
    return task_detail(r, found, principal, at=app.clock.now())


def task_detail(r: Read, found: RectificationTask, principal: Principal, *, at: datetime) -> TaskDetail:
    """Load everything that belongs to a task."""
    person = None if found.person_id is None else registry.person(r, found.person_id)
    steps = tasks.transitions(r, object_kind="task", object_id=found.id)
    return TaskDetail(
        task=task_out(found),
        accountable=None if person is None else person.name,
        transitions=[transition_out(t) for t in steps],
        proof=[evidence_out(e) for e in evidence.evidence_of(r, found.proof_ids)],
        appeal_photos=[evidence_out(e) for e in evidence.evidence_of(r, appeal_photos(steps))],
        commands=[command.value for command in commands_for(found, by=principal.actor)],
        ahead=[ahead_out(one) for one in timeline(found, at=at, stands=clock_stands(found))],
    )


def _step_route(path: str, command: TaskCommand) -> None:
    def step(
        request: Request,
        app: AppState,
        principal: Stepper,
        task_id: UUID,
        body: StepIn,
        seen: SeenVersion,
        key: IdempotencyKey = None,
    ) -> Response:
        def once(w: Write) -> TaskOut:
            return task_out(
                act(w, task_id, command, version=seen, by=principal.actor, at=app.clock.now(), reason=body.reason)
            )

        return creating(request, principal, key, body.model_dump_json().encode(), once, version=_version)

    router.add_api_route(
        f"/{{task_id}}/{path}",
        step,
        methods=["POST"],
        response_model=TaskOut,
        name=f"task_{command.name}",
        summary=f"Take the step {command.value!r}",
    )


for _path, _command in _STEPS.items():
    _step_route(_path, _command)


@router.post("/{task_id}/photos", response_model=EvidenceOut)
def add_photo(
    request: Request,
    app: AppState,
    principal: Rectifier,
    task_id: UUID,
    file: UploadFile,
    kind: PhotoKind = "photo_after",
    key: IdempotencyKey = None,
) -> Response:
    """Upload a photo taken after the rectification, or for an appeal (JPEG, PNG or WebP).

    Send its id when you submit the task, or appeal. A photo of one kind does not serve for the other.
    """
    with reading(request, principal) as r:
        _submittable(r, task_id)
        _within_budget(r, app, task_id)
    with NamedTemporaryFile(dir=app.files.incoming, prefix="photo-", delete=False) as kept:
        path = Path(kept.name)
    try:
        size = keep_upload(file, path, most=app.settings.max_upload_bytes)
        found = Inspected.of(app.inspector.photo(path))
        sha256 = app.files.take(path)
    finally:
        path.unlink(missing_ok=True)

    def once(w: Write) -> EvidenceOut:
        photo = Photo(kind=EvidenceKind(kind), sha256=sha256, size=size)
        return evidence_out(_claimed(w, task_id, photo, found, at=app.clock.now()))

    return creating(request, principal, key, f"{kind} {sha256}".encode(), once)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """An uploaded photo of a task: what it is for, and its file."""

    kind: EvidenceKind
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A completely decoded photo; `fingerprint` is None if the photo shows almost nothing."""

    mime: str
    width: int
    height: int
    fingerprint: int | None

    @classmethod
    def of(cls, found: dict[str, Any]) -> "Inspected":
        """Build it from the inspector's result; the fingerprint becomes a signed 64-bit number for the database."""
        bits = int(found["fingerprint"])
        telling = _LEAST_BITS <= bits.bit_count() <= 64 - _LEAST_BITS
        signed = bits - 2**64 if bits >= 2**63 else bits
        return cls(
            mime=found["mime"], width=found["width"], height=found["height"], fingerprint=signed if telling else None
        )


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


def keep_upload(file: UploadFile, path: Path, *, most: int) -> int:
    """Copy an upload to a local file; return its size in bytes."""
    head = file.file.read(_HEAD)
    _picture_type(head)
    with path.open("wb") as kept:
        kept.write(head)
        shutil.copyfileobj(file.file, kept)
        size = kept.tell()
    if size > most:
        raise TooLarge(f"photo: expected at most {most // 1024**2} MiB")
    return size


def _claimed(w: Write, task_id: UUID, file: Photo, found: Inspected, *, at: datetime) -> Evidence:
    """Store a photo as evidence of this task only; one that waits there for its step already is returned as it is.

    Raises:
        PictureUsed: the file is proof or evidence elsewhere already; the message states where.
    """
    task = _submittable(w, task_id)
    waiting = _waiting(w, task_id, file)
    if waiting is not None:
        return waiting
    alike = [] if found.fingerprint is None else tasks.photos_alike(w, task_id=task_id, fingerprint=found.fingerprint)
    detail: dict[str, Any] = {"task_id": str(task_id), "zone": task.zone, "width": found.width, "height": found.height}
    if alike:
        detail["alike"] = [{"evidence_id": str(photo), "task_id": str(other)} for photo, other in alike]
    photo = Evidence(
        id=uuid7(),
        **owner_of(task),
        kind=file.kind,
        sha256=file.sha256,
        bytes=file.size,
        mime=found.mime,
        captured_at=at,
        detail=detail,
    )
    if tasks.is_other_evidence(w, sha256=file.sha256):
        raise PictureUsed("this file is evidence of a hazard already; take a new photo that shows how it is")
    evidence.add_evidence(w, photo)
    if not tasks.claim_photo(
        w, task_id=task_id, evidence_id=photo.id, sha256=file.sha256, fingerprint=found.fingerprint
    ):
        raise PictureUsed(_where(tasks.use_of_photo(w, sha256=file.sha256)))
    return photo


def _waiting(r: Read, task_id: UUID, file: Photo) -> Evidence | None:
    """Return the piece of this very file if it was uploaded for this task and no step has used it yet.

    Whoever opens the page again after a step failed chooses the same photos.
    """
    used = tasks.use_of_photo(r, sha256=file.sha256)
    if used is None or used[1] != task_id:
        return None
    steps = tasks.transitions(r, object_kind="task", object_id=task_id)
    piece = evidence.evidence(r, used[0])
    if piece is None or piece.kind is not file.kind or any(piece.id in step.evidence_ids for step in steps):
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


def _picture_type(content: bytes) -> str:
    for magic, mime in _MAGIC:
        if content.startswith(magic):
            return mime
    if content[:4] == _RIFF and content[8:12] == _WEBP:
        return "image/webp"
    raise Invalid("photo: expected a JPEG, PNG or WebP picture")


@router.post("/{task_id}/submit", response_model=TaskOut)
def submit(
    request: Request,
    app: AppState,
    principal: Rectifier,
    task_id: UUID,
    body: SubmitIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Submit the proof: at least one photo uploaded after the dispatch, the measure, and optionally the cause."""

    def once(w: Write) -> TaskOut:
        submission = Submission(
            photos=_photos(w, task_id, body.photo_ids, EvidenceKind.photo_after),
            measure=body.measure,
            cause=body.cause,
            zone=body.zone,
        )
        moved = act(
            w,
            task_id,
            TaskCommand.submit,
            version=seen,
            by=principal.actor,
            at=app.clock.now(),
            submission=submission,
        )
        return task_out(moved)

    return creating(request, principal, key, body.model_dump_json().encode(), once, version=_version)


@router.post("/{task_id}/ask-extension", response_model=TaskOut)
def ask_extension(
    request: Request,
    app: AppState,
    principal: Rectifier,
    task_id: UUID,
    body: ExtensionIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Ask for a later deadline (申请延期): before it has passed, once, never for a critical hazard."""

    def once(w: Write) -> TaskOut:
        moved = act(
            w,
            task_id,
            TaskCommand.ask_extension,
            version=seen,
            by=principal.actor,
            at=app.clock.now(),
            reason=body.reason,
            span=timedelta(hours=body.hours),
        )
        return task_out(moved)

    return creating(request, principal, key, body.model_dump_json().encode(), once, version=_version)


@router.post("/{task_id}/appeal", response_model=TaskOut)
def appeal(
    request: Request,
    app: AppState,
    principal: Rectifier,
    task_id: UUID,
    body: AppealIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Appeal against a hazard (申诉): the clock stands until somebody else than who confirmed it has decided."""

    def once(w: Write) -> TaskOut:
        photos = tuple(photo_id for photo_id, _ in _photos(w, task_id, body.photo_ids, EvidenceKind.photo_appeal))
        moved = act(
            w,
            task_id,
            TaskCommand.appeal,
            version=seen,
            by=principal.actor,
            at=app.clock.now(),
            reason=body.reason.value,
            appeal=Appeal(reason=body.reason, text=body.text, photos=photos),
        )
        return task_out(moved)

    return creating(request, principal, key, body.model_dump_json().encode(), once, version=_version)


def _version(task: TaskOut) -> int:
    return task.version


def _photos(r: Read, task_id: UUID, ids: list[UUID], kind: EvidenceKind) -> tuple[tuple[UUID, datetime], ...]:
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
    return tuple((photo_id, found[photo_id].captured_at) for photo_id in ids)
