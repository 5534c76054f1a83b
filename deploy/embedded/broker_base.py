"""Common base of both brokers: files for one service user, ports, readiness, refresh."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from deploy.embedded import folder
from deploy.embedded.broker_users import BrokerUser
from deploy.embedded.child import ChildSpec
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.ports import port_is_free
from deploy.embedded.process import (
    ServiceUser,
    end,
    processes_with,
    service_user,
    spawn,
    wait_until,
)
from models.base.atomic import write_atomically

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
Users = Callable[[], Sequence[BrokerUser]]


class Broker(ABC):
    """An MQTT broker of one data folder, with a user list that can change while it runs.

    Only the holder of the folder's `DataLock` may call `prepare` and start the broker. Every process of the same user
    may call `refresh`, whether the broker runs or not.
    """

    kind: ClassVar[str]

    def __init__(
        self, data_dir: Path, users: Users, *, host: str, port: int, port_v4: int, roles_port: int | None = None
    ) -> None:
        """Describe the broker; nothing is started.

        Args:
            data_dir: The platform's data folder; the broker's files go to `broker/<kind>`.
            users: Returns the accounts that may connect; called at every start and every `refresh`. Returning the very
                tuple of the last call says that nothing changed.
            host: Address to listen on; stay on loopback unless TLS ends in front of it.
            port: Port of MQTT 5.
            port_v4: Port of MQTT 3.1.1; equals `port` if the broker speaks both versions on one port.
            roles_port: Port for the platform's own roles, always on loopback; the nodes' own where the broker has no
                other way in for them.
        """
        self.data_dir = folder.prepare_data_dir(data_dir)
        self.users = users
        self._written: Sequence[BrokerUser] | None = None
        self.host = host
        self.port = port
        self.port_v4 = port_v4
        self.roles_port = port if roles_port is None else roles_port
        self.home = self.data_dir / "broker" / self.kind
        self.user = service_user("mingchu", "mosquitto", "nobody", owner_of=self.home)

    @abstractmethod
    def files(self, users: Sequence[BrokerUser]) -> Mapping[str, str]:
        """Return the text of every file that the broker reads, by name; depends on the users and settings only."""

    @abstractmethod
    def argv(self) -> tuple[str, ...]:
        """Return the program and its arguments; the arguments are unique to this data folder."""

    def prepare(self) -> None:
        """Write the files, end processes that a crash left running, and check that the ports are free.

        If `users` fails, the last list stays in force, because a broker must start without the database.

        Raises:
            EmbeddedError: `data_folder_unreachable`, `broker_orphan`, `broker_port_busy`.
        """
        folder.passable_folder(self.home.parent)
        self.home.mkdir(exist_ok=True, mode=folder.PRIVATE_FOLDER)
        if os.geteuid() == 0:
            os.chown(self.home, self.user.uid, self.user.gid)
        if not self.user.reaches(self.data_dir):
            raise EmbeddedError(
                "data_folder_unreachable",
                f"the broker runs as {self.user.name}, who cannot enter {self.data_dir}",
                "As root choose a folder that every user can enter, for example /var/lib/mingchu.",
            )
        self._write_or_keep()
        self.stop_leftovers()

    def _write_or_keep(self) -> None:
        self._written = None  # the files may be gone
        try:
            self._write()
        except Exception as error:
            if not all((self.home / name).exists() for name in self.files([])):
                raise
            _log.warning("the broker starts with its last list of users: %s", error)

    def _write(self) -> bool:
        """Write the files again if their content changed; return whether any did."""
        changed, users = False, self.users()
        if isinstance(users, tuple) and users is self._written:
            return False
        for name, text in self.files(users).items():
            path = self.home / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                write_atomically(path, text, owner=(self.user.uid, self.user.gid))
                changed = True
        self._written = users
        return changed

    def processes(self) -> list[int]:
        """Return the pids of this broker, whoever started it."""
        return processes_with(self.argv()[1:])

    def stop_leftovers(self) -> None:
        """End a broker of this folder that no supervisor watches.

        Raises:
            EmbeddedError: `broker_orphan` if it does not end, `broker_port_busy` if another program has a port.
        """
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            self._signal(number)
            if wait_until(lambda: not self.processes(), patience):
                break
        else:
            raise EmbeddedError("broker_orphan", f"processes {self.processes()} do not end", "Stop them by hand.")
        for host, port in self.listening():
            if not port_is_free(port, host):
                raise EmbeddedError(
                    "broker_port_busy",
                    f"port {port} on {host} is taken by another program",
                    "Stop that program (a system-wide mosquitto?), or choose another port.",
                )

    def listening(self) -> list[tuple[str, int]]:
        """Return every (address, port) at which the broker listens."""
        nodes = {(self.host, self.port), (self.host, self.port_v4)}
        return sorted(nodes if self.roles_port == self.port else nodes | {(LOOPBACK, self.roles_port)})

    def _signal(self, number: int) -> bool:
        processes = self.processes()
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return bool(processes)

    def refresh(self) -> bool:
        """Apply the current users to the running broker within a fraction of a second; return whether anything changed.

        The caller must describe the broker with the same address and ports as the process that runs it.
        """
        if not self.home.exists():
            return False  # before `prepare` there is nothing to keep up to date
        changed = self._write()
        if changed:
            self._signal(signal.SIGHUP)
        return changed

    def command(self, *, after: tuple[str, ...] = ()) -> ChildSpec:
        """Return the spec of the supervisor's child `broker`; it starts after the named children."""
        return ChildSpec(
            name="broker",
            argv=self.argv(),
            user=self.child_user(),
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
            ready=self.is_ready,
            after=after,
            before_start=self.prepare,
        )

    def child_user(self) -> ServiceUser | None:
        """Return the user as whom the supervisor starts the program; None if the program changes its user itself."""
        return self.user

    def is_ready(self) -> bool:
        """Return whether every port accepts connections."""
        for host, port in self.listening():
            try:
                socket.create_connection((host, port), timeout=1.0).close()
            except OSError:
                return False
        return True

    def wait_ready(self, timeout: float = 15.0) -> None:
        """Wait until every port accepts connections.

        Raises:
            EmbeddedError: `broker_not_ready` after `timeout` seconds.
        """
        if not wait_until(self.is_ready, timeout):
            raise EmbeddedError(
                "broker_not_ready",
                f"no {self.kind} on {self.host}:{self.port} after {timeout:g} s",
                f"Read {self.data_dir / 'logs' / 'broker.log'}.",
            )

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Run the broker alone, for tests and single commands. Does not take the folder's lock."""
        self.prepare()
        logs = self.data_dir / "logs"
        logs.mkdir(exist_ok=True, mode=folder.PRIVATE_FOLDER)
        with (logs / "broker.log").open("ab") as log:
            child = self._start(log.fileno())
        try:
            self.wait_ready()
            yield self
        finally:
            end(child, signal.SIGTERM, grace=10.0)

    def _start(self, output: int) -> subprocess.Popen[bytes]:
        spec = self.command()
        return spawn(spec.argv, user=spec.user, death_signal=spec.death_signal, output=output)
