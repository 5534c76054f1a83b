"""Back to the second before a mistake: with pgbackrest as shipped, and with PostgreSQL's own programs."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from deploy.backup.tools import DEBIAN
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.process import ServiceUser, service_user
from models.base.errors import FeedRestored
from models.store import Store, feed, migrate
from tests.support.paths import ROOT
from tests.support.people import announce_task, number_feed
from tests.support.waiting import wait_for
from tests.support.world import Kitchen, seed_world

SHIPPED = ROOT / "deploy" / "pgbackrest"
NOT_SUPPORTED = 56
"""Exit status of pgbackrest for a server that is newer than it knows."""


def run_as(user: ServiceUser, *argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as the user of the server."""
    other = {"user": user.uid, "group": user.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True, check=False, cwd=cwd, **other)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True)
class Cluster:
    """A server of some version in a folder of its own."""

    home: Path
    binaries: Path
    user: ServiceUser

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.home}"

    def must(self, *argv: object) -> str:
        done = run_as(self.user, *argv, cwd=self.home)
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def create(self) -> None:
        self.must(self.binaries / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        options = f"-k {self.home} -c listen_addresses='' -c unix_socket_permissions=0777"
        log = self.home / "log"
        self.must(self.binaries / "pg_ctl", "-D", self.data, "-l", log, "-o", options, "-w", "start")

    def stop(self) -> None:
        run_as(self.user, self.binaries / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop", cwd=self.home)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that belongs to the user of the server."""
    with temporary_data_dir() as made:
        user = service_user("postgres", "mingchu", "nobody")
        if os.geteuid() == 0:
            os.chown(made, user.uid, user.gid)
        yield made


def supported(folder: Path) -> tuple[Cluster, Sequence[object]]:
    """Return a stopped cluster that this pgbackrest knows, and the command with the shipped configuration."""
    if shutil.which("pgbackrest") is None:
        assert not os.environ.get("CI"), "CI installs pgbackrest"
        pytest.skip("needs pgbackrest (Debian's package)")
    user = service_user("postgres", "mingchu", "nobody")
    tried = []
    for binaries in sorted(DEBIAN.glob("*/bin"), reverse=True):
        if not (binaries / "postgres").exists():
            continue
        cluster = Cluster(folder, binaries, user)
        cluster.create()
        command = configured(cluster)
        cluster.start()
        made = run_as(user, *command, "stanza-create", cwd=folder)
        cluster.stop()
        if made.returncode == 0:
            return cluster, command
        assert made.returncode == NOT_SUPPORTED, made.stderr
        tried.append(binaries.parent.name)
        shutil.rmtree(cluster.data)
    assert not os.environ.get("CI"), f"CI installs a server that pgbackrest supports, found {tried}"
    pytest.skip(f"this pgbackrest supports no server that is installed: {tried}")


def configured(cluster: Cluster) -> Sequence[object]:
    """Write the shipped configuration with the paths of the cluster, and return the command that uses it."""
    text = (SHIPPED / "pgbackrest.conf").read_text()
    for there, here in (
        ("/var/lib/pgbackrest", "repo"),
        ("/var/log/pgbackrest", ""),
        ("/tmp/pgbackrest", "lock"),  # noqa: S108 - as it is shipped
        ("/var/lib/mingchu/postgres/18/data", "data"),
        ("/var/lib/mingchu/run/pg", ""),
    ):
        assert there in text
        text = text.replace(there, str(cluster.home / here))
    config = cluster.home / "pgbackrest.conf"
    config.write_text(text)
    config.chmod(0o644)
    archive = (
        (SHIPPED / "archive.conf").read_text().replace("pgbackrest --stanza", f"pgbackrest --config={config} --stanza")
    )
    with (cluster.data / "postgresql.conf").open("a") as file:
        file.write(archive)
    return ("pgbackrest", f"--config={config}", "--stanza=mingchu")


@contextmanager
def kitchen_of(url: str) -> Iterator[tuple[Store, Kitchen]]:
    migrate(url)
    with Store(url, size=2) as store:
        yield store, seed_world(store)[0]


def work_and_err(url: str, store: Store, kitchen: Kitchen) -> str:
    """Three events, the moment of them, then two more and a mistake; return the moment."""
    announce_task(store, kitchen, 3)
    number_feed(store)
    with psycopg.connect(url) as owner:
        row = owner.execute("SELECT clock_timestamp()::text").fetchone()
    assert row is not None
    time.sleep(0.2)
    announce_task(store, kitchen, 2)
    number_feed(store)
    with psycopg.connect(url) as owner:
        owner.execute("DELETE FROM event WHERE seq <= 3")
        owner.execute("UPDATE site SET name = 'gone'")
    return str(row[0])


def came_back(url: str, kitchen: Kitchen) -> None:
    """The three events and the names are there; who had read the other two is told, and numbers go on far above."""
    with Store(url, size=1) as store:
        with store.read() as r:
            assert [e.seq for e in feed.events_after(r, cursor=0, limit=10)] == [1, 2, 3]
            assert r.raw.execute("SELECT count(*) FROM site WHERE name = 'gone'").fetchone() == (0,)
        announce_task(store, kitchen, 1)
        number_feed(store)
        with store.read() as r:
            with pytest.raises(FeedRestored):
                feed.events_after(r, cursor=5, limit=10)
            assert len(feed.events_after(r, cursor=3, limit=10)) == 1


def test_pgbackrest_as_shipped_goes_back_to_a_moment(folder: Path) -> None:
    cluster, command = supported(folder)
    cluster.start()
    try:
        cluster.must(*command, "check")
        with kitchen_of(cluster.url) as (store, kitchen):
            cluster.must(*command, "--type=full", "backup")
            time.sleep(2)  # a backup knows its end by the second; the moment has to be after it
            moment = work_and_err(cluster.url, store, kitchen)
        cluster.must(*command, "--type=incr", "backup")
        assert "full backup" in cluster.must(*command, "info")
        cluster.stop()
        cluster.must(*command, "--delta", "--type=time", f"--target={moment}", "--target-action=promote", "restore")
        cluster.start()
        wait_for(lambda: not in_recovery(cluster.url))
        came_back(cluster.url, kitchen)
    finally:
        cluster.stop()


def in_recovery(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)


def test_the_embedded_server_goes_back_to_a_moment_with_its_own_programs() -> None:
    with temporary_data_dir() as data:
        server = EmbeddedPostgres(data, durable=False)
        with server.running():
            server.ensure_database()
        archive = data / "archive"
        archive.mkdir()
        if os.geteuid() == 0:
            os.chown(archive, server.user.uid, server.user.gid)
        with (server.cluster / "postgresql.conf").open("a") as file:
            file.write(f"archive_mode = on\narchive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'\n")
        base = archive / "base"
        with server.running(), kitchen_of(server.dsn()) as (store, kitchen):
            copied = run_as(
                server.user, server.binaries / "pg_basebackup", "-D", base, "-h", server.socket_dir, "-U", "postgres",
                "-c", "fast", cwd=archive,
            )  # fmt: skip
            assert copied.returncode == 0, copied.stderr
            moment = work_and_err(server.dsn(), store, kitchen)
        shutil.rmtree(server.cluster)
        base.rename(server.cluster)
        with (server.cluster / "postgresql.conf").open("a") as file:
            file.write(
                f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{moment}'\n"
                "recovery_target_action = promote\n"
            )
        (server.cluster / "recovery.signal").touch()
        with server.running():
            wait_for(lambda: not in_recovery(server.dsn()))
            came_back(server.dsn(), kitchen)
