"""Hikvision ISAPI: `GET /ISAPI/Event/notification/alertStream`, a multipart stream of EventNotificationAlert.

From the public ISAPI documents: a part for each report of an event, repeated while it is `active`; a `videoloss`
that is `inactive` is the heartbeat. Coordinates of regions run from 0 to 1000, the origin at the bottom left.
"""

from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

from ingest.adapters.events import Box, VendorEvent
from ingest.adapters.table import Kind, Meaning, meaning
from ingest.adapters.xml import MOST_BYTES, child, needed, parse_xml
from models.clock import SHANGHAI
from models.errors import Invalid

VENDOR = "hikvision"
_SCALE = 1000.0
_HEADER_END = b"\r\n\r\n"


class Parts:
    """Cuts the byte stream of a connection into the bodies of its parts; bounded.

    Pictures that some cameras send between the events are left out.
    """

    def __init__(self, boundary: str) -> None:
        if not boundary:
            raise Invalid("alertStream: expected a multipart answer with a boundary")
        self._mark = b"--" + boundary.encode("latin-1")
        self._held = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take bytes in; gives the XML bodies that are whole now."""
        self._held += chunk
        pieces = self._held.split(self._mark)
        self._held = pieces.pop()
        for piece in pieces:
            yield from self._body(piece)
        # Some cameras write the mark only before the next part: a whole document need not wait for it.
        if self._held.rstrip().endswith(b"</EventNotificationAlert>"):
            whole, self._held = self._held, b""
            yield from self._body(whole)
        if len(self._held) > 16 * MOST_BYTES:
            self._held = b""

    def _body(self, piece: bytes) -> Iterator[bytes]:
        header, found, body = piece.partition(_HEADER_END)
        if found and b"xml" in header.lower() and body.strip():
            yield body.strip()


def boundary_of(content_type: str) -> str:
    """The boundary in a `Content-Type` header; empty if there is none."""
    for part in content_type.split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() == "boundary":
            return value.strip('"')
    return ""


def parse(payload: bytes, *, received_at: datetime) -> VendorEvent:
    """Read one EventNotificationAlert.

    Raises:
        Invalid: no such document.
    """
    root = parse_xml(payload)
    if root.tag != "EventNotificationAlert":
        raise Invalid(f"<{root.tag}>: expected <EventNotificationAlert>")
    name, state = needed(root, "eventType"), needed(root, "eventState")
    if state not in {"active", "inactive"}:
        raise Invalid(f"eventState {state[:40]!r}: expected active or inactive")
    channel = child(root, "channelID") or child(root, "dynChannelID") or "1"
    heartbeat = name == "videoloss" and state == "inactive"
    return VendorEvent(
        vendor=VENDOR,
        name=name,
        meaning=Meaning(Kind.nothing) if heartbeat else meaning(VENDOR, name),
        channel=channel,
        # Reports of one event carry no id: what is active on a channel is one situation until it is inactive.
        id=f"{channel}/{name}",
        at=_moment(child(root, "dateTime"), received_at),
        ended=state == "inactive",
        boxes=tuple(_boxes(root, name)),
    )


def _moment(text: str | None, otherwise: datetime) -> datetime:
    """The camera's time; one without an offset is local, one that is none is the time of receipt."""
    if text is None:
        return otherwise
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI)


def _boxes(root: ET.Element, name: str) -> Iterator[Box]:
    for region in root.iter("RegionCoordinatesList"):
        points = [(child(point, "positionX"), child(point, "positionY")) for point in region]
        try:
            xs = [min(1.0, max(0.0, float(x or "") / _SCALE)) for x, _ in points]
            ys = [min(1.0, max(0.0, 1 - float(y or "") / _SCALE)) for _, y in points]
        except ValueError:
            continue
        if xs and max(xs) > min(xs) and max(ys) > min(ys):
            yield Box(name, 1.0, min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
