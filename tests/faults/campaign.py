"""A fault campaign: the real platform under load for minutes or hours, faults at random, and what has to hold anyway.

`python -m tests.faults.campaign --for 6h [--seed N] [--kinds kill-ingest,disk] [--json FILE]`

`mingchu up` and a second intake, judge and alerts process run with kitchens that send readings and pictures through a
line of their own. Faults of all kinds come one after the other, sometimes two together. All the time and at the end:
every acknowledged reading is stored once, a situation has one open alert, the feed has no gap and no repeat, everything
is back within the bound, and memory is flat. Prints a report; ends with 1 if anything of that did not hold. As root it
runs in namespaces of its own.
"""

import argparse
import json
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.access.credentials import make_api_key
from deploy.embedded.broker import mosquitto_hash
from deploy.embedded.folder import prepare_data_dir
from deploy.stack import fetch, metrics_of
from ingest.simulator.kitchen import KitchenCamera
from ingest.simulator.kitchen.scene import Situation
from models.base.errors import StoreUnavailable
from models.catalogue.terms import DeviceKind, Role
from models.domain.access import ApiKey
from models.store import Store, access, devices
from tests.support.campaign import cage
from tests.support.campaign.clocks import Clocks
from tests.support.campaign.faults import KINDS, Arsenal
from tests.support.campaign.fleet import Fleet
from tests.support.campaign.memory import Memory
from tests.support.campaign.reader import Reader
from tests.support.campaign.replicas import second_processes
from tests.support.campaign.watch import Watch
from tests.support.platform import SECRET, Platform, running_up
from tests.support.proxy import line_to
from tests.support.world import TENANT, Kitchen, seed_world
from vision.pictures.decode import encode

EXTRA_NODES, PICTURES = 6, 20
DISK_MIB = 3072
LOOK_EVERY_S, SAMPLE_EVERY_S, TICK_S = 15.0, 5.0, 0.25
TWO_AT_ONCE = 0.2
CALM_S = (3.0, 15.0)
FLAT_MB_PER_H, FLAT_AFTER_H = 30.0, 1.0
"""A slope above this is a leak, once a role has run warm for so many hours; over minutes a slope says nothing."""
UNITS = {"s": 1, "m": 60, "h": 3600}


@dataclass(slots=True)
class Campaign:
    """One run: what was done, how long it took to be back, and what did not hold."""

    platform: Platform
    arsenal: Arsenal
    watch: Watch
    chance: random.Random
    bound_s: float
    memory: Memory = field(default_factory=Memory)
    injected: Counter[str] = field(default_factory=Counter)
    recovered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _look_due: float = 0.0
    _sample_due: float = 0.0

    def run(self, kinds: list[str], *, until: float, stop: threading.Event) -> None:
        """Inject faults until the time is up (monotonic) or `stop` is set; then look at the whole at rest."""
        bag: list[str] = []
        while time.monotonic() < until and not stop.is_set():
            self._wait(self.chance.uniform(*CALM_S))
            bag = bag or self.chance.sample(kinds, len(kinds))
            chosen = [bag.pop()]
            if bag and self.chance.random() < TWO_AT_ONCE:
                chosen.append(bag.pop())
            self._fault(chosen)
        fleet, reader = self.watch.fleet, self.watch.reader
        fleet.quieten()
        if not self._until(lambda: fleet.all_receipted() and self._all_numbered()):
            self.watch.broken.append(f"messages still wait {self.bound_s:g} s after the end: {fleet.state()}")
        self._until(lambda: reader.cursor.seq >= self._newest(), within_s=60)
        self.watch.look_at_end()

    def _fault(self, kinds: list[str]) -> None:
        strikes = [self.arsenal.strike(kind) for kind in kinds]
        say(" and ".join(strike.what for strike in strikes))
        began = time.monotonic()
        for strike in sorted(strikes, key=lambda one: one.lasts_s):
            self._wait(began + strike.lasts_s - time.monotonic())
            strike.undo()
        self.injected.update(kinds)
        ended, name = time.monotonic(), "+".join(sorted(kinds)) if len(kinds) == 1 else "two at once"
        marks = self._marks()
        if self._until(lambda: self._is_back(marks)):
            took = time.monotonic() - ended
            self.recovered[name].append(took)
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
                self._look_due = time.monotonic() + LOOK_EVERY_S
            if (left := deadline - time.monotonic()) <= 0:
                return
            time.sleep(min(left, TICK_S))

    def _sample(self) -> None:
        pids = {name: child["pid"] for name, child in self.platform.children().items() if child["state"] == "ready"}
        pids |= {"supervisor": self.platform.process.pid, "kitchens": self.watch.fleet.pid}
        pids |= {f"second {role}": one.pid for role, one in self.arsenal.seconds.items()}
        self.memory.sample({name: pid for name, pid in pids.items() if isinstance(pid, int)})

    def report(self) -> dict[str, Any]:
        memory = self.memory.report()
        for role, found in memory.items():
            if found["hours"] >= FLAT_AFTER_H and found["mb_per_h"] > FLAT_MB_PER_H:
                self.watch.broken.append(f"the memory of {role} grows by {found['mb_per_h']} MB/h")
        recovered = {
            kind: {"times": len(took), "p50": round(statistics.median(took), 1), "max": round(max(took), 1)}
            for kind, took in sorted(self.recovered.items())
        }
        return {
            "faults": dict(sorted(self.injected.items())),
            **self.watch.totals,
            "looks": self.watch.looks,
            "reader_errors": self.watch.reader.errors,
            "seconds_to_recover": recovered,
            "memory": memory,
            "broken": self.watch.broken,
        }


