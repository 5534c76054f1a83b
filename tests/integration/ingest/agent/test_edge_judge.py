"""A judge at the edge with the real detector on simulated kitchens: the platform reads its events."""

import resource
import threading
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ingest.agent import config
from ingest.payloads import edge_event
from ingest.simulator.kitchen import KitchenCamera, Situation
from models.base.errors import Invalid
from models.base.jsonio import dumps
from models.catalogue.terms import Zone
from tests.support.scripted import ENTRY, Scripted
from vision import edge
from vision.edge import EdgeJudge
from vision.edge_furniture import EdgeFurniture
from vision.engines.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.judging.furniture import STAYS_S
from vision.judging.rules import default_rules
from vision.pipeline.mailbox import Frame
from vision.weights.shipped import shipped

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)


def judged(
    scene: KitchenCamera, seconds: int, *, closed: tuple[time, time] | None = None
) -> list[edge_event.EdgeEvent]:
    entry, said = shipped(), []

    def report(device: str, event: Any) -> None:  # noqa: ANN401
        source = f"/t/t/s/s/d/{device}"
        said.append(edge_event.parse(dumps({"specversion": "1.0", **event, "source": source}).encode()))

    judge = EdgeJudge(
        {"cam": Zone.cooking},
        detector=Detector(entry, OpenVinoEngine(entry)),
        rules=default_rules(),
        closed=closed,
        report=report,
    )
    for second in range(seconds):
        picture, _ = scene.render(float(second), wall_clock=NOON + timedelta(seconds=second))
        at = NOON + timedelta(seconds=second)
        jpeg = bytes(cv2.imencode(".jpg", picture)[1])
        judge.judge([Frame(device_id="cam", jpeg=jpeg, occurred_at=at, received_at=at)])
    return said


def test_a_bare_head_opens_one_violation_and_closes_it_when_it_is_over() -> None:
    scene = KitchenCamera(
        seed=30_005, name="E", cooks=2, situations=[Situation(code="no_chef_hat", start_s=0, end_s=40)]
    )
    said = judged(scene, 75)
    opened = [event for event in said if event.type.endswith("opened")]
    assert [event.data.code for event in opened] == ["no_chef_hat"]
    assert opened[0].data.boxes
    assert opened[0].data.model["sha256"] == shipped().reference()["sha256"]
    closed = [event for event in said if event.type.endswith("closed")]
    assert [event.violation_id for event in closed] == [opened[0].violation_id]


def test_a_compliant_kitchen_sends_no_event() -> None:
    assert judged(KitchenCamera(seed=30_002, name="E", cooks=2), 25) == []


def test_pictures_of_unknown_cameras_are_ignored() -> None:
    entry = shipped()
    judge = EdgeJudge(
        {}, detector=Detector(entry, OpenVinoEngine(entry)), rules=default_rules(), closed=None, report=print
    )
    judge.judge([Frame(device_id="other", jpeg=b"x", occurred_at=NOON, received_at=NOON)])


def test_a_judge_needs_the_zone_of_each_camera(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    platform = (
        '[platform]\nbroker="mqtt://h"\ntenant="t"\nsite="s"\nnode="n"\npassword_file="p"\nstate_dir="st"\n[edge]\n'
    )
    camera = '[[camera]]\ndevice="cam"\nurl="rtsp://h/x"\n'
    path.write_text(platform + camera)
    with pytest.raises(Invalid, match="zone"):
        config.load(path)
    path.write_text(platform + camera + 'zone="cooking"\n')
    read = config.load(path)
    assert read.edge is not None
    assert read.camera[0].zone is Zone.cooking
    path.write_text(platform.replace("[edge]", '[edge]\nclosed="25:00-05:00"') + camera + 'zone="cooking"\n')
    with pytest.raises(Invalid, match="closed"):
        config.load(path)


def test_an_agent_with_a_judge_may_open_as_many_files_as_one_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reached(Exception):
        pass

    def stop_here() -> None:
        raise Reached

    path = tmp_path / "agent.toml"
    path.write_text(
        '[platform]\nbroker="mqtt://h"\ntenant="t"\nsite="s"\nnode="n"\npassword_file="p"\nstate_dir="st"\n[edge]\n'
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    monkeypatch.setattr(edge, "shipped", stop_here)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        with pytest.raises(Reached):
            edge.run_with_judge(config.load(path), path, stop=threading.Event())
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Scene:
    """A judge that detects a bare head in every picture, and its events."""

    def __init__(self, furniture: EdgeFurniture | None = None) -> None:
        self.said: list[tuple[str, datetime | None]] = []
        self.at = NOON
        self.judge = EdgeJudge(
            {"cam": Zone.cooking},
            detector=Detector(ENTRY, Scripted((1, 0.9, 32, 20, 16, 12))),
            rules=default_rules(),
            closed=None,
            report=self.hear,
            furniture=furniture,
        )

    def hear(self, device: str, event: Any) -> None:  # noqa: ANN401
        parsed = edge_event.parse(dumps({"specversion": "1.0", **event, "source": f"/t/t/s/s/d/{device}"}).encode())
        self.said.append((parsed.type.rpartition(".")[2], parsed.data.end))

    def watch(self, frames: int, *, every_s: int = 1) -> None:
        for number in range(frames):
            self.at += timedelta(seconds=every_s)
            grey = np.full((360, 640, 3), 60 + 20 * (number % 2), np.uint8)
            jpeg = bytes(cv2.imencode(".jpg", grey)[1])
            self.judge.judge([Frame(device_id="cam", jpeg=jpeg, occurred_at=self.at, received_at=self.at)])


def test_setting_the_clock_back_ends_open_violations_and_judging_continues() -> None:
    scene = Scene()
    scene.watch(10)
    last = scene.at
    scene.at -= timedelta(hours=1)
    scene.watch(10)
    assert scene.said == [("opened", None), ("closed", last), ("opened", None)]


def test_open_violations_end_when_their_camera_becomes_silent() -> None:
    scene = Scene()
    scene.watch(10)
    scene.judge.end_silent(scene.at + timedelta(seconds=20))
    assert scene.said == [("opened", None)]
    scene.judge.end_silent(scene.at + timedelta(seconds=31))
    assert scene.said == [("opened", None), ("closed", scene.at)]
    scene.watch(10)
    assert scene.said[2:] == [("opened", None)]


def test_open_violations_end_when_the_agent_stops() -> None:
    scene, stop = Scene(), threading.Event()
    scene.at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=10)
    scene.watch(10)
    stop.set()
    scene.judge.run(stop=stop)
    assert scene.said == [("opened", None), ("closed", scene.at)]


def test_what_never_stirs_is_furniture_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "furniture.json"
    furniture = EdgeFurniture(path, ["cam"])
    before = Scene(furniture)
    before.watch(10)
    before.watch(int(STAYS_S / 5) + 10, every_s=5)
    before.watch(20)
    assert [what for what, _ in before.said] == ["opened", "closed"]
    assert len(furniture.told("cam") or ()) == 1
    after = Scene(EdgeFurniture(path, ["cam"]))
    after.at = before.at + timedelta(hours=1)
    after.watch(30)
    assert after.said == []
    new = Scene(EdgeFurniture(None, ["cam"]))
    new.watch(30)
    assert new.said == [("opened", None)]
