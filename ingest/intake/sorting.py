"""Sort one message: into readings, an event, a status, or quarantine with its reason."""

import math
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.mqtt import Incoming
from ingest.payloads import edge_event, senml, status
from ingest.payloads.bounds import LARGEST_NUMBER, born_ahead
from ingest.payloads.edge_event import EdgeEvent
from ingest.payloads.status import Status
from ingest.registry import Registry, WrongAddress
from ingest.topics import NODE_AT, NODE_LEVEL, Topic, WrongTopic
from models.base.clock import is_late
from models.base.errors import Invalid
from models.catalogue.terms import DeviceKind
from models.domain.devices import Node
from models.store.devices import Route
from models.store.readings import ReadingRow

OLDEST = timedelta(hours=72)
"""Maximum age of late data that is accepted (domain default)."""
FURTHEST_AHEAD = timedelta(hours=24)
"""Times further in the future than this are refused."""
_OF_THE_SENDER = ("unknown_device", "wrong_kind", "wrong_device", "wrong_source")
"""Refusals of messages under a node's own address. Only these count its numbers: another may have faked the rest."""
_UNNUMBERED_BITS = 52
_ODD = 0x9E3779B97F4A7C15
"""Mixes the bits of a value: 2^64 divided by the golden ratio, as in Fibonacci hashing."""


@dataclass(slots=True)
class Refusal:
    """A message that goes to quarantine; `node` is its sender where known."""

    message: Incoming
    reason: str
    detail: str
    node: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An event judged at the edge: its content, its device's route, and its arrival."""

    event: EdgeEvent
    route: Route
    received_at: datetime
    message: Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Result of storing a batch: number of new readings, number of missing messages."""

    stored: int = 0
    gaps: int = 0


@dataclass(slots=True)
class Sorted:
    """Content of a batch. Times are the platform's where the device has no clock.

    `unreadable` holds sensors that sent unreadable messages: when, and why.
    """

    readings: list[ReadingRow] = field(default_factory=list)
    events: list[Judged] = field(default_factory=list)
    statuses: list[tuple[Status, Node, datetime]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    numbers: dict[tuple[str, str, int], list[int]] = field(default_factory=dict)
    skews: dict[str, float] = field(default_factory=dict)
    heard: dict[str, Node] = field(default_factory=dict)
    unreadable: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    whole: int = 0
    """Number of messages accepted without a refusal."""


class Sorter:
    """Sorts messages against the registry; never raises because of a message's content."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def sort(self, message: Incoming, *, at: datetime, into: Sorted) -> None:
        """Sort one message received at `at`."""
        node: Node | None = None
        try:
            node = self.sender_of(message)
            topic = Topic.parse(message.topic)
            if topic.kind == "reading":
                self._reading(message, topic, node, at, into)
            elif topic.kind == "status":
                self._status(message, topic, at, into)
            elif topic.kind == "event":
                self._event(message, topic, at, into)
            elif topic.kind == "frame":
                self._frame(topic)
            else:
                _refuse_answer(topic)
        except WrongTopic as error:
            into.refusals.append(Refusal(message, "wrong_topic", str(error), node))
        except WrongAddress as error:
            into.refusals.append(Refusal(message, error.reason, str(error), node))
            if error.reason in _OF_THE_SENDER:
                self._count_bad(message, node, into)
        except Invalid as error:
            into.refusals.append(Refusal(message, "bad_payload", str(error), node))
            self._count_bad(message, node, into)
            self._note_unreadable(message, node, at, str(error), into)

    def number_unread(self, message: Incoming, *, into: Sorted) -> None:
        """Number a message by its MQTT properties alone, so that its sender gets a receipt."""
        self._count_bad(message, self.sender_of(message), into)

    def sender_of(self, message: Incoming) -> Node | None:
        """The registered node at whose level a message was published, whatever else of its topic is wrong."""
        levels = message.topic.split("/")
        return self._registry.nodes.get(levels[NODE_AT]) if len(levels) > NODE_AT else None

    def _reading(self, message: Incoming, topic: Topic, node: Node | None, at: datetime, into: Sorted) -> None:
        route = self._registry.route_of(topic)
        if route.kind is not DeviceKind.sensor:
            raise WrongAddress("wrong_kind", f"device {route.device_id!r} is a {route.kind}, not a sensor")
        pack = senml.parse(message.payload)
        seq = pack.seq if pack.seq is not None else _whole(message.user.get("seq"))
        session = pack.session if pack.session is not None else _whole(message.user.get("session"))
        rows: list[ReadingRow] = []
        refused = list(pack.refused)
        for reading in senml.told_apart(pack.readings):
            try:
                rows.append(_row(reading, route, seq, at))
            except Invalid as error:
                refused.append(str(error))
        if not rows:
            raise Invalid(refused[0])
        if refused:
            detail = f"{len(refused)} of its records were refused, the others stored: {'; '.join(refused)}"
            into.refusals.append(Refusal(message, "bad_record", detail, node))
        into.readings.extend(rows)
        if not rows[-1].late:
            into.skews[route.node_id] = (rows[-1].occurred_at - at).total_seconds()
        self._number(topic.node, "reading", session, seq, into)

    def _frame(self, topic: Topic) -> None:
        """Refuse a frame of a device that is no registered camera; vision handles the frames of cameras."""
        route = self._registry.route_of(topic)
        if route.kind is not DeviceKind.camera:
            raise WrongAddress("wrong_kind", f"device {route.device_id!r} is a {route.kind}, not a camera")

    def _status(self, message: Incoming, topic: Topic, at: datetime, into: Sorted) -> None:
        node = self._registry.node_of(topic)
        if topic.device != NODE_LEVEL:
            raise WrongAddress("wrong_device", "a status belongs to the node: expected device level '_'")
        parsed = status.parse(message.payload)
        if born_ahead(parsed.session, at):
            raise Invalid(f"session {parsed.session} is in the future; set the node's clock (now {at.isoformat()})")
        if message.retained and _before_reset(parsed, node):
            return
        into.statuses.append((parsed, node, at))
        into.heard[node.id] = node

    def _event(self, message: Incoming, topic: Topic, at: datetime, into: Sorted) -> None:
        route = self._registry.route_of(topic)
        event = edge_event.parse(message.payload)
        expected = f"/t/{topic.tenant}/s/{topic.site}/d/{topic.device}"
        if event.source != expected:
            raise WrongAddress("wrong_source", f"source {event.source[:200]!r}, expected {expected!r}")
        for claimed in (event.occurred_at, event.time, event.data.end or event.time):
            _checked(claimed, at)
        into.events.append(Judged(event=event, route=route, received_at=at, message=message))
        self._number(topic.node, "event", event.session, event.seq, into)

    def _number(self, node: str, kind: str, session: int | None, seq: int | None, into: Sorted) -> None:
        found = self._registry.nodes.get(node)
        if found is not None:
            into.heard[node] = found
        if seq is not None:
            into.numbers.setdefault((node, kind, session or 0), []).append(seq)

    def _note_unreadable(self, message: Incoming, node: Node | None, at: datetime, why: str, into: Sorted) -> None:
        """Remember that a sensor sends, though its message is unreadable."""
        if node is None:
            return
        *_, device, kind = message.topic.split("/")
        route = self._registry.routes.get(device)
        if kind == "reading" and route is not None and route.node_id == node.id:
            into.unreadable[device] = at, why

    def _count_bad(self, message: Incoming, node: Node | None, into: Sorted) -> None:
        """Count the number of a quarantined message, if its MQTT properties carry it: then it is not sent again."""
        seq = _whole(message.user.get("seq"))
        kind = message.topic.rpartition("/")[2]
        if node is not None and seq is not None:
            self._number(node.id, kind, _whole(message.user.get("session")), seq, into)


