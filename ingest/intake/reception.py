"""Sort incoming messages by topic on the network thread: answers to their desk, all others to intake."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import Counter

from ingest.intake.intake import Intake
from ingest.intake.whereabouts import Whereabouts
from ingest.links import Links
from ingest.mqtt import Incoming

KEPT_IN_VAIN = Counter(
    "mingchu_ingest_unkept_total", "Retained messages deleted at the broker, because no registered node's status"
)
_FRAME_LEVELS, _COMMAND_LEVELS = 7, 8
_COPY_WITHIN_S, _MOST_LAST = 1.0, 10_000
_OLD_WITHIN_S = 5.0
"""A broker that has kept no session for us sends what it retains within so many seconds."""


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


@dataclass(slots=True)
class Reception:
    """Sorts incoming messages by topic, on the network thread: answers go to their desk, all others to intake."""

    intake: Intake
    seen: Repeats = field(default_factory=Repeats)
    answered: Mapping[str, Callable[[Incoming], None]] = field(default_factory=dict)
    link: Links | None = None
    whereabouts: Whereabouts | None = None
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
            if self._is_old(message):
                self.intake.let_go(message)
                return
        if message.retained and not self.intake.knows_sender(message.topic) and len(self.unsure) < _MOST_LAST:
            self.unsure.add(message.topic)
        misleads = self.whereabouts is not None and self.whereabouts.misleads(message)
        if misleads or self._is_elsewheres(levels, message.topic) or self.seen.again(message):
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

    def _is_old(self, message: Incoming) -> bool:
        """Return whether the broker sends a retained message because the session is new; it may be of any age."""
        return (
            self.link is not None
            and message.received_monotonic - self.link.began_empty_at(message.broker) < _OLD_WITHIN_S
        )

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
