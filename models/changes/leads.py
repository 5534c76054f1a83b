"""Changes of leads to enforcement: each is stored, logged and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.base.errors import StaleVersion
from models.catalogue.codes import code_label
from models.catalogue.terms import LeadCommand
from models.changes.announcing import announce
from models.changes.log import log_step
from models.changes.states import time_or_none
from models.domain.leads import Lead
from models.domain.place import owner_of
from models.domain.tasks import Transition
from models.events.payloads import LeadData
from models.events.types import EventType
from models.store import leads
from models.store.connect import Write


def create_lead(w: Write, lead: Lead, *, at: datetime) -> Lead:
    """Store a new lead.

    Raises:
        StaleVersion: its task has an open lead already.
    """
    added = leads.add_lead(w, lead)
    if added is None:
        raise StaleVersion("the task has an open lead already")
    _told(w, EventType.lead_created, added, "", command="create", by=added.created_by, at=at, reason=added.reason)
    return added


def move_lead(
    w: Write, before: Lead, decided: Lead, command: LeadCommand, *, by: str, at: datetime, reason: str
) -> Lead:
    """Store the step that led from `before` to `decided`.

    Raises:
        StaleVersion: somebody else was faster.
    """
    moved = leads.move_lead(w, decided)
    if moved is None:
        raise StaleVersion
    event = EventType.lead_updated if moved.closed_at is None else EventType.lead_closed
    _told(w, event, moved, before.state, command=command, by=by, at=at, reason=reason)
    return moved


def _told(
    w: Write, event: EventType, lead: Lead, from_state: str, *, command: str, by: str, at: datetime, reason: str
) -> None:
    step = Transition(
        object="lead",
        object_id=lead.id,
        version=lead.version,
        **owner_of(lead),
        at=at,
        actor=by,
        command=command,
        from_state=from_state,
        to_state=lead.state,
        reason=reason,
        evidence_ids=(),
    )
    log_step(w, step)
    data = cast("Mapping[str, Any]", lead_state(lead))
    announce(w, event, lead, data, site_id=lead.site_id, device_id=lead.device_id, at=at)


def lead_state(lead: Lead) -> LeadData:
    """Return the state of a lead as its events announce it."""
    return LeadData(
        version=lead.version,
        lead_id=str(lead.id),
        task_id=str(lead.task_id),
        code=lead.code,
        label=code_label(lead.code),
        severity=lead.severity,
        site_id=lead.site_id,
        device_id=lead.device_id,
        ground=lead.ground,
        addressee=lead.addressee,
        state=lead.state,
        sent_at=time_or_none(lead.sent_at),
        due_at=time_or_none(lead.due_at),
        extended=lead.extended,
        filed_at=time_or_none(lead.filed_at),
        case_no=lead.case_no,
        outcome=lead.outcome,
        feedback=lead.feedback,
        created_at=rfc3339(lead.created_at),
        closed_at=time_or_none(lead.closed_at),
    )
