"""Plans of online patrols (线上巡查计划): draw kitchens for every period, end a plan: load → decide → store.

Nobody chooses whom it falls on: drawn are the kitchens whose last patrol is longest ago. A patrol of the kitchen within
the period settles it, whoever makes it; what nobody patrols in time stays missed.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.duties.guarantees import check_supervisor
from alerts.duties.periods import months_around
from models.base.clock import SHANGHAI
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from models.base.ids import uuid7
from models.catalogue.supervision_terms import BusinessKind, PatrolPeriod
from models.domain.access import Actor
from models.domain.patrols import PatrolDue, PatrolPlan
from models.domain.place import owner_of
from models.store import patrol_plans
from models.store.connect import Write

MOST_RUNNING = 50
"""Plans of one region that run at a time."""
MOST_DRAWN = 200
LONGEST_NAME = 60
BATCH = 20
"""Plans that one transaction looks at."""
LEAST_LEFT = 3
"""One part in so many of a period has to be left for kitchens to be drawn in it."""


def span_of(period: PatrolPeriod, day: date) -> tuple[date, date]:
    """Return the first and the last day of the period that a day lies in; weeks begin on Monday."""
    if period is PatrolPeriod.week:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    first, after = months_around(day, 1 if period is PatrolPeriod.month else 3)
    return first, after - timedelta(days=1)


def make_plan(
    w: Write,
    *,
    tenant_id: str,
    region_code: str,
    within: str,
    name: str,
    period: PatrolPeriod,
    number: int,
    business_kinds: Sequence[BusinessKind],
    by: Actor,
    at: datetime,
) -> PatrolPlan:
    """Make a plan for a region within the caller's (`within`; empty: the whole tenant), and draw its first kitchens.

    Raises:
        NotAllowed: the role may not, or the region lies outside the caller's.
        Invalid: the name is empty or too long, or the number is out of range.
        Conflict: very many plans of the region run already.
    """
    check_supervisor(by)
    if not region_code.startswith(within):
        raise NotAllowed(f"region_code {region_code!r}: expected a region within {within or 'the tenant'}")
    called = name.strip()
    if not 1 <= len(called) <= LONGEST_NAME:
        raise Invalid(f"name: expected 1 to {LONGEST_NAME} characters")
    if not 1 <= number <= MOST_DRAWN:
        raise Invalid(f"number {number}: expected 1 to {MOST_DRAWN}")
    if patrol_plans.plans_running(w, tenant_id=tenant_id, region_code=region_code) >= MOST_RUNNING:
        raise Conflict(f"{MOST_RUNNING} plans of this region run already; end one first")
    day = at.astimezone(SHANGHAI).date()
    new = PatrolPlan(
        id=uuid7(),
        tenant_id=tenant_id,
        region_code=region_code,
        name=called,
        period=period,
        number=number,
        business_kinds=tuple(sorted(set(business_kinds))),
        made_by=by.name,
        made_at=at,
        drawn_on=day,
    )
    patrol_plans.add_plan(w, new)
    _draw(w, new, day=day, at=at)
    return new


def end_plan(w: Write, plan_id: UUID, *, by: Actor, at: datetime) -> PatrolPlan:
    """End a plan. What waits of it counts no more; what was missed before stays missed.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such plan that the caller may see.
        InvalidTransition: it ended before.
    """
    check_supervisor(by)
    if patrol_plans.plan(w, plan_id) is None:
        raise NotFound(f"no patrol plan {plan_id}")
    ended = patrol_plans.end_plan(w, plan_id, by=by.name, at=at)
    if ended is None:
        raise InvalidTransition("计划已结束 the plan has ended before")
    return ended


def draw_due(w: Write, *, at: datetime, limit: int = BATCH) -> int:
    """Look at each running plan once a day and draw what its period lacks; return how many plans were looked at.

    A second run draws nothing twice: the database keeps a kitchen once for each plan and period.
    """
    day = at.astimezone(SHANGHAI).date()
    found = patrol_plans.plans_to_draw(w, day=day, limit=limit)
    for plan in found:
        _draw(w, plan, day=day, at=at)
        patrol_plans.note_drawn(w, plan.id, day=day)
    return len(found)


def _draw(w: Write, plan: PatrolPlan, *, day: date, at: datetime) -> None:
    """Drop what can't be patrolled any more, and draw as many kitchens as the period lacks."""
    begins, due_on = span_of(plan.period, day)
    patrol_plans.drop_gone(w, plan.id, day=day, at=at)
    if (due_on - day).days + 1 < ((due_on - begins).days + 1) / LEAST_LEFT:
        return  # the rest of the period is too short for the patrols
    lacking = plan.number - patrol_plans.drawn(w, plan.id, begins=begins)
    for one in patrol_plans.patrollable(w, plan, begins=begins, limit=max(0, lacking)):
        due = PatrolDue(id=uuid7(), **owner_of(one), plan_id=plan.id, site_id=one.site_id, begins=begins, due_on=due_on)
        patrol_plans.add_due(w, due)
