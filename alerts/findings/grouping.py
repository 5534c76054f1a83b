"""Group findings into alerts: one open alert per situation (device, code, zone)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.catalogue.areas import span_of
from models.catalogue.codes import entry_of
from models.catalogue.overrides import Spot
from models.catalogue.resolving import Overrides, resolve
from models.catalogue.terms import AlertOrigin, AlertState, Severity, worst
from models.changes.alerts import add_to_alert, open_alert
from models.changes.tasks import raise_severity
from models.domain.access import SYSTEM
from models.domain.alerts import Alert
from models.domain.place import Place, place_of
from models.domain.violations import Violation
from models.store import alerts, catalogue, violations
from models.store.connect import Write

COOLDOWN = timedelta(minutes=30)
"""After a verdict, a situation needs no new one for this long (domain default)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Place):
    """A violation, breach or condition in the common form from which alerts are made."""

    code: str
    severity: Severity
    origin: AlertOrigin
    first_at: datetime
    last_at: datetime
    score: float | None = None
    measured: dict[str, Any] | None = None
    evidence_ids: tuple[UUID, ...] = ()
    catalogue: dict[str, Any] | None = None


def of_violation(violation: Violation) -> Finding:
    """Return a violation as a finding."""
    return Finding(
        **place_of(violation),
        code=violation.code,
        severity=violation.severity,
        origin=AlertOrigin.violation,
        first_at=violation.started_at,
        last_at=violation.ended_at or violation.started_at,
        score=violation.score,
        evidence_ids=violation.evidence_ids,
        catalogue=violation.catalogue,
    )


def group(w: Write, finding: Finding, *, at: datetime, count_again: bool = True) -> Alert:
    """Add a finding to the alert of its situation, or open one; return the alert.

    An alert that was closed within the cool-down still counts the finding, without a new review, unless the
    finding is more severe than the verdict's alert. `count_again=False` is for a breach that merely continues.
    """
    known = _situation(w, finding, at=at)
    if known is None or _outgrown(known, finding):
        opened = open_alert(w, _new_alert(finding, at=at), at=at)
        if opened is not None:
            return opened
        # Another transaction opened it between our look and our insert.
        known = _situation(w, finding, at=at)
        if known is None:
            raise RuntimeError("the situation has an open alert, but it can't be found")
    return _add(w, known, finding, at=at, count_again=count_again)


def _outgrown(alert: Alert, finding: Finding) -> bool:
    """Return whether the verdict was on something milder, so that it does not cover this finding."""
    return alert.closed_at is not None and finding.severity.is_worse_than(alert.severity)


def _situation(w: Write, finding: Finding, *, at: datetime) -> Alert | None:
    return alerts.situation(
        w,
        device_id=finding.device_id,
        code=finding.code,
        zone=finding.zone,
        cooldown_from=at - COOLDOWN,
    )


def _told_as(w: Write, finding: Finding) -> Severity | None:
    """Return the severity of the open or judged alert that covers the time of the finding; None if none does."""
    known = alerts.alerts_between(
        w,
        device_id=finding.device_id,
        code=finding.code,
        zone=finding.zone,
        since=finding.first_at,
        until=finding.last_at,
    )
    return worst(alert.severity for alert in known)


def catch_up(w: Write, finding: Finding, *, at: datetime) -> None:
    """Group a finding that ended before it was checked, unless an alert covers it at its severity."""
    told = _told_as(w, finding)
    if told is None or finding.severity.is_worse_than(told):
        group(w, finding, at=at, count_again=told is None)


def _add(w: Write, alert: Alert, finding: Finding, *, at: datetime, count_again: bool) -> Alert:
    worse = finding.severity if finding.severity.is_worse_than(alert.severity) else alert.severity
    if not count_again and worse is alert.severity and alert.last_at >= finding.last_at:
        return alert
    changed = add_to_alert(
        w,
        alert_id=alert.id,
        more=1 if count_again else 0,
        first_at=finding.first_at,
        last_at=finding.last_at,
        severity=worse,
        # The stored value belongs to the stored severity: a milder one does not replace it.
        measured=finding.measured if finding.severity is worse else None,
        evidence_ids=finding.evidence_ids,
        catalogue=finding.catalogue,
        worth_telling=count_again or worse is not alert.severity,
        at=at,
    )
    if changed is None:
        raise RuntimeError("a locked alert disappeared")
    if worse is not alert.severity and changed.state is AlertState.confirmed:
        # Its deadline stays: it depends on the code, and never becomes later.
        raise_severity(w, alert_id=changed.id, severity=worse, by=SYSTEM.name, at=at)
    return changed


def _new_alert(finding: Finding, *, at: datetime) -> Alert:
    return Alert.waiting(
        finding,
        code=finding.code,
        severity=finding.severity,
        origin=finding.origin,
        opened_at=at,
        first_at=finding.first_at,
        last_at=finding.last_at,
        score=finding.score,
        measured=finding.measured,
        evidence_ids=finding.evidence_ids,
        catalogue=finding.catalogue,
    )


def group_new_violations(w: Write, *, at: datetime, limit: int = 100) -> int:
    """Group violations that have no alert yet; return how many.

    A violation raises no alert outside the watched hours of its code at its camera, below the least score, or in the
    ignored area.
    """
    fresh = violations.ungrouped(w, limit=limit)
    spots = [Spot.of(violation) for violation in fresh]
    overrides = catalogue.overrides_at(w, spots, at=at, codes=sorted({violation.code for violation in fresh}))
    for violation in fresh:
        if not _is_heard(violation, overrides):
            violations.leave_unheard(w, violation_id=violation.id)
            continue
        alert = group(w, of_violation(violation), at=at)
        violations.group_violation(w, violation_id=violation.id, alert_id=alert.id)
    return len(fresh)


def _is_heard(violation: Violation, overrides: Overrides) -> bool:
    entry = entry_of(violation.code)
    if entry is None or not overrides:
        return True
    found_at = violation.received_at
    effective = resolve(entry, spot=Spot.of(violation), overrides=overrides, at=found_at)
    return effective.is_heard(violation.score, at=found_at, span=span_of(violation.boxes))
