"""Storage of quarantined messages, and of what nodes sent beyond their budgets."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.base.ids import uuid7
from models.domain.devices import Node
from models.store.connect import Read, Write
from models.store.devices import Route

MAX_KEPT_PAYLOAD = 16_384
TELL_AGAIN_AFTER = timedelta(hours=1)
"""A node that continues to exceed its budget is reported once within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A quarantined payload."""

    id: UUID
    topic: str
    reason: str
    detail: str
    payload_sha256: str
    payload_bytes: int
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """What a node sent beyond a budget (`reading`, `event`, `status`, `bytes`, `quarantine`); it was dropped."""

    node_id: str
    budget: str
    messages: int
    bytes: int
    last_at: datetime


def quarantine(
    w: Write,
    *,
    topic: str,
    payload: bytes,
    reason: str,
    detail: str,
    at: datetime,
    sender: Node | Route | None,
) -> None:
    """Quarantine a payload with a reason; `sender` is the node that sent it, or else its device, if known.

    Any text is accepted, so that the content of a message can't keep it out of the quarantine.
    """
    w.run(
        "quarantine",
        "quarantine",
        {
            "id": uuid7(),
            "topic": _storable(topic)[:512],
            "reason": reason,
            "detail": _storable(detail)[:1000],
            "payload_sha256": hashlib.sha256(payload).hexdigest(),
            "payload": payload[:MAX_KEPT_PAYLOAD],
            "payload_bytes": len(payload),
            "tenant_id": None if sender is None else sender.tenant_id,
            "entity_id": None if sender is None else sender.entity_id,
            "region_code": None if sender is None else sender.region_code,
            "node_id": sender.node_id if isinstance(sender, Route) else None if sender is None else sender.id,
            "at": at,
        },
    )


def _storable(text: str) -> str:
    """Return text that PostgreSQL can store: without NUL and lone surrogates."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")


def note_attempts(w: Write, hashes: Collection[str], *, at: datetime) -> dict[str, int]:
    """Count an attempt for messages that are tried again; return the number of attempts of each, by its hash."""
    return dict(w.tuples("quarantine", "note_attempts", {"hashes": sorted(set(hashes)), "at": at}))


def attempts_over(r: Read, *, prefix: str, tries: int) -> list[str]:
    """Return the hashes, beginning with `prefix`, of messages that were tried more than `tries` times."""
    return [str(name) for (name,) in r.tuples("quarantine", "attempts_over", {"prefix": prefix, "tries": tries})]


def forget_attempts(w: Write, hashes: Collection[str]) -> None:
    """Forget the attempts of messages that are stored or quarantined."""
    w.run("quarantine", "forget_attempts", {"hashes": sorted(set(hashes))})


def node_excess(w: Write, *, node_id: str, budget: str, messages: int, size: int, at: datetime) -> bool:
    """Store that a node exceeded a budget; return whether its owner does not know that yet."""
    tell_again = at - TELL_AGAIN_AFTER
    params = {"node_id": node_id, "budget": budget, "messages": messages, "bytes": size}
    return bool(w.value("quarantine", "node_excess", {**params, "at": at, "tell_again": tell_again}))


def excesses(r: Read, *, since: datetime, limit: int = 100) -> list[Excess]:
    """Return what nodes sent beyond their budgets since `since`, the latest first."""
    return r.all(Excess, "quarantine", "excesses", {"since": since, "limit": limit})


def quarantined(r: Read, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Quarantined]:
    """Return a page of the quarantine, newest first; `before` is (last_at, id) of the last entry seen."""
    at, entry = before or (None, None)
    return r.all(Quarantined, "quarantine", "quarantined", {"before": at, "before_id": entry, "limit": limit})


def quarantined_since(r: Read, *, since: datetime) -> int:
    """Return how many different messages were quarantined since a moment."""
    return int(r.value("quarantine", "quarantined_since", {"since": since}))


def quarantine_total(r: Read) -> int:
    """Return how many messages were quarantined, repeats included."""
    return int(r.value("quarantine", "quarantine_total"))


def housekeeping(
    w: Write, *, forget_events_before: datetime, keep_quarantined: int, keep_quarantined_of_node: int
) -> None:
    """Delete old entries, so that the tables stay bounded."""
    w.run("quarantine", "forget_edge_events", {"before": forget_events_before})
    w.run("quarantine", "forget_old_attempts", {"before": forget_events_before})
    w.run("quarantine", "trim_quarantine", {"keep": keep_quarantined, "keep_of_node": keep_quarantined_of_node})
