"""The page of the rows behind a number of an index, each with a link to what it names."""

from dataclasses import dataclass
from uuid import UUID

from alerts.indices.drill import Behind, behind
from api.console.shell.words import moment
from models.catalogue.codes import VIOLATION_CODES, code_label
from models.catalogue.index_terms import IndexKind
from models.catalogue.terms import Post, label
from models.domain.indices import IndexRow, Snapshot
from models.store import Read, indices, registry

SHOWN = 500
_KINDS = {
    "task": "整改任务",
    "record": "日管控",
    "report": "周排查·月调度",
    "site": "没有记录",
    "camera": "摄像机",
    "post": "岗位",
    "person": "人员",
    "supervision": "督导",
    "training": "培训",
    "help": "应急、帮扶",
    "lead": "线索",
    "entity": "经营主体",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row; `link` is empty where there is nothing to open."""

    what: str
    entity: str
    at: str
    counted: str
    full: bool
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPage:
    """The whole page."""

    name: str
    period: str
    label: str
    stored: str
    now: str
    changed: bool
    lines: tuple[Line, ...]
    more: int
    back: str


def load_rows(r: Read, index_id: UUID, indicator: str, quarter: str) -> RowsPage | None:
    """Load the rows behind a number of an index; None if there is no such index that the visitor may see."""
    one = indices.snapshot(r, index_id)
    if one is None:
        return None
    found = behind(r, one, indicator, quarter=quarter)
    shown = found.rows[:SHOWN]
    owners = registry.entities_of(r, {row.entity_id for row in shown if row.entity_id is not None})
    names = {key: owner.name for key, owner in owners.items()}
    return RowsPage(
        name=one.name,
        period=f"{one.period} {quarter}".strip(),
        label=found.label,
        stored="—" if found.n is None else f"{found.k}/{found.n}",
        now=f"{found.k_now}/{found.n_now}",
        changed=_changed(found),
        lines=tuple(_line(row, names) for row in shown),
        more=len(found.rows) - len(shown),
        back=_back(one),
    )


def _changed(found: Behind) -> bool:
    return not found.more and (found.k or 0, found.n or 0) != (found.k_now, found.n_now)


def _back(one: Snapshot) -> str:
    """Return the board that shows the index."""
    if one.kind is IndexKind.cadre:
        return f"/console/indices?year={one.period}"
    month = one.period if len(one.period) == len("2026-11") and "W" not in one.period and "Q" not in one.period else ""
    return f"/console/indices?month={month}" if month else f"/console/indices?week={one.period}"


def _line(row: IndexRow, names: dict[UUID, str]) -> Line:
    entity = names.get(row.entity_id, "") if row.entity_id is not None else ""
    note = code_label(row.note) if row.note in VIOLATION_CODES else row.note
    if row.about == "post":
        note = f"{label(Post(row.id))} {note}".strip()
    return Line(
        what=f"{_KINDS[row.about]} {'' if row.about == 'entity' else note}".strip(),
        entity=note if row.about == "entity" else entity,
        at=moment(row.at).removesuffix(" 00:00:00"),  # of a whole day
        counted=f"{row.k}/{row.n}",
        full=row.k == row.n,
        link=_link(row),
    )


def _link(row: IndexRow) -> str:
    return {
        "task": f"/console/tasks/{row.id}",
        "record": f"/console/records?record={row.id}",
        "report": f"/console/reports?report={row.id}",
        "camera": f"/console/camera/{row.id}",
        "post": f"/console/people?entity={row.entity_id}",
        "person": f"/console/people?entity={row.entity_id}",
        "supervision": f"/console/supervision?task={row.id}",
        "entity": f"/console/guarantees?entity={row.id}",
    }.get(row.about, "")
