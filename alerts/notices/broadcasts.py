"""Send a message to a group (群发): the enterprises or the cadres of a region, through their own channels."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.base.ids import uuid7
from models.catalogue.duty_terms import Audience
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import Role, Severity
from models.domain.access import Actor
from models.domain.broadcasts import Broadcast, Group
from models.store import broadcasts
from models.store.connect import Read, Write

MAY_SEND = frozenset({Role.regulator, Role.admin})
MOST_MESSAGES = 5000
"""Messages that one sending makes at most; address a smaller region or fewer kinds beyond that."""
MOST_A_DAY = 20
"""Sendings of one tenant in 24 hours."""
_TITLE, _TEXT, _REASON = 60, 500, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as somebody writes it, and to whom it goes."""

    region: str
    audience: Audience
    business_kinds: Collection[BusinessKind]
    tiers: Collection[str]
    severity: Severity
    title: str
    text: str


def preview(r: Read, message: Message, *, tenant_id: str, within: str, by: Actor, at: datetime) -> Group:
    """Return how many a message would reach; `within` is the caller's region. Raises as `send` does, but for bounds."""
    return broadcasts.group(r, _checked(message, tenant_id=tenant_id, within=within, by=by, at=at))


def send(w: Write, message: Message, *, tenant_id: str, within: str, by: Actor, at: datetime) -> Broadcast:
    """Store a message and queue it for every channel of the group.

    Raises:
        NotAllowed: the role may not, or the region lies outside the caller's.
        Invalid: words are missing or too long, it would reach nobody or too many, or a filter is for enterprises.
        RateLimited: the tenant has sent the most messages of a day.
    """
    wanted = _checked(message, tenant_id=tenant_id, within=within, by=by, at=at)
    if broadcasts.sent_since(w, tenant_id=tenant_id, since=at - timedelta(days=1)) >= MOST_A_DAY:
        raise RateLimited(f"{MOST_A_DAY} messages to groups were sent in 24 hours", again_s=3600)
    group = broadcasts.group(w, wanted)
    if not group.messages:
        raise Invalid("没有可送达的通知渠道 nobody of this group has a channel for it")
    if group.messages > MOST_MESSAGES:
        raise Invalid(f"将发送 {group.messages} 条，每次最多 {MOST_MESSAGES} 条 expected a smaller group")
    new = replace(wanted, members=group.members, reachable=group.reachable, messages=group.messages)
    broadcasts.send(w, new)
    return new


def withdraw(w: Write, broadcast_id: UUID, *, reason: str, by: Actor, at: datetime) -> Broadcast:
    """Withdraw a message: what was not sent yet is cancelled when it is due.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such message in what the caller may see.
        Invalid: the reason is missing.
        InvalidTransition: it was withdrawn before.
    """
    _allowed(by)
    if not 1 <= len(reason.strip()) <= _REASON:
        raise Invalid(f"reason: expected 1 to {_REASON} characters")
    if broadcasts.broadcast(w, broadcast_id) is None:
        raise NotFound(f"no message to a group {broadcast_id}")
    done = broadcasts.withdraw(w, broadcast_id, by=by.name, reason=reason.strip(), at=at)
    if done is None:
        raise InvalidTransition("this message was withdrawn before")
    return done


def _allowed(by: Actor) -> None:
    if by.role not in MAY_SEND:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_SEND))}; your role is {by.role}")


def _checked(message: Message, *, tenant_id: str, within: str, by: Actor, at: datetime) -> Broadcast:
    _allowed(by)
    if not message.region.startswith(within):
        raise NotAllowed(f"region {message.region!r}: expected a region within {within or 'the tenant'}")
    for name, text, most in (("title", message.title, _TITLE), ("text", message.text, _TEXT)):
        if not 1 <= len(text.strip()) <= most:
            raise Invalid(f"{name}: expected 1 to {most} characters")
    if message.severity is Severity.critical:
        raise Invalid("severity: a message to a group is major or minor; critical ones would wake everybody at night")
    if message.audience is Audience.cadres and (message.business_kinds or message.tiers):
        raise Invalid("business_kinds, tiers: expected none for cadres")
    return Broadcast(
        id=uuid7(),
        tenant_id=tenant_id,
        region_code=message.region,
        audience=message.audience,
        business_kinds=tuple(sorted(set(message.business_kinds))),
        tiers=tuple(sorted(set(message.tiers))),
        severity=message.severity,
        title=message.title.strip(),
        text=message.text.strip(),
        members=0,
        reachable=0,
        messages=0,
        sent_by=by.name,
        sent_at=at,
    )
