"""A segment of a campaign: faults one after the other, the wait until everything works again, and the counters."""

import statistics
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deploy.stack import fetch, metrics_of
from models.base.errors import StoreUnavailable
from tests.support.campaign.faults import Arsenal
from tests.support.campaign.memory import Memory, leaks
from tests.support.campaign.progress import Progress
from tests.support.campaign.running import Running
from tests.support.campaign.watch import Watch

LOOK_EVERY_S, SAMPLE_EVERY_S, SAVE_EVERY_S, TICK_S = 15.0, 5.0, 30.0, 0.25
LOOK_SHARE = 0.05
"""Most of the time that may go into looking: after hours a look reads a million readings."""
TWO_AT_ONCE = 0.2
CALM_S = (3.0, 15.0)


@dataclass(slots=True)
class Campaign:
    """A segment of it; `sent_before` are the readings of each node in its ledgers when the segment began."""

    platform: Running
    arsenal: Arsenal
    watch: Watch
    progress: Progress
    memory: Memory
    sent_before: dict[str, int]
    bound_s: float
    _look_due: float = 0.0
    _sample_due: float = 0.0
    _save_due: float = 0.0

    def run(self, kinds: list[str], *, until_s: float, stop: threading.Event) -> None:
        """Inject faults until the campaign has run so long or `stop` is set; then look at the whole at rest."""
        chance, progress = self.progress.chance, self.progress
        progress.start_clock()
        if len(progress.segments) > 1:
            self._come_back()
        while progress.ran_s < until_s and not stop.is_set():
            self._wait(chance.uniform(*CALM_S))
            progress.bag = [kind for kind in progress.bag if kind in kinds] or chance.sample(kinds, len(kinds))
            chosen = [progress.bag.pop()]
            if progress.bag and chance.random() < TWO_AT_ONCE:
                chosen.append(progress.bag.pop())
            self._fault(chosen)
            self._save()
        fleet, reader = self.watch.fleet, self.watch.reader
        fleet.quieten()
        if not self._until(lambda: fleet.all_receipted() and self._all_numbered()):
            self.watch.broken.append(f"messages still wait {self.bound_s:g} s after the end: {fleet.state()}")
        self._until(lambda: reader.cursor.seq >= self._newest(), within_s=60)
        self.watch.look_at_end()
        progress.stop_clock()
        self._save()

    def _come_back(self) -> None:
        """After a pause, wait until everything works and what waited in the spools has arrived."""
        pause = self.progress.pauses()[-1]
        say(f"goes on after a pause of {pause['seconds']} s ({pause['ended']})")
        self._wait_for_all("pause", ["pause"], {"frames": self._frames(), **self.sent_before})

    def _fault(self, kinds: list[str]) -> None:
        strikes = [self.arsenal.strike(kind) for kind in kinds]
        say(" and ".join(strike.what for strike in strikes))
        began = time.monotonic()
        for strike in sorted(strikes, key=lambda one: one.lasts_s):
            self._wait(began + strike.lasts_s - time.monotonic())
            strike.undo()
        self.progress.injected.update(kinds)
        self._wait_for_all(kinds[0] if len(kinds) == 1 else "two at once", kinds, self._marks())

    def _wait_for_all(self, name: str, kinds: list[str], marks: dict[str, float]) -> None:
        """Wait until everything works again, and note under this name how long that took."""
        began = time.monotonic()
        if self._until(lambda: self._is_back(marks)):
            took = time.monotonic() - began
            self.progress.recovered[name].append(took)
            say(f"  back after {took:.1f} s")
            return
        self.watch.broken.append(f"not back within {self.bound_s:g} s after {kinds}: {self._what_is_away(marks)}")
        say(f"  {self.watch.broken[-1]}")

    def _marks(self) -> dict[str, float]:
        return {"frames": self._frames(), **self.watch.fleet.acknowledged()}

    def _frames(self) -> float:
        both = (metrics_of(self.platform.endpoints, "vision"), self.arsenal.seconds["vision"].metrics)
        found = (each.items() for each in both)
        return sum(n for each in found for name, n in each if name.startswith("mingchu_vision_frames_analysed_total"))

    def _is_back(self, marks: dict[str, float]) -> bool:
        return not self._what_is_away(marks)

    def _what_is_away(self, marks: dict[str, float]) -> list[str]:
        """Name what does not work: children, nodes whose newer readings have no receipt, console, feed, judge."""
        children = self.platform.children()
        away = [name for name, child in children.items() if child["state"] not in {"ready", "done"}]
        away += [f"second {role}" for role, one in self.arsenal.seconds.items() if not one.is_ready]
        now, nodes = self.watch.fleet.acknowledged(), self.watch.fleet.nodes
        away += [node["node"] for node in nodes if now.get(node["node"], -1) <= marks.get(node["node"], 0)]
        if away:
            return away
        if fetch(f"{self.platform.endpoints.console_url}/health") is None:
            away.append("console")
        frames = self._frames()
        if frames == marks["frames"]:
            away.append("judged frames")
        if not self._all_numbered():
            away.append("numbered events")
        return away

    def _all_numbered(self) -> bool:
        try:
            with self.watch.store.read() as r:
                return r.raw.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
        except StoreUnavailable:
            return False

    def _newest(self) -> int:
        try:
            with self.watch.store.read() as r:
                found = r.raw.execute("SELECT coalesce(max(seq), 0) FROM event WHERE region_code LIKE '3306%'")
                return int((found.fetchone() or (0,))[0])
        except StoreUnavailable:
            return sys.maxsize

    def _until(self, look: Any, *, within_s: float | None = None) -> bool:  # noqa: ANN401 - a condition
        deadline = time.monotonic() + (within_s or self.bound_s)
        while not look():
            if time.monotonic() > deadline:
                return False
            self._wait(TICK_S)
        return True

    def _wait(self, seconds: float) -> None:
        """Wait, and meanwhile take samples and look at the invariants."""
        deadline = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            if now >= self._sample_due:
                self._sample_due = now + SAMPLE_EVERY_S
                self._sample()
            if now >= self._look_due:
                self.watch.look()
                looked = time.monotonic()
                self._look_due = looked + max(LOOK_EVERY_S, (looked - now) / LOOK_SHARE)
            if now >= self._save_due:
                self._save_due = now + SAVE_EVERY_S
                self._save()
            if (left := deadline - time.monotonic()) <= 0:
                return
            time.sleep(min(left, TICK_S))

    def _sample(self) -> None:
        pids = {name: child["pid"] for name, child in self.platform.children().items() if child["state"] == "ready"}
        pids |= {"supervisor": self.platform.process.pid, "kitchens": self.watch.fleet.pid}
        pids |= {f"second {role}": one.pid for role, one in self.arsenal.seconds.items()}
        self.progress.tick()
        known = {name: pid for name, pid in pids.items() if isinstance(pid, int)}
        self.memory.sample(known, at=self.progress.ran_s)

    def _save(self) -> None:
        self.progress.tick()
        self.progress.looks = self.watch.looks
        self.progress.save()

    def report(self) -> dict[str, Any]:
        """The totals of all segments."""
        memory = self.memory.report()
        recovered = {
            kind: {"times": len(took), "p50": round(statistics.median(took), 1), "max": round(max(took), 1)}
            for kind, took in sorted(self.progress.recovered.items())
        }
        return {
            "faults": dict(sorted(self.progress.injected.items())),
            **self.watch.totals,
            "looks": self.watch.looks,
            "reader_errors": self.watch.reader.errors,
            "seconds_to_recover": recovered,
            "memory": memory,
            "broken": [*self.watch.broken, *leaks(memory)],
        }


def say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)  # noqa: T201 - the campaign's log
