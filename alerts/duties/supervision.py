"""Supervision tasks: plan what is due, mark what is late, take steps: load → decide → store → announce."""

from datetime import datetime, timedelta
from uuid import UUID

from alerts.deadlines.calendar import add_working, working_day
from alerts.duties.periods import Period, is_worth_a_visit, period_of, preset_of, settings
from alerts.duties.supervision_steps import OWN, decide_supervision, overdue
from alerts.hazards.deadlines import calendar_at
from models.base.errors import Invalid, NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.supervision_terms import SupervisionCommand, SupervisionReason, SupervisionState
from models.catalogue.terms import Role
from models.changes.supervision import create_task, mark_overdue, move_task
from models.domain.access import SYSTEM, Actor
from models.domain.guarantees import Guarantee
from models.domain.place import Owner, owner_of
from models.domain.supervision import SupervisionTask
from models.store import cadres, supervision
from models.store.connect import Read, Write

BATCH = 200
"""Number of enterprises, hazards or tasks that one transaction looks at."""
_HAZARD_MEMORY = timedelta(days=14)


def plan(w: Write, *, at: datetime, limit: int = BATCH) -> int:
    """Plan visits of enterprises whose next period has begun, and after critical hazards; return how many were seen.

    A second run plans nothing twice: the database keeps one task per enterprise, reason and period.
    """
    due = supervision.due_entities(w, at=at, limit=limit)
    made = [task for entity in due if (task := _periodic(w, entity, at=at)) is not None]
    hazards = supervision.critical_hazards(w, since=at - _HAZARD_MEMORY, limit=limit)
    for hazard in hazards:
        due_at = in_working_days(w, hazard, int(settings()["hazard_working_days"]), at=hazard.dispatched_at)
        new = _new(hazard, SupervisionReason.hazard, str(hazard.id), tier=hazard.guarantee_tier, due_at=due_at, at=at)
        added = create_task(w, new, since=None, by=SYSTEM.name, at=at)
        made += [] if added is None else [added]
    _push(w, made, at=at)
    return len(due) + len(hazards)


def mark_late(w: Write, *, at: datetime, limit: int = BATCH) -> int:
    """Mark open tasks whose deadline has passed; return how many."""
    late = supervision.late(w, at=at, limit=limit)
    for task in late:
        mark_overdue(w, overdue(task, at=at), by=SYSTEM.name, at=at)
    return len(late)


def act(
    w: Write,
    task_id: UUID,
    command: SupervisionCommand,
    *,
    version: int,
    by: Actor,
    at: datetime,
    text: str = "",
    cadre_id: UUID | None = None,
) -> SupervisionTask:
    """Take one step and return the task after it.

    Raises:
        NotFound: no such task or cadre that the caller may see.
        StaleVersion: the task has changed since `version` was read.
        InvalidTransition, NotAllowed, Invalid: see `supervision_steps.decide_supervision`.
    """
    task = locked(w, task_id, version=version)
    if cadre_id is not None:
        cadre = cadres.cadre(w, cadre_id)
        if cadre is None:
            raise NotFound(f"no cadre {cadre_id}")
        if cadre.ended_at is not None:
            raise Invalid(f"cadre: {cadre.name} is not in office")
    due_at = None
    if command is SupervisionCommand.return_:
        due_at = in_working_days(w, task, int(settings()["return_working_days"]), at=at)
    own = command in OWN and acts_for(w, task, by=by, at=at)
    decided = decide_supervision(task, command, by=by, at=at, own=own, text=text, cadre_id=cadre_id, due_at=due_at)
    return move_task(w, task, decided, command, by=by.name, at=at)


def locked(w: Write, task_id: UUID, *, version: int) -> SupervisionTask:
    """Return a task, locked.

    Raises:
        NotFound: no such task that the caller may see.
        StaleVersion: the task has changed since `version` was read.
    """
    task = supervision.task_for_update(w, task_id)
    if task is None:
        raise NotFound(f"no supervision task {task_id}")
    if task.version != version:
        raise StaleVersion(f"the task has version {task.version}; your step is for version {version}")
    return task


def acts_for(r: Read, task: SupervisionTask, *, by: Actor, at: datetime) -> bool:
    """Return whether somebody acts as the cadre of a task: as themselves, or by delegation."""
    return task.cadre_id is not None and task.cadre_id in parts_of(r, by=by, at=at)


def parts_of(r: Read, *, by: Actor, at: datetime) -> frozenset[UUID]:
    """Return the cadres as whom somebody acts: the one of their log-in, and those who delegated to that one."""
    own = cadres.cadre_of_login(r, by.name)
    if own is None:
        return frozenset()
    return frozenset({own.id, *(given.cadre_id for given in cadres.delegations_to(r, own.id, at=at))})


