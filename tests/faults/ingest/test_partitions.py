"""Two real processes share intake; one dies or is frozen under load, and nothing is lost or doubled."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.embedded.broker import Broker, BrokerUser, mosquitto_hash
from deploy.embedded.broker_mosquitto import MosquittoBroker, find_mosquitto
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from ingest.mqtt import Login, MqttLink
from ingest.partitions import KIND
from ingest.payloads.senml import Reading, render
from models.catalogue.terms import DeviceKind
from models.store import Store, devices, quarantine, readings
from tests.support.waiting import GENEROUS_S, START_S, wait_for
from tests.support.workers import SECRET, USER, owners, with_fridges, worker
from tests.support.world import TENANT

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="needs mosquitto: other brokers forget sessions")
NODES = [f"node-{n}" for n in range(12)]
PARTITIONS = 4


@pytest.fixture
def broker() -> Iterator[Broker]:
    users = [
        BrokerUser(name=name, mosquitto_hash=mosquitto_hash(SECRET), platform=name == USER) for name in (USER, *NODES)
    ]
    with temporary_data_dir() as folder:
        port = free_port()
        with MosquittoBroker(folder, lambda: users, port=port, roles_port=free_port(avoid=[port])).running() as opened:
            yield opened


@pytest.fixture
def world(store: Store) -> Store:
    return with_fridges(store, NODES, partitions=PARTITIONS)


@dataclass(slots=True)
class Load:
    """Nodes without a spool that publish until they are told to end; what the broker acknowledged has to be stored."""

    broker: Broker
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: int = 0
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def published(self, _mid: int, accepted: bool) -> None:  # noqa: FBT001 - as the link calls it
        with self.lock:
            self.acknowledged += accepted

    def play(self, node: str) -> None:
        url = f"mqtt://127.0.0.1:{self.broker.port}"
        login = Login(url=url, client_id=node, username=node, password=SECRET)
        begin, seq = datetime.now(UTC), 0
        with MqttLink(login, on_published=self.published) as link:
            assert link.connected.wait(GENEROUS_S)
            while not self.stop.wait(0.005):
                seq += 1
                reading = Reading("fridge_temp", begin + timedelta(milliseconds=seq), 4.0)
                topic = f"mingchu/v1/{TENANT}/site-a/{node}/{node}-fridge/reading"
                link.publish(topic, render([reading], session=1, seq=seq), qos=1)
                with self.lock:
                    self.sent += 1
            wait_for(lambda: self.acknowledged == self.sent)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.play, args=(node,)) for node in NODES if node != "node-b"]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(GENEROUS_S)


def stored(store: Store) -> int:
    with store.read() as r:
        total, _ = readings.count_readings(r)
    return total


def gaps(store: Store) -> int:
    with store.read() as r:
        found = r.raw.execute("SELECT coalesce(sum(gaps), 0) FROM node").fetchone()
    return int(found[0]) if found else -1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_frozen_owner_is_succeeded_under_load(
    world: Store, database_url: str, broker: Broker, tmp_path: Path, number: signal.Signals
) -> None:
    more = {"database_url": database_url, "broker": broker, "folder": tmp_path}
    load = Load(broker)
    with worker("ingest", "a", **more) as first, worker("ingest", "b", **more) as second:
        wait_for(lambda: owners(world, KIND) == {"a": 2, "b": 2}, timeout_s=START_S, log=tmp_path / "a.log")
        with load.running():
            wait_for(lambda: stored(world) > 500, log=tmp_path / "b.log")
            first.send_signal(number)
            wait_for(lambda: owners(world, KIND) == {"b": PARTITIONS})
            seen = stored(world)
            wait_for(lambda: stored(world) > seen + 500)
            if number == signal.SIGSTOP:
                first.send_signal(signal.SIGCONT)  # it still believes that it owns its partitions
                wait_for(lambda: owners(world, KIND) == {"a": 2, "b": 2})
                seen = stored(world)
                wait_for(lambda: stored(world) > seen + 500)
        wait_for(lambda: stored(world) >= load.acknowledged, log=tmp_path / "b.log")
        assert stored(world) == load.acknowledged == load.sent
        assert gaps(world) == 0
        with world.read() as r:
            assert quarantine.quarantined(r, before=None, limit=10) == []
        assert second.poll() is None


def test_a_new_node_is_heard_and_an_orderly_end_hands_over(
    world: Store, database_url: str, broker: Broker, tmp_path: Path
) -> None:
    more = {"database_url": database_url, "broker": broker, "folder": tmp_path}
    with worker("ingest", "b", **more):
        wait_for(lambda: owners(world, KIND) == {"b": PARTITIONS}, timeout_s=START_S)
        with worker("ingest", "a", **more):
            wait_for(lambda: owners(world, KIND) == {"a": 2, "b": 2}, timeout_s=START_S)
        wait_for(lambda: owners(world, KIND) == {"b": PARTITIONS})
        with world.write() as w:
            w.raw.execute("UPDATE node SET revoked_at = now() WHERE id = 'node-5'")
            devices.add_node(w, node_id="node-late", site_id="site-a", mqtt_hash="$7$1$AA==$AA==")
            devices.add_device(
                w,
                device_id="late-fridge",
                node_id="node-late",
                kind=DeviceKind.sensor,
                zone="storage",
                name="f",
                sensor_code="fridge_temp",
            )
        login = Login(url=f"mqtt://127.0.0.1:{broker.roles_port}", client_id="as-late", username=USER, password=SECRET)
        with MqttLink(login) as link:
            assert link.connected.wait(GENEROUS_S)

            def heard() -> bool:
                reading = Reading("fridge_temp", datetime.now(UTC), 4.0)
                topic = f"mingchu/v1/{TENANT}/site-a/node-late/late-fridge/reading"
                link.publish(topic, render([reading], session=1, seq=1), qos=1)
                return stored(world) > 0

            wait_for(heard)
