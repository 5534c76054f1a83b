"""Three real mosquittos behind HAProxy: one dies or freezes under load, and nothing is lost or doubled."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.embedded.broker import Broker, BrokerUser, mosquitto_hash
from deploy.embedded.broker_mosquitto import MosquittoBroker, find_mosquitto
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from ingest.mqtt import Incoming, Login, MqttLink
from ingest.node.client import NodeAddress, NodeClient
from ingest.partitions import KIND, STATUS
from ingest.payloads import status
from ingest.payloads.senml import Reading
from ingest.topics import NODE_AT
from models.store import Store, quarantine, readings
from tests.support.balancer import balancer
from tests.support.waiting import GENEROUS_S, START_S, wait_for
from tests.support.workers import SECRET, USER, owners, with_fridges, worker
from tests.support.world import TENANT

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="needs mosquitto")
NODES = [f"node-{n}" for n in range(12)]
BROKERS, PARTITIONS = 3, 2
SENTINEL = "mingchu/look"
# A node's pause between its readings: all twelve speak slower than one intake on a busy machine can take, or what they
# spooled while a broker stood still would never be made up for.
PAUSE_S = 0.03


@dataclass(slots=True)
class Cluster:
    """Independent brokers, each with a process that can be killed, and the port of the balancer."""

    brokers: list[Broker]
    port: int

    def signal(self, index: int, number: signal.Signals) -> None:
        for pid in self.brokers[index].processes():
            os.kill(pid, number)

    def has_saved(self, index: int) -> bool:
        saved = self.brokers[index].home / "mosquitto.db"
        return saved.exists() and all(node.encode() in saved.read_bytes() for node in self.told_online(index))

    def told_online(self, index: int) -> set[str]:
        """The nodes of which a broker retains that they are online."""
        found: set[str] = set()
        seen = threading.Event()

        def take(message: Incoming) -> None:
            if message.topic == SENTINEL:
                seen.set()
            elif message.payload and status.parse(message.payload).online:
                found.add(message.topic.split("/")[NODE_AT])

        url = f"mqtt://127.0.0.1:{self.brokers[index].roles_port}"
        login = Login(url=url, client_id=f"look-{index}", username=USER, password=SECRET)
        wanted = [(STATUS, 1), (SENTINEL, 1)]
        with MqttLink(login, subscriptions=wanted, on_message=take, keep_session=False) as link:
            assert link.connected.wait(GENEROUS_S)
            link.publish(SENTINEL, b"1", qos=1)  # what is retained comes before it
            assert seen.wait(GENEROUS_S)
        return found


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    users = [
        BrokerUser(name=name, mosquitto_hash=mosquitto_hash(SECRET), platform=name == USER) for name in (USER, *NODES)
    ]
    ports: list[int] = []
    for _ in range(2 * BROKERS + 1):
        ports.append(free_port(avoid=ports))
    with ExitStack() as stack:
        brokers: list[Broker] = []
        for n in range(BROKERS):
            folder = stack.enter_context(temporary_data_dir())
            one = MosquittoBroker(folder, lambda: users, port=ports[2 * n], roles_port=ports[2 * n + 1])
            stack.enter_context(one.running())
            brokers.append(one)
        stack.enter_context(balancer(tmp_path, port=ports[-1], brokers=[one.port for one in brokers]))
        yield Cluster(brokers, ports[-1])


@pytest.fixture
def world(store: Store) -> Store:
    return with_fridges(store, NODES, partitions=PARTITIONS)


@dataclass(slots=True)
class Kitchens:
    """Real node clients with a spool, through the balancer."""

    port: int
    stop: threading.Event = field(default_factory=threading.Event)
    clients: dict[str, NodeClient] = field(default_factory=dict)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, node: str) -> None:
        begin, number = datetime.now(UTC), 0
        while not self.stop.wait(PAUSE_S):
            number += 1
            at = begin + timedelta(milliseconds=number)
            self.clients[node].readings(f"{node}-fridge", [Reading("fridge_temp", at, 4.0)])
            with self.lock:
                self.sent += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        with ExitStack() as stack:
            for node in NODES:
                login = Login(url=f"mqtt://127.0.0.1:{self.port}", client_id=node, username=node, password=SECRET)
                client = NodeClient(login, NodeAddress(tenant=TENANT, site="site-a", node=node), session=1, devices=[])
                self.clients[node] = stack.enter_context(client)
            wait_for(lambda: all(one.connected for one in self.clients.values()))
            threads = [threading.Thread(target=self.play, args=(node,)) for node in NODES]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self.stop.set()
                for thread in threads:
                    thread.join(GENEROUS_S)
            for client in self.clients.values():
                assert client.wait_empty(START_S), f"{client.spooled} messages still wait for their receipt"
                assert client.dropped == 0


def stored(store: Store) -> tuple[int, int]:
    with store.read() as r:
        return readings.count_readings(r)


def offline(store: Store) -> list[str]:
    with store.read() as r:
        rows = r.raw.execute("SELECT id FROM node WHERE NOT online AND id = ANY(%s) ORDER BY id", [NODES]).fetchall()
    return [name for (name,) in rows]


def goes_on(store: Store) -> None:
    seen, _ = stored(store)
    wait_for(lambda: stored(store)[0] > seen + 500)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_frozen_broker_and_then_a_dead_intake_lose_and_double_nothing(
    world: Store, database_url: str, cluster: Cluster, tmp_path: Path, number: signal.Signals
) -> None:
    more = {"database_url": database_url, "brokers": cluster.brokers, "folder": tmp_path}
    kitchens = Kitchens(cluster.port)
    with ExitStack() as again, worker("ingest", "a", **more) as first, worker("ingest", "b", **more):
        wait_for(lambda: owners(world, KIND) == {"a": 1, "b": 1}, timeout_s=START_S, log=tmp_path / "a.log")
        with kitchens.running():
            goes_on(world)
            wait_for(lambda: offline(world) == [])
            homes = [cluster.told_online(n) for n in range(BROKERS)]
            assert sorted(name for home in homes for name in home) == sorted(NODES)
            assert homes[0]
            cluster.signal(0, signal.SIGUSR1)  # it saves what it retains
            wait_for(lambda: cluster.has_saved(0))
            cluster.signal(0, number)
            goes_on(world)
            wait_for(lambda: cluster.told_online(1) | cluster.told_online(2) == set(NODES))
            wait_for(lambda: all(one.spooled < 500 for one in kitchens.clients.values()), log=tmp_path / "b.log")
            if number == signal.SIGSTOP:
                cluster.signal(0, signal.SIGCONT)  # it tells the deaths of nodes that live elsewhere by now
            else:
                again.enter_context(cluster.brokers[0].running())  # it still has the births of nodes that left it
            wait_for(lambda: not cluster.told_online(0) & homes[0], log=tmp_path / "b.log")
            goes_on(world)
            assert offline(world) == []
            first.kill()
            wait_for(lambda: owners(world, KIND) == {"b": PARTITIONS})
            goes_on(world)
            assert offline(world) == []
        wait_for(lambda: stored(world)[0] >= kitchens.sent, log=tmp_path / "b.log")
        assert stored(world) == (kitchens.sent, kitchens.sent)
        with world.read() as r:
            assert quarantine.quarantined(r, before=None, limit=10) == []
