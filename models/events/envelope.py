"""The event envelope: CloudEvents 1.0, structured JSON, whole state with a monotone version."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.base.clock import rfc3339
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent(Owner):
    """A change that is announced in the transaction that makes it."""

    event_id: UUID
    source: str
    type: str
    time: datetime
    occurred_at: datetime
    received_at: datetime
    late: bool
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent(OutboxEvent):
    """An announced change with its place in the one order of the feed."""

    seq: int

    def envelope(self) -> dict[str, Any]:
        """The CloudEvents JSON that the feed and webhooks carry."""
        return {
            "specversion": "1.0",
            "id": str(self.event_id),
            "source": self.source,
            "type": self.type,
            "time": rfc3339(self.time),
            "datacontenttype": "application/json",
            "seq": self.seq,
            "occurredat": rfc3339(self.occurred_at),
            "receivedat": rfc3339(self.received_at),
            "late": self.late,
            "data": self.data,
        }


def source_of(tenant: str, site: str, device: str) -> str:
    """The CloudEvents source of a device: `/t/{tenant}/s/{site}/d/{device}`."""
    return f"/t/{tenant}/s/{site}/d/{device}"


ENVELOPE_FIELDS = {
    "specversion": "`1.0`",
    "id": "UUIDv7; `(source, id)` is the key for removing repeats",
    "source": "`/t/{tenant}/s/{site}/d/{device}`; the device is `_` where the event is about a node",
    "type": "see below",
    "time": "when the platform made the change",
    "datacontenttype": "`application/json`",
    "seq": "the place in the one order of the feed: positive, rising, with gaps, below 2^53",
    "occurredat": "when it happened, as the device claims",
    "receivedat": "when the platform learned of it",
    "late": "true if `receivedat` is more than 60 s after `occurredat`",
    "data": "the whole state of the subject",
}
"""What each field of the envelope says."""
