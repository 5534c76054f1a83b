"""Webhooks: endpoints of supervision platforms, and each delivery of an event to one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.catalogue.terms import DeliveryState

MOST_ENDPOINTS = 10
"""Endpoints of one owner."""
MOST_SERVED = 3
"""Endpoints of one owner to which something is delivered at the same time; the other workers are for other owners."""
MOST_WAITING = 10_000
"""If so many deliveries wait at an endpoint, no more are queued: its place in the feed waits instead."""
ORPHANED = "who added it has no access any more"
"""Why an endpoint is given up whose maker was disabled, revoked or limited."""
LEASE = timedelta(seconds=30)
OLD_SECRET = timedelta(hours=24)
"""After a rotation deliveries are signed with the old secret too, for so long."""
RETRIES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds to the next attempt after each failure (Standard Webhooks)."""
MEMORY = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events of one owner go. Its secret is stored with it and never shown again.

    Attributes:
        region_code, entity_id: the owner: an enterprise, or the authority of a prefix of region codes.
        group_id, group_form: the access group to which the owner is limited, and its form where events are read for it.
        types: event types, exact or `mingchu.task.*`; empty for all.
        cursor: the number of the last event that was looked at.
        last_seq: the number of the last event that was queued.
        paused: nothing is sent; events are still queued up to `MOST_WAITING`.
        disabled_reason: why the platform gave it up: it answered 410.
    """

    id: UUID
    tenant_id: str
    region_code: str
    entity_id: UUID | None
    url: str
    types: tuple[str, ...]
    description: str
    cursor: int
    last_seq: int
    paused: bool
    disabled_reason: str | None
    created_by: str
    created_at: datetime
    removed_at: datetime | None = None
    version: int = 1
    group_id: UUID | None = None
    group_form: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint. A replay keeps its id, which is the `webhook-id`.

    Attributes:
        seq, prev_seq: the event's number, and that of the one before it at this endpoint; 0 for a test.
        body: what is sent, as JSON text.
        status, answer, error: what became of the last attempt: HTTP status, the first characters, or why none.
    """

    id: UUID
    endpoint_id: UUID
    seq: int
    prev_seq: int
    type: str
    body: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    status: int | None
    answer: str
    error: str | None
    replayed: bool
    created_at: datetime
    done_at: datetime | None
