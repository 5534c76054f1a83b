"""From a camera's RTSP to pictures, health and a clip: everything is real except the kitchen."""

import itertools
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from ingest.video import nal
from models.base.clock import parse_rfc3339, rfc3339
from tests.integration.ingest.agent.conftest import Ear, Site
from tests.support.rtsp import Footage, rtsp_server
from tests.support.uploads import Receiver, receiver
from tests.support.waiting import wait_for

Footages = Callable[..., Footage]


def ask(ear: Ear, site: Site, device: str, url: str, *, before_s: float = 3.0, after_s: float = 1.0) -> dict[str, str]:
    now = datetime.now(UTC)
    body = {
        "id": str(uuid4()),
        "expires_at": rfc3339(now + timedelta(seconds=60)),
        "from": rfc3339(now - timedelta(seconds=before_s)),
        "to": rfc3339(now + timedelta(seconds=after_s)),
        "upload_url": url,
    }
    ear.command(site.rig.kitchens[0].site, device, dict(body))
    return body


def ffprobe(clip: bytes, folder: Path) -> dict[str, object]:
    path = folder / "clip.mp4"
    path.write_bytes(clip)
    show = "format=duration:stream=codec_name,codec_tag_string,width,height:packet=pts_time,flags"
    argv = ["ffprobe", "-v", "error", "-show_entries", show, "-of", "json", str(path)]
    done = subprocess.run(argv, capture_output=True, check=True)
    assert done.stderr == b""
    return dict(json.loads(done.stdout))


def units_of(clip: bytes, folder: Path, codec: str) -> list[bytes]:
    """The NAL units of a clip, back in the camera's form."""
    path = folder / "clip.mp4"
    path.write_bytes(clip)
    name = {"h264": "h264", "h265": "hevc"}[codec]
    argv = ["ffmpeg", "-v", "error", "-i", str(path), "-c", "copy", "-bsf:v", f"{name}_mp4toannexb", "-f", name, "-"]
    return list(nal.units(subprocess.run(argv, capture_output=True, check=True).stdout))


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_camera_becomes_pictures_health_and_a_clip_on_command(
    site: Site, ear: Ear, footage: Footages, codec: str, tmp_path: Path
) -> None:
    filmed = footage(codec=codec, width=1280, height=720)
    with rtsp_server({"live": filmed}, login=("admin", "p@ss:w/rd")) as server, receiver() as got:
        secret = tmp_path / "cam.secret"
        secret.write_text("p@ss:w/rd")
        secret.chmod(0o600)
        camera = {
            "device": site.rig.kitchens[0].camera,
            "url": server.url("live"),
            "username": "admin",
            "password_file": "cam.secret",
        }
        agent = site.run([camera])
        device = str(camera["device"])
        wait_for(lambda: len(ear.frames(device)) >= 4)
        _check_pictures(ear, device)
        wait_for(lambda: (ear.health(device) or agent.health()[0]).state == "online")
        command = ask(ear, site, device, got.url)
        answer = wait_for(ear.answers)[0]
        agent.node.tell_status()
        _check_health(ear, device, codec)
        _check_clip(got, answer, command, filmed, tmp_path)


def _check_pictures(ear: Ear, device: str) -> None:
    frames = ear.frames(device)[1:]
    for frame in frames:
        assert frame.payload[:2] == b"\xff\xd8"
        assert len(frame.payload) <= 512 * 1024
    times = [parse_rfc3339(frame.user["ts"]) for frame in frames]
    steps = [(b - a).total_seconds() for a, b in itertools.pairwise(times)]
    assert all(0.4 < step < 2.5 for step in steps), steps  # one a second, under any load of this machine
    numbers = [int(frame.user["seq"]) for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _check_health(ear: Ear, device: str, codec: str) -> None:
    def measured() -> bool:
        health = ear.health(device)
        return health is not None and health.fps is not None and health.key_interval_s is not None

    wait_for(measured)
    health, status = ear.health(device), ear.status()
    assert health is not None
    assert status is not None
    assert status.can == ("clip",)
    assert health.codec == {"h264": "h264", "h265": "hevc"}[codec]
    assert (health.state, health.width, health.height, health.reconnects) == ("online", 1280, 720, 0)
    assert health.fps == pytest.approx(25, rel=0.1)
    assert health.key_interval_s == pytest.approx(1.0, rel=0.1)


def _check_clip(
    got: Receiver, answer: dict[str, object], command: dict[str, str], filmed: Footage, folder: Path
) -> None:
    assert got.complete
    assert (answer["id"], answer["ok"], answer["bytes"]) == (command["id"], True, len(got.body))
    start, end = parse_rfc3339(got.headers["Mingchu-Start"]), parse_rfc3339(got.headers["Mingchu-End"])
    assert start <= parse_rfc3339(command["from"])
    assert end <= parse_rfc3339(command["to"])
    assert (parse_rfc3339(command["to"]) - end).total_seconds() < 0.2
    about = ffprobe(got.body, folder)
    assert about["streams"] == [
        {
            "codec_name": {"h264": "h264", "h265": "hevc"}[filmed.codec],
            "codec_tag_string": {"h264": "avc1", "h265": "hvc1"}[filmed.codec],
            "width": 1280,
            "height": 720,
        }
    ]
    packets = about["packets"]
    assert isinstance(packets, list)
    assert packets[0]["flags"].startswith("K")
    duration = float(about["format"]["duration"])  # type: ignore[index]
    assert duration == pytest.approx((end - start).total_seconds() + 1 / filmed.fps, abs=0.15)
    _check_bytes(got.body, filmed, folder)


def _check_bytes(clip: bytes, filmed: Footage, folder: Path) -> None:
    """Every picture of the clip is one the camera sent, to the byte, in its order."""
    codec = {"h264": "h264", "h265": "hevc"}[filmed.codec]
    slices = [_pictures(codec, unit) for unit in filmed.units]
    found = [unit for unit in units_of(clip, folder, filmed.codec) if _is_picture(codec, unit)]
    first = slices.index(found[:1])
    assert len(found) > 50
    assert found == [slices[(first + i) % len(slices)][0] for i in range(len(found))]


def _pictures(codec: str, unit: bytes) -> list[bytes]:
    return [one for one in nal.units(unit) if _is_picture(codec, one)]


def _is_picture(codec: str, unit: bytes) -> bool:
    kind = nal.kind(codec, unit)
    return 1 <= kind <= 5 if codec == "h264" else 0 <= kind <= 31
