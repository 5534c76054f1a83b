"""The page of pledges (承诺书): which are due, the text to sign, and the lists of each level."""

from dataclasses import dataclass
from uuid import UUID

from alerts.duties.lists import DutyLists, shipped
from alerts.duties.pledges import draft
from api.access.principal import Principal
from api.console.shell.words import moment, short
from models.catalogue.terms import label
from models.domain.pledges import Pledge, PledgeDue
from models.store import Read, cadres, own_pledges, pledges

SHOWN = 30
_LAPSED = {"tier": "等级已变化", "owner": "经营者已变化", "principal": "企业主要负责人已变化", "template": "清单已更新"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One enterprise."""

    id: UUID
    entity: str
    tier: str
    cadre: str
    state: str
    signed: bool
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The pledge of one enterprise: the signed one, or the text to sign (`mine`: by the visitor)."""

    entity_id: UUID
    entity: str
    cadre: str
    text: str
    digest: str
    signed: str
    signature: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The lists of one level."""

    name: str
    lists: DutyLists


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgesPage:
    """The whole page."""

    due: int
    signed: int
    rate: str
    own_due: int
    own_signed: int
    lines: tuple[Line, ...]
    opened: Opened | None
    levels: tuple[Level, ...]


def load_pledges(r: Read, visitor: Principal, entity_id: UUID | None) -> PledgesPage:
    """Load the page; with an `entity_id` the pledge of that enterprise too."""
    due, signed = pledges.rate(r)
    own_due, own_signed = own_pledges.rate(r)
    rows = pledges.due(r, signed=False, limit=SHOWN)
    if len(rows) < SHOWN:
        rows += pledges.due(r, signed=True, limit=SHOWN - len(rows))
    return PledgesPage(
        due=due,
        signed=signed,
        rate=f"{signed / due:.1%}" if due else "—",
        own_due=own_due,
        own_signed=own_signed,
        lines=tuple(_line(row) for row in rows),
        opened=None if entity_id is None else _opened(r, visitor, entity_id),
        levels=tuple(Level(name=label(level), lists=lists) for level, lists in shipped().levels.items()),
    )


def _opened(r: Read, visitor: Principal, entity_id: UUID) -> Opened:
    wanted = draft(r, entity_id)
    cadre = cadres.cadre(r, wanted.due.cadre_id)
    done = pledges.pledge(r, wanted.due.pledge_id) if wanted.due.signed and wanted.due.pledge_id else None
    return Opened(
        entity_id=entity_id,
        entity=wanted.due.entity,
        cadre=wanted.due.cadre,
        text=wanted.text if done is None else done.text,
        digest=wanted.text_sha256,
        signed="" if done is None else _signed(done),
        signature="" if done is None else done.signature,
        mine=done is None and cadre is not None and cadre.login == visitor.actor.name,
    )


def _signed(done: Pledge) -> str:
    proof = "" if done.proof is None else f" · 以{label(done.proof)}确认"
    return f"{done.cadre} · {moment(done.signed_at)}{proof}"


def _line(row: PledgeDue) -> Line:
    state = "已签订" if row.signed else f"须重签：{_LAPSED.get(row.lapsed, row.lapsed)}" if row.lapsed else "未签订"
    return Line(
        id=row.entity_id,
        entity=row.entity,
        tier=row.tier or "未评级",
        cadre=row.cadre,
        state=state,
        signed=row.signed,
        since=short(row.since),
    )
