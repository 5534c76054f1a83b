"""Three database nodes under patroni with the shipped configuration, on this machine, with an etcd."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.postgres_binaries import provide
from deploy.embedded.process import processes_in
from tests.support.paths import ROOT
from tests.support.waiting import START_S, tail, wait_for

SHIPPED = ROOT / "deploy" / "patroni" / "patroni.yml"
PASSWORD = "of-this-test"
NODES = 3


@dataclass
class Node:
    """A database node: its folder, its ports and patroni's process."""

    home: Path
    port: int
    rest: int
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> Path:
        return self.home / "patroni.log"

    def url(self, database: str = "mingchu") -> str:
        """Return the address of this node alone."""
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def report(self) -> dict[str, object]:
        """Return what patroni says of this node; empty while it does not answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.rest}/patroni", timeout=2) as answer:
                found: dict[str, object] = json.loads(answer.read())
        except HTTPError as error:
            return dict(json.loads(error.read()))
        except (OSError, ValueError):
            return {}
        return found

    def die(self) -> None:
        """Lose the machine: patroni and the server at once."""
        self.process.kill()
        for pid in processes_in(self.home / "data", "postgres"):
            with suppress(ProcessLookupError):  # it ended between the look and the signal
                os.kill(pid, signal.SIGKILL)


@dataclass
class Nodes:
    """All nodes, and the address that leads to whichever leads."""

    nodes: list[Node] = field(default_factory=list)

    def url(self, database: str = "mingchu") -> str:
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql://postgres:{PASSWORD}@{hosts}/{database}?target_session_attrs=read-write"

    def leader(self) -> Node | None:
        """Return the node that leads now, as it says itself."""
        roles = {"master", "primary"}
        found = [n for n in self.nodes if n.report().get("role") in roles and n.report().get("state") == "running"]
        return found[0] if len(found) == 1 else None

    def has_synchronous_standby(self) -> bool:
        return any(node.report().get("sync_standby") for node in self.nodes)

    def told(self) -> str:
        return "".join(tail(node.log) for node in self.nodes)


@contextmanager
def patroni() -> Iterator[Nodes]:
    """Run three nodes; each has started when this yields, and a commit waits for two of them."""
    program, etcd = shutil.which("patroni"), shutil.which("etcd")
    if program is None or etcd is None:
        assert not os.environ.get("CI"), "CI installs patroni and etcd"
        pytest.skip("needs patroni and etcd (Debian's packages)")
    with temporary_data_dir() as folder:
        server = EmbeddedPostgres(folder / "programs")
        provide(server.binaries)
        clients, peers = free_port(12379), free_port(12380)
        known = f"http://127.0.0.1:{clients}"
        with (folder / "etcd.log").open("wb") as log:
            store = subprocess.Popen(
                [etcd, "--data-dir", folder / "etcd", "--listen-client-urls", known, "--advertise-client-urls", known,
                 "--listen-peer-urls", f"http://127.0.0.1:{peers}", "--initial-advertise-peer-urls",
                 f"http://127.0.0.1:{peers}", "--initial-cluster", f"default=http://127.0.0.1:{peers}"],
                stdout=log, stderr=log,
            )  # fmt: skip
        found, taken = Nodes(), [clients, peers]
        try:
            for number in range(NODES):
                ports = [free_port(15432 + number, avoid=taken)]
                ports.append(free_port(18008 + number, avoid=[*taken, *ports]))
                taken += ports
                found.nodes.append(_start(program, folder, number, ports, clients, server))
                if number == 0:
                    wait_for(found.leader, timeout_s=START_S, log=found.nodes[0].log)
            wait_for(found.has_synchronous_standby, timeout_s=START_S, log=found.nodes[-1].log)
            yield found
        except BaseException:
            print(found.told())  # noqa: T201 - pytest shows it beside the failure
            raise
        finally:
            for node in found.nodes:
                node.die()
                node.process.wait()
            store.kill()
            store.wait()


def _start(program: str, folder: Path, number: int, ports: list[int], etcd: int, server: EmbeddedPostgres) -> Node:
    home = folder / f"db{number + 1}"
    home.mkdir()
    text = SHIPPED.read_text()
    for there, here in (
        ("name: db1", f"name: db{number + 1}"),
        ("10.0.0.11:8008", f"127.0.0.1:{ports[1]}"),
        ("[10.0.0.21:2379, 10.0.0.22:2379, 10.0.0.23:2379]", f"127.0.0.1:{etcd}"),
        ("ttl: 30", "ttl: 20"),
        ("loop_wait: 10", "loop_wait: 2"),
        ("retry_timeout: 10", "retry_timeout: 4"),
        ("10.0.0.11:5432", f"127.0.0.1:{ports[0]}"),
        ("/var/lib/postgresql/mingchu", str(home / "data")),
        ("/usr/lib/postgresql/18/bin", str(server.binaries)),
        ("10.0.0.0/24", "127.0.0.1/32"),
    ):
        assert there in text, there
        text = text.replace(there, here)
    text = text.replace("  data_dir:", f"  parameters: {{unix_socket_directories: {home}}}\n  data_dir:")
    (home / "patroni.yml").write_text(text)
    other = {}
    if os.geteuid() == 0:
        for path in (home, *home.iterdir()):
            os.chown(path, server.user.uid, server.user.gid)
        other = {"user": server.user.uid, "group": server.user.gid, "extra_groups": []}
    secrets = {f"PATRONI_{name}_PASSWORD": PASSWORD for name in ("SUPERUSER", "REPLICATION", "REWIND")}
    # Debian's patroni is a program of the system's Python: nothing of this environment is for it.
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home), **secrets}
    with (home / "patroni.log").open("wb") as log:
        process = subprocess.Popen(
            [program, home / "patroni.yml"],
            cwd=home,
            env=environment,
            stdout=log,
            stderr=log,
            **other,  # type: ignore[call-overload]
        )
    return Node(home=home, port=ports[0], rest=ports[1], process=process)
