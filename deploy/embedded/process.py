"""Start, find and end operating-system processes."""

import contextlib
import os
import pwd
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import launch
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.launch import die_with_parent

__all__ = [
    "ServiceUser",
    "die_with_parent",
    "end",
    "processes_in",
    "processes_with",
    "service_user",
    "spawn",
    "wait_until",
]

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUser:
    """An operating-system user that a child runs as."""

    name: str
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Return whether this user may enter the folder, or run the file, at `path` (the kernel decides)."""
        asked = subprocess.run(
            ["test", "-x", str(path)],  # noqa: S607 - POSIX guarantees it on PATH
            user=self.uid if os.geteuid() == 0 else None,
            group=self.gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            check=False,
            cwd="/",
        )
        return asked.returncode == 0


def service_user(*preferred: str, owner_of: Path | None = None) -> ServiceUser:
    """Return the user that an unprivileged child runs as: the current user, or as root another one.

    Args:
        preferred: User names to try in order when we are root.
        owner_of: If this path exists, its owner is used before all others, so that data keeps its user.

    Raises:
        EmbeddedError: `no_service_user` as root on a system without any of them; `data_of_other_user` if the
            data belong to a user that we cannot become; `user_without_name`.
    """
    owner = owner_of.stat().st_uid if owner_of is not None and owner_of.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise EmbeddedError(
                "data_of_other_user",
                f"{owner_of} belongs to user id {owner}, but this process runs as user id {os.geteuid()}",
                "Run as the user who created the data folder, or choose another one.",
            )
        return _ourselves()
    if owner:
        return _known(pwd.getpwuid(owner))
    for name in preferred:
        with contextlib.suppress(KeyError):
            return _known(pwd.getpwnam(name))
    raise EmbeddedError(
        "no_service_user",
        f"this process runs as root and none of the users {', '.join(preferred)} exists",
        f"Run as an ordinary user, or create one: useradd --system {preferred[0]}",
    )


def _ourselves() -> ServiceUser:
    try:
        return _known(pwd.getpwuid(os.geteuid()))
    except KeyError:
        raise EmbeddedError(
            "user_without_name",
            f"user id {os.geteuid()} is not in the system's user list, and PostgreSQL insists on that",
            "Add it to /etc/passwd (in a container: in the image), or run as another user.",
        ) from None


def _known(entry: pwd.struct_passwd) -> ServiceUser:
    return ServiceUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


class _Spawner:
    """The one thread of this process that starts children.

    A death signal fires when the *thread* that started the child ends, not the process. A child started from
    a worker thread would die with that worker, so every start goes through this thread, which never ends.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._wishes: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="spawner", daemon=True).start()

    def _serve(self) -> None:
        while True:
            self._wishes.get()()

    def start(self, make: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        """Run `make` on the thread; return its result or raise its error."""
        answer: queue.SimpleQueue[subprocess.Popen[bytes] | Exception] = queue.SimpleQueue()

        def fulfil() -> None:
            try:
                answer.put(make())
            except Exception as error:  # noqa: BLE001 - raised again in the caller
                answer.put(error)

        self._wishes.put(fulfil)
        got = answer.get()
        if isinstance(got, Exception):
            raise got
        return got


_spawner: _Spawner | None = None
_spawner_lock = threading.Lock()


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    user: ServiceUser | None = None,
    cwd: Path | None = None,
    death_signal: int = signal.SIGKILL,
    output: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that cannot outlive this process.

    Args:
        argv: Program and arguments, no shell.
        env: Whole environment of the child; this process's by default.
        user: User to run it as; only root can choose another one.
        cwd: Its working folder.
        death_signal: Signal that the kernel sends it when this process ends, however that happens.
        output: Target of standard output and standard error together: a file descriptor, or `subprocess.PIPE`;
            inherited by default.

    Returns:
        The running child. Its pid is the program's own, because the launcher execs the program.
    """
    global _spawner  # noqa: PLW0603 - one thread per process
    with _spawner_lock:
        if _spawner is None or _spawner.pid != os.getpid():  # a fork does not copy threads
            _spawner = _Spawner()
        spawner = _spawner
    other = user if user is not None and user.uid != os.geteuid() else None
    identity = (str(other.uid), str(other.gid)) if other else ("-1", "-1")
    launcher = [
        sys.executable,
        "-I",
        "-S",
        launch.__file__,
        str(os.getpid()),
        str(int(death_signal)),
        *identity,
    ]
    return spawner.start(
        lambda: subprocess.Popen(
            [*launcher, *argv],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,
        ),
    )


def end(child: subprocess.Popen[bytes], stop_signal: int, *, grace: float) -> None:
    """Stop a child: send its own signal first, and SIGKILL to its whole group after `grace` seconds."""
    if child.poll() is None:
        child.send_signal(stop_signal)
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.stdout is not None:
        child.stdout.close()


def processes_in(folder: Path, program: str) -> list[int]:
    """Return pids of the live processes called `program` whose working folder is `folder`.

    Neither a stale pid file nor a reused pid can fake the working folder.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text().strip() == program and (entry / "cwd").samefile(folder):
                found.append(int(entry.name))
    return found


def processes_with(arguments: Sequence[str]) -> list[int]:
    """Return pids of the live processes whose command line ends with `arguments`."""
    tail = "".join(f"{argument}\0" for argument in arguments).encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cmdline").read_bytes().endswith(b"\0" + tail):
                found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Poll `condition` until it holds or `timeout` seconds have passed; return whether it held."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
