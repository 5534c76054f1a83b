"""Supervision tasks (督导任务): read them, take their steps, and choose how often they come."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.periods import settings
from alerts.duties.supervision import act as take_step
from alerts.duties.supervision import acts_for, choose_preset, parts_of, preset_at
from alerts.duties.supervision_steps import commands_of
from api.access.principal import Principal, Reviewer
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
from api.schemas.supervision import (
    PresetIn,
    PresetOut,
    PresetsOut,
    SupervisionDetail,
    SupervisionOut,
    SupervisionStepIn,
)
from models.base.errors import NotFound
from models.catalogue.supervision_terms import SupervisionCommand
from models.catalogue.terms import label
from models.domain.supervision import SupervisionTask
from models.store import Read, Write, supervision

router = APIRouter(prefix="/v1/supervision", tags=["supervision"])
STEPS = (
    SupervisionCommand.accept,
    SupervisionCommand.start,
    SupervisionCommand.return_,
    SupervisionCommand.archive,
    SupervisionCommand.reassign,
    SupervisionCommand.exempt,
)
"""Steps of the API; the platform pushes, and a visit submits."""


@router.get("/tasks", name="supervision_tasks")
def list_tasks(
    r: Reading,
    app: AppState,
    principal: Reviewer,
    mine: Annotated[bool | None, Query(description="only those of the cadre as whom you act")] = None,
    ended: Annotated[bool | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SupervisionOut]:
    """List supervision tasks, newest first."""
    own = parts_of(r, by=principal.actor, at=app.clock.now()) if mine else None
    rows = supervision.tasks(r, before=uuid_cursor(cursor), limit=limit + 1, ended=ended, cadre_ids=own)
    return page_of(rows, limit=limit, out=supervision_out, cursor=lambda one: one.id)


@router.get("/tasks/{supervision_id}", name="supervision_task")
def one_task(
    r: Reading, response: Response, app: AppState, principal: Reviewer, supervision_id: UUID
) -> SupervisionDetail:
    """Return one task and the steps that you may take now."""
    found = supervision.task(r, supervision_id)
    if found is None:
        raise NotFound(f"no supervision task {supervision_id}")
    etag(response, found.version)
    own = acts_for(r, found, by=principal.actor, at=app.clock.now())
    return SupervisionDetail(task=supervision_out(found), commands=commands_of(found, by=principal.actor, own=own))


def _step_route(command: SupervisionCommand) -> None:
    def step(
        request: Request,
        app: AppState,
        principal: Reviewer,
        supervision_id: UUID,
        body: SupervisionStepIn,
        seen: SeenVersion,
        key: IdempotencyKey = None,
    ) -> Response:
        def act(w: Write) -> SupervisionOut:
            moved = take_step(
                w,
                supervision_id,
                command,
                version=seen,
                by=principal.actor,
                at=app.clock.now(),
                text=body.text,
                cadre_id=body.cadre_id,
            )
            return supervision_out(moved)

        return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)

    router.add_api_route(
        f"/tasks/{{supervision_id}}/{command.value}",
        step,
        methods=["POST"],
        response_model=SupervisionOut,
        name=f"supervision_{command.name}",
        summary=f"Take the step {command.value!r}",
    )


for _command in STEPS:
    _step_route(_command)


@router.get("/presets", name="supervision_presets")
def list_presets(r: Reading, principal: Reviewer) -> PresetsOut:
    """List how often enterprises may be visited, and what your region chose."""
    return _presets(r, principal)


@router.post("/presets", response_model=PresetsOut, name="choose_preset")
def set_preset(
    request: Request, app: AppState, principal: Reviewer, body: PresetIn, key: IdempotencyKey = None
) -> Response:
    """Choose a preset for a region of yours, from the next period of each enterprise on."""

    def act(w: Write) -> PresetsOut:
        choose_preset(
            w,
            body.preset,
            tenant_id=principal.tenant,
            jurisdiction=body.jurisdiction,
            within=principal.region or "",
            by=principal.actor,
            at=app.clock.now(),
        )
        return _presets(w, principal)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def _presets(r: Read, principal: Principal) -> PresetsOut:
    known = settings()["preset"]
    return PresetsOut(
        chosen=preset_at(r, tenant_id=principal.tenant, region_code=principal.region or ""),
        presets=[
            PresetOut(
                id=name, label=one["label"], every={tier: every for tier, every in one.items() if tier != "label"}
            )
            for name, one in known.items()
        ],
    )


def supervision_out(task: SupervisionTask) -> SupervisionOut:
    """Return a task in the form the API shows."""
    return SupervisionOut(
        id=task.id,
        entity_id=task.entity_id,
        region_code=task.region_code,
        reason=task.reason,
        reason_label=label(task.reason),
        period=task.period,
        tier=task.tier,
        cadre_id=task.cadre_id,
        state=task.state,
        state_label=label(task.state),
        due_at=task.due_at,
        generated_at=task.generated_at,
        overdue=task.overdue_at is not None,
        closed_at=task.closed_at,
        submitted_by=task.submitted_by,
        note=task.note,
        version=task.version,
    )


def _version(made: SupervisionOut) -> int:
    return made.version
