"""The contract of both embedded brokers, and below it tests for only one of them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from deploy.embedded.broker import Broker, BrokerUser, EmbeddedError, find_mosquitto, mosquitto_hash, open_broker
from deploy.embedded.ports import free_port
from deploy.embedded.process import wait_until
from tests.support.waiting import GENEROUS_S

V4 = MQTTProtocolVersion.MQTTv311
V5 = MQTTProtocolVersion.MQTTv5
FRAME = os.urandom(512 * 1024)


def user(name: str, *, platform: bool = False) -> BrokerUser:
    secret = f"secret of {name}"
    return BrokerUser(name=name, mosquitto_hash=mosquitto_hash(secret), secret=secret, platform=platform)


class Client:
    """A paho client that records what it receives."""

    def __init__(
        self, broker: Broker, name: str, *, secret: str | None = None, version: MQTTProtocolVersion = V5
    ) -> None:
        self.answers: SimpleQueue[str] = SimpleQueue()
        self.got: SimpleQueue[mqtt.MQTTMessage] = SimpleQueue()
        self.granted: SimpleQueue[bool] = SimpleQueue()
        self.published: SimpleQueue[bool] = SimpleQueue()
        self.paho = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"{name}-{time.monotonic_ns()}", protocol=version
        )
        if name:
            self.paho.username_pw_set(name, f"secret of {name}" if secret is None else secret)
        self.paho.on_connect = self._connected
        self.paho.on_disconnect = self._disconnected
        self.paho.on_message = lambda _client, _data, message: self.got.put(message)
        self.paho.on_subscribe = self._subscribed
        self.paho.on_publish = self._published
        port = broker.port if version == V5 else broker.port_v4
        self.paho.connect("127.0.0.1", broker.roles_port if name == "ingest" else port)
        self.paho.loop_start()

    def _connected(self, _c: object, _d: object, _f: object, reason: ReasonCode, _p: Properties | None) -> None:
        self.answers.put("refused" if reason.is_failure else "connected")

    def _disconnected(self, _c: object, _d: object, _f: object, _r: ReasonCode, _p: Properties | None) -> None:
        self.answers.put("refused")  # iotcore closes without a reason

    def _subscribed(self, _c: object, _d: object, _m: int, reasons: list[ReasonCode], _p: Properties | None) -> None:
        self.granted.put(not any(reason.is_failure for reason in reasons))

    def _published(self, _c: object, _d: object, _m: int, reason: ReasonCode, _p: Properties | None) -> None:
        self.published.put(not reason.is_failure)

    def subscribe(self, topic: str) -> bool:
        self.paho.subscribe(topic, qos=1)
        return self.granted.get(timeout=GENEROUS_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        self.paho.publish(topic, payload, qos=1, retain=retain)
        return self.published.get(timeout=GENEROUS_S)


@contextmanager
def client(
    broker: Broker, name: str, *, secret: str | None = None, version: MQTTProtocolVersion = V5
) -> Iterator[Client]:
    made = Client(broker, name, secret=secret, version=version)
    try:
        yield made
    finally:
        made.paho.disconnect()
        made.paho.loop_stop()
        made.paho._reset_sockets()  # a refused client may have been about to try again


def answer(broker: Broker, name: str, *, secret: str | None = None, version: MQTTProtocolVersion = V5) -> str:
    with client(broker, name, secret=secret, version=version) as made:
        return made.answers.get(timeout=GENEROUS_S)


@pytest.fixture
def users() -> list[BrokerUser]:
    return [user("ingest", platform=True), user("node-1"), user("node-2")]


def open_or_skip(kind: str, data_dir: Path, users: list[BrokerUser]) -> Broker:
    if kind == "mosquitto" and find_mosquitto() is None and not os.environ.get("CI"):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    port = free_port()
    prefer: Literal["mosquitto", "iotcore"] = "mosquitto" if kind == "mosquitto" else "iotcore"
    v4 = free_port(avoid=[port])
    return open_broker(
        data_dir, lambda: users, prefer=prefer, port=port, port_v4=v4, roles_port=free_port(avoid=[port, v4])
    )


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, data_dir: Path, users: list[BrokerUser]) -> Iterator[Broker]:
    with open_or_skip(request.param, data_dir, users).running() as running:
        yield running


@pytest.fixture
def mosquitto(data_dir: Path, users: list[BrokerUser]) -> Iterator[Broker]:
    with open_or_skip("mosquitto", data_dir, users).running() as running:
        yield running


class TestEveryBroker:
    @pytest.mark.parametrize("version", [V4, V5])
    def test_a_frame_reaches_the_platform(self, broker: Broker, version: MQTTProtocolVersion) -> None:
        with client(broker, "ingest") as platform, client(broker, "node-1", version=version) as node:
            assert platform.subscribe("mingchu/v1/+/+/+/+/frame")
            assert node.publish("mingchu/v1/t/s/node-1/cam/frame", FRAME)
            message = platform.got.get(timeout=GENEROUS_S)
        assert message.payload == FRAME
        assert message.qos == 1

    def test_a_command_reaches_the_node(self, broker: Broker) -> None:
        with client(broker, "ingest") as platform, client(broker, "node-1") as node:
            assert node.subscribe("mingchu/v1/t/s/node-1/+/cmd/+")
            assert platform.publish("mingchu/v1/t/s/node-1/_/cmd/config", b"{}")
            assert platform.publish("mingchu/v1/t/s/node-1/cam/cmd/clip", b"{}")
            topics = {node.got.get(timeout=GENEROUS_S).topic for _ in range(2)}
        assert topics == {"mingchu/v1/t/s/node-1/_/cmd/config", "mingchu/v1/t/s/node-1/cam/cmd/clip"}

    def test_a_late_subscriber_gets_the_retained_status(self, broker: Broker) -> None:
        with client(broker, "node-1") as node:
            assert node.publish("mingchu/v1/t/s/node-1/_/status", b'{"online":true}', retain=True)
        with client(broker, "ingest") as platform:
            platform.subscribe("mingchu/v1/+/+/+/_/status")
            message = platform.got.get(timeout=GENEROUS_S)
        assert message.retain
        assert message.payload == b'{"online":true}'

    @pytest.mark.parametrize("version", [V4, V5])
    @pytest.mark.parametrize(
        ("name", "secret"),
        [("node-1", "wrong"), ("node-1", ""), ("stranger", None), ("", None)],  # the last one is anonymous
    )
    def test_clients_without_the_secret_are_refused(
        self, broker: Broker, version: MQTTProtocolVersion, name: str, secret: str | None
    ) -> None:
        assert answer(broker, name, secret=secret, version=version) == "refused"

    def test_a_new_user_is_admitted_without_a_restart(self, broker: Broker, users: list[BrokerUser]) -> None:
        assert answer(broker, "node-9") == "refused"
        users.append(user("node-9"))
        assert broker.refresh()
        assert not broker.refresh()
        assert wait_until(lambda: broker.is_ready() and answer(broker, "node-9") == "connected", GENEROUS_S)
        assert answer(broker, "ingest") == "connected"

    def test_a_removed_user_is_disconnected(self, broker: Broker, users: list[BrokerUser]) -> None:
        with client(broker, "node-2") as node:
            assert node.answers.get(timeout=GENEROUS_S) == "connected"
            users.pop()
            assert broker.refresh()
            assert node.answers.get(timeout=GENEROUS_S) == "refused"
        assert wait_until(broker.is_ready, GENEROUS_S)
        assert wait_until(lambda: answer(broker, "node-2") == "refused", GENEROUS_S)

    def test_a_shared_subscription_divides_messages(self, broker: Broker) -> None:
        with client(broker, "ingest") as one, client(broker, "ingest") as other, client(broker, "node-1") as node:
            for worker in (one, other):
                assert worker.subscribe("$share/vision/mingchu/v1/+/+/+/+/frame")
            for number in range(20):
                node.publish("mingchu/v1/t/s/node-1/cam/frame", str(number).encode())
            assert wait_until(lambda: one.got.qsize() + other.got.qsize() >= 20, GENEROUS_S)
            assert not wait_until(lambda: one.got.qsize() + other.got.qsize() > 20, 0.2)
            assert one.got.qsize() > 0
            assert other.got.qsize() > 0

    def test_a_message_beyond_the_limit_affects_only_its_sender(self, broker: Broker) -> None:
        with client(broker, "ingest") as platform, client(broker, "node-1") as node, client(broker, "node-2") as other:
            assert platform.subscribe("mingchu/#")
            node.paho.publish("mingchu/v1/t/s/node-1/cam/frame", bytes(2 * 1024 * 1024), qos=1)
            assert other.publish("mingchu/v1/t/s/node-2/cam/frame", b"small")
            assert platform.got.get(timeout=GENEROUS_S).payload == b"small"
            assert platform.got.empty()

    def test_the_brokers_files_are_private(self, broker: Broker) -> None:
        assert broker.home.stat().st_mode & 0o777 == 0o700
        for path in broker.home.iterdir():
            assert path.stat().st_mode & 0o077 == 0 or path.suffix == ".db", path

    def test_the_broker_does_not_run_as_root(self, broker: Broker) -> None:
        serving = max(broker.processes())  # with iotcore the worker, forked by its master
        assert wait_until(lambda: Path(f"/proc/{serving}").stat().st_uid == broker.user.uid, GENEROUS_S)
        assert broker.user.uid != 0

    def test_a_port_in_use_is_named_in_the_error(self, broker: Broker, data_dir: Path) -> None:
        other = open_broker(data_dir / "other", broker.users, prefer="iotcore", port=broker.port, port_v4=free_port())
        with pytest.raises(EmbeddedError) as refused:
            other.prepare()
        assert refused.value.code == "broker_port_busy"
        assert str(broker.port) in refused.value.message


@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_a_broker_restarts_although_the_database_is_unavailable(
    kind: str, data_dir: Path, users: list[BrokerUser]
) -> None:
    broker = open_or_skip(kind, data_dir, users)

    def unknown() -> list[BrokerUser]:
        raise ConnectionError("the database is away")

    known, broker.users = broker.users, unknown
    with pytest.raises(ConnectionError):
        broker.prepare()
    broker.users = known
    broker.prepare()
    broker.users = unknown
    with broker.running():
        assert answer(broker, "node-1") == "connected"


class TestMosquitto:
    def test_a_node_is_limited_to_its_own_topics(self, mosquitto: Broker) -> None:
        with client(mosquitto, "ingest") as platform, client(mosquitto, "node-1") as node:
            assert platform.subscribe("mingchu/#")
            assert not node.publish("mingchu/v1/t/s/node-2/cam/frame", b"forged")
            assert not node.publish("mingchu/v1/node-1/x/y/cam/frame", b"forged")
            assert not node.publish("$SYS/broker/uptime", b"forged")
            assert node.publish("mingchu/v1/t/s/node-1/cam/frame", b"own")
            assert platform.got.get(timeout=GENEROUS_S).payload == b"own"

    def test_a_node_receives_no_messages_of_others(self, mosquitto: Broker) -> None:
        with client(mosquitto, "ingest") as platform, client(mosquitto, "node-1") as node:
            for topic in ("#", "mingchu/v1/t/s/node-2/+/cmd/+", "mingchu/v1/t/s/node-1/#"):
                node.subscribe(topic)  # granted or not: what counts is what arrives
            platform.publish("mingchu/v1/t/s/node-2/_/cmd/config", b"{}")
            platform.publish("mingchu/v1/t/s/node-1/cam/frame", b"frame")
            platform.publish("mingchu/v1/t/s/node-1/_/cmd/config", b"{}")
            topics = {node.got.get(timeout=GENEROUS_S).topic}
            while wait_until(lambda: not node.got.empty(), 0.3):  # once for each subscription that matches
                topics.add(node.got.get().topic)
        assert topics == {"mingchu/v1/t/s/node-1/_/cmd/config"}

    def test_a_forged_message_of_an_mqtt_3_1_1_node_is_dropped(self, mosquitto: Broker) -> None:
        with client(mosquitto, "ingest") as platform, client(mosquitto, "node-1", version=V4) as node:
            platform.subscribe("mingchu/#")
            node.publish("mingchu/v1/t/s/node-2/cam/frame", b"forged")
            node.publish("mingchu/v1/t/s/node-1/cam/frame", b"own")
            assert platform.got.get(timeout=GENEROUS_S).payload == b"own"

    def test_the_platform_reads_the_brokers_own_figures(self, mosquitto: Broker) -> None:
        with client(mosquitto, "ingest") as platform:
            assert platform.subscribe("$SYS/broker/version")
            assert platform.got.get(timeout=GENEROUS_S).payload.startswith(b"mosquitto")

    def test_retained_status_survives_a_restart(self, data_dir: Path, users: list[BrokerUser]) -> None:
        broker = open_or_skip("mosquitto", data_dir, users)
        with broker.running(), client(broker, "node-1") as node:
            node.publish("mingchu/v1/t/s/node-1/_/status", b"on", retain=True)
        with broker.running(), client(broker, "ingest") as platform:
            platform.subscribe("mingchu/#")
            assert platform.got.get(timeout=GENEROUS_S).payload == b"on"

    def test_adding_a_user_disconnects_nobody(self, mosquitto: Broker, users: list[BrokerUser]) -> None:
        with client(mosquitto, "node-1") as node:
            assert node.answers.get(timeout=GENEROUS_S) == "connected"
            users.append(user("node-9"))
            mosquitto.refresh()
            assert wait_until(lambda: answer(mosquitto, "node-9") == "connected", GENEROUS_S)
            assert node.answers.empty()


def test_a_broker_answers_only_on_loopback(broker: Broker) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ports = {f"{port:04X}" for port in (broker.port, broker.port_v4)}
    addresses = {entry[1].split(":")[0] for entry in listening if entry[1].split(":")[1] in ports and entry[3] == "0A"}
    assert addresses == {"0100007F"}
