"""kill -9, anywhere in the embedded stack."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.embedded.broker import find_mosquitto
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.process import wait_until
from deploy.embedded.supervisor import read_status
from tests.support.waiting import GENEROUS_S

STACK = Path(__file__).with_name("stack.py")
CHILDREN = ("postgres", "broker", "role")


class Stack:
    """A running `stack.py` and a view on its children."""

    def __init__(self, data_dir: Path, kind: str = "iotcore") -> None:
        self.data_dir = data_dir
        ports: list[int] = []
        for _ in range(3):
            ports.append(free_port(avoid=ports))
        argv = [sys.executable, str(STACK), str(data_dir), kind, *map(str, ports)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self.process = subprocess.Popen(argv, env=environment, stderr=subprocess.PIPE, text=True)

    def children(self) -> dict[str, dict[str, Any]]:
        status: Any = read_status(self.data_dir)
        if status is None or status["pid"] != self.process.pid:
            return {}
        children: dict[str, dict[str, Any]] = status["children"]
        return children

    def ready(self) -> bool:
        children = self.children()
        return bool(children) and all(child["state"] == "ready" for child in children.values())

    def wait_ready(self) -> None:
        assert wait_until(lambda: self.ready() or self.process.poll() is not None, GENEROUS_S), self.children()
        assert self.process.poll() is None

    def end(self, number: int) -> str:
        self.process.send_signal(number)
        said: str = self.process.communicate(timeout=GENEROUS_S)[1]
        return said


@contextmanager
def stack(data_dir: Path, kind: str = "iotcore") -> Iterator[Stack]:
    started = Stack(data_dir, kind)
    try:
        started.wait_ready()
        yield started
    finally:
        if started.process.poll() is None:
            started.end(signal.SIGKILL)
        elif started.process.stderr is not None:
            started.process.stderr.close()
        assert wait_until(lambda: not survivors(data_dir), GENEROUS_S), survivors(data_dir)


def survivors(data_dir: Path) -> dict[int, str]:
    """Return every living process that was started for this folder, with any parent."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            folder = str((entry / "cwd").readlink())
        except OSError:  # it ended meanwhile, or belongs to another user
            continue
        if command and (str(data_dir) in command or str(data_dir) in folder):
            found[int(entry.name)] = command
    return found


@pytest.mark.parametrize("victim", CHILDREN)
@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_a_killed_child_is_restarted_and_the_others_keep_running(data_dir: Path, kind: str, victim: str) -> None:
    if kind == "mosquitto" and find_mosquitto() is None and not os.environ.get("CI"):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    with stack(data_dir, kind) as running:
        before = running.children()
        os.kill(before[victim]["pid"], signal.SIGKILL)
        assert wait_until(lambda: running.children()[victim]["restarts"] == 1, GENEROUS_S)
        running.wait_ready()
        after = running.children()
        assert after[victim]["last_exit"] == "killed by SIGKILL"
        assert after[victim]["pid"] != before[victim]["pid"]
        others = [name for name in CHILDREN if name != victim]
        assert {name: after[name]["pid"] for name in others} == {name: before[name]["pid"] for name in others}


@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_a_killed_supervisor_leaves_no_orphan(data_dir: Path, kind: str) -> None:
    if kind == "mosquitto" and find_mosquitto() is None and not os.environ.get("CI"):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    with stack(data_dir, kind) as running:
        assert len(survivors(data_dir)) > len(CHILDREN)
        running.end(signal.SIGKILL)
        assert wait_until(lambda: not survivors(data_dir), GENEROUS_S), survivors(data_dir)


def test_what_was_committed_survives_every_kill(data_dir: Path) -> None:
    database = EmbeddedPostgres(data_dir, durable=False)
    with stack(data_dir) as running:
        database.ensure_database()
        with psycopg.connect(database.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (round int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        os.kill(running.children()["postgres"]["pid"], signal.SIGKILL)
        assert wait_until(lambda: running.children()["postgres"]["restarts"] == 1, GENEROUS_S)
        running.wait_ready()
        with psycopg.connect(database.dsn(), autocommit=True) as connection:
            connection.execute("INSERT INTO kept VALUES (2)")
        running.end(signal.SIGKILL)
    with stack(data_dir), psycopg.connect(database.dsn()) as connection:
        assert connection.execute("SELECT round FROM kept ORDER BY 1").fetchall() == [(1,), (2,)]


def test_a_start_that_is_killed_at_any_moment_can_be_repeated(data_dir: Path) -> None:
    for _ in range(6):
        started = Stack(data_dir)
        time.sleep(random.uniform(0.1, 1.5))
        started.end(signal.SIGKILL)
    with stack(data_dir) as running:
        assert running.end(signal.SIGTERM)
        assert running.process.returncode == 0


def test_an_orphaned_server_is_ended_before_the_next_start(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.prepare()
    spec = server.command()
    orphan = subprocess.Popen(
        spec.argv,
        env=dict(spec.env or {}),
        cwd=spec.cwd,
        user=server.user.uid if os.geteuid() == 0 else None,
        group=server.user.gid if os.geteuid() == 0 else None,
        extra_groups=[] if os.geteuid() == 0 else None,
        stderr=subprocess.DEVNULL,
    )
    try:
        server.wait_ready(20)
        with server.running():
            assert orphan.wait(GENEROUS_S) == 0
            assert server.is_ready()
    finally:
        orphan.kill()
        orphan.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(data_dir: Path, number: signal.Signals) -> None:
    with stack(data_dir) as running:
        running.end(number)
        assert running.process.returncode == 0
        assert not survivors(data_dir)
    assert "database system is shut down" in (data_dir / "logs" / "postgres.log").read_text()
    status: Any = read_status(data_dir)
    assert {child["state"] for child in status["children"].values()} == {"stopped"}


def test_a_second_stack_on_the_folder_is_refused_and_harms_nothing(data_dir: Path) -> None:
    with stack(data_dir) as running:
        before = running.children()
        second = Stack(data_dir)
        said = second.process.communicate(timeout=GENEROUS_S)[1]
        assert second.process.returncode == 1
        assert "data_folder_busy" in said
        assert f"process {running.process.pid}" in said
        assert running.children() == before
