"""Storage of violations."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from models.catalogue.terms import Review, ViolationState
from models.domain.violations import Violation
from models.store.connect import Read, Write
from models.store.filters import EVERYTHING, Filter


def judged_at_the_edge(w: Write, *, violation_id: UUID, node_id: str, session: int | None) -> None:
    """Store that a node ends a violation; `session` is the node's birth that opened it, None = the present one."""
    params = {"violation_id": violation_id, "node_id": node_id, "session": session}
    w.run("violations", "judged_at_the_edge", params)


def forget_edge_violations(w: Write, *, before: datetime) -> int:
    """Forget which nodes end violations that ended before a moment."""
    return w.run("violations", "forget_edge_violations", {"before": before})


def violation(r: Read, violation_id: UUID) -> Violation | None:
    """One violation."""
    return r.one(Violation, "violations", "violation", {"id": violation_id})


def violations(
    r: Read,
    *,
    before: UUID | None = None,
    limit: int,
    state: ViolationState | None = None,
    review: Review | None = None,
    alert_id: UUID | None = None,
    device_id: str | None = None,
    chosen: Filter = EVERYTHING,
) -> list[Violation]:
    """A page of violations, newest first."""
    params = {"before": before, "limit": limit, "state": state, "review": review, **chosen.params()}
    params |= {"alert_id": alert_id, "device_id": device_id}
    return r.all(Violation, "violations", "violations", params, prepare=chosen.prepared)


def active_violations(r: Read, *, after: UUID | None, limit: int) -> list[Violation]:
    """Return a page of the active violations, oldest first."""
    return r.all(Violation, "violations", "active_violations", {"after": after, "limit": limit})


def ungrouped(w: Write, *, limit: int) -> list[Violation]:
    """Return violations without an alert; the rows are locked, those of another worker skipped."""
    return w.all(Violation, "violations", "ungrouped", {"limit": limit})


def group_violation(w: Write, *, violation_id: UUID, alert_id: UUID) -> None:
    """Assign a violation to an alert."""
    w.run("violations", "group_violation", {"id": violation_id, "alert_id": alert_id})


def leave_unheard(w: Write, *, violation_id: UUID) -> None:
    """Note that a violation raises no alert, because an override of its code says so."""
    w.run("violations", "leave_unheard", {"id": violation_id})


def violation_total(r: Read) -> int:
    """Return the number of violations."""
    return int(r.value("violations", "violation_total"))


def watched_at_sites(r: Read, sites: Collection[str]) -> list[Violation]:
    """Return the active violations of several sites that the platform's own judge watches, not a node."""
    return r.all(Violation, "violations", "watched_at_sites", {"sites": sorted(sites)})
