"""The ingest role: readings, events and status off the broker and into the database."""

import threading

from ingest.intake import RECEIVE_MAXIMUM, Intake
from ingest.mqtt import Login, MqttLink
from ingest.topics import up_filter
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
)


def run(store: Store, login: Login, *, stop: threading.Event) -> None:
    """Take in until `stop` is set; what was received by then is stored first."""
    intake = Intake(store, clock=SystemClock())
    link = MqttLink(
        login,
        subscriptions=SUBSCRIPTIONS,
        on_message=intake.enqueue,
        on_connected=lambda: READY.set(1),
        receive_maximum=RECEIVE_MAXIMUM,
    )
    with link:
        intake.run(link, stop=stop)
