"""Read Hikvision ISAPI's `GET /ISAPI/Event/notification/alertStream`, a multipart stream of EventNotificationAlert.

From the public ISAPI documents: each report of an event is one part, repeated while the event is `active`. A
`videoloss` that is `inactive` is the heartbeat. Newer cameras report an event once and then repeat `duration` with
its name in `relationEvent`; some send JSON. Coordinates of regions run from 0 to 1000, the origin at the bottom left.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

from ingest.adapters.events import Box, VendorEvent
from ingest.adapters.table import Kind, Meaning, meaning
from ingest.adapters.xml import MOST_BYTES, child, decoded, needed, parse_xml
from models.base.clock import SHANGHAI
from models.base.errors import Invalid

VENDOR = "hikvision"
_SCALE = 1000.0
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_TYPE = re.compile(rb"^content-type\s*:\s*([^\r\n;]+)", re.IGNORECASE | re.MULTILINE)
_DOCUMENT_END = (b"</EventNotificationAlert>", b"}")
_DURATION = "duration"
_DEEPEST = 8


class Parts:
    """Cuts the byte stream of a connection into the bodies of its parts, within bounds.

    Leaves out pictures that some cameras send between the events.
    """

    def __init__(self, boundary: str) -> None:
        if not boundary:
            raise Invalid("alertStream: expected a multipart answer with a boundary")
        self._mark = b"--" + boundary.encode("latin-1")
        self._held = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Add received bytes; yield the XML bodies that are now complete."""
        self._held += chunk
        pieces = self._held.split(self._mark)
        self._held = pieces.pop()
        for piece in pieces:
            yield from self._body(piece)
        # Some cameras write the mark only before the next part, so a complete document does not wait for it.
        if _is_whole(self._held):
            whole, self._held = self._held, b""
            yield from self._body(whole)
        if len(self._held) > 16 * MOST_BYTES:
            self._held = b""

    def _body(self, piece: bytes) -> Iterator[bytes]:
        head, body = _split(piece)
        kind = _TYPE.search(head)
        # A part without a content type is recognised by its first bytes, as pictures are.
        wanted = b"xml" in head.lower() or b"json" in head.lower() or (kind is None and body[:1] in {b"<", b"{"})
        if body and (wanted or (kind is not None and kind.group(1).strip().lower().startswith(b"text/"))):
            yield body


def _split(piece: bytes) -> tuple[bytes, bytes]:
    """Return header and body of a part, whatever its line ends; a part may have no header."""
    piece = piece.strip(b"\r\n\x00 ") if piece.lstrip()[:1] in {b"<", b"{"} else piece
    if piece[:1] in {b"<", b"{"}:
        return b"", piece
    found = _HEADER_END.search(piece.lstrip(b"\r\n"))
    if found is None:
        return piece, b""
    piece = piece.lstrip(b"\r\n")
    return piece[: found.start()], piece[found.end() :].strip().strip(b"\x00")


def _is_whole(held: bytes) -> bool:
    end = held.rstrip(b"\r\n\x00 ")
    if not end.endswith(_DOCUMENT_END):
        return False
    if end.endswith(_DOCUMENT_END[0]):
        return True
    try:
        return isinstance(json.loads(decoded(_split(end)[1]), strict=False), dict)
    except (ValueError, RecursionError):
        return False


def boundary_of(content_type: str) -> str:
    """Return the boundary of a `Content-Type` header; empty if there is none."""
    for part in content_type.split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() == "boundary":
            return value.strip('"')
    return ""


def parse(payload: bytes, *, received_at: datetime) -> VendorEvent:
    """Return the event of one EventNotificationAlert; the first if a `duration` names several.

    Raises:
        Invalid: not such a document.
    """
    return parse_all(payload, received_at=received_at)[0]


def parse_all(payload: bytes, *, received_at: datetime) -> tuple[VendorEvent, ...]:
    """Return the events of one EventNotificationAlert: one event, or all that a `duration` continues.

    Raises:
        Invalid: not such a document.
    """
    root = _document(payload)
    if root.tag != "EventNotificationAlert":
        raise Invalid(f"<{root.tag}>: expected <EventNotificationAlert>")
    name, state = needed(root, "eventType"), needed(root, "eventState")
    if state not in {"active", "inactive"}:
        raise Invalid(f"eventState {state[:40]!r}: expected active or inactive")
    names = [name]
    if name == _DURATION:
        related = (element.text or "" for element in root.iter("relationEvent"))
        names = sorted({text.strip() for text in related if text.strip()})
        if not names:
            raise Invalid("eventType duration: expected <relationEvent> with the active events")
    return tuple(_event(root, one, state, received_at) for one in names)


def _event(root: ET.Element, name: str, state: str, received_at: datetime) -> VendorEvent:
    channel = child(root, "channelID") or child(root, "dynChannelID") or "1"
    heartbeat = name == "videoloss" and state == "inactive"
    return VendorEvent(
        vendor=VENDOR,
        name=name,
        meaning=Meaning(Kind.nothing) if heartbeat else meaning(VENDOR, name),
        channel=channel,
        # Reports of one event have no id: an active event on a channel is one situation until it is inactive.
        id=f"{channel}/{name}",
        at=_moment(child(root, "dateTime"), received_at),
        ended=state == "inactive",
        boxes=tuple(_boxes(root, name)),
    )


def _document(payload: bytes) -> ET.Element:
    """Parse the document of a part; JSON becomes the same XML tree."""
    if not payload.lstrip().startswith(b"{"):
        return parse_xml(payload)
    if len(payload) > MOST_BYTES:
        raise Invalid(f"JSON of {len(payload)} bytes, expected at most {MOST_BYTES}")
    try:
        body = json.loads(decoded(payload), strict=False)
    except (ValueError, RecursionError):
        raise Invalid("expected XML or JSON") from None
    inner = body.get("EventNotificationAlert", body)
    root = ET.Element("EventNotificationAlert")
    _fill(root, inner, deep=0)
    return root


def _fill(parent: ET.Element, value: object, *, deep: int) -> None:
    if isinstance(value, dict) and deep < _DEEPEST:
        for name, part in value.items():
            for one in part if isinstance(part, list) else [part]:
                _fill(ET.SubElement(parent, str(name)), one, deep=deep + 1)
    elif isinstance(value, str | int | float):
        parent.text = str(value)


def _moment(text: str | None, otherwise: datetime) -> datetime:
    """Return the camera's time; a time without offset is local; without a valid time, return the time of receipt."""
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
