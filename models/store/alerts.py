"""Storage of alerts."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.terms import AlertState, Severity
from models.domain.alerts import Alert
from models.store.connect import Read, Write


def open_alerts(r: Read, *, after: UUID | None, limit: int) -> list[Alert]:
    """A page of the alerts that are not done with, oldest first."""
    return r.all(Alert, "alerts", "open_alerts", {"after": after, "limit": limit})


def situation(w: Write, *, device_id: str, code: str, zone: str, cooldown_from: datetime) -> Alert | None:
    """The alert a finding belongs to: the open one, else one closed after `cooldown_from`. Locked."""
    return w.one(
        Alert,
        "alerts",
        "situation",
        {"device_id": device_id, "code": code, "zone": zone, "cooldown_from": cooldown_from},
    )


def alerts_between(r: Read, *, device_id: str, code: str, zone: str, since: datetime, until: datetime) -> list[Alert]:
    """The alerts of a situation that were going on at some moment from `since` to `until`, oldest first."""
    params = {"device_id": device_id, "code": code, "zone": zone, "since": since, "until": until}
    return r.all(Alert, "alerts", "alerts_between", params)


def open_alert(w: Write, alert: Alert) -> Alert | None:
    """Open a situation; None when another transaction opened it first."""
    params = asdict(alert)
    params["measured"] = None if alert.measured is None else Jsonb(alert.measured)
    params["catalogue"] = None if alert.catalogue is None else Jsonb(alert.catalogue)
    params["evidence_ids"] = list(alert.evidence_ids)
    return w.one(Alert, "alerts", "open_alert", params)


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
    catalogue: dict[str, Any] | None = None,
) -> Alert | None:
    """The situation happened again, or goes on. `catalogue` is kept where it makes the alert more severe."""
    return w.one(
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


def alert(r: Read, alert_id: UUID) -> Alert | None:
    """One alert."""
    return r.one(Alert, "alerts", "alert", {"id": alert_id})


def alert_for_update(w: Write, alert_id: UUID) -> Alert | None:
    """One alert, locked."""
    return w.one(Alert, "alerts", "alert_for_update", {"id": alert_id})


def alerts(
    r: Read,
    *,
    before: UUID | None = None,
    limit: int,
    state: AlertState | None = None,
    code: str | None = None,
) -> list[Alert]:
    """A page of alerts, newest first."""
    return r.all(Alert, "alerts", "alerts", {"before": before, "limit": limit, "state": state, "code": code})


def review_queue(r: Read, *, limit: int) -> list[Alert]:
    """What waits for a person: the worst first, then the longest waiting."""
    return r.all(Alert, "alerts", "review_queue", {"limit": limit})


def judge_alert(
    w: Write,
    *,
    alert_id: UUID,
    revision: int,
    state: AlertState,
    by: str,
    at: datetime,
    reason: str | None,
    remark: str | None,
) -> Alert | None:
    """Store a verdict; None when the alert has another revision by now."""
    return w.one(
        Alert,
        "alerts",
        "judge_alert",
        {
            "id": alert_id,
            "revision": revision,
            "state": state,
            "by": by,
            "at": at,
            "reason": reason,
            "remark": remark,
        },
    )


def close_alert(w: Write, *, alert_id: UUID, at: datetime) -> Alert | None:
    """The situation is done with; None if it was already."""
    return w.one(Alert, "alerts", "close_alert", {"id": alert_id, "at": at})
