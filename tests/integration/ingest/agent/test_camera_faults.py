"""Real faults of cameras: disconnected, stuck, rebooted, with a new resolution, with a wrong clock."""

import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.embedded.ports import free_port
from ingest.agent import camera as camera_module
from ingest.agent.camera import Camera, Patience, Watchdog
from ingest.agent.child import CameraJob
from ingest.agent.clips import _write
from ingest.agent.ring import Cut, Ring
from ingest.video.address import CameraAddress
from tests.integration.ingest.agent.conftest import heard_log
from tests.support.odd_camera import odd_camera
from tests.support.rtsp import Footage, rtsp_server
from tests.support.waiting import wait_for

Footages = Callable[..., Footage]
IMPATIENT = Patience(shortest_s=0.2, longest_s=0.4, after_refusal_s=0.5)


@dataclass(slots=True)
class Watching:
    """The cameras of a test, and the pictures that they sent."""

    stack: ExitStack
    pictures: list[tuple[str, bytes]] = field(default_factory=list)
    changes: int = 0
    number: int = 0

    def camera(self, url: str, *, login: tuple[str, str] | None = None, read_s: float = 1.5) -> Camera:
        self.number += 1
        user, password = login or (None, None)
        address = CameraAddress.parse(url, username=user, password=password)
        job = CameraJob(address=address, open_s=3.0, read_s=read_s)
        camera = Camera(
            f"cam{self.number}",
            job,
            Ring(seconds=30, max_bytes=2**25),
            on_picture=lambda device, jpeg, _at: self.pictures.append((device, jpeg)),
            on_change=self._changed,
            patience=IMPATIENT,
        )
        camera.start()
        self.stack.callback(camera.stop)
        return camera

    def guard(self, *cameras: Camera) -> None:
        watchdog = Watchdog(list(cameras))
        watchdog.start()
        self.stack.callback(watchdog.stop)

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def watching() -> Iterator[Watching]:
    with ExitStack() as stack:
        yield Watching(stack)


def state(camera: Camera) -> tuple[str, str | None]:
    health = camera.health()
    return health.state, health.reason


def online(camera: Camera) -> None:
    wait_for(lambda: camera.health().state == "online")


def cut_of(camera: Camera, *, seconds: float) -> Cut:
    now = datetime.now(UTC)
    return camera.ring.cut(now - timedelta(seconds=seconds), now)


EXACT = ("-fps_mode", "passthrough", "-enc_time_base", "1:90000")
"""Decode with the clip's own times: two pictures may round to one tick of the frame rate, which FFmpeg reports."""


def durations(cut: Cut, folder: Path) -> list[float]:
    """Write the clip and return the time between its pictures, in seconds."""
    path = folder / "clip.mp4"
    _write(cut.material, path)
    argv = ["ffprobe", "-v", "error", "-show_entries", "packet=pts_time,flags", "-of", "json", str(path)]
    done = subprocess.run(argv, capture_output=True, check=True)
    packets = json.loads(done.stdout)["packets"]
    assert packets[0]["flags"].startswith("K")
    times = [float(packet["pts_time"]) for packet in packets]
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), *EXACT, "-f", "null", "-"], capture_output=True, check=True
    )
    assert decoded.stderr == b""
    return [b - a for a, b in itertools.pairwise(times)]


def test_an_unplugged_camera_reconnects_by_itself(watching: Watching, footage: Footages) -> None:
    port = free_port()
    with rtsp_server({"live": footage()}, port=port) as server:
        camera = watching.camera(server.url("live"))
        online(camera)
        server.kill()
        wait_for(lambda: state(camera) == ("offline", "unreachable"))
    with rtsp_server({"live": footage()}, port=port):
        online(camera)
    assert camera.health().reconnects >= 1


def test_a_silent_camera_is_stalled_and_reconnected(watching: Watching, footage: Footages) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=25, silent_after_s=2.5) as odd:
        camera = watching.camera(odd.url)
        online(camera)
        wait_for(lambda: state(camera) == ("offline", "stalled"))
        odd.manners = replace(odd.manners, silent_after_s=None)
        online(camera)


@pytest.mark.parametrize(
    ("manners", "reason"),
    [({"mute": True}, "stalled"), ({"sends": False}, "no_video"), ({"udp_only": True}, "no_video")],
)
def test_a_camera_that_never_sends_has_a_reason(
    watching: Watching, footage: Footages, manners: dict[str, object], reason: str
) -> None:
    with odd_camera(footage().units, fps=25, **manners) as odd:
        camera = watching.camera(odd.url)
        wait_for(lambda: camera.health().reason is not None)
        assert state(camera) == ("offline", reason)


