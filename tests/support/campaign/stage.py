"""Put up everything that a campaign needs, on an empty folder or where an earlier segment has left it."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.embedded.folder import DataLock, prepare_data_dir
from models.store import Store
from tests.support.campaign import cage
from tests.support.campaign.clocks import Clocks
from tests.support.campaign.course import Campaign
from tests.support.campaign.faults import FILLER, Arsenal
from tests.support.campaign.fleet import Fleet
from tests.support.campaign.kept import FILE, Kept
from tests.support.campaign.memory import Memory
from tests.support.campaign.progress import Progress
from tests.support.campaign.reader import Reader
from tests.support.campaign.replicas import second_processes
from tests.support.campaign.running import Running
from tests.support.campaign.watch import Watch
from tests.support.campaign.world import film, register
from tests.support.platform import SECRET, running_up
from tests.support.proxy import line_to
from tests.support.world import TENANT

DISK_MIB = 3072
PARTS = ("disk.img", "disk.new", "data", "clocks", "kitchens")


@contextmanager
def opened(folder: Path) -> Iterator[Kept]:
    """Take a campaign's folder for this process, and end what a killed segment has left running in it.

    Raises:
        SystemExit: the folder holds something else.
        EmbeddedError: `data_folder_busy` if another process has it.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / FILE).exists():
        raise SystemExit(
            f"{folder} holds something, but no campaign: give an empty folder, or one that is not there yet"
        )
    prepare_data_dir(folder)
    with DataLock(folder):
        cage.end_leftovers(folder)
        cage.mark(folder)
        with Kept(folder) as kept:
            if kept.document() is None:  # no campaign, or one that ended before everything was registered
                for name in PARTS:
                    _remove(folder / name)
            yield kept


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def keep_logs(folder: Path, to: Path) -> None:
    """Copy what all parts have logged."""
    shutil.copytree(folder / "data" / "logs", to, dirs_exist_ok=True)
    for file in (folder / "data" / "up.log", folder / "kitchens" / "kitchens.log"):
        shutil.copy(file, to)


def _unmount(path: Path) -> None:
    try:
        cage.run("umount", path)
    except subprocess.CalledProcessError:  # something that is about to end has a file open
        cage.run("umount", "--lazy", path)


@contextmanager
def everything(
    folder: Path, kept: Kept, *, seed: int, bound_s: float, logs: Path | None
) -> Iterator[tuple[Campaign, dict[str, str]]]:
    """The platform, its line, its kitchens and its reader; with the kinds that are impossible here."""
    switched_on = time.time()
    with ExitStack() as stack:
        data = prepare_data_dir(folder / "data")
        why_no_disk = cage.SmallDisk.why_not() if cage.is_inside() else cage.why_not()
        if why_no_disk is None:
            cage.SmallDisk(folder).mount(data, mib=DISK_MIB)
            stack.callback(_unmount, data)
        (data / FILLER).unlink(missing_ok=True)
        if logs is not None:
            stack.callback(keep_logs, folder, logs)
        network = cage.Network() if cage.is_inside() else None
        if network is not None:
            stack.callback(network.close)
        why_no_clock = Clocks.why_not()
        clocks = Clocks(folder / "clocks") if why_no_clock is None else None
        environment = {} if clocks is None else clocks.environment
        process, endpoints = stack.enter_context(running_up(data, "--broker", "mosquitto", **environment))
        store = stack.enter_context(Store(endpoints.database_url, size=2, timeout_s=3))
        seconds = stack.enter_context(second_processes(data, endpoints, environment))
        progress = Progress.of(kept)
        if progress is None:
            key, nodes = register(store)
            progress = Progress(kept=kept, seed=seed, chance=random.Random(seed), key=key, nodes=nodes)
        progress.begin(at=switched_on)
        progress.save()
        host = cage.PLATFORM_SIDE if network is not None else "127.0.0.1"
        line = stack.enter_context(line_to(int(endpoints.mqtt_url.rsplit(":", 1)[1]), host=host))
        (folder / "kitchens").mkdir(exist_ok=True)
        plan = {
            "url": f"mqtt://{host}:{line.port}",
            "secret": SECRET,
            "tenant": TENANT,
            "folder": str(folder / "kitchens"),
            "film": film(folder / "kitchens"),
            "nodes": progress.nodes,
        }
        fleet = Fleet(plan, inside=network.inside if network is not None else ())
        reader = Reader(endpoints.console_url, progress.key, kept, progress.reader_errors)
        running = Running(data=data, process=process, endpoints=endpoints)
        arsenal = Arsenal(running, fleet, line, progress.chance, network, clocks, seconds=seconds)
        stack.callback(fleet.stop)
        stack.callback(reader.stop)
        sent_before = fleet.sent()
        fleet.start()
        reader.start()
        watch = Watch(store, fleet, reader, broken=progress.broken, looks=progress.looks)
        memory = Memory(kept, len(progress.segments))
        impossible = arsenal.impossible(cage.why_not(), why_no_disk, why_no_clock)
        yield Campaign(running, arsenal, watch, progress, memory, sent_before, bound_s), impossible
