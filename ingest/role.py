"""The ingest role: takes readings, events and status from the broker and stores them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from prometheus_client import Counter

from ingest.clips.desk import ClipDesk
from ingest.intake.intake import RECEIVE_MAXIMUM, Intake
from ingest.mqtt import Incoming, Login, MqttLink
from ingest.speech.desk import SpeechDesk
from ingest.topics import everything, up_filter
from models.base.clock import SystemClock
from models.base.metrics import READY
from models.base.threads import beside
from models.store import Store
from models.store.listen import Listener

log = structlog.get_logger()

KEPT_IN_VAIN = Counter(
    "mingchu_ingest_unkept_total", "Retained messages deleted at the broker, because no registered node's status"
)
GROUP = "mingchu-ingest"
QOS = 1
# Shared, so that several replicas divide the stream. Everything under our name, because the broker would acknowledge
# and lose a topic with a typing error. Frames are only acknowledged, because vision handles them. A broker sends no
# retained message to a shared subscription, so every replica also gets status by a plain one; storing it twice changes
# nothing.
SUBSCRIPTIONS = ((everything(GROUP), QOS), (up_filter("status"), QOS))
OBSOLETE = tuple(up_filter(kind, group=GROUP) for kind in ("reading", "event", "cmd/clip/res"))
"""Subscriptions of 0.1.0, which a session kept by the broker may still hold."""
_FRAME_LEVELS, _COMMAND_LEVELS = 7, 8
_COPY_WITHIN_S, _MOST_LAST = 1.0, 10_000


def subscriptions(*, alone: bool) -> tuple[tuple[str, int], ...]:
    """Return the subscriptions; `alone` means without sharing, for the only replica.

    The broker iotcore also sends messages of a shared subscription to members that are gone: a replica that returns
    gets half of its queued messages.
    """
    if not alone:
        return SUBSCRIPTIONS
    return ((everything(GROUP).removeprefix(f"$share/{GROUP}/"), QOS),)


def run(
    store: Store,
    login: Login,
    *,
    public_url: str,
    stop: threading.Event,
    listener: Listener | None = None,
    alone: bool = False,
) -> None:
    """Run intake until `stop` is set; store all messages received by then.

    Args:
        store: where messages go.
        login: at the broker.
        public_url: the URL at which nodes upload clips to the API.
        stop: ends the role.
        listener: wakes at changes of the registry; without it they are known within a second.
        alone: there is no other replica.
    """
    if login.former_id is not None:
        forget_session(login, login.former_id, stop=stop)
    reception = Reception(Intake(store, clock=SystemClock(), replica=login.client_id), alone=alone)
    link = MqttLink(
        login,
        subscriptions=subscriptions(alone=alone),
        obsolete=OBSOLETE,
        on_message=reception.take,
        on_connected=lambda: READY.set(1),
        receive_maximum=RECEIVE_MAXIMUM,
    )
    clips = ClipDesk(store, link, public_url=public_url, clock=SystemClock())
    speech = SpeechDesk(store, link, clock=SystemClock())
    reception.answered = {"clip": clips.answered, "speak": speech.answered}
    reception.link = link
    intake = reception.intake
    intake.wait_for_the_registry(stop=stop)
    with (
        beside(partial(intake.registry.follow, listener, stop=stop), stop=stop, name="registry"),
        link,
        beside(partial(clips.run, stop=stop), stop=stop, name="clip-desk"),
        beside(partial(speech.run, stop=stop), stop=stop, name="speech-desk"),
    ):
        intake.run(link, stop=stop)


class Repeats:
    """Recognises the second copy of a status message: live ones arrive by both subscriptions."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def again(self, message: Incoming) -> bool:
        """Return whether the same status of the same node arrived within a second."""
        if message.retained or not message.topic.endswith("/status"):
            return False
        payload, at = self._last.pop(message.topic, (None, 0.0))
        if payload == message.payload and message.received_monotonic - at < _COPY_WITHIN_S:
            return True
        self._last[message.topic] = (message.payload, message.received_monotonic)
        if len(self._last) > _MOST_LAST:
            self._last.popitem(last=False)
        return False


def forget_session(login: Login, client_id: str, *, stop: threading.Event) -> None:
    """Delete the broker's session of an earlier client id, which would keep receiving a share of the messages."""
    former = replace(login, client_id=client_id, former_id=None)
    with MqttLink(former, keep_session=False) as link:
        while not link.connected.wait(1) and not link.refusals and not stop.is_set():
            log.info("waiting for the broker, to end an earlier session there", client_id=client_id)


@dataclass(slots=True)
class Reception:
    """Sorts incoming messages by topic, on the network thread: answers go to their desk, all others to intake."""

    intake: Intake
    alone: bool = False
    seen: Repeats = field(default_factory=Repeats)
    answered: Mapping[str, Callable[[Incoming], None]] = field(default_factory=dict)
    link: MqttLink | None = None
    unsure: set[str] = field(default_factory=set)
    """Topics of retained messages whose sender was not loaded yet when they arrived."""

    def __post_init__(self) -> None:
        self.intake.on_known = self._look_again

    def take(self, message: Incoming) -> None:
        """Take one message."""
        levels = message.topic.split("/")
        if not message.payload and (message.retained or levels[-1] == "status"):
            self.intake.let_go(message)  # the deletion of a retained message
            return
        if message.retained and self._is_kept_in_vain(message.topic):
            self._let_go(message.topic)
            if self.alone:  # not shared, so the broker replays retained messages, which are old
                self.intake.let_go(message)
                return
        if message.retained and not self.intake.knows_sender(message.topic) and len(self.unsure) < _MOST_LAST:
            self.unsure.add(message.topic)
        if self._is_elsewheres(levels, message.topic) or self.seen.again(message):
            self.intake.let_go(message)
        elif levels[-1] == "res" and levels[-3:-2] == ["cmd"] and levels[-2] in self.answered:
            self.answered[levels[-2]](message)
            self.intake.let_go(message)
        else:
            self.intake.enqueue(message)

    def _look_again(self, messages: Sequence[Incoming]) -> None:
        """Delete what the broker retains in vain, now that the senders are loaded. Called on the intake's thread."""
        for topic in {message.topic for message in messages if message.retained} & self.unsure:
            self.unsure.discard(topic)
            if self._is_kept_in_vain(topic):
                self._let_go(topic)

    def _is_elsewheres(self, levels: list[str], topic: str) -> bool:
        """Return whether vision takes the message (a registered camera's frame), or a node does (a command of ours)."""
        if len(levels) == _FRAME_LEVELS and levels[-1] == "frame":
            return self.intake.knows_camera(topic)
        return len(levels) == _COMMAND_LEVELS and levels[-2] == "cmd"

    def _is_kept_in_vain(self, topic: str) -> bool:
        """Return whether the broker retains a message that is no registered node's status: such could fill it."""
        return not self.intake.knows_status(topic)

    def _let_go(self, topic: str) -> None:
        if self.link is not None:
            KEPT_IN_VAIN.inc()
            self.link.publish(topic, b"", qos=0, retain=True)
