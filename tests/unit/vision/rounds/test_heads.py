"""Looks near heads: which squares of the frame as it came are looked at, when, and where a find is in the frame."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from models.base.errors import WeightsRefused
from tests.support.scripted import ENTRY, SIDE, Scripted
from vision.judging.detections import Detections, Head
from vision.pictures.decode import Picture, encode
from vision.rounds.frames import FrameRounds
from vision.rounds.heads import (
    EVERY_S,
    GROWTH,
    HINTED_S,
    LONGEST,
    MOST,
    PER_FRAME,
    HeadRounds,
    HeadTurn,
    Passing,
    heads_of,
    near,
    small_heads,
    whole_of,
)
from vision.rounds.rounds import Passing as PassingAll
from vision.rounds.rounds import Rounds, Turns
from vision.rounds.turns import FOLLOWED_S

CIGARETTE = replace(ENTRY, name="cigarette", classes=("cigarette",), thresholds={"cigarette": 0.3})
SHAPE = (540, 960)
SMOKED = (0, 0.8, 0.75 * SIDE, 0.5 * SIDE, 8, 4)
"""Right of the middle of the square."""


class Showing(Scripted):
    """A scripted engine that keeps the pictures it is given."""

    def __init__(self, *found: tuple[int, float, float, float, float, float]) -> None:
        super().__init__(*found)
        self.shown: list[Picture] = []

    def infer(self, canvases: Iterable[Picture]) -> list[Head]:
        pictures = list(canvases)
        self.shown += pictures
        return super().infer(pictures)


def heads(*places: tuple[float, float], name: str = "head_bare") -> Detections:
    """Heads of 32 x 32 px at these centres, as shares of the frame."""
    half = np.array([16 / 960, 16 / 540])
    boxes = [np.concatenate([place - half, place + half]) for place in map(np.array, places)]
    return Detections(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.linspace(0.9, 0.6, len(places), dtype=np.float32),
        names=(name,) * len(places),
    )


def frame(long_side: int) -> Picture:
    """A frame whose colours tell the place: blue along x, green along y. Any size gives the whole."""
    assert long_side > 0
    x, y = np.meshgrid(np.linspace(0, 255, 960), np.linspace(0, 255, 540))
    return np.stack([x, y, np.zeros_like(x)], axis=2).astype(np.uint8)


def broken(_long_side: int) -> None:
    """A frame that can't be decoded."""


