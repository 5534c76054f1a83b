"""Listening at the site's own broker. What is retained there is of yesterday and is let go."""

import queue
import threading
from collections.abc import Callable, Collection

from ingest.mqtt import Incoming, Login, MqttLink


class LocalListener:
    """Hears some topics and handles their messages on a thread of its own.

    Args:
        heard: called with topic and payload, one message after the other.
    """

    def __init__(
        self, login: Login, topics: Collection[str], heard: Callable[[str, bytes], None], *, name: str
    ) -> None:
        self._heard = heard
        self._queue: queue.SimpleQueue[Incoming | None] = queue.SimpleQueue()
        subscriptions = [(topic, 1) for topic in sorted(topics)]
        self._link = MqttLink(login, subscriptions=subscriptions, on_message=self._take, keep_session=False)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._link.__enter__()

    def stop(self) -> None:
        """End."""
        self._link.close()
        self._queue.put(None)
        self._thread.join(5)

    def _take(self, message: Incoming) -> None:
        self._link.ack(message)
        if not message.retained:
            self._queue.put(message)

    def _run(self) -> None:
        while (message := self._queue.get()) is not None:
            self._heard(message.topic, message.payload)
