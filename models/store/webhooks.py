"""Storage of webhooks: endpoints with their place in the feed, and deliveries."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.base.sealed import secret_box
from models.catalogue.terms import DeliveryState
from models.domain.webhooks import MOST_SERVED, MOST_WAITING, Delivery, Endpoint
from models.store.connect import Read, Write


def endpoints(r: Read, *, after: UUID | None = None, limit: int) -> list[Endpoint]:
    """Return the endpoints that were not removed, oldest first."""
    return r.all(Endpoint, "webhooks", "endpoints", {"after": after, "limit": limit})


def endpoint(r: Read, endpoint_id: UUID) -> Endpoint | None:
    """Return one endpoint, also a removed one."""
    return r.one(Endpoint, "webhooks", "endpoint", {"id": endpoint_id})


def endpoint_for_update(w: Write, endpoint_id: UUID) -> Endpoint | None:
    """Return one endpoint that was not removed, locked until the transaction ends."""
    return w.one(Endpoint, "webhooks", "endpoint_for_update", {"id": endpoint_id})


def owned(r: Read, owner: Endpoint) -> int:
    """Return how many endpoints an owner has."""
    params = {
        "tenant_id": owner.tenant_id,
        "region_code": owner.region_code,
        "entity_id": owner.entity_id,
        "group_id": owner.group_id,
    }
    return int(r.value("webhooks", "owned", params))


def add_endpoint(w: Write, new: Endpoint, *, secret: str) -> None:
    """Store an endpoint with its secret."""
    w.run("webhooks", "add_endpoint", asdict(new) | {"types": list(new.types), "secret": secret_box().seal(secret)})


def change_endpoint(w: Write, changed: Endpoint) -> Endpoint | None:
    """Pause, resume, disable or remove an endpoint; None if it was removed before."""
    params = {
        "id": changed.id,
        "paused": changed.paused,
        "disabled_reason": changed.disabled_reason,
        "removed_at": changed.removed_at,
    }
    return w.one(Endpoint, "webhooks", "change_endpoint", params)


def rotate(w: Write, endpoint_id: UUID, *, secret: str, old_until: datetime) -> Endpoint | None:
    """Give an endpoint a new secret; the old one signs too until a moment."""
    params = {"id": endpoint_id, "secret": secret_box().seal(secret), "old_until": old_until}
    return w.one(Endpoint, "webhooks", "rotate", params)


def secrets(r: Read, endpoint_id: UUID, *, at: datetime) -> list[str]:
    """Return the secrets that sign at a moment, the newest first."""
    found = r.tuples("webhooks", "secrets", {"id": endpoint_id, "at": at})
    return [secret_box().unseal(one) for one in found[0] if one is not None] if found else []


def to_fill(r: Read, *, newest: int, limit: int) -> list[Endpoint]:
    """Return endpoints whose place in the feed is behind `newest` and that take more."""
    return r.all(Endpoint, "webhooks", "to_fill", {"newest": newest, "most": MOST_WAITING, "limit": limit})


def advance(w: Write, row: Endpoint, *, cursor: int, last_seq: int) -> bool:
    """Move an endpoint's place in the feed; return False if another process was faster."""
    params = {"id": row.id, "before": row.cursor, "cursor": cursor, "last_seq": last_seq}
    return w.run("webhooks", "advance", params) > 0


def add_delivery(w: Write, new: Delivery, *, at: datetime) -> Delivery | None:
    """Queue a delivery; None if the event was queued before."""
    params = {
        "id": new.id,
        "endpoint_id": new.endpoint_id,
        "seq": new.seq,
        "prev_seq": new.prev_seq,
        "type": new.type,
        "body": new.body,
        "at": at,
    }
    return w.one(Delivery, "webhooks", "add_delivery", params)


def give_up_orphans(w: Write, *, reason: str, at: datetime) -> list[UUID]:
    """Give up endpoints whose maker has lost access, or may no longer see what they get; return their ids."""
    return [found for (found,) in w.tuples("webhooks", "give_up_orphans", {"reason": reason, "at": at})]


def hand_over(w: Write, *, old: str, new: str) -> None:
    """Let another maker own the endpoints of one."""
    w.run("webhooks", "hand_over", {"old": old, "new": new})


def due(r: Read, *, at: datetime, most: int) -> int:
    """Return at how many free endpoints something may be delivered, up to `most`."""
    return int(r.value("webhooks", "due", {"at": at, "most": most, "at_once": MOST_SERVED}))


def take(w: Write, *, at: datetime, lease: datetime) -> Delivery | None:
    """Take the next due delivery of a free endpoint, and occupy the endpoint until `lease`. One taker at a time."""
    w.run("webhooks", "take_in_turn", {})
    return w.one(Delivery, "webhooks", "take", {"at": at, "lease": lease, "at_once": MOST_SERVED})


def note(
    w: Write,
    sent: Delivery,
    *,
    state: DeliveryState,
    status: int | None,
    answer: str,
    error: str | None,
    next_at: datetime,
    done_at: datetime | None,
) -> bool:
    """Store what became of an attempt and free the endpoint; return whether the attempt still counts."""
    w.run("webhooks", "release", {"id": sent.endpoint_id})
    params = {
        "id": sent.id,
        "attempts": sent.attempts,
        "state": state,
        "status": status,
        "answer": answer,
        "error": error,
        "next_at": next_at,
        "done_at": done_at,
    }
    return w.run("webhooks", "note", params) > 0


def cancel_open(w: Write, endpoint_id: UUID, *, error: str, at: datetime) -> int:
    """Cancel what waits at an endpoint; return how many deliveries."""
    return w.run("webhooks", "cancel_open", {"endpoint_id": endpoint_id, "error": error, "at": at})


def deliveries(
    r: Read, endpoint_id: UUID, *, state: DeliveryState | None = None, before: UUID | None = None, limit: int
) -> list[Delivery]:
    """Return the deliveries to an endpoint, the newest first."""
    params = {"endpoint_id": endpoint_id, "state": state, "before": before, "limit": limit}
    return r.all(Delivery, "webhooks", "deliveries", params)


def delivery(r: Read, delivery_id: UUID) -> Delivery | None:
    """Return one delivery."""
    return r.one(Delivery, "webhooks", "delivery", {"id": delivery_id})


def replay(
    w: Write,
    endpoint_id: UUID,
    *,
    delivery_id: UUID | None = None,
    span: tuple[int, int] | None = None,
    limit: int,
    at: datetime,
) -> int:
    """Queue ended deliveries again, by id or by a range of numbers; return how many."""
    first, last = span or (None, None)
    params = {"endpoint_id": endpoint_id, "id": delivery_id, "first": first, "last": last, "limit": limit, "at": at}
    return w.run("webhooks", "replay", params)


def forget(w: Write, *, before: datetime, limit: int = 10_000) -> int:
    """Delete deliveries that ended before a moment; return how many."""
    return w.run("webhooks", "forget", {"before": before, "limit": limit})
