"""Two real brokers act like one link."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from deploy.embedded.broker import Broker, BrokerUser, find_mosquitto, mosquitto_hash
from deploy.embedded.broker_mosquitto import MosquittoBroker
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from ingest.links import Links
from ingest.mqtt import Incoming, Login, MqttLink
from tests.support.waiting import GENEROUS_S, wait_for

pytestmark = pytest.mark.skipif(
    find_mosquitto() is None and not os.environ.get("CI"), reason="mosquitto is not installed"
)
USER, SECRET = "mingchu-ingest", "a secret"
TOPIC = "mingchu/v1/t/s/n/_/status"


@pytest.fixture
def brokers() -> Iterator[list[Broker]]:
    users = [BrokerUser(name=USER, mosquitto_hash=mosquitto_hash(SECRET), platform=True)]
    ports: list[int] = []
    for _ in range(4):
        ports.append(free_port(avoid=ports))
    with ExitStack() as stack:
        folders = [stack.enter_context(temporary_data_dir()) for _ in range(2)]
        pairs = zip(folders, ports[::2], ports[1::2], strict=True)
        opened = [MosquittoBroker(folder, lambda: users, port=a, roles_port=b) for folder, a, b in pairs]
        yield [stack.enter_context(one.running()) for one in opened]


def url_of(broker: Broker) -> str:
    return f"mqtt://127.0.0.1:{broker.roles_port}"


def login(url: str, client_id: str) -> Login:
    return Login(url=url, client_id=client_id, username=USER, password=SECRET)


def say(broker: Broker, topic: str, payload: bytes, *, retain: bool = False) -> None:
    done = threading.Event()
    with MqttLink(login(url_of(broker), "speaker"), on_published=lambda _mid, _ok: done.set()) as link:
        assert link.connected.wait(GENEROUS_S)
        link.publish(topic, payload, qos=1, retain=retain)
        assert done.wait(GENEROUS_S)


@dataclass(slots=True)
class Ear:
    """What arrived, and acknowledged."""

    heard: list[Incoming] = field(default_factory=list)
    links: Links | None = None

    def take(self, message: Incoming) -> None:
        self.heard.append(message)
        if self.links is not None:
            self.links.ack(message)

    def said(self) -> set[tuple[int, bytes]]:
        return {(message.broker, message.payload) for message in self.heard}


def opened(stack: ExitStack, brokers: list[Broker], ear: Ear, **more: object) -> Links:
    both = ",".join(map(url_of, brokers))
    ear.links = Links(login(both, "listener"), on_message=ear.take, **more)
    stack.enter_context(ear.links)
    wait_for(lambda: all(link.connected.is_set() for link in ear.links.connected.links))
    return ear.links


def test_messages_of_both_arrive_and_are_acknowledged_where_they_came_from(brokers: list[Broker]) -> None:
    ear = Ear()
    with ExitStack() as stack:
        links = opened(stack, brokers, ear, subscriptions=[("mingchu/a", 1)])
        assert links.are_several
        say(brokers[0], "mingchu/a", b"1")
        say(brokers[1], "mingchu/a", b"2")
        wait_for(lambda: ear.said() == {(0, b"1"), (1, b"2")})
        links.subscribe({"mingchu/b": 1})
        wait_for(lambda: say(brokers[1], "mingchu/b", b"3") or (1, b"3") in ear.said())  # until it has been asked for
        links.unsubscribe(["mingchu/b"])
    with ExitStack() as stack:  # the sessions were kept, and nothing is delivered again
        again = Ear()
        opened(stack, brokers, again, subscriptions=[("mingchu/a", 1)])
        say(brokers[0], "mingchu/b", b"4")
        say(brokers[0], "mingchu/a", b"5")
        wait_for(lambda: (0, b"5") in again.said())
        assert again.said() == {(0, b"5")}


def test_a_message_to_a_node_goes_to_all_or_to_one(brokers: list[Broker]) -> None:
    first, second, ear = Ear(), Ear(), Ear()
    with ExitStack() as stack:
        links = opened(stack, brokers, ear)
        for broker, one in zip(brokers, (first, second), strict=True):
            link = MqttLink(login(url_of(broker), "node"), subscriptions=[("mingchu/n", 1)], on_message=one.take)
            stack.enter_context(link)
            assert link.connected.wait(GENEROUS_S)
        assert links.publish("mingchu/n", b"all", qos=1) is not None
        assert links.publish_at(1, "mingchu/n", b"one", qos=1) is not None
        wait_for(lambda: first.said() == {(0, b"all")} and second.said() == {(0, b"all"), (0, b"one")})


def test_one_that_is_away_stops_nothing_and_catches_up_when_it_is_back(brokers: list[Broker]) -> None:
    ear = Ear()
    say(brokers[0], TOPIC, b"old", retain=True)
    with ExitStack() as stack:
        links = opened(stack, brokers, ear, subscriptions=[("mingchu/a", 1)])
        for pid in brokers[0].processes():
            os.kill(pid, signal.SIGUSR1)  # it saves what it retains
        wait_for(lambda: b"old" in saved(brokers[0]))
        for pid in brokers[0].processes():
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: links.publish_at(0, "mingchu/n", b"x", qos=1) is None)
        assert links.connected.is_set()
        assert links.publish("mingchu/n", b"x", qos=1) is not None
        say(brokers[1], "mingchu/a", b"1")
        wait_for(lambda: (1, b"1") in ear.said())
        links.forget_elsewhere(TOPIC, at=1)
        assert links.waiting(0) == [TOPIC]
        stack.enter_context(brokers[0].running())
        wait_for(lambda: links.waiting(0) == [])
        wait_for(lambda: retained(brokers[0]) == set())
        say(brokers[0], "mingchu/a", b"2")
        wait_for(lambda: (0, b"2") in ear.said())


def saved(broker: Broker) -> bytes:
    file = broker.home / "mosquitto.db"
    return file.read_bytes() if file.exists() else b""


def retained(broker: Broker) -> set[bytes]:
    """What a broker retains under our name."""
    ear, end = Ear(), b"the end"
    with MqttLink(
        login(url_of(broker), "look"), subscriptions=[("mingchu/#", 1)], on_message=ear.take, keep_session=False
    ) as link:
        assert link.connected.wait(GENEROUS_S)
        link.publish("mingchu/look", end, qos=1)
        wait_for(lambda: (0, end) in ear.said())
    return {payload for _, payload in ear.said()} - {end}
