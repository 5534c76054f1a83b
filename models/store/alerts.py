"""Storage of alerts."""

from datetime import datetime
from uuid import UUID

from models.catalogue.terms import AlertState
from models.domain.alerts import Alert
from models.store.connect import Read, Write
from models.store.filters import EVERYTHING, Filter


def open_alerts(r: Read, *, after: UUID | None, limit: int) -> list[Alert]:
    """Return a page of the open alerts, oldest first."""
    return r.all(Alert, "alerts", "open_alerts", {"after": after, "limit": limit})


def situation(w: Write, *, device_id: str, code: str, zone: str, cooldown_from: datetime) -> Alert | None:
    """Return the alert of a situation: the open one, else one closed after `cooldown_from`. The row is locked."""
    return w.one(
        Alert,
        "alerts",
        "situation",
        {"device_id": device_id, "code": code, "zone": zone, "cooldown_from": cooldown_from},
    )


def alerts_between(r: Read, *, device_id: str, code: str, zone: str, since: datetime, until: datetime) -> list[Alert]:
    """Return the alerts of a situation whose time overlaps `since` to `until`, oldest first."""
    params = {"device_id": device_id, "code": code, "zone": zone, "since": since, "until": until}
    return r.all(Alert, "alerts", "alerts_between", params)


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
    chosen: Filter = EVERYTHING,
) -> list[Alert]:
    """A page of alerts, newest first."""
    params = {"before": before, "limit": limit, "state": state, **chosen.params()}
    return r.all(Alert, "alerts", "alerts", params, prepare=chosen.prepared)


def review_queue(r: Read, *, limit: int) -> list[Alert]:
    """Return the alerts that wait for a verdict: highest severity first, then the longest waiting."""
    return r.all(Alert, "alerts", "review_queue", {"limit": limit})
