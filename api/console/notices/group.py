"""The part of the page of notices with messages to groups (群发): the form, and what became of those sent."""

from dataclasses import dataclass

from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import short
from models.catalogue.duty_terms import Audience
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import NoticeState, Role, label
from models.domain.broadcasts import Broadcast
from models.store import Read, broadcasts

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message that was sent; `states` says in words what became of its notices."""

    id: str
    title: str
    text: str
    whom: str
    reached: str
    states: str
    when: str
    withdrawn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPart:
    """The whole part."""

    region: str
    audiences: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    tiers: tuple[str, ...]
    sent: tuple[Sent, ...]


def load_group(r: Read, visitor: Principal) -> GroupPart | None:
    """Load the part; None for enterprises, who send to no group."""
    if visitor.role is Role.enterprise:
        return None
    rows = broadcasts.broadcasts(r, limit=SHOWN)
    states = broadcasts.states(r, [row.id for row in rows])
    return GroupPart(
        region=visitor.region or "",
        audiences=tuple(Choice(value=one, text=label(one)) for one in Audience),
        kinds=tuple(Choice(value=one, text=label(one)) for one in BusinessKind),
        tiers=("A", "B", "C", "D"),
        sent=tuple(_sent(row, states[row.id]) for row in rows),
    )


def _sent(row: Broadcast, states: dict[NoticeState, int]) -> Sent:
    kinds = "、".join(label(BusinessKind(one)) for one in row.business_kinds)
    parts = [row.region_code or "全部地区", label(row.audience), kinds, "、".join(f"{one} 级" for one in row.tiers)]
    return Sent(
        id=str(row.id),
        title=row.title,
        text=row.text,
        whom=" · ".join(part for part in parts if part),
        reached=f"{row.members} 家中 {row.reachable} 家有渠道，共 {row.messages} 条",
        states="、".join(f"{label(state)} {count}" for state, count in sorted(states.items())),
        when=f"{short(row.sent_at)} · {row.sent_by}",
        withdrawn=row.withdraw_reason or "",
    )
