"""The real embedded database."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folder import DataLock
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.postgres_binaries import installed_binaries
from deploy.embedded.process import ServiceUser, spawn, wait_until
from tests.support.waiting import GENEROUS_S

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")


def one(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_written_data_survives_a_restart(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    with server.running():
        assert server.ensure_database()
        assert not server.ensure_database()
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT '明厨' AS name")
    assert not server.is_ready()
    with EmbeddedPostgres(data_dir, durable=False).running():
        assert one(server.dsn(), "SELECT name FROM kept") == "明厨"
        assert one(server.dsn(), "SELECT upper('é') || lower('Ä')") == "Éä"
        assert one(server.dsn(), "SHOW server_encoding") == "UTF8"
        assert one(server.dsn(), "SHOW synchronous_commit") == "on"


def test_it_is_off_the_network_unless_asked(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False).running() as server:
        assert one(server.dsn("postgres"), "SHOW listen_addresses") == ""
        with pytest.raises(ValueError, match="no TCP port"):
            server.tcp_dsn()


def test_tcp_takes_the_generated_password_and_no_other(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, port=free_port(), durable=False).running() as server:
        dsn = server.tcp_dsn("postgres")
        assert one(dsn, "SHOW listen_addresses") == "127.0.0.1"
        password = (server.home / "password").read_text()
        assert (server.home / "password").stat().st_mode & 0o777 == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(dsn.replace(password, "wrong"))


def test_on_the_socket_we_may_be_any_database_role(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False).running() as server:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
            connection.execute("CREATE ROLE mingchu_app LOGIN")
        assert one(server.dsn("postgres", "mingchu_app"), "SELECT current_user") == "mingchu_app"


@ROOT_ONLY
def test_another_user_of_the_machine_gets_neither_to_the_socket_nor_past_it(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False).running() as server:
        stranger = ServiceUser(name="stranger", uid=54321, gid=54321)
        dsn = server.dsn("postgres")
        assert not stranger.reaches(server.socket_dir / ".")
        sockets = server.socket_dir
        sockets.chmod(0o777)  # the kernel still identifies the user
        (sockets / ".s.PGSQL.5432").chmod(0o777)
        asked = subprocess.run(
            [server.binaries / "psql", dsn, "-c", "SELECT 1"],
            user=54321,
            group=54321,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        sockets.chmod(0o700)
    assert "Peer authentication failed" in asked.stderr or "not identify" in asked.stderr


@ROOT_ONLY
def test_root_runs_it_as_another_user(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False).running() as server:
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in server._processes()}
        assert owners == {server.user.uid}
        assert 0 not in owners


def test_a_path_too_long_for_a_socket_works(data_dir: Path) -> None:
    deep = data_dir / ("x" * 60) / ("y" * 60)
    deep.parent.mkdir(mode=0o711)
    server = EmbeddedPostgres(deep, durable=False)
    with server.running():
        assert one(server.dsn("postgres"), "SELECT 1") == 1
        assert deep not in server.socket_dir.parents
    shutil.rmtree(server.socket_dir)


def test_an_incomplete_cluster_is_recreated(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    unfinished = server.home.with_name(f".{server.home.name}.new")
    (unfinished / "data").mkdir(parents=True)
    (unfinished / "data" / "PG_VERSION").write_text("half")
    with server.running():
        assert server.is_ready()
    assert not unfinished.exists()


def test_a_cluster_of_another_version_is_not_replaced_by_an_empty_one(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    (data_dir / "postgres" / "12").mkdir(parents=True)
    with pytest.raises(EmbeddedError) as refused:
        server.prepare()
    assert refused.value.code == "database_other_version"
    assert "PostgreSQL 12" in refused.value.message


def test_a_running_stack_is_not_started_twice(data_dir: Path) -> None:
    with (
        DataLock(data_dir),
        pytest.raises(EmbeddedError) as refused,
        EmbeddedPostgres(data_dir, durable=False).running(),
    ):
        pass
    assert refused.value.code == "data_folder_busy"


def test_a_stale_pid_of_another_program_is_ignored(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.prepare()
    bystander = spawn(["sleep", "60"], user=server.user)
    try:
        pid_file = server.cluster / "postmaster.pid"
        pid_file.write_text(f"{bystander.pid}\n{server.cluster}\n1790000000\n5432\n")
        lock = server.socket_dir / ".s.PGSQL.5432.lock"
        lock.write_text(f"{bystander.pid}\n{server.cluster}\n")
        with server.running():
            assert server.is_ready()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_busy_tcp_port_is_named(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmbeddedPostgres(data_dir, port=taken.getsockname()[1])
        with pytest.raises(EmbeddedError) as refused:
            server.prepare()
    assert refused.value.code == "postgres_port_busy"


def test_a_server_that_does_not_start_points_to_its_log(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.prepare()
    (server.cluster / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(EmbeddedError) as refused, server.running():
        pass
    assert refused.value.code == "postgres_not_ready"
    assert "nonsense" in (data_dir / "logs" / "postgres.log").read_text()


def test_it_does_not_die_with_the_thread_that_started_it(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    running = server.running()
    thread = threading.Thread(target=running.__enter__)
    thread.start()
    thread.join()
    try:
        assert not wait_until(lambda: not server.is_ready(), 0.5)
    finally:
        running.__exit__(None, None, None)


@ROOT_ONLY
def test_binaries_out_of_reach_are_copied_once(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reaches = ServiceUser.reaches
    source = installed_binaries() / "postgres"
    monkeypatch.setattr(ServiceUser, "reaches", lambda user, path: path != source and reaches(user, path))
    server = EmbeddedPostgres(data_dir, durable=False)
    assert server.binaries.is_relative_to(data_dir / "programs")
    with server.running():
        assert server.is_ready()
    made = server.binaries.stat().st_ctime_ns
    assert EmbeddedPostgres(data_dir, durable=False).binaries.stat().st_ctime_ns == made


@ROOT_ONLY
def test_a_folder_without_access_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(EmbeddedError) as refused:
        EmbeddedPostgres(tmp_path / "data")
    assert refused.value.code == "data_folder_unreachable"


PROGRAM = """
import sys
from pathlib import Path
import psycopg
from deploy.embedded.postgres import EmbeddedPostgres
from tests.support.waiting import GENEROUS_S
with EmbeddedPostgres(Path(sys.argv[1])).running() as server:
    server.ensure_database()
    with psycopg.connect(server.dsn()) as connection:
        print(connection.execute("SELECT 40 + 2").fetchone()[0], server.user.uid)