def exempt_all(w: Write, entity_id: UUID, *, reason: str, by: Actor, at: datetime) -> None:
    """Take the open tasks of an enterprise out of what is due; a submitted one stays."""
    for task in supervision.open_of_entity(w, entity_id):
        if task.state is not SupervisionState.submitted:
            decided = decide_supervision(task, SupervisionCommand.exempt, by=by, at=at, own=False, text=reason)
            move_task(w, task, decided, SupervisionCommand.exempt, by=by.name, at=at)


def follow_primary(w: Write, entity_id: UUID, *, reason: str, by: Actor, at: datetime) -> None:
    """Give the open tasks of an enterprise to its new primary cadre; a submitted one stays."""
    waiting = [one for one in supervision.open_of_entity(w, entity_id) if one.state is not SupervisionState.submitted]
    holder = _holders(w, [entity_id], at=at).get(entity_id)
    if holder is None:
        return
    for task in waiting:
        command = SupervisionCommand.push if task.cadre_id is None else SupervisionCommand.reassign
        text = reason.strip() or "更换主包保干部"
        decided = decide_supervision(task, command, by=by, at=at, own=False, text=text, cadre_id=holder)
        move_task(w, task, decided, command, by=by.name, at=at)


def choose_preset(
    w: Write, preset: str, *, tenant_id: str, jurisdiction: str, within: str, by: Actor, at: datetime
) -> None:
    """Choose how often a region's enterprises are visited, from the next period of each on.

    Raises:
        NotAllowed: the role may not, or the region lies outside the caller's (`within`).
        Invalid: there is no such preset.
    """
    if by.role not in {Role.regulator, Role.admin} or not jurisdiction.startswith(within):
        raise NotAllowed(f"jurisdiction {jurisdiction!r}: expected a region within {within or 'the tenant'}")
    preset_of(preset)
    supervision.add_preset(w, tenant_id=tenant_id, jurisdiction=jurisdiction, preset=preset, by=by.name, at=at)


def preset_at(r: Read, *, tenant_id: str, region_code: str) -> str:
    """Return the preset of a region."""
    return supervision.preset(r, tenant_id=tenant_id, region_code=region_code) or str(settings()["default"])


def in_working_days(r: Read, owner: Owner, days: int, *, at: datetime) -> datetime:
    """Return the moment at which so many working days have passed in a region."""
    calendar = calendar_at(r, tenant_id=owner.tenant_id, region_code=owner.region_code, at=at)
    return add_working(at, days * working_day(calendar), calendar)


def _periodic(w: Write, entity: Guarantee, *, at: datetime) -> SupervisionTask | None:
    preset = preset_at(w, tenant_id=entity.tenant_id, region_code=entity.region_code)
    period: Period = period_of(at, preset=preset, tier=str(entity.guarantee_tier))
    supervision.look_again_at(w, entity_id=entity.id, at=period.end)
    if not is_worth_a_visit(period, at=at):
        return None
    new = _new(
        entity.owner,
        SupervisionReason.periodic,
        period.key,
        tier=entity.guarantee_tier,
        due_at=period.end,
        at=at,
    )
    return create_task(w, new, since=period.start, by=SYSTEM.name, at=at)


def _new(
    owner: Owner, reason: SupervisionReason, period: str, *, tier: str | None, due_at: datetime, at: datetime
) -> SupervisionTask:
    return SupervisionTask(
        id=uuid7(),
        **owner_of(owner),
        reason=reason,
        period=period,
        tier=tier,
        cadre_id=None,
        state=SupervisionState.generated,
        due_at=due_at,
        generated_at=at,
    )


def _push(w: Write, made: list[SupervisionTask], *, at: datetime) -> None:
    holders = _holders(w, [task.entity_id for task in made], at=at)
    for task in made:
        holder = holders.get(task.entity_id)
        if holder is not None:
            decided = decide_supervision(task, SupervisionCommand.push, by=SYSTEM, at=at, own=False, cadre_id=holder)
            move_task(w, task, decided, SupervisionCommand.push, by=SYSTEM.name, at=at)


def _holders(r: Read, entity_ids: list[UUID], *, at: datetime) -> dict[UUID, UUID]:
    """Return who visits several enterprises: the delegate of the primary cadre, or the primary cadre in office."""
    primary = {entity: one.cadre_id for entity, one in cadres.primary_of(r, entity_ids).items()}
    known = cadres.cadres_of(r, set(primary.values()))
    given = cadres.delegations_of(r, set(primary.values()), at=at)
    return {
        entity: given[cadre].delegate_id if cadre in given else cadre
        for entity, cadre in primary.items()
        if cadre in known and known[cadre].ended_at is None
    }
