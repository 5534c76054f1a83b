"""Upgrade from the last release under load: its processes go on during and after the migration, beside the new ones."""

import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from deploy.embedded.broker import find_mosquitto
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.stack import fetch
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from ingest.payloads.senml import Reading
from tests.support.paths import ROOT
from tests.support.waiting import START_S, tail, wait_for
from tests.support.world import TENANT

AFTER_RELEASE = "models/store/migrations/versions/0006_bounds_of_intake.py"
"""The first file that 0.1.0 does not have."""
_SEED = (
    "import os\nfrom models.store import Store\nfrom tests.support.world import seed_world\n"
    "with Store(os.environ['MINGCHU_DATABASE_URL']) as store: seed_world(store)"
)


def git(*arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


@pytest.fixture
def old_code(tmp_path: Path) -> Path:
    """The code of 0.1.0, out of this repository's history."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    first_after = git("log", "--diff-filter=A", "--format=%H", "--", AFTER_RELEASE).decode().split()
    packed = git("archive", "--format=tar", f"{first_after[-1]}^") if first_after else b""
    if not packed:
        pytest.skip("this copy has no history back to 0.1.0")
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(tmp_path / "old", filter="data")
    return tmp_path / "old"


@dataclass
class Site:
    """A machine on which both versions are installed."""

    old: Path
    url: str
    data: Path
    mqtt_port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def environment(self, code: Path) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(code),
            "MINGCHU_DATABASE_URL": self.url,
            "MINGCHU_MQTT_URL": f"mqtt://127.0.0.1:{self.mqtt_port}",
            "MINGCHU_EVIDENCE_DIR": str(self.data / "evidence"),
            "MINGCHU_DATA": str(self.data / "roles"),
        }

    def run(self, code: Path, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=code,
            env=self.environment(code),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, name: str, code: Path, *arguments: str) -> None:
        argv = [sys.executable, "-m", "deploy.cli", *arguments]
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                argv, cwd=code, env=self.environment(code), stdout=log, stderr=subprocess.STDOUT
            )

    def log(self, name: str) -> Path:
        return self.data / f"{name}.log"

    def runs(self, name: str) -> bool:
        return self.processes[name].poll() is None

    def stop(self, name: str) -> None:
        self.processes[name].terminate()
        assert self.processes[name].wait(60) == 0, tail(self.log(name))

    def value(self, query: str) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        assert row is not None
        return int(row[0])


@pytest.fixture
def site(old_code: Path) -> Iterator[Site]:
    mosquitto = find_mosquitto()
    if mosquitto is None:
        assert not os.environ.get("CI"), "CI installs mosquitto"
        pytest.skip("mosquitto is not installed")
    with temporary_data_dir() as data, EmbeddedPostgres(data, durable=False).running() as server:
        server.ensure_database()
        made = Site(old=old_code, url=server.dsn(), data=data, mqtt_port=free_port(18830))
        config = data / "mosquitto.conf"
        config.write_text(
            f"listener {made.mqtt_port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\n"
            "max_queued_messages 100000\n"
        )
        with made.log("broker").open("wb") as log:
            made.processes["broker"] = subprocess.Popen([mosquitto, "-c", config], stdout=log, stderr=log)
        try:
            yield made
        finally:
            for process in made.processes.values():
                process.kill()
                process.wait()


def test_old_and_new_processes_side_by_side_lose_and_double_nothing(site: Site) -> None:
    site.run(site.old, "-m", "deploy.cli", "migrate")
    site.run(site.old, "-c", _SEED)
    console = free_port(18080)
    site.start("old-ingest", site.old, "ingest")
    site.start("old-alerts", site.old, "alerts")
    site.start("old-api", site.old, "api", "--port", str(console))
    wait_for(lambda: fetch(f"http://127.0.0.1:{console}/health"), timeout_s=START_S, log=site.log("old-api"))
    login = Login(url=f"mqtt://127.0.0.1:{site.mqtt_port}", client_id="node-a", username="node-a", password="x")
    address = NodeAddress(tenant=TENANT, site="site-a", node="node-a")
    with NodeClient(login, address, session=1, devices=[]) as node:
        load = Load(node)
        load.thread.start()
        wait_for(lambda: site.value("SELECT count(*) FROM event") > 0, timeout_s=START_S, log=site.log("old-alerts"))

        site.run(ROOT, "-m", "deploy.cli", "migrate")
        wait_for(lambda: stored_more(site, 200), log=site.log("old-ingest"))
        assert site.runs("old-ingest"), tail(site.log("old-ingest"))
        assert site.runs("old-api"), tail(site.log("old-api"))
        if not site.runs("old-alerts"):  # 0.1.0 ends when a query's columns change; whatever starts it starts it again
            assert "cached plan must not change result type" in site.log("old-alerts").read_text()
            starts_to_listen(site, "old-alerts", site.old, "alerts")
        starts_to_listen(site, "new-alerts", ROOT, "alerts", "--replica", "a")
        assert stored_more(site, 200), "both work beside each other for a while"
        assert site.runs("old-alerts"), tail(site.log("old-alerts"))
        site.stop("old-alerts")
        site.stop("old-ingest")  # 0.1.0 has one session at the broker, which the new one takes over
        site.start("new-ingest", ROOT, "ingest", "--replica", "a")
        assert fetch(f"http://127.0.0.1:{console}/health"), "the API of 0.1.0 answers to the end"
        site.stop("old-api")
        wait_for(lambda: stored_more(site, 200), timeout_s=START_S, log=site.log("new-ingest"))
        load.stop.set()
        load.thread.join()
        assert node.wait_empty(START_S), f"{node.spooled} wait for their receipt"
        assert node.dropped == 0
    assert site.value("SELECT count(*) FROM reading") == load.sent
    assert site.value("SELECT count(*) FROM (SELECT DISTINCT device_id, occurred_at FROM reading) r") == load.sent
    assert site.value("SELECT count(*) FROM alert WHERE code = 'gas_ch4'") == 1
    wait_for(lambda: site.value("SELECT count(*) FROM outbox") == 0)
    assert site.value("SELECT max(seq) - count(*) FROM event") == 0, "no number of the feed is missing"
    assert site.runs("new-alerts"), tail(site.log("new-alerts"))


def starts_to_listen(site: Site, name: str, code: Path, *arguments: str) -> None:
    """Start a process of the alerts role and wait until it is at work."""
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    before = site.value(listening)
    site.start(name, code, *arguments)
    wait_for(lambda: site.value(listening) > before, timeout_s=START_S, log=site.log(name))


def stored_more(site: Site, count: int) -> bool:
    """Whether so many readings come in from now on within a while."""
    before = site.value("SELECT count(*) FROM reading")
    wait_for(lambda: site.value("SELECT count(*) FROM reading") >= before + count)
    return True


class Load:
    """A thread that sends readings of a fridge and of gas, some fifty a second."""

    def __init__(self, node: NodeClient) -> None:
        self.node, self.sent, self.stop = node, 0, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self.stop.wait(0.04):
            at = datetime.now(UTC)
            self.node.readings("fridge-a", [Reading("fridge_temp", at, 4.0)])
            self.node.readings("gas-a", [Reading("gas_ch4", at, 60.0)])
            self.sent += 2
