"""The page of online patrols (线上巡查): a kitchen's cameras, a checklist, kept pictures; past patrols and plans."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.duties.patrols import CHECKLIST, own_task
from alerts.duties.visit_rules import Head, checklist
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import moment, short
from api.console.wall.page import CameraTile, camera_tile
from api.wall import MOST, load_tiles
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import BusinessKind, PatrolDueState, PatrolPeriod
from models.catalogue.terms import label
from models.domain.patrols import Patrol, PatrolPlan, PatrolProgress
from models.store import Read, patrol_plans, patrols, registry

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolLine:
    """One patrol that was submitted."""

    id: UUID
    where: str
    when: str
    who: str
    shots: tuple[str, ...]
    problems: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A plan, and how far its period is; `path` is empty if it has ended."""

    name: str
    wanted: str
    progress: str
    complete: bool
    missed: int
    made: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A kitchen that waits for a patrol."""

    site_id: str
    where: str
    until: str
    last_day: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolPage:
    """The whole page; `site_id` is the kitchen in the address, empty for the list, which alone has plans.

    `region` is what the visitor may plan for; None: nothing, as for an office of some enterprises. `task` is the visit
    of the enterprise's cadre, if the visitor is that one: the patrol then belongs there.
    """

    site_id: str
    site: str
    entity: str
    task: str
    tiles: tuple[CameraTile, ...]
    heads: tuple[Head, ...]
    results: tuple[Choice, ...]
    lines: tuple[PatrolLine, ...]
    plans: tuple[PlanLine, ...]
    waiting: tuple[DueLine, ...]
    region: str | None
    periods: tuple[Choice, ...]
    kinds: tuple[Choice, ...]


def load_patrol(r: Read, visitor: Principal, site_id: str, *, now: datetime) -> PatrolPage | None:
    """Load the page of a kitchen, or with an empty id the list of all patrols; None if there is no such kitchen."""
    site = registry.site(r, site_id) if site_id else None
    if site_id and site is None:
        return None
    found = patrols.patrols(r, site_id=site_id or None, limit=SHOWN)
    names = registry.sites_of(r, {one.site_id for one in found})
    task = None if site is None else own_task(r, site.entity_id, by=visitor.actor, at=now)
    entity = None if site is None else registry.entity(r, site.entity_id)
    tiles = [] if site is None else load_tiles(r, region="", entity_id=site.entity_id, scene="", after="", limit=MOST)
    return PatrolPage(
        site_id=site_id,
        site="" if site is None else site.name,
        entity="" if entity is None else entity.name,
        task="" if task is None else str(task.id),
        tiles=tuple(camera_tile(tile, now=now) for tile in tiles if tile.camera.site_id == site_id),
        heads=checklist(CHECKLIST),
        results=tuple(Choice(value=one, text=label(one)) for one in RowResult),
        lines=tuple(_line(one, names[one.site_id].name if one.site_id in names else one.site_id) for one in found),
        plans=() if site_id else _plans(r, now=now),
        waiting=() if site_id else _waiting(r, now=now),
        region=None if site_id or visitor.group is not None else visitor.region or "",
        periods=tuple(Choice(value=one, text=label(one)) for one in PatrolPeriod),
        kinds=tuple(Choice(value=one, text=label(one)) for one in BusinessKind),
    )


def _plans(r: Read, *, now: datetime) -> tuple[PlanLine, ...]:
    found = patrol_plans.plans(r, limit=SHOWN)
    far = patrol_plans.progress(r, [one.id for one in found], day=now.astimezone(SHANGHAI).date())
    return tuple(_plan(one, far.get(one.id)) for one in found)


def _plan(one: PatrolPlan, far: PatrolProgress | None) -> PlanLine:
    kinds = "、".join(label(kind) for kind in one.business_kinds) or "全部业态"
    return PlanLine(
        name=one.name,
        wanted=f"{label(one.period)} {one.number} 个厨房 · {kinds}{f' · {one.region_code}' if one.region_code else ''}",
        progress="" if far is None else f"{far.begins:%m-%d} 至 {far.due_on:%m-%d} 已巡 {far.done}/{far.due}",
        complete=far is not None and far.done == far.due,
        missed=0 if far is None else far.missed,
        made=f"{one.made_by} · {short(one.made_at)}"
        + ("" if one.ended_at is None else f"，{one.ended_by} 于 {short(one.ended_at)} 结束"),
        path="" if one.ended_at is not None else f"/v1/patrol-plans/{one.id}/end",
    )


def _waiting(r: Read, *, now: datetime) -> tuple[DueLine, ...]:
    day = now.astimezone(SHANGHAI).date()
    found = patrol_plans.dues(r, plan_id=None, state=PatrolDueState.waiting, day=day, limit=SHOWN)
    sites = registry.sites_of(r, {one.site_id for one in found})
    owners = registry.entities_of(r, {one.entity_id for one in found})
    return tuple(
        DueLine(
            site_id=one.site_id,
            where=" · ".join(
                part.name for part in (owners.get(one.entity_id), sites.get(one.site_id)) if part is not None
            ),
            until=f"{one.due_on:%m-%d}",
            last_day=one.due_on == day,
        )
        for one in sorted(found, key=lambda due: (due.due_on, due.id))
    )


def _line(one: Patrol, where: str) -> PatrolLine:
    return PatrolLine(
        id=one.id,
        where=where,
        when=moment(one.submitted_at),
        who=one.name,
        shots=tuple(shot.evidence_id for shot in one.shots),
        problems=tuple(f"{hazard.text}{f'（{hazard.note}）' if hazard.note else ''}" for hazard in one.hazards),
        signature=one.signature,
    )
