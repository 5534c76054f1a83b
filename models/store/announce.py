"""Announcing a change: the whole state of a violation, alert or task as a feed event."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.base.clock import rfc3339
from models.base.ids import uuid7
from models.catalogue.codes import code_label
from models.catalogue.terms import label
from models.domain.alerts import Alert
from models.domain.devices import Node
from models.domain.place import owner_of
from models.domain.tasks import RectificationTask
from models.domain.violations import Violation
from models.events.envelope import OutboxEvent, source_of
from models.store import evidence, feed, registry, tasks
from models.store.connect import Read, Write

LATE_AFTER = timedelta(seconds=60)
"""An event that arrives this long after it happened is marked late."""


def violation_state(r: Read, violation: Violation) -> dict[str, Any]:
    """A violation as events and the snapshot carry it."""
    data = {
        "violation_id": str(violation.id),
        "alert_id": _text(violation.alert_id),
        "track_id": violation.track_id,
        "state": violation.state,
        "review": violation.review,
        "start": rfc3339(violation.started_at),
        "end": _time(violation.ended_at),
        "score": violation.score,
        "model": violation.model,
        "rule": violation.rule,
        "boxes": violation.boxes,
    }
    return _whole(r, violation, data, evidence=violation.evidence_ids)


def violation_changed(w: Write, violation: Violation, *, what: str, at: datetime) -> None:
    """Announce `mingchu.violation.{what}`: opened, updated or closed."""
    _announce(
        w,
        violation,
        f"mingchu.violation.{what}",
        at,
        violation_state(w, violation),
        occurred_at=violation.occurred_at,
        received_at=violation.received_at,
    )


def alert_state(r: Read, alert: Alert) -> dict[str, Any]:
    """An alert as events and the snapshot carry it."""
    data = {
        "alert_id": str(alert.id),
        "origin": alert.origin,
        "state": alert.state,
        "occurrences": alert.occurrences,
        "start": rfc3339(alert.first_at),
        "end": _time(alert.closed_at),
        "last": rfc3339(alert.last_at),
        "score": alert.score,
        "reason": alert.reason,
        **(alert.measured or {}),
    }
    return _whole(r, alert, data, evidence=alert.evidence_ids)


def alert_changed(w: Write, alert: Alert, *, what: str, at: datetime) -> None:
    """Announce `mingchu.alert.{what}`: opened, updated, confirmed, rejected, inconclusive or closed."""
    _announce(
        w,
        alert,
        f"mingchu.alert.{what}",
        at,
        alert_state(w, alert),
        occurred_at=alert.last_at,
        received_at=alert.opened_at,
    )


def task_state(r: Read, task: RectificationTask) -> dict[str, Any]:
    """A task as events and the snapshot carry it."""
    person = registry.person(r, task.person_id)
    data = {
        "task_id": str(task.id),
        "alert_id": str(task.alert_id),
        "state": task.state,
        "attempt": task.attempt,
        "accountable": None if person is None else {"name": person.name, "post": person.post},
        "dispatched_at": rfc3339(task.dispatched_at),
        "due_at": rfc3339(task.due_at),
        "acknowledged_at": _time(task.acknowledged_at),
        "submitted_at": _time(task.submitted_at),
        "closed_at": _time(task.closed_at),
        "overdue_level": task.overdue_level,
        "requirement": task.requirement,
        "measure": task.measure,
        "cause": task.cause,
        "submitted_by": task.submitted_by,
        # Why it was last returned, or voided.
        "reason": tasks.reason_of(r, task.id),
    }
    return _whole(r, task, data, evidence=task.proof_ids)


def task_changed(w: Write, task: RectificationTask, *, what: str, at: datetime) -> None:
    """Announce `mingchu.task.{what}`: dispatched, acknowledged, submitted, returned, closed, overdue, updated …."""
    _announce(w, task, f"mingchu.task.{what}", at, task_state(w, task), occurred_at=at, received_at=at)


def node_changed(
    w: Write, node: Node, *, online: bool, session: int, version: int, at: datetime, claimed_at: datetime
) -> None:
    """Announce `mingchu.device.online` or `.offline` for a node; its devices follow it.

    `version` counts the changes of the node; birth and death of one session are two of them.
    """
    event = OutboxEvent(
        event_id=uuid7(),
        **owner_of(node),
        source=source_of(node.tenant_id, node.site_id, "_"),
        type=f"mingchu.device.{'online' if online else 'offline'}",
        time=at,
        occurred_at=claimed_at,
        received_at=at,
        late=at - claimed_at > LATE_AFTER,
        data={
            "version": version,
            "node_id": node.id,
            "site_id": node.site_id,
            "online": online,
            "session": session,
            "entity": entity_state(w, node.entity_id),
        },
    )
    feed.announce(w, event)


def _announce(
    w: Write,
    subject: Violation | Alert | RectificationTask,
    event_type: str,
    at: datetime,
    data: dict[str, Any],
    *,
    occurred_at: datetime,
    received_at: datetime,
) -> None:
    event = OutboxEvent(
        event_id=uuid7(),
        **owner_of(subject),
        source=source_of(subject.tenant_id, subject.site_id, subject.device_id),
        type=event_type,
        time=at,
        occurred_at=occurred_at,
        received_at=received_at,
        late=received_at - occurred_at > LATE_AFTER,
        data=data,
    )
    feed.announce(w, event)


def _whole(
    r: Read, subject: Violation | Alert | RectificationTask, data: dict[str, Any], *, evidence: tuple[UUID, ...]
) -> dict[str, Any]:
    """What every state carries, and `data` of its kind."""
    return {
        "version": subject.version,
        "code": subject.code,
        "label": code_label(subject.code),
        "severity": subject.severity,
        "zone": subject.zone,
        "zone_label": label(subject.zone),
        "site_id": subject.site_id,
        "device_id": subject.device_id,
        **data,
        "evidence": _evidence(r, evidence),
        "entity": entity_state(r, subject.entity_id),
    }


def entity_state(r: Read, entity_id: UUID) -> dict[str, Any] | None:
    """An enterprise as events carry it."""
    entity = registry.entity(r, entity_id)
    if entity is None:
        return None
    return {
        "id": str(entity.id),
        "name": entity.name,
        "credit_code": entity.credit_code,
        "licence_no": entity.licence_no,
        "region_code": entity.region_code,
    }


def _evidence(r: Read, ids: tuple[UUID, ...]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(piece.id),
            "kind": piece.kind,
            "sha256": piece.sha256,
            "bytes": piece.bytes,
            "start": rfc3339(piece.captured_at),
            "end": rfc3339(piece.ends_at or piece.captured_at),
        }
        for piece in evidence.evidence_of(r, ids)
    ]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
