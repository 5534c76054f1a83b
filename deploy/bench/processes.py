"""Real processes of the roles for a measurement: started, watched by their metrics, ended or killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from deploy.embedded.ports import free_port
from deploy.stack import metrics_at

T = TypeVar("T")
TIMEOUT_S = 900.0
_TICK_S = 0.05


def until(look: Callable[[], T | None], *, what: str, timeout_s: float = TIMEOUT_S, tick_s: float = _TICK_S) -> T:
    """Wait until `look` returns something true, and return it; it looks every `tick_s` seconds.

    Raises:
        RuntimeError: it did not within `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {timeout_s:g} s")
        time.sleep(tick_s)
    return found


@dataclass(slots=True)
class Process:
    """One process of a role. `began` is when (monotonic) it was started."""

    child: subprocess.Popen[bytes]
    port: int
    began: float = field(default_factory=time.monotonic)

    def metric(self, name: str) -> float:
        """Return one of its metrics; 0 if it does not have it."""
        return metrics_at(self.port).get(name, 0.0)

    def ready_s(self) -> float:
        """Wait until it is ready; return the seconds since its start."""
        until(lambda: self.metric("mingchu_role_ready") == 1, what="a role is not ready")
        return round(time.monotonic() - self.began, 2)

    def rss_mb(self) -> float:
        """Return its resident memory in MiB."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return round(int(line.split()[1]) / 1024, 1)
        return 0.0

    def cpu_s(self) -> float:
        """Return the processor seconds that it has used."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """Kill it without a chance to tidy up."""
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()


@contextmanager
def running(role: str, name: str, *more: str, env: dict[str, str]) -> Iterator[Process]:
    """Run `mingchu ROLE --replica NAME` with these settings until the block ends; without a name no `--replica`."""
    port = free_port()
    named = ("--replica", name) if name else ()
    argv = (sys.executable, "-m", "deploy.cli", role, *named, *more)
    whole = {**os.environ, **env, "MINGCHU_METRICS_PORT": str(port)}
    with subprocess.Popen(argv, env=whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            yield Process(child, port)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