"""


def python_for(user: ServiceUser) -> str | None:
    """A Python of this version that the user can run: root's own may lie in root's home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, shutil.which(version, path="/usr/bin:/usr/local/bin")]
    return next((path for path in candidates if path and user.reaches(Path(path).resolve())), None)


@ROOT_ONLY
def test_an_ordinary_user_needs_nothing_of_root(data_dir: Path) -> None:
    user = ServiceUser(name="nobody", uid=65534, gid=65534)
    python = python_for(user)
    if python is None:
        pytest.skip("no Python of this version that another user can reach")
    home = data_dir / "home"
    home.mkdir()
    os.chown(home, user.uid, user.gid)
    packages = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    ran = subprocess.run(
        [python, "-c", PROGRAM, home / "data"],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        env={"PATH": os.defpath, "HOME": str(home), "PYTHONPATH": f"{Path.cwd()}:{packages}"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout.split() == ["42", "65534"], ran.stderr


def test_it_is_ended_by_a_fast_shutdown(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    assert server.command().stop_signal == signal.SIGINT
    with server.running():
        idle = psycopg.connect(server.dsn("postgres"))  # does not hold it up
        os.kill(server._main_pid() or 0, signal.SIGINT)
        assert wait_until(lambda: not server._processes(), GENEROUS_S)
        idle.close()
    assert "database system is shut down" in (data_dir / "logs" / "postgres.log").read_text()
