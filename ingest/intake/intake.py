"""Intake: callback → bounded queue → batch → one transaction → acknowledgement → receipt."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter, Gauge, Histogram

from ingest.intake.admission import Admission
from ingest.intake.budget import Budgets
from ingest.intake.careful import CarefulStoring, open_to_all
from ingest.intake.sorting import Sorted, Sorter
from ingest.links import Links
from ingest.mqtt import Incoming
from ingest.payloads.receipt import Receipt, render, to_ranges
from ingest.registry import Registry
from ingest.topics import DEVICE_AT, NODE_AT, NODE_LEVEL, PREFIX, TENANT_AT, receipt_topic
from models.base.away import PAUSE_S, passing_over
from models.base.clock import Clock
from models.base.errors import StoreUnavailable
from models.catalogue.terms import DeviceKind
from models.store import Store, Write, heartbeats

log = structlog.get_logger()

MESSAGES = Counter("mingchu_ingest_messages_total", "Messages taken in", ["outcome"])
READINGS = Counter("mingchu_ingest_readings_total", "Readings", ["outcome"])
GAPS = Counter("mingchu_ingest_gaps_total", "Numbers missing in nodes' streams")
QUEUED = Gauge("mingchu_ingest_queued_messages", "Messages waiting for a batch")
BATCH_SECONDS = Histogram("mingchu_ingest_batch_seconds", "Seconds from a batch's first message to its commit")
REFUSED = Counter("mingchu_ingest_quarantined_total", "Messages quarantined", ["reason"])

BATCH_MESSAGES = 1000
BATCH_S = 0.2
RECEIVE_MAXIMUM = 4 * BATCH_MESSAGES
RECEIPT_LIFE_S = 300
ROLE = "ingest"
ALIVE_EVERY_S = 10.0


@dataclass(slots=True)
class Batch:
    """Messages that are stored together, and the arrival time of the first.

    `messages` also holds those that are only acknowledged, because acknowledgements must keep the order of arrival
    (MQTT 5 §4.6), and some brokers end the connection otherwise.
    """

    messages: list[Incoming]
    began: float
    kept: list[Incoming] = field(default_factory=list)

    def add(self, message: Incoming, *, keep: bool) -> None:
        """Add one message, to be stored or only to be acknowledged."""
        self.messages.append(message)
        if keep:
            self.kept.append(message)


class Intake:
    """Takes messages from the network thread and stores them; acknowledges only after the commit.

    The broker's receive maximum bounds the queue: the broker waits for acknowledgements before it sends more.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        replica: str = "0",
        registry: Registry | None = None,
        fence: Callable[[Write], None] = open_to_all,
    ) -> None:
        self._store_pool, self._clock, self._replica = store, clock, replica
        self._queue: queue.SimpleQueue[tuple[Incoming, bool]] = queue.SimpleQueue()
        self.registry = registry or Registry(store)
        self._sorter = Sorter(self.registry)
        budgets = Budgets()
        self._admission = Admission(budgets)
        self._careful = CarefulStoring(store, self._sorter, self._admission, clock=clock, fence=fence)
        self._alive_due = 0.0
        self.on_known: Callable[[Sequence[Incoming]], None] = lambda _: None
        """Called with the messages of each batch when the registry of their senders is loaded."""

    def enqueue(self, message: Incoming) -> None:
        """Queue a message to be stored. Called on the network thread."""
        self._queue.put((message, True))

    def let_go(self, message: Incoming) -> None:
        """Queue a message only to be acknowledged, after earlier messages. Called on the network thread."""
        if message.qos > 0:
            self._queue.put((message, False))

    def run(self, link: Links, *, stop: threading.Event) -> None:
        """Store batches until `stop` is set; then store what has been received by then, and return.

        Raises:
            LeaseLost: the fence is shut: another process stores these messages now.
        """
        while not stop.is_set():
            self._do_batch(link, stop=stop)
            self._say_alive(link)
        left = self._queue.qsize()  # what arrives later is not acknowledged, and delivered to whoever comes next
        while left > 0:
            left -= self._do_batch(link, stop=stop)

    def _do_batch(self, link: Links, *, stop: threading.Event) -> int:
        """Store the next batch; return its number of messages."""
        batch = self._next_batch()
        if batch is None:
            return 0
        self._keep_trying(batch, link, stop=stop)
        return len(batch.messages)

    def _say_alive(self, link: Links) -> None:
        """Write the heartbeat, unless the broker is unreachable. Without it the silence of sensors has no meaning."""
        if not link.connected.is_set() or time.monotonic() < self._alive_due:
            return
        self._alive_due = time.monotonic() + ALIVE_EVERY_S
        with passing_over(), self._store_pool.write() as w:
            heartbeats.role_alive(w, role=ROLE, replica=self._replica, at=self._clock.now())

    def _next_batch(self) -> Batch | None:
        try:
            message, keep = self._queue.get(timeout=BATCH_S)
        except queue.Empty:
            return None
        batch = Batch([], time.monotonic())
        batch.add(message, keep=keep)
        get = self._queue.get
        while len(batch.messages) < BATCH_MESSAGES:
            left = batch.began + BATCH_S - time.monotonic()
            try:
                message, keep = get(timeout=left) if left > 0 else get(block=False)
            except queue.Empty:
                break
            batch.add(message, keep=keep)
        QUEUED.set(self._queue.qsize())
        return batch

    def _keep_trying(self, batch: Batch, link: Links, *, stop: threading.Event) -> None:
        """Store a batch, waiting while the database is unreachable; without a commit nothing is acknowledged."""
        admitted: list[Incoming] | None = None
        stored: list[Sorted] | None = None if batch.kept else []
        while stored is None:
            try:
                self.registry.know(message.topic for message in batch.kept)
                if admitted is None:
                    self.on_known(batch.kept)
                    admitted = self._admission.admit(batch.kept, self._sorter.sender_of)
                stored = self._careful.store(admitted)
                self._admission.tell_excess(self._store_pool, at=self._clock.now())
            except StoreUnavailable as error:
                log.warning("waiting for the database", error=str(error), held=len(batch.messages))
                if stop.wait(PAUSE_S):
                    return  # unacknowledged, so the broker delivers them again
        for message in batch.messages:
            link.ack(message)
        self._count(batch, stored)
        self._send_receipts(link, batch, stored)

    def knows_status(self, topic: str) -> bool:
        """Return whether a topic is a node's status; called on the network thread, asks no database.

        Returns True for an unknown node, because it may have been registered a moment ago.
        """
        *place, device, kind = topic.split("/")
        node = self.registry.nodes.get(place[-1]) if place else None
        if (device, kind) != (NODE_LEVEL, "status"):
            return False
        return node is None or place == [*PREFIX.split("/"), node.tenant_id, node.site_id, node.id]

    def knows_sender(self, topic: str) -> bool:
        """Return whether the node at whose level a topic lies is loaded."""
        levels = topic.split("/")
        return len(levels) > NODE_AT and levels[NODE_AT] in self.registry.nodes

    def knows_camera(self, topic: str) -> bool:
        """Return whether a frame's topic is a registered camera's; called on the network thread, asks no database."""
        levels = topic.split("/")
        route = self.registry.routes.get(levels[DEVICE_AT])
        return (
            route is not None
            and route.kind is DeviceKind.camera
            and [route.tenant_id, route.site_id, route.node_id] == levels[TENANT_AT:DEVICE_AT]
        )

    def _count(self, batch: Batch, stored: list[Sorted]) -> None:
        BATCH_SECONDS.observe(time.monotonic() - batch.began)
        for part in stored:
            MESSAGES.labels("quarantined").inc(len(part.refusals))
            READINGS.labels("stored").inc(part.outcome.stored)
            READINGS.labels("duplicate").inc(len(part.readings) - part.outcome.stored)
            GAPS.inc(part.outcome.gaps)
            for refusal in part.refusals:
                REFUSED.labels(refusal.reason).inc()
                log.warning("quarantined", reason=refusal.reason, detail=refusal.detail, topic=refusal.message.topic)
        MESSAGES.labels("stored").inc(sum(part.whole for part in stored))

    def _send_receipts(self, link: Links, batch: Batch, stored: list[Sorted]) -> None:
        """Tell each node what was stored, at the broker that delivered its last message."""
        speaks_at: dict[str, int] = {}
        if link.are_several:
            senders = ((self._sorter.sender_of(message), message.broker) for message in batch.kept)
            speaks_at = {node.id: broker for node, broker in senders if node is not None}
        for part in stored:
            for (node_id, kind, session), numbers in part.numbers.items():
                node = part.heard.get(node_id)
                if node is None:
                    continue
                receipt = Receipt(session, kind, to_ranges(numbers))
                topic = receipt_topic(node.tenant_id, node.site_id, node.id)
                link.publish_at(speaks_at.get(node_id, 0), topic, render(receipt), qos=1, expiry_s=RECEIPT_LIFE_S)
