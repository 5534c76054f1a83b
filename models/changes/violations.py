"""Changes of violations: one call stores and announces each."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.terms import Review
from models.changes.announcing import announce_violations
from models.domain.violations import Violation
from models.events.types import EventType
from models.store import alerts, violations
from models.store.connect import Write


def open_violation(w: Write, violation: Violation, *, at: datetime) -> None:
    """Store a new violation."""
    params = asdict(violation)
    for name in ("boxes", "model", "rule"):
        params[name] = Jsonb(params[name])
    params["catalogue"] = None if violation.catalogue is None else Jsonb(violation.catalogue)
    params["evidence_ids"] = list(violation.evidence_ids)
    w.run("violations", "add_violation", params)
    announce_violations(w, EventType.violation_opened, [violation], at=at)


def end_violation(w: Write, violation_id: UUID, *, ended_at: datetime, at: datetime) -> Violation | None:
    """End a violation that was last seen at `ended_at`; return None if it has ended already."""
    ended = w.one(Violation, "violations", "end_violation", {"id": violation_id, "at": ended_at})
    return None if ended is None else _ended(w, [ended], at=at)[0]


def end_by_node(w: Write, violation_id: UUID, *, device_id: str, ended_at: datetime, at: datetime) -> Violation | None:
    """End a violation that the device's node opened; return None if that changes nothing or the node may not end it.

    An end that arrives after the platform itself ended the violation corrects the time.
    """
    params = {"id": violation_id, "device_id": device_id, "at": ended_at}
    ended = w.one(Violation, "violations", "end_at_the_edge", params)
    return None if ended is None else _ended(w, [ended], at=at)[0]


def end_of_earlier_births(w: Write, *, node_id: str, session: int, at: datetime) -> list[Violation]:
    """End the violations that a node opened before its birth `session`, because the node has forgotten them."""
    params = {"node_id": node_id, "session": session, "at": at}
    return _ended(w, w.all(Violation, "violations", "end_of_earlier_births", params), at=at)


def review_violations(w: Write, *, alert_id: UUID, review: Review, at: datetime) -> list[Violation]:
    """Apply an alert's verdict to its violations; return the changed ones."""
    changed = w.all(Violation, "violations", "review_violations", {"alert_id": alert_id, "review": review})
    announce_violations(w, EventType.violation_updated, changed, at=at)
    return changed


def attach_evidence(w: Write, violation_id: UUID, evidence_id: UUID, *, at: datetime) -> Violation | None:
    """Add a piece of evidence to a violation; return None if the violation has it already or is unknown.

    This locks the alert before the violation, in the same order as a verdict, so that the two can't deadlock.
    """
    while (seen := violations.violation(w, violation_id)) is not None and evidence_id not in seen.evidence_ids:
        if seen.alert_id is not None:
            alerts.alert_for_update(w, seen.alert_id)
        params = {"violation_id": violation_id, "evidence_id": evidence_id, "alert_id": seen.alert_id}
        attached = w.one(Violation, "violations", "attach_to_violation", params)
        if attached is not None:
            announce_violations(w, EventType.violation_updated, [attached], at=at)
            return attached
        # Another transaction added the violation to an alert in between: read again, and lock the alert first.
    return None


def _ended(w: Write, ended: list[Violation], *, at: datetime) -> list[Violation]:
    announce_violations(w, EventType.violation_closed, ended, at=at)
    return ended
