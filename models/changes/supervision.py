"""Changes of supervision tasks: each is stored, logged and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.base.errors import StaleVersion
from models.catalogue.supervision_terms import SupervisionCommand
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.changes.duty_notices import tell_of_visit
from models.changes.log import log_step
from models.changes.states import time_or_none
from models.domain.place import owner_of
from models.domain.supervision import SupervisionTask
from models.domain.tasks import Transition
from models.events.payloads import SupervisionData
from models.events.types import EventType
from models.store import supervision
from models.store.connect import Write


def create_task(
    w: Write, new: SupervisionTask, *, since: datetime | None, by: str, at: datetime
) -> SupervisionTask | None:
    """Store a new task; None if the enterprise has one for the period."""
    added = supervision.add_task(w, new, since=since)
    if added is not None:
        _told(w, EventType.supervision_created, added, "", command="create", by=by, at=at, reason=added.period)
    return added


def move_task(
    w: Write, before: SupervisionTask, decided: SupervisionTask, command: SupervisionCommand, *, by: str, at: datetime
) -> SupervisionTask:
    """Store the step that led from `before` to `decided`.

    Raises:
        StaleVersion: somebody else was faster.
    """
    moved = supervision.move_task(w, decided)
    if moved is None:
        raise StaleVersion
    event = EventType.supervision_updated if moved.closed_at is None else EventType.supervision_closed
    _told(w, event, moved, before.state, command=command, by=by, at=at, reason=moved.note)
    return moved


def mark_overdue(w: Write, decided: SupervisionTask, *, by: str, at: datetime) -> SupervisionTask:
    """Store the mark that a deadline has passed.

    Raises:
        StaleVersion: somebody else was faster.
    """
    moved = supervision.move_task(w, decided)
    if moved is None:
        raise StaleVersion
    _told(w, EventType.supervision_updated, moved, moved.state, command="overdue", by=by, at=at, reason="")
    return moved


def _told(
    w: Write,
    event: EventType,
    task: SupervisionTask,
    from_state: str,
    *,
    command: str,
    by: str,
    at: datetime,
    reason: str,
) -> None:
    step = Transition(
        object="supervision",
        object_id=task.id,
        version=task.version,
        **owner_of(task),
        at=at,
        actor=by,
        command=command,
        from_state=from_state,
        to_state=task.state,
        reason=reason,
        evidence_ids=(),
    )
    log_step(w, step)
    data = cast("Mapping[str, Any]", supervision_state(task))
    announce(w, event, task, data, site_id=NOWHERE, device_id=NODE_ITSELF, at=at)
    tell_of_visit(w, event, task, step=command, at=at)


def supervision_state(task: SupervisionTask) -> SupervisionData:
    """Return the state of a task as its events announce it."""
    return SupervisionData(
        version=task.version,
        supervision_id=str(task.id),
        entity_id=str(task.entity_id),
        reason=task.reason,
        period=task.period,
        tier=task.tier,
        state=task.state,
        cadre_id=None if task.cadre_id is None else str(task.cadre_id),
        due_at=rfc3339(task.due_at),
        overdue=task.overdue_at is not None,
        note=task.note,
        closed_at=time_or_none(task.closed_at),
    )
