"""The faults of a campaign, by kind: what each does, and how long it lasts."""

import contextlib
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.campaign.cage import Network
from tests.support.campaign.clocks import Clocks
from tests.support.campaign.fleet import Fleet
from tests.support.campaign.replicas import Replica
from tests.support.campaign.running import Running
from tests.support.platform import VICTIMS
from tests.support.proxy import Line

FREEZABLE = ("ingest", "vision", "alerts", "api", "broker")
FILLER = "filler"
CLOCK_STEPS_S = (-3600, -60, 60, 3600)
KINDS = (
    *(f"kill-{name}" for name in VICTIMS),
    "kill-second",
    "agent",
    "freeze",
    "disk",
    "clock",
    "cut",
    "stall",
    "delay",
    "loss",
)


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that has been injected: for how long it lasts, and how it ends."""

    what: str
    lasts_s: float
    undo: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Arsenal:
    """Everything that faults need; `network` and `clocks` are None where the machine does not allow them."""

    platform: Running
    fleet: Fleet
    line: Line
    chance: random.Random
    network: Network | None
    clocks: Clocks | None
    seconds: dict[str, Replica] = field(default_factory=dict)

    def impossible(self, why_no_cage: str | None, why_no_disk: str | None, why_no_clock: str | None) -> dict[str, str]:
        """The kinds that this machine does not allow, with the reason."""
        found: dict[str, str] = {}
        if why_no_disk is not None:
            found["disk"] = f"no file system of our own: {why_no_disk}"
        if self.clocks is None:
            found["clock"] = str(why_no_clock)
        why_no_loss = self.network.why_no_loss() if self.network is not None else f"no namespaces: {why_no_cage}"
        if why_no_loss is not None:
            found["loss"] = why_no_loss
        return found

    def strike(self, kind: str) -> Strike:
        """Inject a fault of this kind."""
        if kind == "kill-second":
            return self._kill_second()
        if kind.startswith("kill-"):
            return self._kill(kind.removeprefix("kill-"))
        strikes: dict[str, Callable[[], Strike]] = {
            "agent": self._kill_agent,
            "freeze": self._freeze,
            "disk": self._fill_disk,
            "clock": self._move_clock,
            "cut": self._cut,
            "stall": self._stall,
            "delay": self._delay,
            "loss": self._lose,
        }
        return strikes[kind]()

    def _pid_of(self, name: str) -> int | None:
        """The pid of a child, if it is one of this platform's still: the report on disk may be old."""
        pid = self.platform.children()[name]["pid"]
        with contextlib.suppress(OSError, ValueError):
            status = Path(f"/proc/{pid}/status").read_text()
            parent = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
            return int(str(pid)) if parent == self.platform.process.pid else None
        return None

    def _signal(self, name: str, number: signal.Signals) -> int | None:
        pid = self._pid_of(name)
        if pid is not None:
            os.kill(pid, number)
        return pid

    def _kill(self, name: str) -> Strike:
        pid = self._signal(name, signal.SIGKILL)
        return Strike(f"kill -9 of {name} ({pid or 'it was down already'})", 0)

    def _kill_second(self) -> Strike:
        role = self.chance.choice(sorted(self.seconds))
        pid = self.seconds[role].pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return Strike(f"kill -9 of the second {role} ({pid or 'it was down already'})", 0)

    def _kill_agent(self) -> Strike:
        self.fleet.kill()
        return Strike("kill -9 of the kitchens", self.chance.uniform(1, 10), self.fleet.start)

    def _freeze(self) -> Strike:
        name = self.chance.choice((*FREEZABLE, *(f"second {role}" for role in sorted(self.seconds))))
        second = self.seconds.get(name.removeprefix("second ")) if name.startswith("second ") else None
        pid = self._pid_of(name) if second is None else second.pid
        if pid is not None:
            os.kill(pid, signal.SIGSTOP)

        def thaw() -> None:
            if pid is not None and pid == (self._pid_of(name) if second is None else second.pid):
                os.kill(pid, signal.SIGCONT)

        return Strike(f"SIGSTOP of {name}", self.chance.uniform(3, 20), thaw)

    def _fill_disk(self) -> Strike:
        filler = self.platform.data / FILLER
        with filler.open("wb", buffering=0) as out:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(out.fileno(), filler.stat().st_size, size)
        return Strike(f"disk full ({filler.stat().st_size >> 20} MiB)", self.chance.uniform(10, 30), filler.unlink)

    def _move_clock(self) -> Strike:
        assert self.clocks is not None
        clocks, seconds = self.clocks, self.chance.choice(CLOCK_STEPS_S)
        everything = ("up", "ingest", "vision", "alerts", "api", "postgres", "mosquitto")
        names = self.chance.choice((everything, *((name,) for name in everything[1:])))

        def set_all(to: float) -> None:
            for name in names:
                clocks.move(name, to)

        set_all(seconds)
        what = "the machine" if names == everything else names[0]
        return Strike(f"clock of {what} {seconds:+d} s", self.chance.uniform(15, 45), lambda: set_all(0))

    def _cut(self) -> Strike:
        self.line.cut()
        return Strike("line cut", self.chance.uniform(5, 40), self.line.mend)

    def _stall(self) -> Strike:
        self.line.stall()
        return Strike("line stalled", self.chance.uniform(5, 40), self.line.mend)

    def _delay(self) -> Strike:
        seconds = self.chance.uniform(0.1, 1.0)
        self.line.delay(seconds)
        return Strike(f"line delayed by {seconds:.1f} s", self.chance.uniform(15, 40), self.line.mend)

    def _lose(self) -> Strike:
        assert self.network is not None
        share = self.chance.uniform(0.05, 0.4)
        by = self.network.lose(share)
        return Strike(f"{share:.0%} of packets lost ({by})", self.chance.uniform(15, 40), self.network.heal)
