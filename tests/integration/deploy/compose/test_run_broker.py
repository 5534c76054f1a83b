"""`run-broker` of deploy/compose with a real mosquitto: it waits for its users, and reads them again after a change."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.broker import BrokerUser, find_mosquitto, mosquitto_hash
from deploy.embedded.broker_mosquitto import account_files
from deploy.embedded.ports import free_port, port_is_free
from tests.support.logins import comes_in
from tests.support.paths import ROOT
from tests.support.waiting import GENEROUS_S, wait_for

FOLDER = ROOT / "deploy" / "compose"
SECRET = "a secret"
pytestmark = pytest.mark.skipif(
    find_mosquitto() is None and not os.environ.get("CI"), reason="mosquitto is not installed"
)


def write(folder: Path, *names: str) -> None:
    hashed = mosquitto_hash(SECRET)
    users = [BrokerUser(name=name, mosquitto_hash=hashed) for name in names]
    platform = BrokerUser(name="mingchu-ingest", mosquitto_hash=hashed, platform=True)
    for name, text in account_files([*users, platform]).items():
        (folder / name).write_text(text)


@pytest.fixture
def ports(tmp_path: Path) -> tuple[int, int]:
    nodes = free_port()
    roles = free_port(avoid=[nodes])
    text = (FOLDER / "mosquitto.conf").read_text()
    changes = {
        "listener 1883": f"listener {nodes} 127.0.0.1",
        "listener 1885": f"listener {roles} 127.0.0.1",
        "/etc/mosquitto/mingchu": f"{tmp_path}/to",
        "/mosquitto/data/": f"{tmp_path}/",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mosquitto.conf").write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
    return nodes, roles


@pytest.fixture
def child(tmp_path: Path, ports: tuple[int, int]) -> Iterator[subprocess.Popen[bytes]]:
    (tmp_path / "from").mkdir()
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))
    argv = ["sh", str(FOLDER / "run-broker"), *(str(tmp_path / name) for name in ("from", "to", "mosquitto.conf"))]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            argv, stdout=log, stderr=log, env={**os.environ, "PATH": path}, start_new_session=True
        )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_it_starts_with_its_users_reads_changes_and_ends_in_order(
    child: subprocess.Popen[bytes], ports: tuple[int, int], tmp_path: Path
) -> None:
    nodes, roles = ports
    assert port_is_free(roles, "127.0.0.1")
    write(tmp_path / "from", "node-a")
    wait_for(lambda: not port_is_free(roles, "127.0.0.1"), log=tmp_path / "log")
    assert comes_in(nodes, "node-a", SECRET)
    assert not comes_in(nodes, "node-b", SECRET)
    assert not comes_in(nodes, "mingchu-ingest", SECRET)
    assert comes_in(roles, "mingchu-ingest", SECRET)
    write(tmp_path / "from", "node-b")
    wait_for(lambda: comes_in(nodes, "node-b", SECRET))
    assert not comes_in(nodes, "node-a", SECRET)
    child.send_signal(signal.SIGTERM)
    assert child.wait(GENEROUS_S) is not None
    wait_for(lambda: port_is_free(nodes, "127.0.0.1"))


def test_it_ends_when_the_broker_does_so_that_it_is_started_again(
    child: subprocess.Popen[bytes], ports: tuple[int, int], tmp_path: Path
) -> None:
    nodes, _ = ports
    write(tmp_path / "from", "node-a")
    wait_for(lambda: not port_is_free(nodes, "127.0.0.1"), log=tmp_path / "log")
    subprocess.run(["pkill", "-9", "-P", str(child.pid), "mosquitto"], check=True)
    assert child.wait(GENEROUS_S) != 0