def _refuse_answer(topic: Topic) -> None:
    raise WrongAddress("unexpected_answer", f"nothing was asked that {topic.kind!r} answers")


def _row(reading: senml.Reading, route: Route, seq: int | None, at: datetime) -> ReadingRow:
    if reading.code != route.sensor_code:
        raise Invalid(f"device {route.device_id!r} is registered as {route.sensor_code}, not {reading.code}")
    occurred_at = _checked(reading.moment(at), at)
    number = _unnumbered(reading.value) if seq is None else seq
    late = is_late(occurred_at, at)
    return ReadingRow(route.device_id, reading.code, occurred_at, number, at, reading.value, late)


def _unnumbered(value: float) -> int:
    """Return a number for a value whose sender sends none: 0 for a value of 0, else negative.

    Two equal values of one moment get the same number and count as a repeat; different values do not.
    """
    bits = int.from_bytes(struct.pack(">d", value + 0.0))
    return -(bits * _ODD % 2**64 >> 64 - _UNNUMBERED_BITS)


def _before_reset(parsed: Status, node: Node) -> bool:
    """Return whether the broker kept this status from before an administrator reset the node's births."""
    return node.reset_at is not None and (parsed.at is None or parsed.at <= node.reset_at)


def _whole(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdigit():
        return None
    number = int(text[:20])
    return number if number <= LARGEST_NUMBER else None


def plausible(claimed: datetime, at: datetime) -> bool:
    """Return whether a device may claim this moment in a message that arrived at ``at``."""
    return _doubt(claimed, at) is None


def _doubt(claimed: datetime, at: datetime) -> str | None:
    """Return the reason against a moment that a device claims in a message of ``at``; None if it is plausible."""
    if at - claimed > OLDEST:
        return f"{claimed.isoformat()} is more than {OLDEST} ago; older data is not accepted"
    if claimed - at > FURTHEST_AHEAD:
        return f"{claimed.isoformat()} is in the future; set the device's clock (now {at.isoformat()})"
    return None


def _checked(claimed: datetime, at: datetime) -> datetime:
    doubt = _doubt(claimed, at)
    if doubt is not None:
        raise Invalid(doubt)
    return claimed


def utc_of(received_monotonic: float, *, now: datetime, now_monotonic: float) -> datetime:
    """Return the arrival time of a message, computed from its monotonic time stamp."""
    age = max(0.0, now_monotonic - received_monotonic)
    moment = now - timedelta(seconds=age if math.isfinite(age) else 0)
    return moment.astimezone(UTC)
