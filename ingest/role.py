"""The ingest role: readings, events and status off the broker and into the database."""

import threading
from dataclasses import dataclass
from functools import partial

from ingest.clip_desk import ClipDesk
from ingest.intake import RECEIVE_MAXIMUM, Intake
from ingest.mqtt import Incoming, Login, MqttLink
from ingest.topics import up_filter
from models.beside import beside
from models.clock import SystemClock
from models.metrics import READY
from models.store import Store

GROUP = "mingchu-ingest"
QOS = 1
# Shared, so that several replicas divide the stream. A broker sends no retained message to a shared
# subscription, so status comes to every replica by a plain one; taking it in twice changes nothing.
SUBSCRIPTIONS = (
    (up_filter("reading", group=GROUP), QOS),
    (up_filter("event", group=GROUP), QOS),
    (up_filter("status"), QOS),
    (up_filter("cmd/clip/res", group=GROUP), QOS),
)
ANSWERS = "/cmd/clip/res"


def subscriptions(*, alone: bool) -> tuple[tuple[str, int], ...]:
    """What to subscribe to; `alone`: as the only replica, without sharing.

    The broker iotcore deals a shared subscription out to members that are gone, too: a replica that comes back gets
    half of what was queued for it.
    """
    if not alone:
        return SUBSCRIPTIONS
    return tuple((name.removeprefix(f"$share/{GROUP}/"), qos) for name, qos in SUBSCRIPTIONS)


def run(store: Store, login: Login, *, public_url: str, stop: threading.Event, alone: bool = False) -> None:
    """Take in until `stop` is set; what was received by then is stored first.

    `public_url` is how nodes reach the API to bring their clips; `alone` says that there is no other replica.
    """
    reception = Reception(Intake(store, clock=SystemClock()))
    link = MqttLink(
        login,
        subscriptions=subscriptions(alone=alone),
        on_message=reception.take,
        on_connected=lambda: READY.set(1),
        receive_maximum=RECEIVE_MAXIMUM,
    )
    desk = reception.desk = ClipDesk(store, link, public_url=public_url, clock=SystemClock())
    reception.link = link
    with link, beside(partial(desk.run, stop=stop), stop=stop, name="clip-desk"):
        reception.intake.run(link, stop=stop)


@dataclass(slots=True)
class Reception:
    """Sorts what comes in by its topic, on the network thread: answers to the desk, all else to intake."""

    intake: Intake
    desk: ClipDesk | None = None
    link: MqttLink | None = None

    def take(self, message: Incoming) -> None:
        """Take one message."""
        if not message.topic.endswith(ANSWERS) or self.desk is None or self.link is None:
            self.intake.enqueue(message)
            return
        self.desk.answered(message)
        self.link.ack(message)
