"""The event envelope: CloudEvents 1.0 as structured JSON. Each event carries the whole state of its subject."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from models.base.clock import rfc3339
from models.base.jsonio import loads, quoted
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
        """Return the text of the CloudEvents JSON that the feed carries, in one line: `FeedEvent.envelope` as text.

        It is put together here: making an object and encoding it takes three times as long.
        """
        return (
            f'{{"specversion":"1.0","id":"{self.event_id}","source":{quoted(self.source)},"type":{quoted(self.type)},'
            f'"time":"{rfc3339(self.time)}","datacontenttype":"application/json","seq":{self.seq},'
            f'"occurredat":"{rfc3339(self.occurred_at)}","receivedat":"{rfc3339(self.received_at)}",'
            f'"late":{"true" if self.late else "false"},"data":{self.data}}}'
        )

    def event(self) -> FeedEvent:
        """Return the event with its data parsed."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return FeedEvent(**{**values, "data": loads(self.data)})


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
