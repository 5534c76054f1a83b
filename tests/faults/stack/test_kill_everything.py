"""kill -9 of every role, of PostgreSQL and of the broker under load: nothing lost, nothing doubled, all back."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.embedded.broker import find_mosquitto, mosquitto_hash
from deploy.embedded.folder import temporary_data_dir
from deploy.places import Endpoints, Places
from ingest.mqtt import Login
from ingest.node import NodeAddress, NodeClient
from ingest.payloads.senml import Reading
from models.store import Store, findings, intake
from tests.support.rig import wait_for
from tests.support.world import TENANT, Kitchen, seed_world

SECRET = "a-secret-of-this-test"
VICTIMS = ("ingest", "vision", "alerts", "api", "postgres", "broker")
UP_TIMEOUT_S = 60.0


@dataclass
class Platform:
    """A running `mingchu up`, its store and its registered kitchen."""

    data: Path
    process: subprocess.Popen[bytes]
    endpoints: Endpoints
    store: Store
    kitchen: Kitchen

    def children(self) -> dict[str, dict[str, object]]:
        status = json.loads((self.data / "run" / "status.json").read_text())
        return dict(status["children"])

    def all_ready(self) -> bool:
        return all(child["state"] in {"ready", "done"} for child in self.children().values())

    def kill(self, name: str) -> None:
        pid = self.children()[name]["pid"]
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(params=["mosquitto", "iotcore"])
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    if request.param == "mosquitto" and find_mosquitto() is None:
        assert not os.environ.get("CI"), "CI installs mosquitto"
        pytest.skip("mosquitto is not installed")
    with temporary_data_dir() as data:
        with (data / "up.log").open("wb") as log:
            argv = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data), "--broker", request.param]
            process = subprocess.Popen(argv, stdout=log, stderr=log)
        try:
            yield from _running(data, process)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, (data / "up.log").read_text()[-3000:]


def _running(data: Path, process: subprocess.Popen[bytes]) -> Iterator[Platform]:
    status = data / "run" / "status.json"
    wait_for(lambda: status.exists() or process.poll() is not None, timeout_s=UP_TIMEOUT_S)
    endpoints = Endpoints.load(Places(data))
    assert endpoints is not None, (data / "up.log").read_text()[-3000:]
    wait_for(lambda: json.loads(status.read_text())["children"]["migrate"]["state"] == "done", timeout_s=UP_TIMEOUT_S)
    Places(data).keep_node_secret("node-a", SECRET)
    with Store(endpoints.database_url) as store:
        kitchen, _ = seed_world(store, mqtt_hash=mosquitto_hash(SECRET))
        platform = Platform(data=data, process=process, endpoints=endpoints, store=store, kitchen=kitchen)
        wait_for(platform.all_ready, timeout_s=UP_TIMEOUT_S)
        yield platform


@dataclass
class Load:
    """A node that sends a reading every few milliseconds, and a gas alarm that goes on all the while."""

    node: NodeClient
    kitchen: Kitchen
    sent: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.wait(0.01):
            at = datetime.now(UTC)
            self.node.readings(self.kitchen.fridge, [Reading("fridge_temp", at, 4.0)])
            self.node.readings(self.kitchen.gas, [Reading("gas_ch4", at, 60.0)])
            self.sent += 2


def test_nothing_is_lost_or_doubled_and_everything_comes_back(platform: Platform) -> None:
    kitchen = platform.kitchen
    login = Login(url=platform.endpoints.mqtt_url, client_id=kitchen.node, username=kitchen.node, password=SECRET)
    address = NodeAddress(tenant=TENANT, site=kitchen.site, node=kitchen.node)
    with NodeClient(login, address, session=1, devices=[]) as node:
        wait_for(lambda: node.connected, timeout_s=30)
        load = Load(node, kitchen)
        thread = threading.Thread(target=load.run)
        thread.start()
        for victim in VICTIMS:
            time.sleep(1)
            before = platform.children()[victim]["restarts"]
            platform.kill(victim)
            wait_for(lambda name=victim, n=before: platform.children()[name]["restarts"] != n, timeout_s=30)
        time.sleep(1)
        load.stop.set()
        thread.join()
        wait_for(platform.all_ready, timeout_s=60)
        assert node.wait_empty(90), f"{node.spooled} messages still wait for their receipt"
        assert node.dropped == 0
    assert load.sent > 500
    with platform.store.read() as r:
        assert intake.count_readings(r) == (load.sent, load.sent)
        alerts = findings.alerts(r, limit=10)
    assert [(alert.code, alert.device_id) for alert in alerts] == [("gas_ch4", kitchen.gas)]
