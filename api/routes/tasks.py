"""Rectification tasks: list, look, and take the steps."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response, UploadFile

from alerts.lifecycle import Submission, commands_for
from alerts.rectification import act
from api.access import Anybody, Principal, Rectifier, Stepper
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
from api.schemas import EvidenceOut, Page, StepIn, SubmitIn, TaskDetail, TaskOut
from api.views import evidence_out, task_out, transition_out
from models.errors import Invalid, InvalidTransition, NotFound
from models.findings import Evidence
from models.ids import uuid7
from models.rectification import RectificationTask
from models.store import Read, Write, findings, registry, tasks
from models.terms import EvidenceKind, TaskCommand, TaskState

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

_MAGIC = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_TAKES_PHOTOS = frozenset({TaskState.dispatched, TaskState.acknowledged, TaskState.rectifying, TaskState.returned})
_RIFF, _WEBP = b"RIFF", b"WEBP"
_STEPS = {
    "acknowledge": TaskCommand.acknowledge,
    "start": TaskCommand.start,
    "take-review": TaskCommand.take_review,
    "accept": TaskCommand.accept,
    "return": TaskCommand.return_,
    "void": TaskCommand.void,
}


@router.get("")
def list_tasks(
    r: Reading,
    cursor: Cursor = None,
    limit: Limit = 50,
    state: TaskState | None = None,
    open: bool = False,  # noqa: A002, FBT001, FBT002 - the name of the query parameter
) -> Page[TaskOut]:
    """Tasks, newest first."""
    rows = tasks.tasks(r, before=uuid_cursor(cursor), limit=limit + 1, state=state, open_only=open)
    return page_of(rows, limit=limit, out=task_out, cursor=lambda task: task.id)


@router.get("/{task_id}")
def one_task(r: Reading, response: Response, principal: Anybody, task_id: UUID) -> TaskDetail:
    """A task with its log, its proof and what you may do with it."""
    found = tasks.task(r, task_id)
    if found is None:
        raise NotFound(f"no task {task_id}")
    etag(response, found.version)
    return task_detail(r, found, principal)


def task_detail(r: Read, found: RectificationTask, principal: Principal) -> TaskDetail:
    """Everything that belongs to a task."""
    person = registry.person(r, found.person_id)
    return TaskDetail(
        task=task_out(found),
        accountable=None if person is None else person.name,
        transitions=[transition_out(t) for t in tasks.transitions(r, object_kind="task", object_id=found.id)],
        proof=[evidence_out(e) for e in findings.evidence_of(r, found.proof_ids)],
        commands=[command.value for command in commands_for(found, by=principal.actor)],
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
    key: IdempotencyKey = None,
) -> Response:
    """Upload an after-photo (JPEG, PNG or WebP); name its id when you submit."""
    with reading(request, principal) as r:
        _submittable(r, task_id)
    content = file.file.read(app.settings.max_upload_bytes + 1)
    if len(content) > app.settings.max_upload_bytes:
        raise TooLarge(f"photo: expected at most {app.settings.max_upload_bytes // 1024**2} MiB")
    mime = _picture_type(content)
    sha256 = app.files.put(content)

    def once(w: Write) -> EvidenceOut:
        task = _submittable(w, task_id)
        photo = Evidence(
            id=uuid7(),
            tenant_id=task.tenant_id,
            entity_id=task.entity_id,
            region_code=task.region_code,
            kind=EvidenceKind.photo_after,
            sha256=sha256,
            bytes=len(content),
            mime=mime,
            captured_at=app.clock.now(),
        )
        findings.add_evidence(w, photo)
        return evidence_out(photo)

    return creating(request, principal, key, sha256.encode(), once)


def _submittable(r: Read, task_id: UUID) -> RectificationTask:
    """The task a photo is for, if proof may still be handed in."""
    task = tasks.task(r, task_id)
    if task is None:
        raise NotFound(f"no task {task_id}")
    if task.state not in _TAKES_PHOTOS:
        raise InvalidTransition(f"task is {task.state}; photos are taken from its dispatch to its submission")
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
    """Hand in the proof: at least one photo uploaded after the dispatch, the measure, the cause."""

    def once(w: Write) -> TaskOut:
        submission = Submission(photos=_photos(w, task_id, body.photo_ids), measure=body.measure, cause=body.cause)
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


def _version(task: TaskOut) -> int:
    return task.version


def _photos(r: Read, task_id: UUID, ids: list[UUID]) -> tuple[tuple[UUID, datetime], ...]:
    task = tasks.task(r, task_id)
    found = {
        piece.id: piece
        for piece in findings.evidence_of(r, ids)
        if piece.kind is EvidenceKind.photo_after and task is not None and piece.entity_id == task.entity_id
    }
    missing = [str(photo_id) for photo_id in ids if photo_id not in found]
    if missing:
        raise Invalid(f"photo_ids: no uploaded photo {missing[0]}; upload it to /v1/tasks/…/photos first")
    return tuple((photo_id, found[photo_id].captured_at) for photo_id in ids)
