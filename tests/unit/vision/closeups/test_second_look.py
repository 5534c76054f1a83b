"""The shipped second look on drawn kitchens: it confirms what is there and refutes what is not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ingest.clips.stills import read_still
from ingest.simulator.kitchen import KitchenCamera, Situation, Truth
from models.base.errors import WeightsRefused
from tests.support.scripted import ENTRY, Scripted
from vision.closeups.opening import WEIGHTS, open_closeups, open_shipped
from vision.closeups.second_look import CROPS, CloseUps
from vision.judging.attributes import VALUES, Looked
from vision.judging.detections import Detections
from vision.judging.judge import Opened
from vision.judging.rules import RuleSet, default_rules
from vision.pictures.decode import Picture
from vision.weights.shipped import shipped

CLOCK = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
SEEDS = range(51_000, 51_004)


@pytest.fixture(scope="module")
def closeups() -> CloseUps:
    return open_shipped(threads=1)


def opened(code: str, boxes: Sequence[tuple[float, np.ndarray]]) -> Opened:
    rule = next(rule for rule in default_rules().rules if rule.code == code)
    at_s = boxes[-1][0] if boxes else 0.0
    return Opened(
        rule=rule, started_s=0.0, at_s=at_s, score=0.5, shown=Detections.empty(), track_id=1, trail=tuple(boxes)
    )


def drawn(code: str, name: str) -> Iterator[tuple[Picture, Truth]]:
    """Yield drawn pictures with a thing of this class in it."""
    for seed in SEEDS:
        situations = [Situation(code=code, start_s=0, end_s=1e6)] if code != "compliant" else []
        camera = KitchenCamera(seed=seed, name="check", cooks=2, situations=situations)
        for t in (4.0, 9.0, 14.0):
            picture, truths = camera.render(t, wall_clock=CLOCK + timedelta(seconds=t))
            truth = next((truth for truth in truths if truth.name == name), None)
            if truth is not None:
                yield picture, truth


def corners(truth: Truth) -> np.ndarray:
    return np.array(
        [truth.cx - truth.w / 2, truth.cy - truth.h / 2, truth.cx + truth.w / 2, truth.cy + truth.h / 2], np.float32
    )


def answers(closeups: CloseUps, situation: str, name: str, code: str) -> list[Looked]:
    found = []
    for picture, truth in drawn(situation, name):
        looked = closeups.look(opened(code, [(0.0, corners(truth))]), lambda _, shown=picture: shown)
        assert looked is not None
        found.append(looked)
    assert found
    return found


@pytest.mark.parametrize(
    ("code", "name"), [("no_chef_hat", "head_bare"), ("smoking", "cigarette"), ("phone_use", "phone")]
)
def test_what_is_there_is_not_refuted(closeups: CloseUps, code: str, name: str) -> None:
    assert all(looked.answer != "refuted" for looked in answers(closeups, code, name, code))


def test_a_covered_head_is_not_confirmed_as_a_bare_one(closeups: CloseUps) -> None:
    said = [looked.answer for looked in answers(closeups, "compliant", "head_covered", "no_chef_hat")]
    assert "confirmed" not in said
    assert "refuted" in said


def test_an_empty_wall_is_no_bare_head(closeups: CloseUps) -> None:
    wall = np.full((540, 960, 3), 170, np.uint8)
    looked = closeups.look(opened("no_chef_hat", [(0.0, np.array([0.4, 0.4, 0.44, 0.46], np.float32))]), lambda _: wall)
    assert looked is not None
    assert looked.answer != "confirmed"


def test_at_most_three_crops_of_at_most_four_frames_are_kept_as_a_picture(closeups: CloseUps) -> None:
    picture, truth = next(drawn("no_chef_hat", "head_bare"))
    asked = list[float]()

    def picture_at(at_s: float) -> Picture:
        asked.append(at_s)
        return picture

    looked = closeups.look(opened("no_chef_hat", [(float(s), corners(truth)) for s in range(10)]), picture_at)
    assert looked is not None
    assert looked.crops == CROPS
    assert len(asked) == 4
    assert read_still(looked.jpeg).shape == (160, 480, 3)
    assert looked.model == {"name": WEIGHTS, "version": closeups.entry.version, "sha256": looked.model["sha256"]}


def test_without_a_frame_it_says_nothing(closeups: CloseUps) -> None:
    box = np.array([0.4, 0.4, 0.5, 0.5], np.float32)
    assert closeups.look(opened("no_chef_hat", [(0.0, box)]), lambda _: None) is None
    assert closeups.look(opened("no_chef_hat", []), lambda _: None) is None
    assert closeups.look(opened("rodent", [(0.0, box)]), lambda _: np.zeros((9, 9, 3), np.uint8)) is None


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (0, 0, 1, 1), (0.999, 0.999, 1, 1), (0.5, 0, 0.5, 1)])
def test_any_box_is_looked_at(closeups: CloseUps, box: tuple[float, float, float, float]) -> None:
    tiny = np.zeros((3, 5, 3), np.uint8)
    looked = closeups.look(opened("smoking", [(0.0, np.array(box, np.float32))]), lambda _: tiny)
    assert looked is not None
    assert 0 <= looked.share <= 1


def test_every_attribute_is_a_share_of_one(closeups: CloseUps) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (5, 60, 60, 3), np.uint8)
    shares = closeups.shares(list(noise))
    assert shares.shape == (5, len(VALUES))
    np.testing.assert_allclose(shares.sum(axis=1), 5.0, atol=0.05)
    assert closeups.shares([]).shape == (0, len(VALUES))


def test_weights_for_another_question_are_refused() -> None:
    for entry in (ENTRY, replace(shipped(WEIGHTS), imgsz=64)):
        with pytest.raises(WeightsRefused, match="expected the values head_covered"):
            CloseUps(entry, Scripted())


def test_it_is_opened_only_for_rules_that_ask_for_it() -> None:
    assert open_closeups(default_rules(), threads=1) is not None
    plain = RuleSet(version="1", rules=tuple(replace(rule, look=None) for rule in default_rules().rules))
    assert open_closeups(plain) is None
