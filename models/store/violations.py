"""Storage of violations."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.terms import Review
from models.domain.violations import Violation
from models.store.connect import Read, Write


def add_violation(w: Write, violation: Violation) -> None:
    """A violation opens."""
    params = asdict(violation)
    for name in ("boxes", "model", "rule"):
        params[name] = Jsonb(params[name])
    params["catalogue"] = None if violation.catalogue is None else Jsonb(violation.catalogue)
    params["evidence_ids"] = list(violation.evidence_ids)
    w.run("violations", "add_violation", params)


def end_violation(w: Write, *, violation_id: UUID, at: datetime) -> Violation | None:
    """A violation is over; None if it was over already."""
    return w.one(Violation, "violations", "end_violation", {"id": violation_id, "at": at})


def end_left_open(w: Write, *, tenant_id: str | None, at: datetime) -> list[Violation]:
    """End the violations that a stopped judge left active."""
    return w.all(Violation, "violations", "end_left_open", {"tenant_id": tenant_id, "at": at})


def judged_at_the_edge(w: Write, *, violation_id: UUID, node_id: str, session: int | None) -> None:
    """A violation is its node's to end; `session` is the node's birth that opened it, None = the present one."""
    params = {"violation_id": violation_id, "node_id": node_id, "session": session}
    w.run("violations", "judged_at_the_edge", params)


def end_at_the_edge(w: Write, *, violation_id: UUID, device_id: str, at: datetime) -> Violation | None:
    """The node of a device ends what it opened there; None if that is nothing new, or not its to end.

    An end that comes after the platform has ended it by itself sets the time right.
    """
    params = {"id": violation_id, "device_id": device_id, "at": at}
    return w.one(Violation, "violations", "end_at_the_edge", params)


def forget_edge_violations(w: Write, *, before: datetime) -> int:
    """Let go of what nodes may end of violations that ended before a moment."""
    return w.run("violations", "forget_edge_violations", {"before": before})


def end_of_earlier_births(w: Write, *, node_id: str, session: int, at: datetime) -> list[Violation]:
    """End what a node opened before its birth `session`: it remembers nothing of it."""
    params = {"node_id": node_id, "session": session, "at": at}
    return w.all(Violation, "violations", "end_of_earlier_births", params)


def violation(r: Read, violation_id: UUID) -> Violation | None:
    """One violation."""
    return r.one(Violation, "violations", "violation", {"id": violation_id})


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
        "violations",
        "violations",
        {"before": before, "limit": limit, "code": code, "alert_id": alert_id, "device_id": device_id},
    )


def active_violations(r: Read, *, after: UUID | None, limit: int) -> list[Violation]:
    """A page of the violations that go on, oldest first."""
    return r.all(Violation, "violations", "active_violations", {"after": after, "limit": limit})


def ungrouped(w: Write, *, limit: int) -> list[Violation]:
    """Violations that no alert has taken up; locked, those of another worker left out."""
    return w.all(Violation, "violations", "ungrouped", {"limit": limit})


def group_violation(w: Write, *, violation_id: UUID, alert_id: UUID) -> None:
    """A violation belongs to an alert."""
    w.run("violations", "group_violation", {"id": violation_id, "alert_id": alert_id})


def review_violations(w: Write, *, alert_id: UUID, review: Review) -> list[Violation]:
    """The verdict on an alert is the verdict on its violations; gives those it changed."""
    return w.all(Violation, "violations", "review_violations", {"alert_id": alert_id, "review": review})


def violation_total(r: Read) -> int:
    """How many violations there are."""
    return int(r.value("violations", "violation_total"))
