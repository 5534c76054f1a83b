"""An agent's furniture is kept on its disk, forgotten when the camera moves, and told to the platform."""

import json
from pathlib import Path

import numpy as np
import pytest

from ingest.payloads.status import MAX_BYTES, MAX_DEVICES, DeviceHealth, parse, render
from models.base.clock import SystemClock
from vision.edge_furniture import KEEP_EVERY_S, MOST_BYTES, EdgeFurniture
from vision.judging.detections import Detections
from vision.judging.furniture import STAYS_S
from vision.pictures.decode import Picture
from vision.pictures.quality import LASTS_S, LEARNT_S

POT = (0.4, 0.2, 0.45, 0.29)
START = 1_800_000_000.0


def heads(furniture: EdgeFurniture, *, at_s: float, device: str = "cam") -> int:
    """Show the pot to a camera's judge; return how many heads count."""
    found = Detections(boxes=np.float32([POT]), scores=np.float32([0.7]), names=("head_bare",))
    return len(furniture.of(device).split(found, at_s=at_s)[0])


def watched(furniture: EdgeFurniture, *, for_s: float = STAYS_S + 60, device: str = "cam") -> float:
    """Show the pot every five seconds; return the last time."""
    at_s = START
    for at_s in np.arange(START, START + for_s, 5.0).tolist():
        heads(furniture, at_s=at_s, device=device)
        furniture.keep(at_s=at_s)
    return at_s


def room(*, seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    return np.kron(rng.integers(30, 220, (9, 16, 3)), np.ones((20, 20, 1))).astype(np.uint8)


def looked_at(furniture: EdgeFurniture, picture: Picture, *, since_s: float, for_s: float) -> float:
    """Let the camera show a picture with a sensor's noise for a time; return the last moment."""
    rng, at_s = np.random.default_rng(1), since_s
    for at_s in np.arange(since_s, since_s + for_s, 1.0).tolist():
        noisy = picture.astype(np.int16) + rng.integers(-12, 13, picture.shape)
        furniture.look("cam", np.clip(noisy, 0, 255).astype(np.uint8), at_s=at_s)
    return at_s


def test_what_was_learnt_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "furniture.json"
    at_s = watched(EdgeFurniture(path, ["cam"]))
    again = EdgeFurniture(path, ["cam"])
    assert again.told("cam") == (pytest.approx(POT),)
    assert heads(again, at_s=at_s + 86_400) == 0
    assert path.stat().st_mode & 0o077 == 0


def test_what_is_half_learnt_counts_and_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "furniture.json"
    at_s = watched(EdgeFurniture(path, ["cam"]), for_s=STAYS_S / 2)
    again = EdgeFurniture(path, ["cam"])
    assert again.told("cam") == ()
    assert heads(again, at_s=at_s + 5) == 1


def test_places_are_forgotten_when_the_camera_moves(tmp_path: Path) -> None:
    path = tmp_path / "furniture.json"
    furniture = EdgeFurniture(path, ["cam"])
    at_s = looked_at(furniture, room(seed=1), since_s=watched(furniture) + 1, for_s=LEARNT_S + 10)
    assert len(furniture.of("cam").places) == 1
    at_s = looked_at(furniture, np.roll(room(seed=1), (50, 70), (0, 1)), since_s=at_s + 1, for_s=LASTS_S + 60)
    furniture.keep(at_s=at_s)
    assert furniture.told("cam") == ()
    assert json.loads(path.read_text()) == {"cameras": {"cam": []}}


def test_a_black_picture_teaches_nothing(tmp_path: Path) -> None:
    furniture = EdgeFurniture(tmp_path / "furniture.json", ["cam"])
    looked_at(furniture, np.zeros((180, 320, 3), np.uint8), since_s=START, for_s=LASTS_S + 10)
    assert furniture.of("cam").paused


def test_a_camera_that_learns_none_counts_every_head(tmp_path: Path) -> None:
    furniture = EdgeFurniture(tmp_path / "furniture.json", ["other"])
    judged = furniture.of("cam")
    found = Detections(boxes=np.float32([POT]), scores=np.float32([0.7]), names=("head_bare",))
    counted = [len(judged.split(found, at_s=at)[0]) for at in np.arange(START, START + 2 * STAYS_S, 5.0).tolist()]
    assert set(counted) == {1}
    assert furniture.told("cam") is None


BAD = {"box": [0.4, 0.2, 7, 0.29], "since_s": 1, "seen_s": 2, "frames": 3}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\x00",
        b'{"cameras": {"cam": 3}}',
        json.dumps({"cameras": {"cam": [BAD]}}).encode(),
        json.dumps({"cameras": {"cam": [{**BAD, "box": [0.1, 0.1, 0.2, 0.2], "since_s": 9}]}}).encode(),
        b" " * (MOST_BYTES + 1),
    ],
)
def test_an_unreadable_file_is_learnt_anew(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "furniture.json"
    path.write_bytes(text)
    furniture = EdgeFurniture(path, ["cam"])
    assert furniture.told("cam") == ()
    watched(furniture)
    assert EdgeFurniture(path, ["cam"]).told("cam") == (pytest.approx(POT),)


def test_a_clock_that_is_set_back_costs_no_place(tmp_path: Path) -> None:
    path = tmp_path / "furniture.json"
    furniture = EdgeFurniture(path, ["cam"])
    at_s = watched(furniture) - 10 * STAYS_S
    furniture.begin_anew("cam")
    assert heads(furniture, at_s=at_s) == 0
    furniture.keep(at_s=at_s + KEEP_EVERY_S)
    assert EdgeFurniture(path, ["cam"]).told("cam") == (pytest.approx(POT),)


def test_a_disk_that_is_full_costs_a_line(tmp_path: Path) -> None:
    furniture = EdgeFurniture(tmp_path / "gone" / "furniture.json", ["cam"])
    watched(furniture)
    assert furniture.told("cam") == (pytest.approx(POT),)


def test_a_status_of_the_most_devices_with_places_is_within_its_bound() -> None:
    box = (0.1234, 0.2345, 0.3456, 0.4567)
    devices = [
        DeviceHealth(
            id=f"{number:0>64}",
            state="offline",
            reason="unsupported_codec",
            codec="x" * 32,
            width=65_535,
            height=65_535,
            fps=123456.789,
            bitrate_kbps=123456.789,
            key_interval_s=123456.789,
            last_frame_age_s=123456.789,
            reconnects=2**31 - 1,
            furniture=(box,),
        )
        for number in range(MAX_DEVICES)
    ]
    text = render(online=True, session=1, at=SystemClock().now(), firmware="f" * 120, devices=devices)
    assert len(text) <= MAX_BYTES
    assert parse(text).devices[0].furniture == (box,)
    assert parse(text.replace(b"0.1234", b"1.1234", 1)).bad_devices
