"""The event envelope: CloudEvents 1.0 as structured JSON. Each event carries the whole state of its subject."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from models.base.clock import rfc3339
from models.base.jsonio import dumps, loads
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent(Owner):
    """An event, stored in the same transaction as the change that it announces."""

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
    """An event with its place (`seq`) in the feed's single order."""

    seq: int

    def envelope(self) -> dict[str, Any]:
        """Return the CloudEvents JSON that the feed carries."""
        return {**_head(self), "data": self.data}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine(Owner):
    """An event of the feed whose data is still the JSON text that the database has; sending it needs no more.

    Reading and writing the data of a page's events in Python took longer than all queries of the page.
    """

    seq: int
    event_id: UUID
    source: str
    type: str
    time: datetime
    occurred_at: datetime
    received_at: datetime
    late: bool
    data: str

    def json(self) -> str:
        """Return the text of the CloudEvents JSON that the feed carries, in one line."""
        return f'{dumps(_head(self))[:-1]},"data":{self.data}}}'

    def event(self) -> FeedEvent:
        """Return the event with its data parsed."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return FeedEvent(**{**values, "data": loads(self.data)})


def _head(event: FeedEvent | FeedLine) -> dict[str, Any]:
    """Return the envelope without its data."""
    return {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": event.source,
        "type": event.type,
        "time": rfc3339(event.time),
        "datacontenttype": "application/json",
        "seq": event.seq,
        "occurredat": rfc3339(event.occurred_at),
        "receivedat": rfc3339(event.received_at),
        "late": event.late,
    }


def source_of(tenant: str, site: str, device: str) -> str:
    """Return the CloudEvents source of a device: `/t/{tenant}/s/{site}/d/{device}`."""
    return f"/t/{tenant}/s/{site}/d/{device}"


ENVELOPE_FIELDS = {
    "specversion": "`1.0`",
    "id": "UUIDv7; `(source, id)` identifies an event, so a reader can drop repeats",
    "source": "`/t/{tenant}/s/{site}/d/{device}`; the device is `_` if the event is about a node",
    "type": "see below",
    "time": "when the platform made the change",
    "datacontenttype": "`application/json`",
    "seq": "place in the feed's single order: positive, rising, with gaps, below 2^53",
    "occurredat": "when it happened, according to the device's clock",
    "receivedat": "when the platform learned of it",
    "late": "true if `receivedat` is more than 60 s after `occurredat`",
    "data": "the whole state of the subject",
}
"""The meaning of each field of the envelope."""