def test_a_wrong_password_is_named_and_tried_rarely(
    watching: Watching, footage: Footages, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = heard_log(monkeypatch, camera_module)
    with rtsp_server({"live": footage()}, login=("admin", "right")) as server:
        camera = watching.camera(server.url("live"), login=("admin", "wr0ng-s3cret"))
        wait_for(lambda: camera.health().reason is not None)
        assert state(camera) == ("offline", "wrong_password")
    assert "wrong_password" in str(log.entries)
    assert "wr0ng" not in str(log.entries)
    assert Patience().wait_s(1, "wrong_password") >= 300


def test_a_hanging_process_is_killed_and_the_camera_reconnects(watching: Watching, footage: Footages) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=25) as odd:
        camera = watching.camera(odd.url, read_s=0.5)
        online(camera)
        watching.guard(camera)
        assert camera._process is not None
        pid = camera._process.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: not Path(f"/proc/{pid}").exists())
        online(camera)
        assert odd.manners.connections == 2


def test_one_dead_camera_does_not_slow_another(watching: Watching, footage: Footages) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=25) as good, odd_camera(filmed.units, fps=25, mute=True) as dead:
        cameras = [watching.camera(good.url), watching.camera(dead.url)]
        online(cameras[0])
        before = len(watching.pictures)
        wait_for(lambda: cameras[1].health().reason == "stalled")
        wait_for(lambda: len(watching.pictures) >= before + 3)
        assert {device for device, _ in watching.pictures} == {"cam1"}
        rates = cameras[0].ring.rates()
        assert rates is not None
        assert rates.fps == pytest.approx(25, rel=0.1)


def test_a_clip_across_a_reboot_plays_and_states_the_gap(watching: Watching, footage: Footages, tmp_path: Path) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=25, cut_after_s=3.3) as odd:
        camera = watching.camera(odd.url)
        online(camera)
        wait_for(lambda: odd.manners.connections >= 1)
        odd.manners = replace(odd.manners, first_unit=10)  # it reconnects between two key frames
        wait_for(lambda: camera.health().reconnects >= 1)
        odd.manners = replace(odd.manners, cut_after_s=None)
        online(camera)
        time.sleep(3)
        cut = cut_of(camera, seconds=20)
    steps = durations(cut, tmp_path)
    assert sum(steps) == pytest.approx((cut.end - cut.start).total_seconds(), abs=0.3)
    assert max(steps) > 0.5  # the gap has its real length


def test_a_camera_clock_that_jumps_breaks_no_clip(watching: Watching, footage: Footages, tmp_path: Path) -> None:
    filmed = footage()
    jumps = ((2.0, 7200.0), (3.0, -9000.0), (4.0, 0.5))
    with odd_camera(filmed.units, fps=25, jumps=jumps) as odd:
        camera = watching.camera(odd.url)
        online(camera)
        time.sleep(5.5)
        cut = cut_of(camera, seconds=30)
    steps = durations(cut, tmp_path)
    assert all(0 < step < 0.7 for step in steps)
    assert sum(steps) == pytest.approx((cut.end - cut.start).total_seconds(), abs=1.0)


def test_after_a_change_of_resolution_pictures_and_clips_have_the_new_one(
    watching: Watching, footage: Footages, tmp_path: Path
) -> None:
    small, large = footage(), footage(width=1280, height=720)
    with odd_camera(small.units, fps=25) as odd:
        camera = watching.camera(odd.url)
        online(camera)
        time.sleep(2)
        odd.units = large.units
        time.sleep(4)
        cut = cut_of(camera, seconds=30)
    durations(cut, tmp_path)
    argv = ["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0"]
    done = subprocess.run([*argv, str(tmp_path / "clip.mp4")], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "1280,720"
    assert _jpeg_width(watching.pictures[-1][1]) == 960


def _jpeg_width(jpeg: bytes) -> int:
    at = jpeg.index(b"\xff\xc0")
    return int.from_bytes(jpeg[at + 7 : at + 9], "big")


def test_rare_key_frames_still_give_a_picture_a_second(watching: Watching, footage: Footages) -> None:
    filmed = footage(gop=100, seconds=8)
    with odd_camera(filmed.units, fps=25) as odd:
        camera = watching.camera(odd.url)
        online(camera)
        time.sleep(9)
        last = len(watching.pictures)
        time.sleep(5)
        assert len(watching.pictures) - last in range(3, 8)
        assert camera.health().key_interval_s == pytest.approx(4.0, rel=0.1)
