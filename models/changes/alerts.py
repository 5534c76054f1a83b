"""Changes of alerts: one call stores each, logs a person's verdict, and announces it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.terms import AlertState, Severity
from models.changes.announcing import announce_alert
from models.changes.log import log_step
from models.domain.alerts import Alert
from models.domain.tasks import Transition
from models.events.types import EventType
from models.store.connect import Write

_VERDICTS = {
    AlertState.confirmed: EventType.alert_confirmed,
    AlertState.rejected: EventType.alert_rejected,
    AlertState.inconclusive: EventType.alert_inconclusive,
}


def open_alert(w: Write, alert: Alert, *, at: datetime) -> Alert | None:
    """Open an alert; return None if another transaction opened it first."""
    params = asdict(alert)
    params["measured"] = None if alert.measured is None else Jsonb(alert.measured)
    params["catalogue"] = None if alert.catalogue is None else Jsonb(alert.catalogue)
    params["evidence_ids"] = list(alert.evidence_ids)
    return _told(w, EventType.alert_opened, w.one(Alert, "alerts", "open_alert", params), at=at)


def add_to_alert(
    w: Write,
    *,
    alert_id: UUID,
    more: int,
    first_at: datetime,
    last_at: datetime,
    severity: Severity,
    measured: dict[str, Any] | None,
    evidence_ids: Sequence[UUID],
    catalogue: dict[str, Any] | None,
    worth_telling: bool,
    at: datetime,
) -> Alert | None:
    """Count a repetition or continuation of an alert's situation; return None if the alert is unknown.

    `catalogue` is stored if the severity changes: it states the origin of the new severity.
    `worth_telling=False` stores the continuation without an event, if nothing that a reader acts on has changed.
    """
    changed = w.one(
        Alert,
        "alerts",
        "add_to_alert",
        {
            "id": alert_id,
            "more": more,
            "first_at": first_at,
            "last_at": last_at,
            "severity": severity,
            "measured": None if measured is None else Jsonb(measured),
            "evidence_ids": list(evidence_ids),
            "catalogue": None if catalogue is None else Jsonb(catalogue),
        },
    )
    return _told(w, EventType.alert_updated, changed, at=at) if worth_telling else changed


def judge_alert(
    w: Write,
    before: Alert,
    *,
    state: AlertState,
    by: str,
    at: datetime,
    reason: str | None,
    remark: str | None,
) -> Alert | None:
    """Store a verdict on an alert; return None if its revision has changed since it was read."""
    judged = w.one(
        Alert,
        "alerts",
        "judge_alert",
        {
            "id": before.id,
            "revision": before.revision,
            "state": state,
            "by": by,
            "at": at,
            "reason": reason,
            "remark": remark,
        },
    )
    if judged is None:
        return None
    step = Transition.of(
        judged,
        command=state,
        from_state=before.state,
        actor=by,
        at=at,
        reason=judged.reason or judged.remark or "",
        evidence_ids=judged.evidence_ids,
    )
    log_step(w, step)
    return _told(w, _VERDICTS[state], judged, at=at)


def close_alert(w: Write, alert_id: UUID, *, at: datetime) -> Alert | None:
    """Close an alert; return None if it is closed already."""
    return _told(w, EventType.alert_closed, w.one(Alert, "alerts", "close_alert", {"id": alert_id, "at": at}), at=at)


def attach_evidence(w: Write, alert_id: UUID, evidence_id: UUID, *, at: datetime) -> Alert | None:
    """Add a piece of evidence to an alert; return None if it has this piece or the most it may have."""
    params = {"alert_id": alert_id, "evidence_id": evidence_id}
    return _told(w, EventType.alert_updated, w.one(Alert, "alerts", "attach_to_alert", params), at=at)


def _told(w: Write, event: EventType, alert: Alert | None, *, at: datetime) -> Alert | None:
    if alert is not None:
        announce_alert(w, event, alert, at=at)
    return alert
