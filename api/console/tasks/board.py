"""The board of tasks, by stage."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.deadlines.levels import level_label
from alerts.hazards.steps import CLOCK_STANDS
from api.console.shell.choices import Choice
from api.console.shell.words import left, moment, short
from models.catalogue.codes import code_label
from models.catalogue.terms import Severity, TaskState, label
from models.domain.registry import Entity, Person, Site
from models.domain.tasks import RectificationTask
from models.store import Read, registry, tasks
from models.store.filters import Filter
from models.store.legible import each

OPEN_SHOWN, DONE_SHOWN = 60, 20
LOOKED_THROUGH = 200
"""Newest tasks that a search shows at most."""
_SEVERITIES = tuple(Choice(value=severity, text=label(severity)) for severity in Severity)
_SLICES: tuple[tuple[str, str, frozenset[TaskState]], ...] = (
    ("todo", "待签收", frozenset({TaskState.dispatched})),
    (
        "doing",
        "整改中",
        frozenset({TaskState.acknowledged, TaskState.rectifying, TaskState.returned}),
    ),
    (
        "check",
        "待复查",
        frozenset({TaskState.submitted, TaskState.under_review, TaskState.appealing, TaskState.transferred}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One task on the board.

    Attributes:
        time: how often it was returned, if it is returned; else which proof it is about, 1 being the first.
        running: whether its deadline clock runs.
    """

    id: UUID
    title: str
    severity: str
    severity_label: str
    state: str
    state_label: str
    site: str
    entity: str
    entity_id: UUID
    zone: str
    person: str
    due: str
    due_iso: str
    clock: str
    provisional: bool
    left: str
    overdue_level: int
    overdue_label: str
    time: int
    done: bool
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One stage of the board, nearest deadline first; `total` includes the tasks that are not shown."""

    key: str
    title: str
    cards: tuple[Card, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for on the board: by a part of an enterprise's or kitchen's name, by severity, late ones alone."""

    text: str = ""
    severity: Severity | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All stages, or what was found in them; numbers end at `MOST_COUNTED`.

    Attributes:
        late: number of open tasks beyond their deadline.
        more: whether there are older tasks than those that were looked through.
    """

    columns: tuple[Column, ...]
    open: int
    late: int
    sought: Sought
    severities: tuple[Choice, ...]
    more: bool = False


NOTHING = Sought()


def load_board(r: Read, *, now: datetime, sought: Sought = NOTHING) -> Board:
    """Load the open tasks by stage, nearest deadline first, and the latest have ended ones; or those looked for."""
    return _all(r, now=now) if sought == NOTHING else _found(r, sought, now=now)


def _found(r: Read, sought: Sought, *, now: datetime) -> Board:
    chosen = Filter(text=sought.text, severity=sought.severity)
    rows = tasks.tasks(r, limit=LOOKED_THROUGH + 1, open_only=sought.late, chosen=chosen)
    found = sorted(rows[:LOOKED_THROUGH], key=lambda task: task.due_at)
    make = cards_for(r, found, now=now)
    cards = each(r, found, make, mark=_marred_card)
    if sought.late:
        cards = tuple(card for card in cards if card.overdue_level)
    columns = [(key, title, [card for card in cards if card.state in states]) for key, title, states in _SLICES]
    ended = [card for card in cards if card.done]
    return Board(
        columns=tuple(
            Column(key=key, title=title, cards=tuple(some), total=len(some))
            for key, title, some in [*columns, ("done", "已办结", ended)]
        ),
        open=sum(len(some) for _, _, some in columns),
        late=sum(bool(card.overdue_level) for card in cards if not card.done),
        sought=sought,
        severities=_SEVERITIES,
        more=len(rows) > LOOKED_THROUGH,
    )


def _all(r: Read, *, now: datetime) -> Board:
    shown = {key: tasks.tasks_by_deadline(r, states=states, limit=OPEN_SHOWN) for key, _, states in _SLICES}
    done = tasks.latest_ended(r, limit=DONE_SHOWN)
    make = cards_for(r, [*(task for found in shown.values() for task in found), *done], now=now)
    counts = tasks.open_counts(r, states=[state for _, _, states in _SLICES for state in states])
    columns = [
        Column(
            key=key,
            title=title,
            cards=each(r, shown[key], make, mark=_marred_card),
            total=sum(counts.get(state, 0) for state in states),
        )
        for key, title, states in _SLICES
    ]
    return Board(
        columns=(
            *columns,
            *_lookbacks(r, now=now),
            Column(key="done", title="近期办结", cards=each(r, done, make, mark=_marred_card), total=len(done)),
        ),
        open=sum(column.total for column in columns),
        late=tasks.late_total(r, at=now),
        sought=NOTHING,
        severities=_SEVERITIES,
    )


def _lookbacks(r: Read, *, now: datetime) -> list[Column]:
    """Closed tasks to be looked at again; no column where there is none."""
    found = tasks.lookbacks_due(r, at=now, limit=OPEN_SHOWN)
    if not found:
        return []
    own = cards_for(r, found, now=now)
    total = tasks.lookback_total(r, at=now)
    return [Column(key="lookback", title="待回头看", cards=each(r, found, own, mark=_marred_card), total=total)]


def cards_for(r: Read, found: list[RectificationTask], *, now: datetime) -> Callable[[RectificationTask], Card]:
    """Look up all names at once, and return a function that builds a task's card."""
    sites = registry.sites_of(r, {task.site_id for task in found})
    entities = registry.entities_of(r, {task.entity_id for task in found})
    people = registry.people_of(r, {task.person_id for task in found if task.person_id is not None})
    return lambda task: _card(
        task,
        sites.get(task.site_id),
        entities.get(task.entity_id),
        None if task.person_id is None else people.get(task.person_id),
        now=now,
    )


