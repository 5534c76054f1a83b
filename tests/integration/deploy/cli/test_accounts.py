"""`mingchu accounts` beside a real mosquitto with the shipped configuration of `deploy/brokers`."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.embedded.broker import find_mosquitto, mosquitto_hash
from deploy.embedded.ports import free_port, port_is_free
from deploy.places import Places
from ingest.mqtt import Login, MqttLink
from models.changes.nodes import revoke_node
from models.domain.access import SYSTEM
from models.store import Store
from tests.support.logins import comes_in
from tests.support.paths import ROOT
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.world import TENANT, Kitchen, seed_world

SHIPPED = ROOT / "deploy" / "brokers" / "mosquitto.conf"
SECRET = "a secret of a node"
NAMES = ("node-acl", "node-passwords", "role-acl", "role-passwords")


@dataclass(frozen=True, slots=True)
class Outside:
    """A mosquitto that no embedded stack runs, with the folder of its accounts."""

    folder: Path
    pid_file: Path
    nodes: int
    roles: int


@contextmanager
def mosquitto(folder: Path) -> Iterator[Outside]:
    """Run the shipped configuration with a test's ports and folders."""
    program = find_mosquitto()
    assert program is not None
    nodes = free_port()
    roles = free_port(avoid=[nodes])
    text = SHIPPED.read_text()
    changes = {
        "listener 1883": f"listener {nodes} 127.0.0.1",
        "listener 1885": f"listener {roles} 127.0.0.1",
        "/etc/mosquitto/mingchu": str(folder / "mingchu"),
        "/var/lib/mosquitto/": f"{folder}/",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    config, pid_file = folder / "mosquitto.conf", folder / "mosquitto.pid"
    # Started by root, mosquitto becomes another user, who may not read a test's folder.
    config.write_text(f"{text}pid_file {pid_file}\n" + ("user root\n" if os.geteuid() == 0 else ""))
    with (folder / "mosquitto.log").open("wb") as log:
        child = subprocess.Popen([program, "-c", str(config)], stdout=log, stderr=log)
    try:
        wait_for(lambda: not port_is_free(roles, "127.0.0.1"), log=folder / "mosquitto.log")
        yield Outside(folder / "mingchu", pid_file, nodes, roles)
    finally:
        child.terminate()
        child.wait(GENEROUS_S)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store, mqtt_hash=mosquitto_hash(SECRET))[0]


def command(data: Path, database_url: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "MINGCHU_DATABASE_URL": database_url}
    argv = [sys.executable, "-m", "deploy.cli", "accounts", "--data", str(data), *map(str, arguments)]
    return subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def ended(child: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit status of a command, and what it said."""
    said, _ = child.communicate(timeout=GENEROUS_S)
    return child.returncode, said.decode()


@pytest.mark.skipif(find_mosquitto() is None and not os.environ.get("CI"), reason="mosquitto is not installed")
def test_nodes_come_in_until_they_are_revoked_and_roles_by_their_own_door(
    kitchen: Kitchen, store: Store, database_url: str, tmp_path: Path
) -> None:
    places, folder = Places(tmp_path / "data"), tmp_path / "mingchu"
    places.prepare()
    folder.mkdir()
    assert ended(command(places.data_dir, database_url, folder, "--once"))[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == list(NAMES)
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    with mosquitto(tmp_path) as outside:
        following = command(places.data_dir, database_url, folder, "--pid-file", outside.pid_file)
        try:
            role = places.platform_secret("mingchu-ingest")
            assert comes_in(outside.nodes, kitchen.node, SECRET)
            assert not comes_in(outside.nodes, kitchen.node, SECRET + "x")
            assert not comes_in(outside.nodes, "mingchu-ingest", role)  # roles have no account at the nodes' door
            assert comes_in(outside.roles, "mingchu-ingest", role)
            assert not comes_in(outside.roles, kitchen.node, SECRET)
            with store.write() as w:
                revoke_node(w, kitchen.node, by=SYSTEM, at=datetime.now(UTC))
            wait_for(lambda: not comes_in(outside.nodes, kitchen.node, SECRET))
            assert comes_in(outside.nodes, "node-b", SECRET)
            reads_no_foreign_topics(outside)
        finally:
            following.send_signal(signal.SIGTERM)
            code, said = ended(following)
            assert code == 0, said


def reads_no_foreign_topics(outside: Outside) -> None:
    """A node hears nothing of what another sends, whatever it asks for."""
    heard, there = [], threading.Event()
    login = Login(url=f"mqtt://127.0.0.1:{outside.nodes}", client_id="x", username="node-b", password=SECRET)
    own = f"mingchu/v1/{TENANT}/site-b/node-b/_/cmd/receipt"
    with MqttLink(
        login,
        subscriptions=[("#", 1), ("mingchu/#", 1), (own, 1)],
        on_message=lambda message: (heard.append(message.topic), there.set()),
    ) as link:
        assert link.connected.wait(GENEROUS_S)
        url = f"mqtt://127.0.0.1:{outside.roles}"
        secret = Places(outside.folder.parent / "data").platform_secret("mingchu-ingest")
        with MqttLink(Login(url=url, client_id="y", username="mingchu-ingest", password=secret)) as platform:
            assert platform.connected.wait(GENEROUS_S)
            platform.publish(f"mingchu/v1/{TENANT}/site-a/node-a/_/cmd/clip", b"{}", qos=1)
            platform.publish(own, b"{}", qos=1)
        assert there.wait(GENEROUS_S)
    assert set(heard) == {own}


def test_a_stale_pid_file_disturbs_no_stranger(kitchen: Kitchen, database_url: str, tmp_path: Path) -> None:
    places, folder = Places(tmp_path / "data"), tmp_path / "mingchu"
    places.prepare()
    folder.mkdir()
    with subprocess.Popen(["sleep", "600"]) as stranger:
        (tmp_path / "pid").write_text(str(stranger.pid))
        once = command(places.data_dir, database_url, folder, "--once", "--pid-file", tmp_path / "pid")
        code, said = ended(once)
        assert code == 0
        assert "no mosquitto to reload" in said
        assert stranger.poll() is None
        stranger.kill()


def test_without_the_roles_secrets_it_says_what_is_missing(database_url: str, tmp_path: Path) -> None:
    code, said = ended(command(tmp_path / "data", database_url, tmp_path, "--once"))
    assert code == 1
    assert "lacks mingchu-ingest, mingchu-vision: copy the roles' secrets" in said
    assert not (tmp_path / "node-acl").exists()


def test_the_shipped_bounds_are_those_of_the_embedded_broker() -> None:
    from deploy.embedded.broker_mosquitto import MosquittoBroker  # noqa: PLC0415 - one use

    embedded = MosquittoBroker(ROOT, list, port=1883, roles_port=1885)._configuration()
    bounds = [line for line in embedded.splitlines() if line.startswith(("max_", "message_", "persist", "autosave"))]
    shipped = SHIPPED.read_text().splitlines()
    assert [line for line in bounds if "location" not in line and line not in shipped] == []
