"""The page of pledges (承诺书) as an enterprise sees it: who of its people has signed, and the text to sign."""

from dataclasses import dataclass
from uuid import UUID

from alerts.duties.own_pledges import PostLists, may_sign, own_draft, own_lists
from api.access.principal import Principal
from api.console.shell.words import moment, short
from models.catalogue.terms import label
from models.domain.own_pledges import OwnPledge, OwnPledgeDue
from models.store import Read, own_pledges

LAPSED = {"tier": "等级已变化", "owner": "经营者已变化", "principal": "主要负责人已变化", "template": "清单已更新"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """One person."""

    id: UUID
    name: str
    post: str
    state: str
    signed: bool
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOpened:
    """The pledge of one person: the signed one, or the text to sign (`mine`: by the visitor)."""

    person_id: UUID
    name: str
    text: str
    digest: str
    signed: str
    signature: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """The whole page."""

    lines: tuple[OwnLine, ...]
    opened: OwnOpened | None
    posts: tuple[tuple[str, PostLists], ...]


def load_own(r: Read, visitor: Principal, person_id: UUID | None) -> OwnPage:
    """Load the page of the visitor's enterprise; with a `person_id` the pledge of that person too."""
    rows = [] if visitor.entity is None else own_pledges.due(r, entity_id=visitor.entity)
    return OwnPage(
        lines=tuple(_line(row) for row in rows),
        opened=None if person_id is None else _opened(r, visitor, person_id),
        posts=tuple((label(post), lists) for post, lists in own_lists().posts.items()),
    )


def _opened(r: Read, visitor: Principal, person_id: UUID) -> OwnOpened:
    wanted = own_draft(r, person_id)
    due = wanted.due
    done = own_pledges.pledge(r, due.pledge_id) if due.signed and due.pledge_id is not None else None
    return OwnOpened(
        person_id=person_id,
        name=due.name,
        text=wanted.text if done is None else done.text,
        digest=wanted.text_sha256,
        signed="" if done is None else _signed(done),
        signature="" if done is None else done.signature,
        mine=done is None and may_sign(due, by=visitor.actor, own_entity=visitor.entity),
    )


def _signed(done: OwnPledge) -> str:
    return f"{done.name} · {moment(done.signed_at)} · 以{label(done.proof)}确认"


def _line(row: OwnPledgeDue) -> OwnLine:
    state = "已签订" if row.signed else f"须重签：{LAPSED.get(row.lapsed, row.lapsed)}" if row.lapsed else "未签订"
    return OwnLine(
        id=row.person_id,
        name=row.name,
        post=label(row.post),
        state=state,
        signed=row.signed,
        since="" if row.since is None else short(row.since),
    )
