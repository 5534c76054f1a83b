"""Receive messages from the site's own broker. Retained messages are old and are dropped."""

import queue
import threading
from collections.abc import Callable, Collection
from typing import Final

import structlog

from ingest.mqtt import Incoming, Login, MqttLink

MOST_WAITING: Final = 1_000
"""Maximum number of waiting messages; beyond it, the newest are dropped with a log line."""
_LOOK_S: Final = 0.5
log = structlog.get_logger()


class LocalListener:
    """Subscribes to topics and handles their messages on a thread of its own.

    Args:
        heard: called with topic and payload, one message after the other.
    """

    def __init__(
        self, login: Login, topics: Collection[str], heard: Callable[[str, bytes], None], *, name: str
    ) -> None:
        self._heard = heard
        self._queue: queue.Queue[Incoming] = queue.Queue(MOST_WAITING)
        self._ended = threading.Event()
        subscriptions = [(topic, 1) for topic in sorted(topics)]
        self._link = MqttLink(login, subscriptions=subscriptions, on_message=self._take, keep_session=False)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start to listen."""
        self._thread.start()
        self._link.__enter__()

    def stop(self) -> None:
        """Stop listening."""
        self._link.close()
        self._ended.set()
        self._thread.join(5)

    def _take(self, message: Incoming) -> None:
        self._link.ack(message)
        if message.retained:
            return
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            log.warning("local message dropped: too many wait", topic=message.topic, waiting=MOST_WAITING)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                message = self._queue.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            try:
                self._heard(message.topic, message.payload)
            except Exception:  # after any error, handle the next message
                log.exception("local message can't be handled", topic=message.topic, bytes=len(message.payload))
