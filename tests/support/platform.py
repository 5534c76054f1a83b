"""A whole platform as `mingchu up` starts it, and a kitchen that sends without end."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from deploy.embedded.broker import mosquitto_hash
from deploy.embedded.folder import temporary_data_dir
from deploy.places import Endpoints, Places
from ingest.node.client import NodeClient
from ingest.payloads.senml import Reading
from models.store import Store
from tests.support.rig import wait_for
from tests.support.world import Kitchen, seed_world

SECRET = "a-secret-of-this-test"
VICTIMS = ("ingest", "vision", "alerts", "api", "postgres", "broker")
UP_TIMEOUT_S = 60.0


@dataclass
class Platform:
    """A running `mingchu up`, its store and its two registered kitchens."""

    data: Path
    process: subprocess.Popen[bytes]
    endpoints: Endpoints
    store: Store
    kitchen: Kitchen
    neighbour: Kitchen

    def children(self) -> dict[str, dict[str, object]]:
        status = json.loads((self.data / "run" / "status.json").read_text())
        return dict(status["children"])

    def all_ready(self) -> bool:
        return all(child["state"] in {"ready", "done"} for child in self.children().values())

    def rss_mib(self) -> dict[str, float]:
        """The memory that each role has in use now."""
        found = {}
        for name, child in self.children().items():
            pid = child["pid"]
            if isinstance(pid, int):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                found[name] = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
        return found

    def kill(self, name: str) -> None:
        pid = self.children()[name]["pid"]
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)


@contextmanager
def platform_with(broker: str) -> Iterator[Platform]:
    """A platform of its own on an empty folder, with two kitchens registered; stopped in order at the end."""
    with temporary_data_dir() as data:
        with (data / "up.log").open("wb") as log:
            argv = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data), "--broker", broker]
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
    for node in ("node-a", "node-b"):
        Places(data).keep_node_secret(node, SECRET)
    with Store(endpoints.database_url) as store:
        kitchen, neighbour = seed_world(store, mqtt_hash=mosquitto_hash(SECRET))
        platform = Platform(
            data=data, process=process, endpoints=endpoints, store=store, kitchen=kitchen, neighbour=neighbour
        )
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