def say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)  # noqa: T201 - the campaign's log


def end_early(stop: threading.Event) -> None:
    """End after the present fault, with the report; at the second time at once, but in order."""
    if stop.is_set():
        sys.exit("ended by SIGTERM")
    stop.set()


def seconds_of(text: str) -> float:
    """`600`, `90s`, `10m` or `6h` in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"expected a duration like 90s, 10m or 6h, got {text!r}")
    return float(found[1]) * UNITS[found[2] or "s"]


def kinds_of(text: str) -> list[str]:
    """Some of `KINDS`, with commas between."""
    kinds = text.split(",")
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(KINDS)}, got {', '.join(unknown)}")
    return kinds


def film(folder: Path) -> list[str]:
    """Pictures of a drawn kitchen with bare heads, as files."""
    bare = [Situation(code="no_chef_hat", start_s=0, end_s=10_000)]
    camera = KitchenCamera(seed=7000, name="campaign", cooks=1, night=False, situations=bare)
    clock = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
    for number in range(PICTURES):
        picture, _ = camera.render(30.0 + number, wall_clock=clock + timedelta(seconds=number))
        (folder / f"{number}.jpg").write_bytes(encode(picture))
    return [str(folder / f"{number}.jpg") for number in range(PICTURES)]


def key_of_platform(store: Store) -> str:
    """A key of a supervision platform of the city, valid for the longest campaign."""
    prefix, digest, shown = make_api_key()
    key = ApiKey(
        prefix=prefix,
        secret_sha256=digest,
        name="campaign",
        role=Role.platform,
        tenant_id=TENANT,
        region_prefix="3306",
        entity_id=None,
        expires_at=datetime.now(UTC) + timedelta(days=30),
        revoked_at=None,
    )
    with store.write() as w:
        access.add_key(w, key)
    return shown


def register_more(store: Store, kitchen: Kitchen, hashed: str) -> list[dict[str, Any]]:
    """More nodes at a kitchen, each with a fridge and a gas sensor."""
    nodes = []
    with store.write() as w:
        for number in range(EXTRA_NODES):
            node = f"node-{number}"
            devices.add_node(w, node_id=node, site_id=kitchen.site, mqtt_hash=hashed)
            sensors = {f"{node}-{code.partition('_')[0]}": code for code in ("fridge_temp", "gas_ch4")}
            for device, code in sensors.items():
                devices.add_device(
                    w,
                    device_id=device,
                    node_id=node,
                    kind=DeviceKind.sensor,
                    zone="storage",
                    name=code,
                    sensor_code=code,
                )
            nodes.append({"node": node, "site": kitchen.site, "sensors": sensors, "camera": None})
    return nodes


def node_of(kitchen: Kitchen) -> dict[str, Any]:
    sensors = {kitchen.fridge: "fridge_temp", kitchen.gas: "gas_ch4"}
    return {"node": kitchen.node, "site": kitchen.site, "sensors": sensors, "camera": kitchen.camera}


def keep_logs(work: Path, to: Path) -> None:
    """Copy what all parts have logged."""
    shutil.copytree(work / "data" / "logs", to, dirs_exist_ok=True)
    for file in (work / "data" / "up.log", work / "kitchens" / "kitchens.log"):
        shutil.copy(file, to)


@contextmanager
def everything(seed: int, bound_s: float, *, logs: Path | None) -> Iterator[tuple[Campaign, dict[str, str]]]:
    """The platform, its line, its kitchens and its reader; with the kinds that are impossible here."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mingchu-campaign-")))
        work.chmod(0o755)
        data = prepare_data_dir(work / "data")
        if cage.is_inside():
            cage.small_disk(data, mib=DISK_MIB)
            stack.callback(cage.run, "umount", "--lazy", data)
        if logs is not None:
            stack.callback(keep_logs, work, logs)
        network = cage.Network() if cage.is_inside() else None
        if network is not None:
            stack.callback(network.close)
        why_no_clock = Clocks.why_not()
        clocks = Clocks(work / "clocks") if why_no_clock is None else None
        environment = {} if clocks is None else clocks.environment
        process, endpoints = stack.enter_context(running_up(data, "--broker", "mosquitto", **environment))
        store = stack.enter_context(Store(endpoints.database_url, size=2, timeout_s=3))
        seconds = stack.enter_context(second_processes(data, endpoints, environment))
        hashed = mosquitto_hash(SECRET)
        a, b = seed_world(store, mqtt_hash=hashed)
        more = register_more(store, a, hashed)
        platform = Platform(data=data, process=process, endpoints=endpoints, store=store, kitchen=a, neighbour=b)
        host = cage.PLATFORM_SIDE if network is not None else "127.0.0.1"
        line = stack.enter_context(line_to(int(endpoints.mqtt_url.rsplit(":", 1)[1]), host=host))
        (work / "kitchens").mkdir()
        plan = {
            "url": f"mqtt://{host}:{line.port}",
            "secret": SECRET,
            "tenant": TENANT,
            "folder": str(work / "kitchens"),
            "film": film(work / "kitchens"),
            "nodes": [node_of(a), node_of(b), *more],
        }
        fleet = Fleet(plan, inside=network.inside if network is not None else ())
        reader = Reader(endpoints.console_url, key_of_platform(store))
        chance = random.Random(seed)
        arsenal = Arsenal(platform, fleet, line, chance, network, clocks, small_disk=cage.is_inside(), seconds=seconds)
        stack.callback(fleet.stop)
        stack.callback(reader.stop)
        fleet.start()
        reader.start()
        watch = Watch(store, fleet, reader)
        yield Campaign(platform, arsenal, watch, chance, bound_s), arsenal.impossible(cage.why_not(), why_no_clock)


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--for", dest="lasts_s", type=seconds_of, default=600.0, help="like 10m or 6h (default 10m)")
    options.add_argument("--seed", type=int, default=None, help="repeat the order of faults of an earlier run")
    options.add_argument("--kinds", type=kinds_of, default=list(KINDS), help=f"some of {','.join(KINDS)}")
    options.add_argument(
        "--bound", type=seconds_of, default=300.0, help="everything is back within this (default 300s)"
    )
    options.add_argument("--logs", type=Path, default=None, help="copy the logs of all parts to this folder at the end")
    options.add_argument("--json", type=Path, default=None, help="write the report to this file, too")
    chosen = options.parse_args()
    cage.enter()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end_early(stop))
    seed = random.randrange(10**9) if chosen.seed is None else chosen.seed
    say(f"seed {seed}")
    with everything(seed, chosen.bound, logs=chosen.logs) as (campaign, impossible):
        kinds = [kind for kind in chosen.kinds if kind not in impossible]
        left_out = {kind: why for kind, why in impossible.items() if kind in chosen.kinds}
        say(f"kinds {', '.join(kinds)}; left out {left_out or 'none'}")
        began = time.monotonic()
        campaign.run(kinds, until=began + chosen.lasts_s, stop=stop)
        found = {"seed": seed, "ran_s": round(time.monotonic() - began), "left_out": left_out, **campaign.report()}
    text = json.dumps(found, indent=1, ensure_ascii=False)
    print(text, flush=True)  # noqa: T201 - the report
    if chosen.json is not None:
        chosen.json.write_text(text)
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
