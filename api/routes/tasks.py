"""Rectification tasks: list them, show one, and take the steps."""

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.deadlines.timeline import timeline
from alerts.hazards.lifecycle import Appeal, Submission, clock_stands, commands_for
from alerts.hazards.tasks import act
from api.access.principal import Anybody, Principal, Rectifier, Stepper
from api.filters import Chosen
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
from api.routes.chains import ahead_out
from api.routes.task_photos import photos_of
from api.schemas import Page, StepIn, SubmitIn, TaskDetail, TaskOut
from api.schemas.tasks import AppealIn, ExtensionIn
from api.views import evidence_out, task_out, transition_out
from models.base.errors import NotFound
from models.catalogue.terms import EvidenceKind, TaskCommand, TaskState
from models.domain.tasks import RectificationTask, appeal_photos
from models.store import Read, Write, evidence, registry, tasks

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

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
            photos=photos_of(w, task_id, body.photo_ids, EvidenceKind.photo_after),
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
        photos = tuple(photo_id for photo_id, _ in photos_of(w, task_id, body.photo_ids, EvidenceKind.photo_appeal))
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
