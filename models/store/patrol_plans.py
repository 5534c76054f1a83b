"""Storage of plans of online patrols (线上巡查计划) and the kitchens that were drawn for them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from models.catalogue.supervision_terms import PatrolDueState
from models.domain.patrols import Patrol, PatrolDue, Patrollable, PatrolPlan, PatrolProgress
from models.store.connect import Read, Write


def add_plan(w: Write, new: PatrolPlan) -> None:
    """Store a plan."""
    w.run("patrol_plans", "add_plan", asdict(new) | {"business_kinds": list(new.business_kinds)})


def plans(r: Read, *, limit: int) -> list[PatrolPlan]:
    """Return plans, running ones first, then the newest."""
    return r.all(PatrolPlan, "patrol_plans", "plans", {"limit": limit})


def plan(r: Read, plan_id: UUID) -> PatrolPlan | None:
    """Return one plan."""
    return r.one(PatrolPlan, "patrol_plans", "plan", {"id": plan_id})


def plans_running(r: Read, *, tenant_id: str, region_code: str) -> int:
    """Return how many plans of a region itself have not ended."""
    return int(r.value("patrol_plans", "plans_running", {"tenant_id": tenant_id, "region_code": region_code}))


def end_plan(w: Write, plan_id: UUID, *, by: str, at: datetime) -> PatrolPlan | None:
    """End a plan and drop what still waits of it on the day; None if it ended before."""
    ended = w.one(PatrolPlan, "patrol_plans", "end_plan", {"id": plan_id, "by": by, "at": at})
    if ended is not None:
        w.run("patrol_plans", "drop_waiting", {"plan_id": plan_id, "at": at})
    return ended


def plans_to_draw(w: Write, *, day: date, limit: int) -> list[PatrolPlan]:
    """Return running plans that were not looked at on a day, locked."""
    return w.all(PatrolPlan, "patrol_plans", "plans_to_draw", {"day": day, "limit": limit})


def note_drawn(w: Write, plan_id: UUID, *, day: date) -> None:
    """Note that a plan was looked at on a day."""
    w.run("patrol_plans", "note_drawn", {"id": plan_id, "day": day})


def drop_gone(w: Write, plan_id: UUID, *, day: date, at: datetime) -> int:
    """Drop kitchens that wait and can't be patrolled any more: closed or without a camera; return how many."""
    return w.run("patrol_plans", "drop_gone", {"plan_id": plan_id, "day": day, "at": at})


def drawn(r: Read, plan_id: UUID, *, begins: date) -> int:
    """Return how many kitchens of a period count."""
    return int(r.value("patrol_plans", "drawn", {"plan_id": plan_id, "begins": begins}))


def patrollable(r: Read, of: PatrolPlan, *, begins: date, limit: int) -> list[Patrollable]:
    """Return kitchens to draw: those whose last patrol is longest ago first, among equals in an order by the period."""
    params = asdict(of) | {"business_kinds": list(of.business_kinds), "begins": begins, "limit": limit}
    return r.all(Patrollable, "patrol_plans", "patrollable", params)


def add_due(w: Write, new: PatrolDue) -> None:
    """Store a kitchen that was drawn; nothing happens if it was drawn for the period before."""
    w.run("patrol_plans", "add_due", asdict(new))


def settle(w: Write, patrol: Patrol, *, day: date) -> int:
    """Note a patrol at what waits for one of its kitchen on that day; return how many."""
    params = {"site_id": patrol.site_id, "patrol_id": patrol.id, "at": patrol.submitted_at, "day": day}
    return w.run("patrol_plans", "settle", params)


def progress(r: Read, plan_ids: Sequence[UUID], *, day: date) -> dict[UUID, PatrolProgress]:
    """Return how far plans are; a plan for which nothing was drawn is not among them."""
    rows = r.all(PatrolProgress, "patrol_plans", "progress", {"ids": list(plan_ids), "day": day})
    return {row.plan_id: row for row in rows}


def dues(
    r: Read, *, plan_id: UUID | None, state: PatrolDueState | None, day: date, before: UUID | None = None, limit: int
) -> list[PatrolDue]:
    """Return kitchens that were drawn, the newest first."""
    params = {"plan_id": plan_id, "state": state, "day": day, "before": before, "limit": limit}
    return r.all(PatrolDue, "patrol_plans", "dues", params)
