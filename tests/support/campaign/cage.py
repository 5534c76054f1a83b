"""A campaign's own namespaces: its mounts, networks and processes end with it, and its ports disturb nobody."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

INSIDE, FOLDER = "MINGCHU_CAMPAIGN_INSIDE", "MINGCHU_CAMPAIGN_FOLDER"
PLATFORM_SIDE, KITCHENS_SIDE = "10.77.0.1", "10.77.0.2"
_NEEDED = ("unshare", "nsenter", "mount", "ip")


def why_not() -> str | None:
    """Why there can be no namespaces here; None if there can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    tried = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"unshare: {tried.stderr.strip()}"


def enter() -> None:
    """Run this program again in namespaces of its own; return in there, or where there can be none."""
    if os.environ.get(INSIDE) or why_not() is not None:
        return
    environment = {**os.environ, INSIDE: "1"}
    argv = ["unshare", "--mount", "--net", sys.executable, "-m", "tests.faults.campaign", *sys.argv[1:]]
    os.execvpe(argv[0], argv, environment)  # noqa: S606 - no shell


def is_inside() -> bool:
    return bool(os.environ.get(INSIDE))


def mark(folder: Path) -> None:
    """Mark what this process starts from now on, so that `leftovers` finds it."""
    os.environ[FOLDER] = str(folder)


def leftovers(folder: Path) -> list[int]:
    """The processes of a campaign in this folder: they inherited its mark, or have its disk in their file system."""
    mark, disk = f"{FOLDER}={folder}".encode(), str(folder / "data")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0") or any(
                line.split()[4] == disk for line in (process / "mountinfo").read_text().splitlines()
            ):
                found.append(int(process.name))
    return found


def end_leftovers(folder: Path) -> int:
    """End what a killed segment has left behind, as a power cut would; return how many processes that were."""
    ended: set[int] = set()
    while left := leftovers(folder):
        ended.update(left)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    return len(ended)


def run(*argv: str | Path) -> None:
    subprocess.run(argv, check=True, capture_output=True)


class SmallDisk:
    """A file system of its own in the file `disk.img` of a campaign's folder; what it holds outlives the cage."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "disk.img"

    @staticmethod
    def why_not() -> str | None:
        """Why there can be none here; None if there can."""
        if shutil.which("mkfs.ext4") is None:
            return "mkfs.ext4 not installed"
        return None if Path("/dev/loop-control").exists() else "no loop devices"

    def mount(self, at: Path, *, mib: int) -> None:
        """Show it at a folder, in this cage alone; the first time, make it."""
        if not self._image.exists():
            unfinished = self._image.with_suffix(".new")
            with unfinished.open("wb") as out:
                out.truncate(mib << 20)
            run("mkfs.ext4", "-q", "-F", "-m", "0", unfinished)  # nothing is reserved for root: full is full
            unfinished.rename(self._image)
        run("mount", "-o", "loop", self._image, at)


class Network:
    """The kitchens' network namespace, and the wire from there to the platform's."""

    def __init__(self) -> None:
        run("ip", "link", "set", "lo", "up")
        # The namespace lives as long as this process; the kitchens enter it again after each of their deaths.
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        while self._namespace(self._holder.pid) == self._namespace("self"):
            pass
        run("ip", "link", "add", "platform", "type", "veth", "peer", "name", "kitchens", "netns", str(self._holder.pid))
        for name, address in (("platform", PLATFORM_SIDE), ("kitchens", KITCHENS_SIDE)):
            at = self.inside if name == "kitchens" else []
            run(*at, "ip", "address", "add", f"{address}/30", "dev", name)
            run(*at, "ip", "link", "set", name, "up")
        run(*self.inside, "ip", "link", "set", "lo", "up")

    @staticmethod
    def _namespace(pid: int | str) -> str:
        return Path(f"/proc/{pid}/ns/net").readlink().name

    @property
    def inside(self) -> list[str]:
        """How a command begins that is to run on the kitchens' side."""
        return ["nsenter", "--net", "--target", str(self._holder.pid)]

    def lose(self, share: float) -> str:
        """Lose this share of the packets in each direction, until `heal`; return what does so."""
        try:
            self._both("tc", "qdisc", "replace", "dev", "{}", "root", "netem", "loss", f"{share:.0%}", "delay", "80ms")
        except subprocess.CalledProcessError:  # a kernel without netem
            rule = ["-m", "statistic", "--mode", "random", "--probability", f"{share:.2f}", "-j", "DROP"]
            self._both("iptables", "-A", "INPUT", "-i", "{}", *rule)
            return "iptables"
        return "netem"

    def heal(self) -> None:
        for undo in (["tc", "qdisc", "del", "dev", "{}", "root"], ["iptables", "-F", "INPUT"]):
            for at, name in self._sides():
                subprocess.run([*at, *(word.format(name) for word in undo)], capture_output=True, check=False)

    def why_no_loss(self) -> str | None:
        """Why packets can't be lost here; None if they can."""
        try:
            self.lose(0.01)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            return f"neither netem nor iptables' statistic module: {error}"
        finally:
            self.heal()
        return None

    def _sides(self) -> list[tuple[list[str], str]]:
        return [([], "platform"), (self.inside, "kitchens")]

    def _both(self, *argv: str) -> None:
        for at, name in self._sides():
            run(*at, *(word.format(name) for word in argv))

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()
