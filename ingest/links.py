"""One session at each of several brokers that acts like one link: what they deliver is one stream."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Any, Self

from ingest.broker_address import addresses_of
from ingest.mqtt import Incoming, Login, MqttLink

MOST_WAITING = 10_000
"""Retained messages to delete at a broker that is away; more are forgotten, the oldest first."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whether at least one of several links is connected."""

    links: tuple[MqttLink, ...]

    def is_set(self) -> bool:
        """Return whether a link is connected now."""
        return any(link.connected.is_set() for link in self.links)


class Links:
    """A link to every broker that the login's URL names, with commas between; takes the arguments of `MqttLink`.

    Each message knows the broker that delivered it, and is acknowledged there.
    """

    def __init__(
        self,
        login: Login,
        *,
        on_message: Callable[[Incoming], None] | None = None,
        **more: Any,  # noqa: ANN401 - MqttLink's
    ) -> None:
        on_connected: Callable[[], None] | None = more.pop("on_connected", None)
        self._announce = on_connected if on_connected is not None else _nothing
        self._lock = threading.Lock()
        urls = addresses_of(login.url)
        self._waiting: list[dict[str, None]] = [{} for _ in urls]
        self._links = tuple(
            MqttLink(
                replace(login, url=url),
                on_message=None if on_message is None else partial(_deliver, on_message, index),
                on_connected=partial(self._connected, index),
                **more,
            )
            for index, url in enumerate(urls)
        )
        self.connected = AnyOf(self._links)

    def __enter__(self) -> Self:
        for link in self._links:
            link.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect from all brokers."""
        for link in self._links:
            link.close()

    @property
    def are_several(self) -> bool:
        """Whether there is more than one broker."""
        return len(self._links) > 1

    def began_empty_at(self, broker: int) -> float:
        """Return when (monotonic) a connection to a broker began without a session that it had kept."""
        return self._links[broker].began_empty_at

    def ack(self, message: Incoming) -> None:
        """Acknowledge a message at the broker that delivered it."""
        self._links[message.broker].ack(message)

    def subscribe(self, filters: Mapping[str, int]) -> None:
        """Add filters with their QoS at every broker."""
        for link in self._links:
            link.subscribe(filters)

    def unsubscribe(self, names: Collection[str]) -> None:
        """Remove filters at every broker."""
        for link in self._links:
            link.unsubscribe(names)

    def publish(
        self, topic: str, payload: bytes, *, qos: int, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Publish at every connected broker, because a node may be at any; return a mid, None if none is connected."""
        mids = [link.publish(topic, payload, qos=qos, retain=retain, expiry_s=expiry_s) for link in self._links]
        return next((mid for mid in mids if mid is not None), None)

    def publish_at(
        self, broker: int, topic: str, payload: bytes, *, qos: int, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Publish at one broker; return the mid, None if it is not connected."""
        return self._links[broker].publish(topic, payload, qos=qos, retain=retain, expiry_s=expiry_s)

    def forget_elsewhere(self, topic: str, *, at: int) -> None:
        """Delete a retained message at all brokers but `at`; at those that are away, when they are back."""
        for index, link in enumerate(self._links):
            if index != at and link.publish(topic, b"", qos=0, retain=True) is None:
                with self._lock:
                    waiting = self._waiting[index]
                    waiting[topic] = None
                    if len(waiting) > MOST_WAITING:
                        del waiting[next(iter(waiting))]
        with self._lock:
            self._waiting[at].pop(topic, None)  # the node is there again

    def waiting(self, broker: int) -> list[str]:
        """Return the topics of retained messages to delete at a broker when it is back."""
        with self._lock:
            return list(self._waiting[broker])

    def _connected(self, index: int) -> None:
        with self._lock:
            topics, self._waiting[index] = list(self._waiting[index]), {}
        for topic in topics:
            self._links[index].publish(topic, b"", qos=0, retain=True)
        self._announce()


def _deliver(on_message: Callable[[Incoming], None], broker: int, message: Incoming) -> None:
    on_message(replace(message, broker=broker) if broker else message)


def _nothing() -> None:
    pass
