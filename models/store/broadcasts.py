"""Storage of messages to groups (群发)."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from models.catalogue.duty_terms import Audience
from models.catalogue.notices import BROADCAST
from models.catalogue.terms import NoticeState
from models.domain.broadcasts import Broadcast, Group
from models.domain.notices import LIFE
from models.store.connect import Read, Write


def group(r: Read, wanted: Broadcast) -> Group:
    """Return how many a message would reach."""
    params = _params(wanted)
    if wanted.audience is Audience.cadres:
        ((members, reachable, messages),) = r.tuples("broadcasts", "group_of_cadres", params)
    else:
        ((members, reachable, messages),) = r.tuples("broadcasts", "group_of_enterprises", params)
    return Group(members=int(members), reachable=int(reachable), messages=int(messages))


def sent_since(w: Write, *, tenant_id: str, since: datetime) -> int:
    """Return how many messages to groups a tenant has sent; nobody else of it sends until the transaction ends."""
    w.value("broadcasts", "lock", {"tenant_id": tenant_id})
    return int(w.value("broadcasts", "sent_since", {"tenant_id": tenant_id, "since": since}))


def send(w: Write, new: Broadcast) -> int:
    """Store a message and queue its notices; return how many."""
    w.run("broadcasts", "add", _params(new))
    return w.run("broadcasts", "queue", _params(new) | {"occasion": BROADCAST, "life": LIFE})


def broadcast(r: Read, broadcast_id: UUID) -> Broadcast | None:
    """Return one message."""
    return r.one(Broadcast, "broadcasts", "broadcast", {"id": broadcast_id})


def broadcasts(r: Read, *, before: UUID | None = None, limit: int) -> list[Broadcast]:
    """Return messages, newest first."""
    return r.all(Broadcast, "broadcasts", "broadcasts", {"before": before, "limit": limit})


def states(r: Read, ids: Collection[UUID]) -> dict[UUID, dict[NoticeState, int]]:
    """Return how many notices of several messages are in which state; forgotten ones are missing."""
    found: dict[UUID, dict[NoticeState, int]] = {one: {} for one in ids}
    for broadcast_id, state, count in r.tuples("broadcasts", "states", {"ids": list(ids)}):
        found[broadcast_id][NoticeState(state)] = int(count)
    return found


def withdraw(w: Write, broadcast_id: UUID, *, by: str, reason: str, at: datetime) -> Broadcast | None:
    """Withdraw a message; None if it was withdrawn, or the caller may not."""
    return w.one(Broadcast, "broadcasts", "withdraw", {"id": broadcast_id, "by": by, "reason": reason, "at": at})


def _params(row: Broadcast) -> dict[str, Any]:
    return asdict(row) | {"business_kinds": list(row.business_kinds), "tiers": list(row.tiers)}
