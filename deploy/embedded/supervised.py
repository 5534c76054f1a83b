"""One child under supervision: its state, its process, and the time of its next start."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import BinaryIO, cast

from deploy.embedded.child import RESTART, STABLE_SECONDS, ChildSpec
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.output import Output
from deploy.embedded.process import spawn


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class ChildState(StrEnum):
    """State of a child."""

    WAITING = "waiting"  # until the children it needs are ready
    STARTING = "starting"  # runs, but does not serve yet
    READY = "ready"
    BACKOFF = "backoff"  # ended or failed to start, waits for the next try
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"  # a task that succeeded


HOPELESS = frozenset({"port_taken", "schema_newer"})
TRIES = 3
"""After this many failed starts in a row with one of these codes the supervisor gives up."""

SATISFIED = frozenset({ChildState.READY, ChildState.DONE})
ALIVE = frozenset({ChildState.STARTING, ChildState.READY, ChildState.STOPPING})
AT_REST = frozenset({ChildState.STOPPED, ChildState.DONE})


@dataclass(slots=True, kw_only=True)
class Supervised:
    """The running side of a `ChildSpec`; only the supervisor's thread uses it."""

    spec: ChildSpec
    output: Output
    clock: Callable[[], float] = time.monotonic
    state: ChildState = ChildState.WAITING
    since: str = field(default_factory=_now)
    restarts: int = 0
    last_exit: str | None = None
    failures: int = 0
    _process: subprocess.Popen[bytes] | None = None
    hopeless: EmbeddedError | None = None
    reason: str | None = None
    """Reason why it is being killed."""
    _started: float = 0.0
    _moved: float = 0.0
    _progress: float | None = None
    _due: float = 0.0

    @property
    def pid(self) -> int | None:
        """Return the pid of its process; None while there is none."""
        return self._process.pid if self._process is not None else None

    def enter(self, state: ChildState) -> None:
        """Set a new state and the time since when it holds."""
        self.state, self.since = state, _now()

    def is_due(self) -> bool:
        """Return whether it may be started now, as far as its own backoff is concerned."""
        return self.state is ChildState.WAITING or (self.state is ChildState.BACKOFF and self.clock() >= self._due)

    def start(self) -> None:
        """Start the program, or note why the start failed."""
        if self.state is ChildState.BACKOFF:
            self.restarts += 1
        self._started = self._moved = self.clock()
        self._progress = None
        try:
            if self.spec.before_start is not None:
                self.spec.before_start()
            self._process = self._spawn()
        except Exception as error:  # noqa: BLE001 - any error is a failed start and is tried again
            if isinstance(error, EmbeddedError) and error.code in HOPELESS and self.failures + 1 >= TRIES:
                self.hopeless = error
            self._failed(f"cannot start: {error}")
            return
        self.enter(ChildState.STARTING)

    def _spawn(self) -> subprocess.Popen[bytes]:
        spec = self.spec
        env = {**(spec.env if spec.env is not None else os.environ), "PYTHONUNBUFFERED": "1"}
        process = spawn(
            spec.argv,
            env=env,
            user=spec.user,
            cwd=spec.cwd,
            death_signal=spec.death_signal,
            output=subprocess.PIPE,
        )
        self.output.follow(spec.name, cast("BinaryIO", process.stdout))
        return process

    def observe(self) -> None:
        """Notice that the process ended, became ready, or takes too long."""
        if self._process is None or self.state not in ALIVE:
            return
        if self._ended(self._process):
            self._reap(self._process)
        elif self.state is ChildState.STARTING:
            self._look_ready()
        elif self.state is ChildState.READY and self.clock() - self._started > STABLE_SECONDS:
            self.failures = 0
        elif self.state is ChildState.STOPPING and self.clock() > self._due:
            self.kill()

    def _look_ready(self) -> None:
        ready = not self.spec.once and (self.spec.ready is None or self.spec.ready())
        if ready:
            self.enter(ChildState.READY)
            return
        self._look_progress()
        if self.clock() - self._moved > self.spec.ready_timeout and not self.spec.once:
            waited = self.clock() - self._started
            self.reason = f"was not ready after {waited:.0f} s and made no progress for {self.spec.ready_timeout:g} s"
            self.output.say(self.spec.name, f"{self.reason}, restarting it")
            self.kill()

    def _look_progress(self) -> None:
        if self.spec.progress is None:
            return
        found = self.spec.progress()
        if found is not None and found != self._progress:
            self._progress, self._moved = found, self.clock()

    def _ended(self, process: subprocess.Popen[bytes]) -> bool:
        """Return whether the process ended; if so, first kill the rest of its group while its pid is still reserved."""
        with contextlib.suppress(ChildProcessError):
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return False
            self._signal_group(signal.SIGKILL)
        return process.poll() is not None

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        code = process.returncode
        self._process = None
        killed, self.reason = self.reason, None
        reason = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        if self.state is ChildState.STOPPING:
            self.last_exit = reason
            self.enter(ChildState.STOPPED)
        elif self.spec.once and code == 0:
            self.last_exit = reason
            self.enter(ChildState.DONE)
        else:
            self._failed(reason if killed is None else f"{reason}: it {killed}")

    def _failed(self, reason: str) -> None:
        lived = self.clock() - self._started
        self.failures = 1 if lived > STABLE_SECONDS else self.failures + 1
        delay = RESTART.wait_s(self.failures)
        self._due = self.clock() + delay
        self.last_exit = reason
        self.enter(ChildState.BACKOFF)
        self.output.say(self.spec.name, f"ended ({reason}), next start in {delay:.1f} s")

    def stop(self) -> None:
        """Send the stop signal; `observe` notices the end, and kills the process after its grace time."""
        if self._process is None:
            if self.state is not ChildState.DONE:
                self.enter(ChildState.STOPPED)
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.spec.stop_signal)
        self._due = self.clock() + self.spec.grace
        self.enter(ChildState.STOPPING)

    def kill(self) -> None:
        """Kill the process and its group at once."""
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def report(self) -> dict[str, object]:
        """Return its entry in `status.json`."""
        return {
            "state": self.state.value,
            "since": self.since,
            "pid": self.pid,
            "restarts": self.restarts,
            "last_exit": self.last_exit,
        }
