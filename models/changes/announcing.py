"""Write an event into the outbox, in the transaction of the change."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import is_late
from models.base.ids import uuid7
from models.catalogue.codes import code_label
from models.catalogue.notices import occasion_of
from models.catalogue.terms import label
from models.changes.states import alert_states, task_states, violation_states
from models.domain.alerts import Alert
from models.domain.place import Owner, owner_of
from models.domain.tasks import RectificationTask
from models.domain.violations import Violation
from models.events.envelope import OutboxEvent, source_of
from models.events.types import EventType
from models.store import feed, outgoing, speeches
from models.store.connect import Write

NOWHERE = "_"
"""Stands for the site in the source of an event about a whole enterprise."""

NODE_ITSELF = "_"
"""Stands for the device in the source of an event about a node."""


def announce(
    w: Write,
    event: EventType,
    owner: Owner,
    data: Mapping[str, Any],
    *,
    site_id: str,
    device_id: str,
    at: datetime,
    occurred_at: datetime | None = None,
    received_at: datetime | None = None,
) -> None:
    """Announce a change; `occurred_at` and `received_at` default to `at`."""
    occurred, received = occurred_at or at, received_at or at
    feed.announce(
        w,
        OutboxEvent(
            event_id=uuid7(),
            **owner_of(owner),
            source=source_of(owner.tenant_id, site_id, device_id),
            type=event,
            time=at,
            occurred_at=occurred,
            received_at=received,
            late=is_late(occurred, received),
            data=dict(data),
        ),
    )


def announce_violations(w: Write, event: EventType, violations: Iterable[Violation], *, at: datetime) -> None:
    """Announce the same change of several violations."""
    rows = list(violations)
    for row, data in zip(rows, violation_states(w, rows), strict=True):
        announce(
            w,
            event,
            row,
            cast("Mapping[str, Any]", data),
            site_id=row.site_id,
            device_id=row.device_id,
            at=at,
            occurred_at=row.occurred_at,
            received_at=row.received_at,
        )


def announce_alert(w: Write, event: EventType, alert: Alert, *, at: datetime) -> None:
    """Announce a change of an alert."""
    (data,) = alert_states(w, [alert])
    announce(
        w,
        event,
        alert,
        cast("Mapping[str, Any]", data),
        site_id=alert.site_id,
        device_id=alert.device_id,
        at=at,
        occurred_at=alert.last_at,
        received_at=alert.opened_at,
    )
    # The revision rises with severity and state alone, so that a repeated finding sends no further message.
    queue_notices(w, event, alert, version=alert.revision, at=at)


def announce_task(w: Write, event: EventType, task: RectificationTask, *, at: datetime) -> None:
    """Announce a change of a task."""
    (data,) = task_states(w, [task])
    announce(w, event, task, cast("Mapping[str, Any]", data), site_id=task.site_id, device_id=task.device_id, at=at)
    queue_notices(w, event, task, version=task.version, at=at)


def queue_notices(w: Write, event: EventType, subject: Alert | RectificationTask, *, version: int, at: datetime) -> int:
    """Queue the messages about a change, in its transaction; return how many channels hear of it."""
    occasion = occasion_of(event, severity=subject.severity)
    if occasion is None:
        return 0
    words = occasion.said(subject.severity, zone=label(subject.zone), what=code_label(subject.code))
    if words is not None:
        speeches.queue(
            w,
            subject,
            site_id=subject.site_id,
            occasion=occasion.name,
            subject_id=subject.id,
            version=version,
            text=words,
            at=at,
        )
    return outgoing.queue(
        w,
        subject,
        occasion,
        subject_id=subject.id,
        version=version,
        severity=subject.severity,
        site_id=subject.site_id,
        at=at,
    )
