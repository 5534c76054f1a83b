"""Leads to enforcement (线索移送): the list, a lead and its steps."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.hazards.lead_steps import Case, commands_of
from alerts.hazards.leads import act_on_lead, transfer
from api.access.principal import Principal, Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, SeenVersion, creating, etag, page_of
from api.requests import uuid_cursor as id_in
from api.schemas.common import Page
from api.schemas.leads import LeadDetail, LeadOut, LeadStepIn, TransferIn
from api.views import transition_out
from models.base.errors import NotFound
from models.catalogue.codes import code_label
from models.catalogue.terms import LeadCommand, label
from models.domain.leads import Lead
from models.store import Read, Write, leads, tasks

router = APIRouter(prefix="/v1", tags=["leads"])


@router.get("/leads", name="leads")
def list_leads(
    r: Reading,
    _: Reviewer,
    cursor: Cursor = None,
    limit: Limit = 50,
    ended: Annotated[bool | None, Query(description="only leads that have ended, or that have not")] = None,
    task_id: UUID | None = None,
) -> Page[LeadOut]:
    """List leads, newest first."""
    rows = leads.leads(r, before=id_in(cursor), limit=limit + 1, ended=ended, task_id=task_id)
    return page_of(rows, limit=limit, out=lead_out, cursor=lambda lead: lead.id)


@router.get("/leads/{lead_id}", name="lead")
def one_lead(r: Reading, response: Response, principal: Reviewer, lead_id: UUID) -> LeadDetail:
    """Return a lead with its log and the steps that you may take."""
    found = leads.lead(r, lead_id)
    if found is None:
        raise NotFound(f"no lead {lead_id}")
    etag(response, found.version)
    return _detail(r, found, principal)


@router.post("/tasks/{task_id}/transfer", response_model=LeadOut, summary="Transfer a hazard to enforcement")
def transfer_task(
    request: Request,
    app: AppState,
    principal: Reviewer,
    task_id: UUID,
    body: TransferIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Create a lead from a task, whose version is in `If-Match`. The task's clock stops until the lead ends."""

    def once(w: Write) -> LeadOut:
        lead = transfer(
            w,
            task_id,
            version=seen,
            ground=body.ground,
            reason=body.reason,
            addressee=body.addressee,
            by=principal.actor,
            at=app.clock.now(),
        )
        return lead_out(lead)

    return creating(request, principal, key, body.model_dump_json().encode(), once, version=_version)


def _step_route(command: LeadCommand) -> None:
    def step(
        request: Request,
        app: AppState,
        principal: Reviewer,
        lead_id: UUID,
        body: LeadStepIn,
        seen: SeenVersion,
        key: IdempotencyKey = None,
    ) -> Response:
        case = Case(case_no=body.case_no, officers=body.officers)

        def once(w: Write) -> LeadOut:
            at = app.clock.now()
            return lead_out(
                act_on_lead(w, lead_id, command, version=seen, by=principal.actor, at=at, text=body.text, case=case)
            )

        return creating(request, principal, key, body.model_dump_json().encode(), once, version=_version)

    router.add_api_route(
        f"/leads/{{lead_id}}/{command.value.replace('_', '-')}",
        step,
        methods=["POST"],
        response_model=LeadOut,
        name=f"lead_{command.value}",
        summary=f"Take the step {command.value!r} of a lead",
    )


for _command in LeadCommand:
    _step_route(_command)


def lead_out(lead: Lead) -> LeadOut:
    """Return a lead in the form the API shows."""
    return LeadOut(
        id=lead.id,
        entity_id=lead.entity_id,
        region_code=lead.region_code,
        site_id=lead.site_id,
        device_id=lead.device_id,
        task_id=lead.task_id,
        code=lead.code,
        label=code_label(lead.code),
        severity=lead.severity,
        ground=lead.ground,
        ground_label=label(lead.ground),
        reason=lead.reason,
        addressee=lead.addressee,
        state=lead.state,
        state_label=label(lead.state),
        created_by=lead.created_by,
        created_at=lead.created_at,
        sent_at=lead.sent_at,
        due_at=lead.due_at,
        extended=lead.extended,
        filed_at=lead.filed_at,
        case_no=lead.case_no,
        officers=list(lead.officers),
        outcome=lead.outcome,
        feedback=lead.feedback,
        closed_at=lead.closed_at,
        version=lead.version,
    )


def _detail(r: Read, lead: Lead, principal: Principal) -> LeadDetail:
    return LeadDetail(
        lead=lead_out(lead),
        transitions=[transition_out(t) for t in tasks.transitions(r, object_kind="lead", object_id=lead.id)],
        commands=commands_of(lead, by=principal.actor),
    )


def _version(made: LeadOut) -> int:
    return made.version
