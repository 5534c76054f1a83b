"""Many cameras on one agent for minutes, one of them dead and one that hangs: memory must not grow, nor others slow.

`soak_agent.py [CAMERAS] [MINUTES]`, 50 and 10 by default; too long for `make bench`. Every half minute
it prints the memory of the agent with all its children (shared pages counted once) and the bytes in the rings; at
the end the number of pictures of each good camera, against the expected one.
"""

import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.agent.camera import Camera, Watchdog
from ingest.agent.child import CameraJob
from ingest.agent.ring import Ring
from ingest.video.address import CameraAddress
from tests.bench.bench_agent import below, cpu_s, pss_mib
from tests.support.rtsp import make_footage, rtsp_server

RING_S, RING_BYTES = 60.0, 64 * 2**20
LOOK_EVERY_S = 30.0
MIB = 2**20


def hanging() -> int:
    """A port that accepts connections and never answers."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    kept: list[socket.socket] = []

    def take() -> None:
        while True:
            kept.append(listener.accept()[0])

    threading.Thread(target=take, daemon=True).start()
    return int(listener.getsockname()[1])


def unused_port() -> int:
    """A port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mib(pids: list[int]) -> float:
    """Return the memory of processes; one that has just ended counts as zero."""
    total = 0.0
    for pid in pids:
        try:
            total += pss_mib(pid)
        except OSError:
            continue
    return total


def main() -> None:
    """Run, and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    pictures: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        footage = make_footage(Path(folder), width=640, height=360, fps=10, gop=10, bitrate_kbps=300, seconds=6)
        with rtsp_server({"live": footage}) as server:
            urls = [server.url("live")] * (count - 2)
            urls += [f"rtsp://127.0.0.1:{unused_port()}/dead", f"rtsp://127.0.0.1:{hanging()}/hangs"]
            cameras = [
                Camera(
                    f"cam{number}",
                    CameraJob(address=CameraAddress.parse(url)),
                    Ring(seconds=RING_S, max_bytes=RING_BYTES),
                    on_picture=lambda device, _jpeg, _at: pictures.update([device]),
                    on_change=lambda: None,
                )
                for number, url in enumerate(urls)
            ]
            watchdog = Watchdog(cameras)
            for camera in cameras:
                camera.start()
            watchdog.start()
            good = cameras[:-2]
            while sum(camera.health().state == "online" for camera in good) < len(good):
                time.sleep(0.5)
            started = [(camera.device, pictures[camera.device]) for camera in good]
            began, seen = time.monotonic(), []
            theirs = set(below(server.process.pid))
            cpu_before = cpu_s([pid for pid in below(os.getpid()) if pid not in theirs])
            print(f"{len(good)} cameras are there, one is dead, one hangs; {minutes:g} minutes")
            while time.monotonic() - began < minutes * 60:
                time.sleep(LOOK_EVERY_S)
                ours = [pid for pid in below(os.getpid()) if pid not in theirs]
                held = sum(camera.ring.held_bytes for camera in cameras) / MIB
                seen.append((time.monotonic() - began, memory_mib(ours), held))
                print(
                    f"{seen[-1][0]:6.0f} s  {seen[-1][1]:8.1f} MiB in all, {held:7.1f} MiB of it in rings", flush=True
                )
            took = time.monotonic() - began
            ours = [pid for pid in below(os.getpid()) if pid not in theirs]
            # The CPU of replaced children is not included, so this is a lower bound for the two bad cameras.
            cpu = cpu_s(ours) - cpu_before
            rates = [(pictures[device] - before) / took for device, before in started]
            states = Counter(str(camera.health().reason or camera.health().state) for camera in cameras)
            watchdog.stop()
            for camera in cameras:
                camera.stop()
    settled = [one for one in seen if one[0] >= min(120.0, took / 4)]
    first, last = settled[0], settled[-1]
    growth = (last[1] - last[2]) - (first[1] - first[2])
    print(f"pictures a second: least {min(rates):.2f}, median {statistics.median(rates):.2f} (wanted 1.00)")
    print(f"memory beyond the rings: {first[1] - first[2]:.1f} MiB at {first[0]:.0f} s, {growth:+.1f} MiB since")
    print(f"CPU: {100 * cpu / took / len(cameras):.2f} % of one core a camera; states: {dict(states)}")


if __name__ == "__main__":
    main()
