"""A node's side of the contract: birth and will, numbered streams, a spool until the receipt comes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

import structlog

from ingest.mqtt import Incoming, Login, MqttLink, Will
from ingest.payloads import receipt, senml, status
from ingest.payloads.senml import Reading
from ingest.payloads.status import DeviceHealth
from ingest.topics import NODE_LEVEL, Topic
from models.clock import SystemClock, rfc3339
from models.errors import Invalid

log = structlog.get_logger()

RESEND_AFTER_S = 10.0
MAX_SPOOLED = 50_000
RESEND_BURST = 500
FIRMWARE = "mingchu-node 0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAddress:
    """Where a node stands in the topic tree."""

    tenant: str
    site: str
    node: str

    def topic(self, device: str, kind: str) -> str:
        """The topic of one of its devices."""
        return str(Topic(tenant=self.tenant, site=self.site, node=self.node, device=device, kind=kind))


@dataclass(slots=True)
class _Spooled:
    topic: str
    payload: bytes
    sent_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAbout:
    """What a node tells about itself, and what it does on command.

    `commands` maps a command's name (`clip`) to what is called with device and payload on the network thread;
    it must only enqueue. `health` gives the devices of the status, with their health where it is known.
    """

    health: Callable[[], Sequence[DeviceHealth | str]]
    firmware: str = FIRMWARE
    commands: Mapping[str, Callable[[str, bytes], None]] = field(default_factory=dict)
    on_connected: Callable[[], None] | None = None


class NodeClient:
    """Publishes frames, readings and events of one node.

    A reading or event stays in the spool until the platform's receipt names its number, and is sent
    again after `RESEND_AFTER_S` or a reconnect; intake is idempotent. The spool is bounded: when it is
    full the oldest goes, counted in `dropped`. Frames are not spooled: an old frame is worth nothing.

    Args:
        session: number of this birth; must be larger than any before it.
    """

    def __init__(
        self,
        login: Login,
        address: NodeAddress,
        *,
        session: int,
        devices: list[str],
        about: NodeAbout | None = None,
    ) -> None:
        self.address, self.session = address, session
        self._about = about or NodeAbout(health=lambda: devices)
        self._clock = SystemClock()
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._spool: OrderedDict[tuple[str, int], _Spooled] = OrderedDict()
        self.dropped = 0
        self.frames_sent = 0
        self.frames_dropped = 0
        self._stop = threading.Event()
        self._link = MqttLink(
            login,
            subscriptions=[(f"mingchu/v1/{address.tenant}/{address.site}/{address.node}/+/cmd/+", 1)],
            on_message=self._command,
            on_connected=self._born,
            will=Will(topic=address.topic(NODE_LEVEL, "status"), payload=self._status(online=False)),
            keep_session=False,
        )
        self._resender = threading.Thread(target=self._resend_loop, name=f"spool-{address.node}", daemon=True)

    def __enter__(self) -> Self:
        self._link.__enter__()
        self._resender.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._resender.join(timeout=2)
        self._link.publish(self.address.topic(NODE_LEVEL, "status"), self._status(online=False), qos=1, retain=True)
        self._link.close()

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us."""
        return self._link.connected.is_set()

    @property
    def refusals(self) -> list[str]:
        """Why the broker turned us away, the last few."""
        return list(self._link.refusals)

    @property
    def spooled(self) -> int:
        """How many messages wait for their receipt."""
        with self._lock:
            return len(self._spool)

    def frame(self, device: str, jpeg: bytes, *, at: datetime) -> bool:
        """Send one JPEG at QoS 0; tells whether it went out."""
        seq = self._next("frame")
        user = {"ts": rfc3339(at), "seq": str(seq), "session": str(self.session)}
        sent = self._link.publish(self.address.topic(device, "frame"), jpeg, qos=0, user=user) is not None
        self.frames_sent += sent
        self.frames_dropped += not sent
        return sent

    def readings(self, device: str, readings: list[Reading], *, skip: int = 0, copies: int = 1) -> int:
        """Send readings of one device in one message; gives its number.

        `skip` numbers are left out before it and `copies` are sent, to show what the platform does then.
        """
        seq = self._next("reading", skip=skip)
        payload = senml.render(readings, session=self.session, seq=seq)
        self._spool_and_send("reading", seq, self.address.topic(device, "reading"), payload, copies=copies)
        return seq

    def raw(self, device: str, kind: str, payload: bytes) -> None:
        """Send bytes as they are, once, unnumbered."""
        self._link.publish(self.address.topic(device, kind), payload, qos=1)

    def tell_status(self) -> None:
        """Publish how the node and its devices are now."""
        self._link.publish(self.address.topic(NODE_LEVEL, "status"), self._status(online=True), qos=1, retain=True)

    def answer(self, device: str, command: str, payload: bytes) -> bool:
        """Answer a command; tells whether it went out."""
        return self._link.publish(self.address.topic(device, f"cmd/{command}/res"), payload, qos=1) is not None

    def wait_empty(self, timeout_s: float) -> bool:
        """Wait until every message has its receipt; tells whether it came to that."""
        deadline = time.monotonic() + timeout_s
        while self.spooled and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.spooled

    def _next(self, kind: str, *, skip: int = 0) -> int:
        with self._lock:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1 + skip
            return self._numbers[kind]

    def _spool_and_send(self, kind: str, seq: int, topic: str, payload: bytes, *, copies: int) -> None:
        with self._lock:
            self._spool[kind, seq] = _Spooled(topic, payload, time.monotonic())
            if len(self._spool) > MAX_SPOOLED:
                self._spool.popitem(last=False)
                self.dropped += 1
        for _ in range(copies):
            self._link.publish(topic, payload, qos=1)

    def _resend_loop(self) -> None:
        while not self._stop.wait(1.0):
            self._resend(older_than_s=RESEND_AFTER_S)

    def _resend(self, *, older_than_s: float) -> None:
        """Send what has no receipt yet again, oldest first, in bounded bursts."""
        if not self.connected:
            return
        now = time.monotonic()
        with self._lock:
            due = [entry for entry in self._spool.values() if now - entry.sent_at >= older_than_s][:RESEND_BURST]
            for entry in due:
                entry.sent_at = now
        for entry in due:
            self._link.publish(entry.topic, entry.payload, qos=1)

    def _born(self) -> None:
        self.tell_status()
        if self._about.on_connected is not None:
            self._about.on_connected()
        # What was handed over while the connection broke may be lost: age it, so the resender takes it up.
        with self._lock:
            for entry in self._spool.values():
                entry.sent_at = float("-inf")

    def _command(self, message: Incoming) -> None:
        self._link.ack(message)
        device, _, name = message.topic.split("/")[-3:]
        if device == NODE_LEVEL and name == "receipt":
            self._take_receipt(message)
        elif name in self._about.commands:
            self._about.commands[name](device, message.payload)

    def _take_receipt(self, message: Incoming) -> None:
        try:
            got = receipt.parse(message.payload)
        except Invalid as error:
            log.warning("receipt not understood", error=str(error))
            return
        if got.session != self.session:
            return
        with self._lock:
            for low, high in got.ranges:
                for seq in range(low, min(high, self._numbers.get(got.kind, 0)) + 1):
                    self._spool.pop((got.kind, seq), None)

    def _status(self, *, online: bool) -> bytes:
        return status.render(
            online=online,
            session=self.session,
            at=self._clock.now(),
            firmware=self._about.firmware,
            devices=self._about.health(),
            can=sorted(self._about.commands),
        )