def _card(
    task: RectificationTask, site: Site | None, entity: Entity | None, person: Person | None, *, now: datetime
) -> Card:
    running = task.closed_at is None and task.state not in CLOCK_STANDS
    return Card(
        id=task.id,
        title=code_label(task.code),
        severity=task.severity,
        severity_label=label(task.severity),
        state=task.state,
        state_label=label(task.state),
        site=task.site_id if site is None else site.name,
        entity="" if entity is None else entity.name,
        entity_id=task.entity_id,
        zone=label(task.zone),
        person="监管所代管（企业未落实责任人）" if person is None else f"{person.name}（{label(person.post)}）",
        due=moment(task.due_at),
        due_iso=task.due_at.isoformat(),
        clock=label(task.clock),
        provisional=task.due_provisional,
        left=left(task.due_at, now=now) if running else _ended(task),
        overdue_level=max(task.overdue_level, int(now > task.due_at)) if running else task.overdue_level,
        overdue_label=level_label(task.overdue_level),
        time=task.attempt - (task.state is TaskState.returned),
        done=task.closed_at is not None,
        running=running,
    )


def _ended(task: RectificationTask) -> str:
    """Return the state in which no clock runs, and since when."""
    since = task.closed_at or task.submitted_at
    return label(task.state) if since is None else f"{label(task.state)} {short(since)}"


def _marred_card(task: RectificationTask) -> Card:
    """Return the card of a task that can't be shown."""
    return Card(
        id=task.id,
        title="这项任务无法显示",
        severity=str(task.severity),
        severity_label=str(task.severity),
        state=str(task.state),
        state_label=str(task.state),
        site=task.site_id,
        entity="",
        entity_id=task.entity_id,
        zone=str(task.zone),
        person="—",
        due="—",
        due_iso="",
        clock="",
        provisional=False,
        left="—",
        overdue_level=0,
        overdue_label="",
        time=1,
        done=False,
        running=False,
    )
