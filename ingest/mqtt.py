"""MQTT 5 client with manual acknowledgement and reconnects with backoff. The only module that imports paho-mqtt."""

import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from prometheus_client import Gauge

from ingest.broker_address import BrokerAddress
from models.base.batches import batched

log = structlog.get_logger()

_FILTERS_A_PACKET = 500
SESSION_EXPIRY_S = 24 * 3600
KEEPALIVE_S = 30
TAKEN_OVER = 142
"""MQTT 5 §3.14.2.1: another client connected with our client id."""
SHORT_S, SHORT_IN_A_ROW = 10.0, 3
SESSIONS = Gauge("mingchu_mqtt_sessions", "Connected sessions of this process at each broker", ["broker"])
LAST_TAKEOVER = Gauge("mingchu_mqtt_last_takeover_seconds", "When another client last took our client id (epoch), or 0")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A received message. `generation` counts connections: a message of an old connection can't be acknowledged."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    generation: int
    received_monotonic: float
    user: dict[str, str]
    retained: bool
    repeated: bool = False
    """Whether the broker delivers it again, because it was not acknowledged."""
    broker: int = 0
    """Which of several brokers delivered it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The broker's address and our identity there. One client id per process.

    `former_id` is an earlier client id under which the broker may still keep a session of ours, with a share of the
    messages. `authority` is the certificate (PEM) by which the broker is checked, instead of the public authorities.
    """

    url: str
    client_id: str
    username: str | None
    password: str | None = field(repr=False)
    former_id: str | None = None
    authority: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """Message that the broker publishes for us when our connection is lost."""

    topic: str
    payload: bytes


