"""The ingest role: takes readings, events and status from the broker and stores them."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import structlog
from prometheus_client import Gauge

from ingest.broker_address import addresses_of
from ingest.clips.desk import ClipDesk
from ingest.intake.partition import Means, Partition
from ingest.mqtt import Incoming, Login, MqttLink
from ingest.partitions import KIND, PartitionKey
from ingest.registry import Registry
from ingest.speech.desk import SpeechDesk
from ingest.topics import everything, up_filter
from models.base.away import passing_over, until_there
from models.base.clock import SystemClock
from models.base.errors import StoreUnavailable
from models.base.metrics import READY
from models.base.threads import beside
from models.store import Store
from models.store.following import Changes
from models.store.listen import Listener
from models.store.sharing import TEND_S, Change, Sharing

log = structlog.get_logger()

OPEN = Gauge("mingchu_ingest_partitions_open", "Partitions whose filters the broker has accepted")
_GROUP = "mingchu-ingest"
OBSOLETE = (
    everything(_GROUP),
    *(up_filter(kind, group=_GROUP) for kind in ("reading", "event", "cmd/clip/res")),
)
"""Subscriptions of earlier releases, which a session kept by the broker may still hold."""


def run(
    store: Store,
    login: Login,
    *,
    public_url: str,
    stop: threading.Event,
    listener: Listener | None = None,
    replica: str = "0",
) -> None:
    """Run intake until `stop` is set; store all messages received by then.

    Args:
        store: where messages go.
        login: at the broker. Its client id is the same for all replicas: sessions belong to partitions.
        public_url: the URL at which nodes upload clips to the API.
        stop: ends the role.
        listener: wakes at changes of the registry; without it they are known within a second.
        replica: the name of this process, under which it holds partitions.
    """
    if login.former_id is not None:
        for url in addresses_of(login.url):
            forget_session(replace(login, url=url), login.former_id, stop=stop)
    clock, registry = SystemClock(), Registry(store)
    owned = Partitions(
        Means(store=store, registry=registry, login=login, clock=clock, obsolete=OBSOLETE),
        Sharing(store, kind=KIND, name=replica),
    )
    clips = ClipDesk(store, owned, public_url=public_url, clock=clock)
    speech = SpeechDesk(store, owned, clock=clock)
    owned.answered = {"clip": clips.answered, "speak": speech.answered}
    registry.on_change = owned.changed
    until_there(registry.catch_up, stop=stop)
    with (
        beside(partial(registry.follow, listener, stop=stop), stop=stop, name="registry"),
        beside(partial(clips.run, stop=stop), stop=stop, name="clip-desk"),
        beside(partial(speech.run, stop=stop), stop=stop, name="speech-desk"),
    ):
        owned.run(stop=stop)


class Partitions:
    """The partitions that this process owns, by leases. Publishes for the desks through any of them."""

    def __init__(self, means: Means, sharing: Sharing) -> None:
        self._means, self._sharing = means, sharing
        self._owned: dict[str, Partition] = {}
        self._closing: dict[str, threading.Thread] = {}
        self.answered: Mapping[str, Callable[[Incoming], None]] = {}

    def run(self, *, stop: threading.Event) -> None:
        """Own a fair part of the partitions until `stop` is set; then store what was received, and give them back."""
        while not stop.is_set():
            self.tend()
            stop.wait(TEND_S)
        for one in list(self._owned.values()):
            one.close()
        self._owned.clear()
        for thread in self._closing.values():
            thread.join()
        with passing_over():
            self._sharing.end()

    def tend(self) -> None:
        """Begin and end partitions as the leases say."""
        try:
            self._apply(self._sharing.tend())
        except StoreUnavailable as error:
            log.warning("waiting for the database", error=str(error))
            self._apply(self._sharing.expire())
        for key in [key for key, one in self._owned.items() if not one.is_running and key not in self._closing]:
            log.warning("partition does not run, is opened again", partition=key)
            self._open(key)

    def _apply(self, change: Change) -> None:
        for key in change.lost:
            if key in self._owned:
                self._owned.pop(key).abandon()
        for key in change.gained:
            self._open(key)
        for key in change.to_give - self._closing.keys():
            if key in self._owned:
                thread = threading.Thread(target=self._close, args=(key, self._owned[key]), name=f"close-{key}")
                self._closing[key] = thread
                thread.start()
        done = frozenset(key for key, thread in self._closing.items() if not thread.is_alive())
        for key in done:
            del self._closing[key]
        self._sharing.give_back(done & self._sharing.held)
        if not self._sharing.held:
            READY.set(1)  # a stand-by
        OPEN.set(sum(one.link.connected.is_set() for one in list(self._owned.values())))

    def _open(self, key: str) -> None:
        one = Partition(PartitionKey.parse(key), self._means, holder=self._sharing.holder or 0, answered=self.answered)
        self._owned[key] = one  # before it reads its nodes, so that it learns of changes from then on
        try:
            one.open()
        except StoreUnavailable as error:
            log.warning("partition not opened yet", partition=key, error=str(error))

    def _close(self, key: str, one: Partition) -> None:
        one.close()
        self._owned.pop(key, None)

    def changed(self, changes: Changes) -> None:
        """Take up new nodes and let go of revoked ones; called when the registry changes."""
        for one in list(self._owned.values()):
            one.changed(None if changes.everything else changes.nodes)

    @property
    def is_connected(self) -> bool:
        """Whether a message can be published now."""
        return any(one.link.connected.is_set() for one in list(self._owned.values()))

    def publish(self, topic: str, payload: bytes, *, qos: int, expiry_s: int | None = None) -> int | None:
        """Pass a message to a connected partition; return its mid, None if there is none."""
        for one in list(self._owned.values()):
            if one.link.connected.is_set():
                return one.link.publish(topic, payload, qos=qos, expiry_s=expiry_s)
        return None


def forget_session(login: Login, client_id: str, *, stop: threading.Event) -> None:
    """Delete the broker's session of an earlier client id, which would keep receiving a share of the messages."""
    former = replace(login, client_id=client_id, former_id=None)
    with MqttLink(former, keep_session=False) as link:
        while not link.connected.wait(1) and not link.refusals and not stop.is_set():
            log.info("waiting for the broker, to end an earlier session there", client_id=client_id)