def place_of(shown: Picture) -> NDArray[np.float64]:
    """Return the centre of what was cut from `frame`, as a share of it."""
    middle = shown[SIDE // 2 - 1 : SIDE // 2 + 1, SIDE // 2 - 1 : SIDE // 2 + 1, :2]
    return middle.reshape(-1, 2).mean(axis=0) / 255


def test_a_find_near_a_head_is_placed_in_the_frame() -> None:
    rounds = HeadRounds(CIGARETTE, Showing(SMOKED))
    (seen,) = rounds.join([Passing(HeadTurn(), 0.0, heads((0.5, 0.5)), SHAPE, frame)])
    assert seen.names == ("cigarette", "head_bare")
    side = GROWTH * 32
    assert (seen.boxes[0] * np.array([960, 540] * 2)).tolist() == pytest.approx(
        [480 + side * 12 / 64, 270 - side * 2 / 64, 480 + side * 20 / 64, 270 + side * 2 / 64], abs=1
    )
    assert seen.scores[0] == pytest.approx(0.8)


def test_what_the_detector_has_found_too_counts_once() -> None:
    rounds = HeadRounds(CIGARETTE, Scripted(SMOKED))
    (alone,) = rounds.join([Passing(HeadTurn(), 0.0, heads((0.5, 0.5)), SHAPE, frame)])
    faint = replace(alone.at([0]), scores=np.array([0.4], np.float32))
    (seen,) = rounds.join([Passing(HeadTurn(), 0.0, heads((0.5, 0.5)).beside(faint), SHAPE, frame)])
    assert sorted(seen.names) == ["cigarette", "head_bare"]
    assert seen.scores[seen.names.index("cigarette")] == pytest.approx(0.8)


def test_a_find_as_long_as_the_head_is_a_knife_and_no_cigarette() -> None:
    for length, names in ((SIDE / GROWTH * LONGEST - 1, ("cigarette", "head_bare")), (SIDE / GROWTH, ("head_bare",))):
        rounds = HeadRounds(CIGARETTE, Scripted((0, 0.8, SIDE / 2, SIDE / 2, length, 4)))
        (seen,) = rounds.join([Passing(HeadTurn(), 0.0, heads((0.5, 0.5)), SHAPE, frame)])
        assert seen.names == names


def test_only_as_much_of_a_frame_is_decoded_as_the_network_sees() -> None:
    asked = []

    def source(long_side: int) -> Picture:
        asked.append(long_side)
        return frame(long_side)

    HeadRounds(CIGARETTE, Scripted()).join([Passing(HeadTurn(), 0.0, heads((0.5, 0.5)), (270, 480), source)])
    assert asked == [pytest.approx(SIDE / (GROWTH * 16 / 480), abs=5)]
    tiny = replace(heads((0.5, 0.5)), boxes=np.array([[0.5, 0.5, 0.5005, 0.5005]], np.float32))
    HeadRounds(CIGARETTE, Scripted()).join([Passing(HeadTurn(), 0.0, tiny, (270, 480), source)])
    assert asked[1] <= 4096


@pytest.mark.parametrize("place", [(0.01, 0.01), (0.99, 0.99), (0.5, 0.02)])
def test_a_square_at_the_border_is_moved_into_the_picture(place: tuple[float, float]) -> None:
    left, top, side = near(heads(place).boxes[0], SHAPE)
    assert side == GROWTH * 32
    assert 0 <= left <= 960 - side
    assert 0 <= top <= 540 - side


def test_a_portrait_is_looked_at_as_a_whole() -> None:
    assert near(np.array([0.1, 0.1, 0.9, 0.9], np.float32), (400, 400)) == (0, 0, 400)
    assert near(np.array([0.1, 0.1, 0.9, 0.9], np.float32), (300, 400)) == (0, -50, 400)


def test_a_head_that_the_detector_sees_as_well_is_not_looked_at() -> None:
    engine = Showing()
    for half in (0.08, 0.1):
        big = replace(heads((0.5, 0.5)), boxes=np.array([[0.5 - half, 0.3, 0.5 + half, 0.4]], np.float32))
        HeadRounds(CIGARETTE, engine).join([Passing(HeadTurn(), 0.0, big, SHAPE, frame)])
    assert len(engine.shown) == 1, "2 * 0.1 * 3.5 of the frame are more than 0.625"
    assert len(small_heads(Detections.empty(), SHAPE)) == 0


def test_a_hat_and_a_mask_of_one_head_are_one_place() -> None:
    masks = heads((0.51, 0.5), (0.7, 0.5), name="mask")
    both = heads_of(heads((0.9, 0.5), (0.5, 0.5)).beside(masks).beside(heads((0.2, 0.2), name="person")))
    assert [round(float(box[0] + box[2]) / 2, 2) for box in both] == [0.51, 0.7, 0.9]


def test_every_head_has_its_turn_and_a_camera_once_a_minute() -> None:
    engine, turn = Showing(), HeadTurn()
    places = [(x, 0.5) for x in (0.1, 0.3, 0.5, 0.7, 0.9)]
    looked = []
    rounds = HeadRounds(CIGARETTE, engine)
    for second in range(200):
        before = len(engine.shown)
        rounds.join([Passing(turn, float(second), heads(*places), SHAPE, frame)])
        looked += [second] * (len(engine.shown) > before)
    assert looked == [0, 60, 120, 180]
    assert EVERY_S == 60
    assert len(engine.shown) == len(looked) * PER_FRAME
    at = sorted({round(place_of(shown)[0], 1) for shown in engine.shown})
    assert at == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])


