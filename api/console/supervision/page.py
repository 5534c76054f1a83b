"""The page of supervision (督导): the cadre's open visits, all newest ones, and one visit with its form."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.duties.supervision import acts_for, parts_of
from alerts.duties.supervision_steps import OWN, commands_of
from alerts.duties.visit_rules import CHECKLIST, Head, checklist
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import moment
from api.console.wall.page import CameraTile, camera_tile
from api.wall import MOST, load_tiles
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import SupervisionCommand, SupervisionState, VisitMode
from models.catalogue.terms import label
from models.domain.supervision import SupervisionTask, Visit
from models.store import Read, cadres, registry, supervision, visits

MINE_SHOWN, ALL_SHOWN, SITES_SHOWN, CADRES_SHOWN = 100, 50, 50, 200
_VISITABLE = frozenset(
    {SupervisionState.pushed, SupervisionState.accepted, SupervisionState.in_progress, SupervisionState.returned}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One task of a list."""

    id: UUID
    entity: str
    tier: str
    reason: str
    period: str
    cadre: str
    state: str
    done: bool
    due: str
    overdue: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that the visitor may take, besides those of the visit itself."""

    value: str
    name: str
    needs_words: bool
    needs_cadre: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A visit that was submitted."""

    summary: str
    faults: tuple[str, ...]
    problems: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The opened task; `visitable` while the visitor may record a visit."""

    line: Line
    version: int
    state: str
    visitable: bool
    name: str
    sites: tuple[Choice, ...]
    tiles: tuple[CameraTile, ...]
    steps: tuple[Step, ...]
    past: tuple[Past, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionPage:
    """The whole page; `opened` is the task in the address, `who` the visitor, whose drafts the phone keeps."""

    who: str
    is_cadre: bool
    opened: Opened | None
    mine: tuple[Line, ...]
    newest: tuple[Line, ...]
    heads: tuple[Head, ...]
    results: tuple[Choice, ...]
    modes: tuple[Choice, ...]
    cadres: tuple[Choice, ...]


def load_supervision(r: Read, visitor: Principal, task_id: UUID | None, *, now: datetime) -> SupervisionPage:
    """Load the page; with a `task_id` its form too."""
    parts = parts_of(r, by=visitor.actor, at=now)
    opened = None if task_id is None else supervision.task(r, task_id)
    mine = supervision.open_of_cadres(r, parts, limit=MINE_SHOWN) if parts and opened is None else []
    newest = supervision.tasks(r, before=None, limit=ALL_SHOWN) if opened is None else []
    return SupervisionPage(
        who=visitor.name,
        is_cadre=bool(parts),
        opened=None if opened is None else _opened(r, opened, visitor, now=now),
        mine=_lines(r, mine),
        newest=_lines(r, newest),
        heads=checklist(CHECKLIST),
        results=tuple(Choice(value=one, text=label(one)) for one in RowResult),
        modes=tuple(Choice(value=one, text=label(one)) for one in VisitMode),
        cadres=tuple(
            Choice(value=str(one.id), text=f"{one.name}（{one.post}）")
            for one in (cadres.cadres(r, after=None, limit=CADRES_SHOWN) if opened is not None else [])
        ),
    )


def _lines(r: Read, tasks: list[SupervisionTask]) -> tuple[Line, ...]:
    entities = registry.entities_of(r, {task.entity_id for task in tasks})
    known = cadres.cadres_of(r, {task.cadre_id for task in tasks if task.cadre_id is not None})
    return tuple(
        Line(
            id=task.id,
            entity=entities[task.entity_id].name if task.entity_id in entities else "",
            tier=task.tier or "",
            reason=label(task.reason),
            period=task.period if task.reason == "periodic" else "",
            cadre="" if task.cadre_id is None or task.cadre_id not in known else known[task.cadre_id].name,
            state=label(task.state),
            done=task.closed_at is not None,
            due=moment(task.due_at),
            overdue=task.overdue_at is not None,
            note=task.note,
        )
        for task in tasks
    )


def _opened(r: Read, task: SupervisionTask, visitor: Principal, *, now: datetime) -> Opened:
    own = acts_for(r, task, by=visitor.actor, at=now)
    (line,) = _lines(r, [task])
    acting = cadres.cadre_of_login(r, visitor.name)
    visitable = own and task.state in _VISITABLE
    cameras_there = (
        load_tiles(r, region="", entity_id=task.entity_id, scene="", after="", limit=MOST) if visitable else []
    )
    return Opened(
        line=line,
        version=task.version,
        state=task.state,
        visitable=visitable,
        name="" if acting is None else acting.name,
        sites=tuple(
            Choice(value=site.id, text=site.name)
            for site in registry.sites_of_entity(r, task.entity_id, limit=SITES_SHOWN)
        ),
        tiles=tuple(camera_tile(tile, now=now) for tile in cameras_there),
        steps=tuple(
            Step(
                value=command,
                name=label(command),
                needs_words=command is not SupervisionCommand.archive,
                needs_cadre=command is SupervisionCommand.reassign,
            )
            for command in commands_of(task, by=visitor.actor, own=own)
            if command not in OWN
        ),
        past=tuple(_past(one) for one in visits.visits(r, task_id=task.id)),
    )


def _past(visit: Visit) -> Past:
    far = "" if visit.distance_m is None else f"，距场所 {visit.distance_m:.0f} 米"
    minutes = int((visit.ended_at - visit.started_at).total_seconds()) // 60
    return Past(
        summary=f"{moment(visit.started_at)} {label(visit.mode)} {minutes} 分钟{far}，{len(visit.photo_ids)} 张照片，"
        f"{visit.cadre_name}、{visit.entity_name}签名",
        faults=tuple(label(fault) for fault in visit.faults),
        problems=tuple(f"{hazard.text}{f'（{hazard.note}）' if hazard.note else ''}" for hazard in visit.hazards),
        signature=visit.signature,
    )
