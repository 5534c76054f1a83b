"""The page of online patrols (线上巡查): a kitchen's cameras, a checklist, kept pictures, and the last patrols."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.duties.patrols import CHECKLIST, own_task
from alerts.duties.visit_rules import Head, checklist
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import moment
from api.console.wall.page import CameraTile, camera_tile
from api.wall import MOST, load_tiles
from models.catalogue.duty_terms import RowResult
from models.catalogue.terms import label
from models.domain.patrols import Patrol
from models.store import Read, patrols, registry

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
class PatrolPage:
    """The whole page; `site_id` is the kitchen in the address, empty for the list.

    `task` is the visit of the enterprise's cadre, if the visitor is that one: the patrol then belongs there.
    """

    site_id: str
    site: str
    entity: str
    task: str
    tiles: tuple[CameraTile, ...]
    heads: tuple[Head, ...]
    results: tuple[Choice, ...]
    lines: tuple[PatrolLine, ...]


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
