"""Record a person's verdict on an alert; a confirmed alert becomes a rectification task at once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.deadlines.chains import begun
from alerts.deadlines.clocks import calendar_for
from alerts.hazards.accountability import accountable_at, report_nobody
from alerts.hazards.deadlines import calendar_at, deadline
from alerts.hazards.escalation import chain_at
from alerts.hazards.lifecycle import on_the_clock
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.codes import DEFAULT_DEADLINE, code_basis_text, code_label, entry_of
from models.catalogue.overrides import Spot
from models.catalogue.resolving import resolve
from models.catalogue.terms import AlertState, RejectReason, Review, Role, Severity, TaskState, label
from models.changes.alerts import judge_alert
from models.changes.tasks import dispatch_task
from models.changes.violations import review_violations
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.place import place_of
from models.domain.tasks import RectificationTask
from models.store import alerts, catalogue, precision
from models.store.connect import Read, Write

REVIEW_WITHIN = {
    Severity.critical: timedelta(minutes=15),
    Severity.major: timedelta(hours=2),
    Severity.minor: timedelta(hours=8),
}
"""How long an alert may wait for its verdict, by severity (domain default)."""

REVIEWERS = frozenset({Role.regulator, Role.admin})
"""Roles whose verdict counts."""


def confirm(
    w: Write,
    alert_id: UUID,
    *,
    revision: int,
    by: Actor,
    at: datetime,
    remark: str = "",
    relapse_of: UUID | None = None,
) -> tuple[Alert, RectificationTask]:
    """Confirm an alert as a hazard (隐患) and dispatch its task; return both.

    If nobody at the enterprise is accountable, the regulator's office holds the task, and an alert says so.

    Raises:
        NotFound: no such alert that the caller may see.
        NotAllowed: the role may not review.
        StaleVersion: the alert has changed since `revision` was read.
        InvalidTransition: it has a verdict already.
    """
    alert = _judge(w, alert_id, revision=revision, state=AlertState.confirmed, by=by, at=at, remark=remark)
    found = accountable_at(w, alert, at=at)
    if found is None:
        report_nobody(w, alert, at=at)
    span, remembered = _span(w, alert, at=at)
    new = _new_task(
        w,
        alert,
        person_id=None if found is None else found.person.id,
        span=span,
        remembered=remembered,
        by=by.name,
        at=at,
    )
    task = dispatch_task(w, replace(new, relapse_of=relapse_of), by=by.name, at=at)
    return alert, task


def reject(
    w: Write,
    alert_id: UUID,
    *,
    revision: int,
    by: Actor,
    at: datetime,
    reason: RejectReason,
    remark: str = "",
) -> Alert:
    """Reject the alert, with a reason. Raises as `confirm` does."""
    return _judge(w, alert_id, revision=revision, state=AlertState.rejected, by=by, at=at, reason=reason, remark=remark)


def leave_open(w: Write, alert_id: UUID, *, revision: int, by: Actor, at: datetime, remark: str) -> Alert:
    """Record that the pictures are inconclusive; the remark states why. Raises as `confirm` does."""
    if not remark.strip():
        raise Invalid("an inconclusive verdict needs a remark that states why")
    return _judge(w, alert_id, revision=revision, state=AlertState.inconclusive, by=by, at=at, remark=remark)


def _judge(
    w: Write,
    alert_id: UUID,
    *,
    revision: int,
    state: AlertState,
    by: Actor,
    at: datetime,
    reason: RejectReason | None = None,
    remark: str = "",
) -> Alert:
    if by.role not in REVIEWERS:
        raise NotAllowed(f"a review needs one of the roles {', '.join(sorted(REVIEWERS))}; your role is {by.role}")
    alert = alerts.alert_for_update(w, alert_id)
    if alert is None:
        raise NotFound(f"no alert {alert_id}")
    if alert.state is not AlertState.pending_review:
        raise InvalidTransition(f"the alert is {alert.state} ({label(alert.state)}) already")
    if alert.revision != revision:
        raise StaleVersion(f"the alert has revision {alert.revision}; your verdict is on revision {revision}")
    review_violations(w, alert_id=alert_id, review=Review(state.value), at=at)
    judged = judge_alert(w, alert, state=state, by=by.name, at=at, reason=reason, remark=remark or None)
    if judged is None:
        raise StaleVersion
    precision.note_verdict(w, judged, at=at)
    return judged


def _span(r: Read, alert: Alert, *, at: datetime) -> tuple[timedelta, dict[str, Any] | None]:
    """Return how long the rectification may take at this place, and the origin of that value."""
    entry = entry_of(alert.code)
    if entry is None:
        return DEFAULT_DEADLINE, None
    spot = Spot.of(alert)
    found = resolve(entry, spot=spot, overrides=catalogue.overrides_at(r, [spot], at=at, codes=[alert.code]), at=at)
    return found.entry.deadline, found.remembered()


def _new_task(
    r: Read,
    alert: Alert,
    *,
    person_id: UUID | None,
    span: timedelta,
    remembered: dict[str, Any] | None,
    by: str,
    at: datetime,
) -> RectificationTask:
    where = {"tenant_id": alert.tenant_id, "region_code": alert.region_code}
    clock, due_at, provisional = deadline(r, **where, severity=alert.severity, span=span, at=at)
    own = calendar_for(clock, calendar_at(r, **where, at=at))
    basis = code_basis_text(alert.code)
    task = RectificationTask(
        id=uuid7(),
        **place_of(alert),
        alert_id=alert.id,
        code=alert.code,
        severity=alert.severity,
        state=TaskState.dispatched,
        attempt=1,
        person_id=person_id,
        requirement=f"{label(alert.zone)}：{code_label(alert.code)}，请限期整改。"
        + (f"依据：{basis}" if basis else ""),
        dispatched_at=at,
        due_at=due_at,
        acknowledged_at=None,
        submitted_at=None,
        submitted_by=None,
        closed_at=None,
        measure=None,
        cause=None,
        proof_ids=(),
        overdue_level=0,
        chain=begun(chain_at(r, **where, severity=alert.severity), dispatched_at=at, own=own),
        clock=clock,
        due_from=at,
        due_span=span,
        due_provisional=provisional,
        dispatched_by=by,
        first_span=span,
        version=1,
        catalogue=remembered,
    )
    return on_the_clock(task)
