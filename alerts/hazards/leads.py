"""Leads: a hazard is transferred to enforcement, and comes back or ends with the lead."""

from datetime import datetime
from uuid import UUID

from alerts.hazards.deadlines import calendar_at
from alerts.hazards.lead_steps import Case, check_ground, decide_lead
from alerts.hazards.tasks import act
from models.base.errors import Invalid, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.terms import LeadCommand, LeadGround, LeadState, TaskCommand
from models.changes.leads import create_lead, move_lead
from models.domain.access import SYSTEM, Actor
from models.domain.leads import Lead
from models.domain.place import owner_of
from models.store import leads, tasks
from models.store.connect import Write

_TASK_AFTER = {LeadState.refused: TaskCommand.take_back, LeadState.closed: TaskCommand.end_transfer}
"""What the end of a lead does to its task."""


def transfer(
    w: Write,
    task_id: UUID,
    *,
    version: int,
    ground: LeadGround,
    reason: str,
    addressee: str,
    by: Actor,
    at: datetime,
) -> Lead:
    """Transfer the hazard of a task to an enforcement unit: the task waits, and a lead is created.

    Raises:
        NotFound, StaleVersion, InvalidTransition, NotAllowed: see `alerts.hazards.tasks.act`.
        Invalid: the task gives no such ground, or the reason or the addressee is missing.
    """
    before = tasks.task(w, task_id)
    if before is None:
        raise NotFound(f"no task {task_id}")
    if not addressee.strip():
        raise Invalid("addressee: expected the unit that receives the lead")
    check_ground(before, ground, at=at)
    task = act(w, task_id, TaskCommand.transfer, version=version, by=by, at=at, reason=reason)
    lead = Lead(
        id=uuid7(),
        **owner_of(task),
        site_id=task.site_id,
        device_id=task.device_id,
        task_id=task.id,
        code=task.code,
        severity=task.severity,
        ground=ground,
        reason=reason.strip(),
        addressee=addressee.strip(),
        state=LeadState.created,
        created_by=by.name,
        created_at=at,
    )
    return create_lead(w, lead, at=at)


def act_on_lead(
    w: Write,
    lead_id: UUID,
    command: LeadCommand,
    *,
    version: int,
    by: Actor,
    at: datetime,
    text: str = "",
    case: Case | None = None,
) -> Lead:
    """Take a step of a lead. Its end gives the task back to the enterprise (refused), or closes it (fed back).

    Raises:
        NotFound: no such lead in what the caller may see.
        StaleVersion: the lead has changed since `version` was read.
        InvalidTransition, NotAllowed, Invalid: see `lead_steps.decide_lead`.
    """
    seen = leads.lead(w, lead_id)
    if seen is None:
        raise NotFound(f"no lead {lead_id}")
    # Task before lead, as a transfer locks them.
    task = tasks.task_for_update(w, seen.task_id)
    lead = leads.lead_for_update(w, lead_id)
    if lead is None or task is None:
        raise NotFound(f"no lead {lead_id}")
    if lead.version != version:
        raise StaleVersion(f"lead has version {lead.version}, you acted on version {version}")
    calendar = calendar_at(w, tenant_id=lead.tenant_id, region_code=lead.region_code, at=at)
    decided = decide_lead(lead, command, by=by, at=at, calendar=calendar, text=text, case=case)
    moved = move_lead(w, lead, decided, command, by=by.name, at=at, reason=text.strip())
    after = _TASK_AFTER.get(moved.state)
    if after is not None:
        act(w, task.id, after, version=task.version, by=SYSTEM, at=at, reason=f"lead {moved.id}: {text.strip()}")
    return moved
