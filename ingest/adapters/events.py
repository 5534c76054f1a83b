"""A vendor's event as a value, and as the CloudEvent that the agent sends to the platform."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from ingest.adapters.table import Kind, Meaning
from models.base.clock import rfc3339

_NAMESPACE = UUID("0f3a64a1-6f0c-5c58-8f0e-6b6974636865")


@dataclass(frozen=True, slots=True)
class Box:
    """A box on the picture, 0–1, top-left corner and size."""

    name: str
    score: float
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorEvent:
    """An event that another make reported.

    Attributes:
        channel: the vendor's name of the camera; the agent's configuration maps it to our device.
        name: the vendor's own word, kept as evidence.
        id: the same for the begin and the end of one situation.
        ended: the situation has ended.
        began: when it began, where reports of its end repeat that.
        amends: this end replaces one that was sent before.
    """

    vendor: str
    name: str
    meaning: Meaning
    channel: str
    id: str
    at: datetime
    ended: bool = False
    score: float = 1.0
    boxes: tuple[Box, ...] = ()
    began: datetime | None = None
    amends: bool = False

    @property
    def tells(self) -> bool:
        """Return whether the platform needs the event: a violation, or a camera without a picture."""
        return self.meaning.kind in {Kind.violation, Kind.device}


def cloud_event(event: VendorEvent, *, tenant: str, site: str, device: str) -> dict[str, object]:
    """Return the event in the shape of `interfaces` §2; the node adds its number. The same event has the same id.

    Raises:
        ValueError: the event is neither a violation nor a condition of a camera.
    """
    if not event.tells or event.meaning.code is None:
        raise ValueError(f"{event.vendor} {event.name!r} is no violation")
    situation = uuid5(_NAMESPACE, f"{event.vendor}\n{device}\n{event.name}\n{event.id}")
    what = "closed" if event.ended else "opened"
    data: dict[str, object] = {
        "violation_id": str(situation),
        "code": event.meaning.code,
        "score": event.score,
        "start": rfc3339(event.began or event.at),
        "boxes": [{"name": b.name, "score": b.score, "x": b.x, "y": b.y, "w": b.w, "h": b.h} for b in event.boxes],
        "model": {"name": event.vendor, "version": "", "vendor_code": event.name},
        "rule": {"id": event.name, "version": event.vendor},
    }
    if event.ended:
        data["end"] = rfc3339(event.at)
    return {
        "specversion": "1.0",
        "id": f"{situation}-{what}" + ("-amended" if event.amends else ""),
        "source": f"/t/{tenant}/s/{site}/d/{device}",
        "type": f"mingchu.violation.{what}",
        "time": rfc3339(event.at),
        "data": data,
    }


UNREAD = "mingchu.vendor.unread"
_MOST_SHOWN = 4096


def unread_event(vendor: str, payload: bytes, *, why: str, at: datetime) -> dict[str, object]:
    """Return an event for the platform's quarantine with the beginning of a message that could not be read."""
    return {
        "id": f"{vendor}-{hashlib.sha256(payload).hexdigest()}",
        "type": UNREAD,
        "time": rfc3339(at),
        "data": {
            "vendor": vendor,
            "why": why[:500],
            "bytes": len(payload),
            "begins": base64.b64encode(payload[:_MOST_SHOWN]).decode("ascii"),
        },
    }
