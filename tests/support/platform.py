"""A whole platform, started by `mingchu up`, and a kitchen that sends continuously."""

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
from deploy.embedded.supervisor import read_status, status_path
from deploy.places import Endpoints, Places
from ingest.node.client import NodeClient
from ingest.payloads.senml import Reading
from models.store import Store
from tests.support.waiting import GENEROUS_S, START_S, tail, wait_for
from tests.support.world import Kitchen, seed_world

SECRET = "a-secret-of-this-test"
VICTIMS = ("ingest", "vision", "alerts", "api", "postgres", "broker")


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
        return children_of(self.data)

    def all_ready(self) -> bool:
        return is_ready(self.data)

    def rss_mib(self) -> dict[str, float]:
        """Return the memory that each role uses now."""
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
def running_up(data: Path, *arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], Endpoints]]:
    """`mingchu up` on this folder with every role ready; stopped in order at the end.

    An answering console does not mean that the other roles are ready: vision compiles a network first.
    """
    log = data / "up.log"
    status_path(data).unlink(missing_ok=True)  # that of an earlier start says "ready", too
    argv = [sys.executable, "-m", "deploy.cli", "up", "--data", str(data), *arguments]
    with log.open("ab") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=out, env={**os.environ, **environment})
    try:
        wait_for(lambda: process.poll() is not None or is_ready(data), timeout_s=START_S, log=log)
        endpoints = Endpoints.load(Places(data))
        assert process.poll() is None, tail(log)
        assert endpoints is not None
        yield process, endpoints
    except BaseException:
        print(tail(log))  # noqa: T201 - pytest shows it beside the failure
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(GENEROUS_S)
    assert ended == 0, tail(log)


def children_of(data: Path) -> dict[str, dict[str, object]]:
    """Return the supervisor's report on each child; empty before its first one."""
    status = read_status(data) or {"children": {}}
    children = status["children"]
    assert isinstance(children, dict)
    return children


def is_ready(data: Path) -> bool:
    """Return whether every role is ready and every task is done."""
    children = children_of(data)
    return bool(children) and all(child["state"] in {"ready", "done"} for child in children.values())


@contextmanager
def platform_with(broker: str) -> Iterator[Platform]:
    """A separate platform on an empty folder, with two registered kitchens; stopped in order at the end."""
    with temporary_data_dir() as data:
        for node in ("node-a", "node-b"):
            Places(data).keep_node_secret(node, SECRET)
        with running_up(data, "--broker", broker) as (process, endpoints), Store(endpoints.database_url) as store:
            kitchen, neighbour = seed_world(store, mqtt_hash=mosquitto_hash(SECRET))
            yield Platform(
                data=data, process=process, endpoints=endpoints, store=store, kitchen=kitchen, neighbour=neighbour
            )


@dataclass
class Load:
    """A node that sends a reading every few milliseconds, and a lasting gas alarm."""

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
