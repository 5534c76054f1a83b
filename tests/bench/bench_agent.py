"""CPU of one 1080p camera at one picture a second: the agent against programs that decode every frame, in one run.

Two peers, each with one thread for decoding: `ffmpeg` reads the same RTSP stream over TCP, decodes every frame,
scales to 960 and writes one JPEG a second; `cv2` is the capture loop of most tutorials, `VideoCapture.read()` for
every frame and a JPEG a second. All run at once, against the same camera (gst-rtsp-server), in separate
processes; CPU is measured by /proc, including children. `bench_agent.py CAMERAS SECONDS`.
"""

import os
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
FFMPEG = "ffmpeg -nostdin -v error -threads 1 -rtsp_transport tcp -i {url} -an -vf fps=1,scale=960:-2 -q:v 4 -f null -"


CV2 = """
import sys, time, cv2
capture, due = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG), 0.0
while True:
    ok, picture = capture.read()
    if ok and time.monotonic() >= due:
        due = time.monotonic() + 1
        cv2.imencode(".jpg", cv2.resize(picture, (960, 540)))
"""


def peers(url: str) -> list["subprocess.Popen[bytes]"]:
    """ffmpeg and cv2, started."""
    options = {**os.environ, "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp|threads;1"}
    return [
        subprocess.Popen(FFMPEG.format(url=url).split()),
        subprocess.Popen([sys.executable, "-c", CV2, url], env=options),
    ]


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
    """Return the proportional memory of a process: shared pages are divided among their processes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def agent(url: str, cameras: int, pictures: list[int]) -> Iterator[list[Camera]]:
    """Run this many cameras in this process, each with its child."""
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
    """Return the CPU of the agent and its peers per camera, in % of one core."""
    pictures: list[int] = []
    with rtsp_server({"live": footage}) as server, agent(server.url("live"), cameras, pictures) as watched:
        others = peers(server.url("live"))
        while any(camera.health().state != "online" for camera in watched):
            time.sleep(0.2)
        time.sleep(2 * footage.gop / footage.fps + 1)  # until the key-frame interval is known
        theirs = [pid for other in (server.process, *others) for pid in below(other.pid)]
        ours = [pid for pid in below(os.getpid()) if pid not in theirs]
        before = [cpu_s(ours), *(cpu_s([other.pid]) for other in others)]
        brought, began = len(pictures), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - began
        used = [cpu_s(ours), *(cpu_s([other.pid]) for other in others)]
        agent_s, ffmpeg_s, cv2_s = (after - start for after, start in zip(used, before, strict=True))
        figures = {
            "agent": 100 * agent_s / took / cameras,
            "ffmpeg": 100 * ffmpeg_s / took,
            "cv2": 100 * cv2_s / took,
            "pictures_per_s": (len(pictures) - brought) / took / cameras,
            "child_mib": max(pss_mib(pid) for pid in ours if pid != os.getpid()),
            "ring_mib": max(camera.ring.held_bytes for camera in watched) / 2**20,
        }
        for other in others:
            other.kill()
            other.wait()
    return figures


def main() -> None:
    """Print the table."""
    cameras = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    head = f"{'1080p, 25 fps':24}  agent  ffmpeg     cv2   fps child MiB ring MiB"
    print(f"% of one core per camera, {cameras} cameras, {seconds:g} s, 1 picture a second\n{head}")
    with tempfile.TemporaryDirectory() as folder:
        for codec, gop in (("h264", 25), ("h264", 50), ("h265", 25), ("h265", 50)):
            footage = make_footage(
                Path(folder), codec=codec, width=1920, height=1080, gop=gop, bitrate_kbps=4000, seconds=4, grain=6
            )
            got = measure(footage, cameras=cameras, seconds=seconds)
            print(
                f"{codec}, key frame {gop / 25:g} s{'':8} {got['agent']:6.2f} {got['ffmpeg']:7.2f} {got['cv2']:7.2f} "
                f"{got['pictures_per_s']:5.2f} {got['child_mib']:9.1f} {got['ring_mib']:8.1f}   "
                f"{got['ffmpeg'] / got['agent']:.1f}× less than ffmpeg, {got['cv2'] / got['agent']:.1f}× than cv2"
            )


if __name__ == "__main__":
    main()
