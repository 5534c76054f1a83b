"""Counts of situations and false alarms, and waiting times, equal those calculated by hand."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ingest.simulator.kitchen import KitchenCamera
from models.base.errors import Invalid
from tests.support.scripted import ENTRY, SIDE, Scripted
from vision.engines.detector import Detector
from vision.evaluation.sequences import LEAD_S, SITUATION_S, TAIL_S, judge_sequences, judge_stills
from vision.judging.rules import default_rules

BARE = (1, 0.9, SIDE / 2, SIDE / 3, 16, 12)
SEED = [40_000]


@pytest.fixture(scope="module")
def drawn() -> dict[Any, Any]:
    """The pictures of the module's only kitchen, by situation and time."""
    return {}


@pytest.fixture(autouse=True)
def drawn_once(drawn: dict[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw each picture once for all tests."""
    render = KitchenCamera.render

    def remembered(camera: KitchenCamera, t: float, *, wall_clock: datetime) -> Any:  # noqa: ANN401 - as drawn
        key = (camera._situations, t)
        if key not in drawn:
            drawn[key] = render(camera, t, wall_clock=wall_clock)
        return drawn[key]

    monkeypatch.setattr(KitchenCamera, "render", remembered)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw small pictures: scripted detectors ignore them, and large ones take seconds."""
    drawn = partial(KitchenCamera, width=192, height=108)
    monkeypatch.setattr("vision.evaluation.sequences.KitchenCamera", drawn)


class BareLater(Scripted):
    """Detects a bare head from a given second on."""

    def __init__(self, *, from_frame: int) -> None:
        super().__init__(BARE)
        self.blank, self.frame, self.first = Scripted(), 0, from_frame

    def infer(self, canvases):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as its base
        self.frame += 1
        return super().infer(canvases) if self.frame > self.first else self.blank.infer(canvases)


def test_a_situation_that_is_seen_from_its_beginning_is_alerted_after_the_rules_dwell_time() -> None:
    detector = Detector(ENTRY, BareLater(from_frame=int(LEAD_S)))
    found = judge_sequences(detector, default_rules(), code="no_chef_hat", seeds=SEED)
    assert (found.situations, found.found, found.seconds, found.false) == (1, 1, 5.0, 0)
    assert found.hours == pytest.approx((LEAD_S + SITUATION_S + TAIL_S) / 3600)


def test_an_alert_before_the_situation_is_false_and_every_such_frame_a_naive_alarm() -> None:
    detector = Detector(ENTRY, Scripted(BARE))
    found = judge_sequences(detector, default_rules(), code="no_chef_hat", seeds=SEED)
    assert (found.found, found.seconds, found.false) == (0, None, 1)
    assert found.false_codes == {"no_chef_hat": 1}
    assert (found.naive_found, found.naive_false) == (1, LEAD_S + TAIL_S - 1)


def test_a_detector_without_detections_raises_no_alarm() -> None:
    # Every tenth picture suffices, because drawing all takes seconds.
    found = judge_sequences(Detector(ENTRY, Scripted()), default_rules(), code="compliant", seeds=SEED, fps=0.1)
    assert (found.situations, found.found, found.false, found.naive_false) == (0, 0, 0, 0)


def test_each_still_is_its_own_situation(tmp_path: Path) -> None:
    for name, label in (("a", "1 0.5 0.33 0.25 0.2"), ("b", "0 0.5 0.33 0.25 0.2")):
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.zeros((SIDE, SIDE, 3), np.uint8))
        (tmp_path / f"{name}.txt").write_text(label)
    found = judge_stills(Detector(ENTRY, Scripted(BARE)), default_rules(), tmp_path, hold_s=8)
    assert (found.situations, found.found, found.seconds, found.false) == (1, 1, 5.0, 1)
    assert (found.naive_found, found.naive_false) == (1, 8)
    with pytest.raises(Invalid, match="stills"):
        judge_stills(Detector(ENTRY, Scripted()), default_rules(), tmp_path / "none")