class MqttLink:
    """One MQTT 5 connection with its network thread.

    Args:
        subscriptions: (filter, QoS) pairs, renewed at every connection.
        obsolete: filters of an earlier release, which are unsubscribed from a session that the broker kept.
        on_message: called on the network thread; must only enqueue. If None, messages are refused.
        on_connected: called on the network thread after the broker accepted the subscriptions.
        on_published: called with (mid, accepted) when a publication is done; accepted is False if the broker denied it.
        receive_maximum: how many QoS 1 messages may wait for our acknowledgement: the back-pressure.
        keep_session: whether the broker keeps messages while we are offline.
        replayed: for a session that lasts longer than this process: whether the broker sends the retained messages of a
            filter again at our first connection; else it sends them if the filter is new. What we publish does not
            come back, and messages show that they are retained. None: every connection gets all retained messages.
    """

    def __init__(
        self,
        login: Login,
        *,
        subscriptions: Sequence[tuple[str, int]] = (),
        obsolete: Sequence[str] = (),
        on_message: Callable[[Incoming], None] | None = None,
        on_connected: Callable[[], None] | None = None,
        on_published: Callable[[int, bool], None] | None = None,
        will: Will | None = None,
        receive_maximum: int = 2000,
        keep_session: bool = True,
        replayed: Callable[[str], bool] | None = None,
    ) -> None:
        address = BrokerAddress.parse(login.url)
        self._host, self._port = address.host, address.port
        self._sessions = SESSIONS.labels(f"{address.host}:{address.port}")
        self._subscriptions, self._obsolete, self._replayed = dict(subscriptions), obsolete, replayed
        self._asked: set[int | None] = set()
        self.began_empty_at = float("-inf")
        """When (monotonic) a connection began without a session that the broker had kept."""
        self._on_message, self._on_connected, self._on_published = on_message, on_connected, on_published
        self._receive_maximum, self._keep_session = receive_maximum, keep_session
        self.generation = 0
        self.connected = threading.Event()
        self._wanted = threading.Lock()
        self.refusals: list[str] = []
        self.takeovers = 0
        self._connected_at, self._short_in_a_row = float("-inf"), 0
        self._client_id = login.client_id
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=login.client_id, protocol=paho.MQTTv5, manual_ack=True
        )
        self._client.username_pw_set(login.username, login.password)
        if address.tls:
            self._client.tls_set_context(ssl.create_default_context(cadata=login.authority))
        if will is not None:
            self._client.will_set(will.topic, will.payload, qos=1, retain=True)
        self._client.max_inflight_messages_set(1000)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(min_delay=1, max_delay=15)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._message
        self._client.on_publish = self._published

    def __enter__(self) -> Self:
        properties = _properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = self._receive_maximum
        properties.SessionExpiryInterval = SESSION_EXPIRY_S if self._keep_session else 0
        self._client.connect_async(
            self._host, self._port, keepalive=KEEPALIVE_S, clean_start=not self._keep_session, properties=properties
        )
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect (so no will is sent) and end the network thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def ack(self, message: Incoming) -> None:
        """Acknowledge a QoS 1 message, if the connection that delivered it is still the current one."""
        if message.qos > 0 and message.generation == self.generation:
            self._client.ack(message.mid, message.qos)

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int,
        retain: bool = False,
        user: dict[str, str] | None = None,
        expiry_s: int | None = None,
    ) -> int | None:
        """Pass a message to the network thread; return its mid, None while there is no connection.

        A message passed while the connection breaks may be lost. For certainty wait for `on_published` (QoS 1) or for
        the platform's receipt.
        """
        if not self.connected.is_set():
            return None
        properties = _properties(PacketTypes.PUBLISH) if user or expiry_s is not None else None
        if properties is not None and user:
            properties.UserProperty = list(user.items())
        if properties is not None and expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=qos, retain=retain, properties=properties)
        return info.mid if info.rc == paho.MQTT_ERR_SUCCESS else None

    def _connected(
        self,
        client: paho.Client,
        _userdata: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if reason.is_failure:
            self.refusals.append(str(reason))
            del self.refusals[:-10]
            log.warning("broker refuses the connection", reason=str(reason))
            return
        self.generation += 1
        self._connected_at = time.monotonic()
        if not flags.session_present:
            self.began_empty_at = self._connected_at
        if self._obsolete:
            client.unsubscribe(list(self._obsolete))
        with self._wanted:
            wanted = list(self._subscriptions.items())
            self._asked = self._ask(wanted)
        if not wanted:
            self._settle()

    def subscribe(self, filters: Mapping[str, int]) -> None:
        """Add filters with their QoS, at once and at every later connection."""
        with self._wanted:
            new = [(name, qos) for name, qos in filters.items() if name not in self._subscriptions]
            self._subscriptions.update(new)
            if self.generation:
                self._ask(new)

    def unsubscribe(self, names: Collection[str]) -> None:
        """Remove filters."""
        with self._wanted:
            gone = [name for name in names if self._subscriptions.pop(name, None) is not None]
            for some in batched(gone, _FILTERS_A_PACKET):
                self._client.unsubscribe(some)

    def _ask(self, filters: Sequence[tuple[str, int]]) -> set[int | None]:
        """Ask the broker for filters; return the numbers of the requests."""
        return {
            self._client.subscribe([(name, self._options(name, qos)) for name, qos in some])[1]
            for some in batched(filters, _FILTERS_A_PACKET)
        }

    def _options(self, name: str, qos: int) -> SubscribeOptions:
        """Return options for a filter. A shared subscription shows which messages are retained; none are replayed."""
        if self._replayed is None:
            return SubscribeOptions(qos=qos, retainAsPublished=name.startswith("$share/"))
        again = self.generation <= 1 and self._replayed(name)
        handling = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if again else SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
        return SubscribeOptions(qos=qos, noLocal=True, retainAsPublished=True, retainHandling=handling)

    def _subscribed(self, _client: paho.Client, _userdata: object, mid: int, *_of_callback: object) -> None:
        """Announce the connection after the broker accepted the subscriptions: later messages will arrive."""
        with self._wanted:
            self._asked.discard(mid)
            left = len(self._asked)
        if not left:
            self._settle()

    def _settle(self) -> None:
        if self.connected.is_set():
            return
        self.connected.set()
        self._sessions.inc()
        if self._on_connected is not None:
            self._on_connected()

    def _disconnected(
        self, _client: paho.Client, _userdata: object, _flags: object, reason: object, _properties: object
    ) -> None:
        if self.connected.is_set():
            self._sessions.dec()
        self.connected.clear()
        if self._is_takeover(reason):
            self.takeovers += 1
            LAST_TAKEOVER.set_to_current_time()
            log.error(
                "another client seems to connect with our client id and take our messages: two processes with one "
                "name, or stolen credentials. Give each process a name of its own, and rotate the secret",
                client_id=self._client_id,
                takeovers=self.takeovers,
            )
            return
        log.info("broker connection ended", reason=str(reason))

    def _is_takeover(self, reason: object) -> bool:
        """Return whether a client of the same id has replaced us.

        mosquitto 2.0 sends the reason too late. Then several short connections in a row show it, as two clients have
        that replace each other.
        """
        if isinstance(reason, ReasonCode) and reason.value == TAKEN_OVER:
            return True
        ended_by_us = isinstance(reason, ReasonCode) and not reason.is_failure
        short = not ended_by_us and time.monotonic() - self._connected_at < SHORT_S
        self._short_in_a_row = self._short_in_a_row + 1 if short else 0
        return self._short_in_a_row >= SHORT_IN_A_ROW

    def _message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        if self._on_message is None:
            return
        user: dict[str, str] = {}
        if message.properties is not None:
            user = dict(getattr(message.properties, "UserProperty", ()))
        self._on_message(
            Incoming(
                _topic(message),
                bytes(message.payload),
                message.qos,
                message.mid,
                self.generation,
                time.monotonic(),
                user,
                message.retain,
                message.dup,
            )
        )

    def _published(
        self, _client: paho.Client, _userdata: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        if self._on_published is not None:
            self._on_published(mid, not reason.is_failure)


def _topic(message: paho.MQTTMessage) -> str:
    """Return the topic; a topic that is not UTF-8 must not end the network thread."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return "\N{REPLACEMENT CHARACTER}"


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]
