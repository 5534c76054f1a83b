"""A node's MQTT client: birth and will, numbered streams, a spool until the receipt arrives."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog

from ingest.mqtt import Incoming, Login, MqttLink, Will
from ingest.node.spool import Entry, KeptFrame, Message, Spool
from ingest.node.spool.memory import MemorySpool
from ingest.node.spool.sender import Sender
from ingest.node.spool.unsent import Unsent
from ingest.payloads import receipt, senml, status
from ingest.payloads.senml import Reading
from ingest.payloads.status import DeviceHealth
from ingest.topics import NODE_LEVEL, Topic
from models.base.clock import SystemClock, is_due, rfc3339
from models.base.errors import Invalid
from models.base.jsonio import dumps

log = structlog.get_logger()

KEEP_FRAME_EVERY = timedelta(seconds=10)
FIRMWARE = "mingchu-node 0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAddress:
    """A node's place in the topic tree."""

    tenant: str
    site: str
    node: str

    def topic(self, device: str, kind: str) -> str:
        """Return a topic of one of its devices."""
        return str(Topic(tenant=self.tenant, site=self.site, node=self.node, device=device, kind=kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAbout:
    """A node's description of itself, and its handlers of commands.

    `commands` maps a command's name (`clip`) to a function that is called with device and payload on the network
    thread; it must only enqueue. `health` returns the devices for the status, with their health where known.
    """

    health: Callable[[], Sequence[DeviceHealth | str]]
    firmware: str = FIRMWARE
    commands: Mapping[str, Callable[[str, bytes], None]] = field(default_factory=dict)
    on_connected: Callable[[], None] | None = None


class NodeClient:
    """Publishes frames, readings and events of one node.

    A reading or event stays in the spool until the platform's receipt names its number. One sender sends them in order,
    those of an earlier birth first, and starts again with the oldest after a reconnect or when a receipt is missing;
    intake is idempotent. If there is no connection, a spool that keeps frames keeps one per camera every
    `KEEP_FRAME_EVERY`.

    Args:
        session: number of this birth; must be larger than any before it.
        spool: keeps waiting messages; the client closes it. In memory by default.
    """

    def __init__(
        self,
        login: Login,
        address: NodeAddress,
        *,
        session: int,
        devices: list[str],
        about: NodeAbout | None = None,
        spool: Spool | None = None,
    ) -> None:
        self.address, self.session = address, session
        self._about = about or NodeAbout(health=lambda: devices)
        self._clock = SystemClock()
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._spool: Spool = spool if spool is not None else MemorySpool()
        self._kept_at: dict[str, datetime] = {}
        self._unsent = Unsent()
        self.frames_sent = 0
        self.frames_dropped = 0
        self._link = MqttLink(
            login,
            subscriptions=[(f"mingchu/v1/{address.tenant}/{address.site}/{address.node}/+/cmd/+", 1)],
            on_message=self._command,
            on_connected=self._born,
            on_published=self._unsent.written,
            will=Will(topic=address.topic(NODE_LEVEL, "status"), payload=self._will()),
            keep_session=False,
        )
        self._sender = Sender(
            self._spool, publish=self._publish, publish_frame=self._publish_kept, name=f"spool-{address.node}"
        )

    def __enter__(self) -> Self:
        self._link.__enter__()
        self._sender.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sender.stop()
        self._link.publish(self.address.topic(NODE_LEVEL, "status"), self._status(online=False), qos=1, retain=True)
        self._link.close()
        self._spool.close()

    @property
    def connected(self) -> bool:
        """Whether the broker accepted the connection."""
        return self._link.connected.is_set()

    @property
    def refusals(self) -> list[str]:
        """Reasons of the broker's last few refusals."""
        return list(self._link.refusals)

    @property
    def spooled(self) -> int:
        """Number of messages that wait for their receipt."""
        return len(self._spool)

    @property
    def dropped(self) -> int:
        """Number of messages dropped because the spool was full."""
        return self._spool.dropped

    def frame(self, device: str, jpeg: bytes, *, at: datetime) -> bool:
        """Send one JPEG at QoS 0; return whether it was sent.

        On a slow line the frame is dropped: at most `PER_DEVICE` frames of a device wait to be written.
        """
        sent = kept = False
        # Keep it behind the camera's waiting pictures, because vision takes a camera's pictures in order.
        if self.connected and device not in self._spool.devices_with_frames():
            sent = self._unsent.hand_over(device, lambda: self._send_frame(device, jpeg, at=at, qos=0))
        else:
            kept = self._keep(device, jpeg, at=at)
        self.frames_sent += sent
        self.frames_dropped += not sent and not kept
        return sent

    def _keep(self, device: str, jpeg: bytes, *, at: datetime) -> bool:
        if not is_due(self._kept_at.get(device), at, every=KEEP_FRAME_EVERY):
            return False
        self._kept_at[device] = at
        return self._spool.keep_frame(device, at, jpeg)

    def _publish_kept(self, kept: KeptFrame) -> bool:
        return self._send_frame(kept.device, kept.jpeg, at=kept.at, qos=1) is not None

    def _send_frame(self, device: str, jpeg: bytes, *, at: datetime, qos: int) -> int | None:
        user = {"ts": rfc3339(at), "seq": str(self._next("frame")), "session": str(self.session)}
        return self._link.publish(self.address.topic(device, "frame"), jpeg, qos=qos, user=user)

    def readings(self, device: str, readings: list[Reading], *, skip: int = 0, copies: int = 1) -> int:
        """Send readings of one device in one message; return its number.

        For tests of the platform, `skip` numbers are left out before it and `copies` copies are sent.
        """
        with self._lock:
            seq = self._numbered("reading", skip=skip)
            payload = senml.render(readings, session=self.session, seq=seq)
            message = self._spooled("reading", seq, device, payload)
        for _ in range(copies - 1):
            self._publish(Entry(0, message))
        self._sender.wake()
        return seq

    def event(self, device: str, event: Mapping[str, object]) -> int:
        """Send an event judged at the edge, a CloudEvent as `ingest.payloads.edge_event` parses it; return its number.

        Sets its `source` to the device's.
        """
        source = f"/t/{self.address.tenant}/s/{self.address.site}/d/{device}"
        with self._lock:
            seq = self._numbered("event", skip=0)
            body = {"specversion": "1.0", **event, "source": source, "seq": seq, "session": self.session}
            self._spooled("event", seq, device, dumps(body).encode())
        self._sender.wake()
        return seq

    def raw(self, device: str, kind: str, payload: bytes) -> None:
        """Send bytes unchanged, once, unnumbered."""
        self._link.publish(self.address.topic(device, kind), payload, qos=1)

    def tell_status(self) -> None:
        """Publish the current status of the node and its devices."""
        self._link.publish(self.address.topic(NODE_LEVEL, "status"), self._status(online=True), qos=1, retain=True)

    def answer(self, device: str, command: str, payload: bytes) -> bool:
        """Answer a command; return whether the answer was sent."""
        return self._link.publish(self.address.topic(device, f"cmd/{command}/res"), payload, qos=1) is not None

    def wait_empty(self, timeout_s: float) -> bool:
        """Wait until every message has its receipt; return whether all have."""
        deadline = time.monotonic() + timeout_s
        while self.spooled and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.spooled

    def _next(self, kind: str) -> int:
        with self._lock:
            return self._numbered(kind, skip=0)

    def _numbered(self, kind: str, *, skip: int) -> int:
        """Return the next number. The caller holds the lock until the message is in the spool, to keep the order."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1 + skip
        return self._numbers[kind]

    def _spooled(self, kind: str, seq: int, device: str, payload: bytes) -> Message:
        topic = self.address.topic(device, kind)
        message = Message(session=self.session, kind=kind, seq=seq, topic=topic, payload=payload)
        self._spool.add(message)
        return message

    def _publish(self, entry: Entry) -> bool:
        # The properties repeat the number, so that the platform can quarantine and acknowledge an unreadable message.
        message = entry.message
        user = {"seq": str(message.seq), "session": str(message.session)}
        return self._link.publish(message.topic, message.payload, qos=1, user=user) is not None

    def _born(self) -> None:
        self._unsent.forget()
        self.tell_status()
        if self._about.on_connected is not None:
            self._about.on_connected()
        self._sender.reconnected()

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
            log.warning("receipt can't be read", error=str(error))
            return
        self._sender.settle(got.session, got.kind, got.ranges)

    def _will(self) -> bytes:
        return status.render(
            online=False, session=self.session, at=self._clock.now(), firmware=self._about.firmware, devices=[]
        )

    def _status(self, *, online: bool) -> bytes:
        return status.render(
            online=online,
            session=self.session,
            at=self._clock.now(),
            firmware=self._about.firmware,
            devices=self._about.health(),
            can=sorted(self._about.commands),
        )
