"""The page of rechecks of visits (督导抽查): draw, the forms of what waits, and the rate of differences."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.rechecks import is_first_person
from alerts.duties.visit_rules import checklist
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import moment, short
from api.schemas.rechecks import RecheckRateOut
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import RecheckMethod
from models.catalogue.terms import label
from models.domain.ledger import start_of
from models.domain.rechecks import Recheck, RecheckDraw
from models.domain.supervision import Visit
from models.store import Read, cadres, rechecks, registry, visits

WAITING, DONE, DRAWS = 20, 30, 10
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the checklist that the visit answered."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A drawn visit; `mine`: the visitor made it or acts as its cadre, and so does not check it."""

    id: UUID
    entity: str
    cadre: str
    visited: str
    mine: bool
    rows: tuple[Row, ...]
    result: str
    unlike: bool
    differences: tuple[str, ...]
    note: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RechecksPage:
    """The whole page; the rate is of what was drawn within a year."""

    rate: RecheckRateOut
    waiting: tuple[Line, ...]
    done: tuple[Line, ...]
    draws: tuple[str, ...]
    first: str
    last: str
    results: tuple[Choice, ...]
    methods: tuple[Choice, ...]


def load_rechecks(r: Read, visitor: Principal, *, now: datetime) -> RechecksPage:
    """Load what waits, what was done, and the rate."""
    today = now.astimezone(SHANGHAI).date()
    waiting, done = rechecks.rechecks(r, done=False, limit=WAITING), rechecks.rechecks(r, done=True, limit=DONE)
    names = registry.entities_of(r, {one.entity_id for one in [*waiting, *done]})
    who = cadres.cadres_of(r, {one.cadre_id for one in [*waiting, *done]})

    def line(one: Recheck) -> Line:
        entity, cadre, visit = names.get(one.entity_id), who.get(one.cadre_id), visits.visit(r, one.visit_id)
        texts = _texts(visit)
        return Line(
            id=one.id,
            entity="" if entity is None else entity.name,
            cadre="" if cadre is None else cadre.name,
            visited="" if visit is None else moment(visit.started_at),
            mine=visit is not None and is_first_person(r, visit, by=visitor.actor),
            rows=tuple(Row(code=code, text=text) for code, text in texts.items()),
            result=_result(one),
            unlike=one.differing > 0 or one.took_place is False,
            differences=tuple(
                f"{texts.get(each.code, each.code)}：记录“{label(each.was)}”，抽查“{label(each.result)}” {each.note}"
                for each in one.answers
                if each.differs
            ),
            note=one.note,
            done="" if one.done_at is None else f"{one.done_by} · {short(one.done_at)}",
        )

    since, until = start_of(today - _YEAR), start_of(today + timedelta(days=1))
    return RechecksPage(
        rate=RecheckRateOut.of(rechecks.rate(r, since=since, until=until)),
        waiting=tuple(map(line, waiting)),
        done=tuple(map(line, done)),
        draws=tuple(map(_draw, rechecks.draws(r, limit=DRAWS))),
        first=today.replace(day=1).isoformat(),
        last=today.isoformat(),
        results=tuple(Choice(value=one, text=label(one)) for one in RowResult),
        methods=tuple(Choice(value=one, text=label(one)) for one in RecheckMethod),
    )


def _texts(visit: Visit | None) -> dict[str, str]:
    """Return the words of the rows that a visit answered, by code."""
    if visit is None:
        return {}
    known = {code: text for head in checklist(visit.checklist) for code, text in head.rows}
    return {one.code: known.get(one.code, one.code) for one in visit.answers}


def _result(one: Recheck) -> str:
    if one.method is None:
        return "待抽查"
    if one.took_place is False:
        return f"{label(one.method)}：企业否认到场督导"
    return f"{label(one.method)}：比对 {one.compared} 项，{one.differing} 项不一致"


def _draw(one: RecheckDraw) -> str:
    return (
        f"{short(one.at)} {one.by}：{one.first} 至 {one.last} 的 {one.population} 次有效督导中抽取 {one.drawn} 次，"
        f"随机种子 {one.seed}"
    )
