"""Intake: callback → bounded queue → batch → one transaction → acknowledgement → receipt."""

import queue
import threading
import time
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Gauge, Histogram

from ingest.mqtt import Incoming, MqttLink
from ingest.payloads.receipt import Receipt, render, to_ranges
from ingest.registry import Registry
from ingest.sorting import Refusal, Sorted, Sorter, utc_of
from ingest.storing import store_batch
from ingest.topics import receipt_topic
from models.clock import Clock
from models.errors import StoreRefused, StoreUnavailable
from models.store import Store, watching

log = structlog.get_logger()

MESSAGES = Counter("mingchu_ingest_messages_total", "Messages taken in", ["outcome"])
READINGS = Counter("mingchu_ingest_readings_total", "Readings", ["outcome"])
GAPS = Counter("mingchu_ingest_gaps_total", "Numbers missing in the streams of nodes")
QUEUED = Gauge("mingchu_ingest_queued_messages", "Messages waiting for a batch")
BATCH_SECONDS = Histogram("mingchu_ingest_batch_seconds", "From the batch's first message to its commit")
REFUSED = Counter("mingchu_ingest_quarantined_total", "Messages set aside", ["reason"])

BATCH_MESSAGES = 1000
BATCH_S = 0.2
RECEIVE_MAXIMUM = 4 * BATCH_MESSAGES
RECEIPT_LIFE_S = 300
ROLE, REPLICA = "ingest", "0"
ALIVE_EVERY_S = 10.0


@dataclass(slots=True)
class Batch:
    """Messages that are stored together, and when the first came."""

    messages: list[Incoming]
    began: float


class Intake:
    """Takes messages off the network thread and stores them; acknowledges after the commit only.

    The queue is bounded by the broker's receive maximum: what is not acknowledged is not sent on.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store_pool, self._clock = store, clock
        self._queue: queue.SimpleQueue[Incoming] = queue.SimpleQueue()
        self._registry = Registry(store)
        self._sorter = Sorter(self._registry)
        self._alive_due = 0.0

    def enqueue(self, message: Incoming) -> None:
        """Called on the network thread."""
        self._queue.put(message)

    def run(self, link: MqttLink, *, stop: threading.Event) -> None:
        """Store batches until `stop` is set; then what was received is stored before it returns."""
        while not stop.is_set() or not self._queue.empty():
            batch = self._next_batch()
            if batch is not None:
                self._keep_trying(batch, link, stop=stop)
            self._say_alive(link)

    def _say_alive(self, link: MqttLink) -> None:
        """Without this, silence of sensors says nothing about them; nor does it while there is no broker."""
        if not link.connected.is_set() or time.monotonic() < self._alive_due:
            return
        self._alive_due = time.monotonic() + ALIVE_EVERY_S
        try:
            with self._store_pool.write() as w:
                watching.role_alive(w, role=ROLE, replica=REPLICA, at=self._clock.now())
        except StoreUnavailable as error:
            log.warning("waiting for the database", error=str(error))

    def _next_batch(self) -> Batch | None:
        try:
            first = self._queue.get(timeout=BATCH_S)
        except queue.Empty:
            return None
        messages, began = [first], time.monotonic()
        get = self._queue.get
        while len(messages) < BATCH_MESSAGES:
            left = began + BATCH_S - time.monotonic()
            try:
                messages.append(get(timeout=left) if left > 0 else get(block=False))
            except queue.Empty:
                break
        QUEUED.set(self._queue.qsize())
        return Batch(messages, began)

    def _keep_trying(self, batch: Batch, link: MqttLink, *, stop: threading.Event) -> None:
        """Store a batch, waiting for a database that is away; without a commit nothing is acknowledged."""
        while True:
            try:
                self._registry.fresh()
                stored = self._store_whole_or_single(batch)
            except StoreUnavailable as error:
                log.warning("waiting for the database", error=str(error), held=len(batch.messages))
                if stop.wait(1):
                    return  # unacknowledged: the broker delivers them again
                continue
            for message in batch.messages:
                link.ack(message)
            self._count(batch, stored)
            self._send_receipts(link, stored)
            return

    def _store_whole_or_single(self, batch: Batch) -> list[Sorted]:
        """Store a batch in one transaction; if the database refuses it, message by message.

        One message that the database can't hold must not keep the others out.
        """
        try:
            return [self._store(batch.messages)]
        except StoreUnavailable:
            raise
        except StoreRefused as error:
            log.warning("batch refused, storing singly", error=str(error))
        except Exception:
            log.exception("batch not understood, storing singly")
        return [self._store_single(message) for message in batch.messages]

    def _store_single(self, message: Incoming) -> Sorted:
        try:
            return self._store([message])
        except StoreUnavailable:
            raise
        except StoreRefused as error:
            return self._set_aside(message, "store_refused", str(error))
        except Exception as error:  # one message may not end the intake of all: it would come again after every start
            log.exception("message not understood", topic=message.topic)
            return self._set_aside(message, "not_understood", f"{type(error).__name__}: {error}")

    def _set_aside(self, message: Incoming, reason: str, detail: str) -> Sorted:
        """Quarantine a message with its number: a node with a spool would bring it again for ever."""
        try:
            again = self._sorted([message])
        except Exception:
            log.exception("nor numbered", topic=message.topic)
            again = Sorted()
        refused = Sorted(refusals=[Refusal(message, reason, detail, None)], numbers=again.numbers, heard=again.heard)
        with self._store_pool.write() as w:
            store_batch(w, refused, at=self._clock.now())
        return refused

    def _store(self, messages: list[Incoming]) -> Sorted:
        batch = self._sorted(messages)
        with self._store_pool.write() as w:
            batch.outcome = store_batch(w, batch, at=self._clock.now())
        return batch

    def _sorted(self, messages: list[Incoming]) -> Sorted:
        batch = Sorted()
        now, now_monotonic = self._clock.now(), time.monotonic()
        for message in messages:
            at = utc_of(message.received_monotonic, now=now, now_monotonic=now_monotonic)
            self._sorter.sort(message, at=at, into=batch)
        return batch

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
        MESSAGES.labels("stored").inc(len(batch.messages) - sum(len(part.refusals) for part in stored))

    def _send_receipts(self, link: MqttLink, stored: list[Sorted]) -> None:
        for part in stored:
            for (node_id, kind, session), numbers in part.numbers.items():
                node = part.heard.get(node_id)
                if node is None:
                    continue
                receipt = Receipt(session, kind, to_ranges(numbers))
                topic = receipt_topic(node.tenant_id, node.site_id, node.id)
                link.publish(topic, render(receipt), qos=1, expiry_s=RECEIPT_LIFE_S)