def test_after_a_find_every_frame_is_looked_at_there_until_some_time_after_the_last() -> None:
    engine, turn = Showing(SMOKED), HeadTurn()
    places = [(x, 0.5) for x in (0.1, 0.3, 0.5, 0.7, 0.9)]
    HeadRounds(CIGARETTE, engine).join([Passing(turn, 0.0, heads(*places), SHAPE, frame)])
    gone, looked = Showing(), []
    away = HeadRounds(CIGARETTE, gone)
    for second in range(1, 20):
        before = len(gone.shown)
        away.join([Passing(turn, float(second), heads(*places), SHAPE, frame)])
        looked += [second] * (len(gone.shown) > before)
    assert looked == list(range(1, 1 + int(FOLLOWED_S)))
    assert {round(place_of(shown)[0], 1) for shown in gone.shown} == {0.3, 0.5}, "the heads next to the find at 0.33"


def test_hints_of_the_detector_bring_a_turn_every_few_seconds_and_no_head_costs_nothing() -> None:
    engine, turn, looked = Showing(), HeadTurn(looked_s=0.0), []
    rounds = HeadRounds(CIGARETTE, engine)
    hint = heads((0.5, 0.5)).beside(heads((0.6, 0.5), name="cigarette"))
    for second in range(1, 17):
        before = len(engine.shown)
        shown = heads() if second < 8 else hint if second < 15 else heads((0.5, 0.5))
        rounds.join([Passing(turn, float(second), shown, SHAPE, frame)])
        looked += [second] * (len(engine.shown) > before)
    assert looked == [8, 13]
    assert HINTED_S == 5


def test_a_batch_has_a_bounded_number_of_squares_and_the_longest_waiting_come_first() -> None:
    engine = Showing(SMOKED)
    rounds = HeadRounds(CIGARETTE, engine)
    turns = [HeadTurn() for _ in range(16)]
    counts = []
    for second in range(8):
        rounds.join([Passing(turn, float(second), heads((0.3, 0.5), (0.7, 0.5)), SHAPE, frame) for turn in turns])
        counts.append(len(engine.shown))
    assert [after - before for before, after in pairwise([0, *counts])] == [MOST] * 8
    assert sorted(turn.looked_s for turn in turns) == sorted([float(second) for second in range(8)] * 2)


def test_a_frame_that_is_broken_in_full_keeps_what_the_detector_found() -> None:
    found = heads((0.5, 0.5))
    (seen,) = HeadRounds(CIGARETTE, Scripted(SMOKED)).join([Passing(HeadTurn(), 0.0, found, SHAPE, broken)])
    assert seen.names == found.names
    assert whole_of(b"no picture", 320) is None
    jpeg = encode(frame(1))
    assert whole_of(jpeg[: len(jpeg) // 2], 320) is None


def test_rounds_over_frames_and_near_heads_make_one_step_and_a_violation_names_whose_find_it_may_be() -> None:
    animals = replace(ENTRY, name="animals", classes=("cat",), thresholds={"cat": 0.5})
    cats = FrameRounds(animals, Scripted((0, 0.9, 32, 20, 16, 12)), names=("cat",))
    smokers = HeadRounds(CIGARETTE, Scripted(SMOKED))
    rounds = Rounds(frames=cats, heads=smokers)
    picture = np.zeros((*SHAPE, 3), np.uint8)
    passing = [
        PassingAll(Turns(), picture, 0.0, heads((0.5, 0.5)), frame),
        PassingAll(Turns(), picture, 0.0, heads((0.5, 0.5))),
    ]
    assert [sorted(one.names) for one in rounds.join(passing)] == [
        ["cat", "cigarette", "head_bare"],
        ["cat", "head_bare"],
    ]
    model = {"name": "kitchen-n"}
    assert rounds.model_of({"cat"}, model) == cats.reference()
    assert rounds.model_of({"cigarette"}, model) == {**model, "rounds": smokers.reference()}
    assert rounds.model_of({"head_bare"}, model) == model


def test_both_rounds_may_not_find_the_same_class() -> None:
    same = replace(ENTRY, name="other", classes=("cigarette", "cat"), thresholds={})
    frames = FrameRounds(same, Scripted(), names=("cat",))
    with pytest.raises(WeightsRefused, match="both have cigarette"):
        Rounds(frames=frames, heads=HeadRounds(CIGARETTE, Scripted()))
