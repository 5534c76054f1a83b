"""CPU of one 1080p camera at one picture a second: the agent against ffmpeg decoding every frame, in one run.

The peer is what a plain capture loop does: `ffmpeg` reads the same RTSP stream over TCP, decodes every frame,
scales to 960 and writes one JPEG a second. Both run at once, against the same camera (gst-rtsp-server), each
in processes of its own; CPU is theirs by /proc, children included. `bench_agent.py CAMERAS SECONDS`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.agent.camera import Camera
from ingest.agent.child import CameraJob
from ingest.agent.ring import Ring
from ingest.video.address import CameraAddress
from tests.support.rtsp import Footage, make_footage, rtsp_server

RING_S, RING_BYTES = 20.0, 64 * 2**20
TICKS = os.sysconf("SC_CLK_TCK")
PEER = "ffmpeg -nostdin -v error -threads 1 -rtsp_transport tcp -i {url} -an -vf fps=1,scale=960:-2 -q:v 4 -f null -"


def below(pid: int) -> list[int]:
    """A process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(int(path.parent.name))
        except OSError:
            continue
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += parents.get(found[-1], [])
    return found


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds of processes so far."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def pss_mib(pid: int) -> float:
    """Memory of a process, what it shares divided by those it shares it with."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def agent(url: str, cameras: int, pictures: list[int]) -> Iterator[list[Camera]]:
    """That many cameras in this process, each with its child."""
    job = CameraJob(address=CameraAddress.parse(url))
    watched = [
        Camera(
            f"cam{number}",
            job,
            Ring(seconds=RING_S, max_bytes=RING_BYTES),
            on_picture=lambda _device, jpeg, _at: pictures.append(len(jpeg)),
            on_change=lambda: None,
        )
        for number in range(cameras)
    ]
    for camera in watched:
        camera.start()
    try:
        yield watched
    finally:
        for camera in watched:
            camera.stop()


def measure(footage: Footage, *, cameras: int, seconds: float) -> dict[str, float]:
    """CPU in % of one core, per camera, of the agent and of its peer."""
    pictures: list[int] = []
    with rtsp_server({"live": footage}) as server, agent(server.url("live"), cameras, pictures) as watched:
        command = PEER.format(url=server.url("live")).split()
        peer = subprocess.Popen([shutil.which("ffmpeg") or "ffmpeg", *command[1:]])
        while any(camera.health().state != "online" for camera in watched):
            time.sleep(0.2)
        time.sleep(2 * footage.gop / footage.fps + 1)  # until the key-frame interval is known
        others = {server.process.pid, peer.pid}
        ours = [pid for pid in below(os.getpid()) if pid not in others]
        before = cpu_s(ours), cpu_s([peer.pid]), len(pictures), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - before[3]
        figures = {
            "agent_percent": 100 * (cpu_s(ours) - before[0]) / took / cameras,
            "peer_percent": 100 * (cpu_s([peer.pid]) - before[1]) / took,
            "pictures_per_s": (len(pictures) - before[2]) / took / cameras,
            "child_mib": max(pss_mib(pid) for pid in ours if pid != os.getpid()),
            "ring_mib": max(camera.ring.held_bytes for camera in watched) / 2**20,
        }
        peer.kill()
        peer.wait()
    return figures


def main() -> None:
    """Print the table."""
    cameras = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    head = (
        f"{'1080p, 25 fps':24} {'agent %':>8} {'ffmpeg %':>9} {'ratio':>6} {'fps':>5} {'child MiB':>9} {'ring MiB':>8}"
    )
    print(f"% of one core per camera, {cameras} cameras, {seconds:g} s, 1 picture a second\n{head}")
    with tempfile.TemporaryDirectory() as folder:
        for codec, gop in (("h264", 25), ("h264", 50), ("h265", 25), ("h265", 50)):
            footage = make_footage(
                Path(folder), codec=codec, width=1920, height=1080, gop=gop, bitrate_kbps=4000, seconds=4
            )
            got = measure(footage, cameras=cameras, seconds=seconds)
            print(
                f"{codec}, key frame {gop / 25:g} s{'':8} {got['agent_percent']:8.2f} {got['peer_percent']:9.2f} "
                f"{got['peer_percent'] / got['agent_percent']:6.1f} {got['pictures_per_s']:5.2f} "
                f"{got['child_mib']:9.1f} {got['ring_mib']:8.1f}"
            )


if __name__ == "__main__":
    main()
