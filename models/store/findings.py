"""Storage of evidence, violations and alerts. The same transaction announces each change."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.terms import AlertState, Review, Severity
from models.domain.alerts import Alert
from models.domain.evidence import Evidence, Purge
from models.domain.violations import Violation
from models.store.connect import Read, Write


def add_evidence(w: Write, evidence: Evidence) -> None:
    """Register a file of the evidence store."""
    w.run("findings", "add_evidence", {**asdict(evidence), "detail": Jsonb(evidence.detail)})


def evidence(r: Read, evidence_id: UUID) -> Evidence | None:
    """One piece of evidence."""
    return r.one(Evidence, "findings", "evidence", {"id": evidence_id})


def evidence_of(r: Read, ids: Sequence[UUID]) -> list[Evidence]:
    """Several pieces of evidence."""
    return r.all(Evidence, "findings", "evidence_of", {"ids": list(ids)})


def purge_of(r: Read, evidence_id: UUID) -> Purge | None:
    """When and why a file was deleted; None while it is kept."""
    return r.one(Purge, "findings", "purge_of", {"id": evidence_id})


def log_access(w: Write, *, actor: str, action: str, evidence_id: UUID) -> None:
    """Note who looked at a piece of evidence."""
    w.run("findings", "log_access", {"actor": actor, "action": action, "id": evidence_id})


def add_violation(w: Write, violation: Violation) -> None:
    """A violation opens."""
    params = asdict(violation)
    for name in ("boxes", "model", "rule"):
        params[name] = Jsonb(params[name])
    params["evidence_ids"] = list(violation.evidence_ids)
    w.run("findings", "add_violation", params)


def end_violation(w: Write, *, violation_id: UUID, at: datetime) -> Violation | None:
    """A violation is over; None if it was over already."""
    return w.one(Violation, "findings", "end_violation", {"id": violation_id, "at": at})


def end_left_open(w: Write, *, tenant_id: str | None, at: datetime) -> list[Violation]:
    """End the violations that a stopped judge left active."""
    return w.all(Violation, "findings", "end_left_open", {"tenant_id": tenant_id, "at": at})


def judged_at_the_edge(w: Write, *, violation_id: UUID, node_id: str, session: int | None) -> None:
    """A violation is its node's to end; `session` is the node's birth that opened it, None = the present one."""
    params = {"violation_id": violation_id, "node_id": node_id, "session": session}
    w.run("findings", "judged_at_the_edge", params)


def end_at_the_edge(w: Write, *, violation_id: UUID, device_id: str, at: datetime) -> Violation | None:
    """The node of a device ends what it opened there; None if that is nothing new, or not its to end.

    An end that comes after the platform has ended it by itself sets the time right.
    """
    params = {"id": violation_id, "device_id": device_id, "at": at}
    return w.one(Violation, "findings", "end_at_the_edge", params)


def forget_edge_violations(w: Write, *, before: datetime) -> int:
    """Let go of what nodes may end of violations that ended before a moment."""
    return w.run("findings", "forget_edge_violations", {"before": before})


def end_of_earlier_births(w: Write, *, node_id: str, session: int, at: datetime) -> list[Violation]:
    """End what a node opened before its birth `session`: it remembers nothing of it."""
    params = {"node_id": node_id, "session": session, "at": at}
    return w.all(Violation, "findings", "end_of_earlier_births", params)


def violation(r: Read, violation_id: UUID) -> Violation | None:
    """One violation."""
    return r.one(Violation, "findings", "violation", {"id": violation_id})


def violations(
    r: Read,
    *,
    before: UUID | None = None,
    limit: int,
    code: str | None = None,
    alert_id: UUID | None = None,
    device_id: str | None = None,
) -> list[Violation]:
    """A page of violations, newest first."""
    return r.all(
        Violation,
        "findings",
        "violations",
        {"before": before, "limit": limit, "code": code, "alert_id": alert_id, "device_id": device_id},
    )


def active_violations(r: Read, *, after: UUID | None, limit: int) -> list[Violation]:
    """A page of the violations that go on, oldest first."""
    return r.all(Violation, "findings", "active_violations", {"after": after, "limit": limit})


def open_alerts(r: Read, *, after: UUID | None, limit: int) -> list[Alert]:
    """A page of the alerts that are not done with, oldest first."""
    return r.all(Alert, "findings", "open_alerts", {"after": after, "limit": limit})


def ungrouped(w: Write, *, limit: int) -> list[Violation]:
    """Violations that no alert has taken up; locked, those of another worker left out."""
    return w.all(Violation, "findings", "ungrouped", {"limit": limit})


def group_violation(w: Write, *, violation_id: UUID, alert_id: UUID) -> None:
    """A violation belongs to an alert."""
    w.run("findings", "group_violation", {"id": violation_id, "alert_id": alert_id})


def review_violations(w: Write, *, alert_id: UUID, review: Review) -> list[Violation]:
    """The verdict on an alert is the verdict on its violations; gives those it changed."""
    return w.all(Violation, "findings", "review_violations", {"alert_id": alert_id, "review": review})


def situation(w: Write, *, device_id: str, code: str, zone: str, cooldown_from: datetime) -> Alert | None:
    """The alert a finding belongs to: the open one, else one closed after `cooldown_from`. Locked."""
    return w.one(
        Alert,
        "findings",
        "situation",
        {"device_id": device_id, "code": code, "zone": zone, "cooldown_from": cooldown_from},
    )


def alerts_between(r: Read, *, device_id: str, code: str, zone: str, since: datetime, until: datetime) -> list[Alert]:
    """The alerts of a situation that were going on at some moment from `since` to `until`, oldest first."""
    params = {"device_id": device_id, "code": code, "zone": zone, "since": since, "until": until}
    return r.all(Alert, "findings", "alerts_between", params)


def open_alert(w: Write, alert: Alert) -> Alert | None:
    """Open a situation; None when another transaction opened it first."""
    params = asdict(alert)
    params["measured"] = None if alert.measured is None else Jsonb(alert.measured)
    params["evidence_ids"] = list(alert.evidence_ids)
    return w.one(Alert, "findings", "open_alert", params)


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
) -> Alert | None:
    """The situation happened again, or goes on."""
    return w.one(
        Alert,
        "findings",
        "add_to_alert",
        {
            "id": alert_id,
            "more": more,
            "first_at": first_at,
            "last_at": last_at,
            "severity": severity,
            "measured": None if measured is None else Jsonb(measured),
            "evidence_ids": list(evidence_ids),
        },
    )


def alert(r: Read, alert_id: UUID) -> Alert | None:
    """One alert."""
    return r.one(Alert, "findings", "alert", {"id": alert_id})


def alert_for_update(w: Write, alert_id: UUID) -> Alert | None:
    """One alert, locked."""
    return w.one(Alert, "findings", "alert_for_update", {"id": alert_id})


def alerts(
    r: Read,
    *,
    before: UUID | None = None,
    limit: int,
    state: AlertState | None = None,
    code: str | None = None,
) -> list[Alert]:
    """A page of alerts, newest first."""
    return r.all(Alert, "findings", "alerts", {"before": before, "limit": limit, "state": state, "code": code})


def review_queue(r: Read, *, limit: int) -> list[Alert]:
    """What waits for a person: the worst first, then the longest waiting."""
    return r.all(Alert, "findings", "review_queue", {"limit": limit})


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
        "findings",
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
    return w.one(Alert, "findings", "close_alert", {"id": alert_id, "at": at})


def violation_total(r: Read) -> int:
    """How many violations there are."""
    return int(r.value("findings", "violation_total"))
