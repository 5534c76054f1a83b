"""Rounds: whose turn it is, what calls them, what their answer replaces, and that nobody's cameras starve others'."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from models.base.errors import WeightsRefused
from models.catalogue.terms import Zone
from tests.support.scripted import ENTRY, Scripted
from vision.engines.detector import Detector
from vision.judging.detections import Detections, Head
from vision.judging.judge import CameraJudge, Opened
from vision.judging.rules import default_rules
from vision.pictures.decode import Picture
from vision.pipeline.eye import Eye, detect
from vision.rounds.frames import EVERY_S, MOST, FrameRounds
from vision.rounds.opening import open_rounds
from vision.rounds.rounds import LookedOver, Rounds, model_of
from vision.rounds.turns import FOLLOWED_S, Turn
from vision.weights.shipped import shipped

ANIMALS = replace(ENTRY, name="animals", classes=("cat", "dog"), thresholds={"cat": 0.5, "dog": 0.5})
KITCHEN = replace(ENTRY, classes=("person", "cat"), thresholds={"person": 0.5, "cat": 0.5})
CAT = (0, 0.9, 32, 20, 16, 12)
DOG = (1, 0.9, 32, 20, 16, 12)
PICTURE = np.zeros((36, 64, 3), np.uint8)
BEGUN = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


class Counting(Scripted):
    """A scripted engine that counts the pictures it is given."""

    looked = 0

    def infer(self, canvases: Iterable[Picture]) -> list[Head]:
        heads = super().infer(canvases)
        self.looked += len(heads)
        return heads


def rounds_of(engine: Scripted) -> FrameRounds:
    return FrameRounds(ANIMALS, engine, names=("cat", "dog"))


def found(*names: str) -> Detections:
    return Detections(
        boxes=np.tile(np.array([0.1, 0.1, 0.3, 0.3], np.float32), (len(names), 1)),
        scores=np.full(len(names), 0.8, np.float32),
        names=names,
    )


def moments_looked(engine: Counting, seconds: int, *, shown: Detections) -> list[int]:
    """Let a frame a second pass; return the seconds at which it was looked over."""
    rounds, turn, at = rounds_of(engine), Turn(), []
    for second in range(seconds):
        before = engine.looked
        rounds.join([(turn, PICTURE, float(second), shown)])
        at += [second] * (engine.looked - before)
    return at


def test_without_a_reason_a_camera_has_its_turn_every_twenty_seconds() -> None:
    assert moments_looked(Counting(), 61, shown=found("person")) == [0, 20, 40, 60]
    assert EVERY_S == 20


def test_a_find_calls_the_rounds_to_every_frame_until_some_time_after_the_last() -> None:
    assert moments_looked(Counting(CAT), 30, shown=found()) == list(range(30))
    rounds, turn = rounds_of(Counting(CAT)), Turn()
    rounds.join([(turn, PICTURE, 0.0, found())])
    gone = Counting()
    away = rounds_of(gone)
    for second in range(1, 20):
        away.join([(turn, PICTURE, float(second), found())])
    assert gone.looked == FOLLOWED_S


def test_what_the_detector_takes_for_an_animal_calls_the_rounds_which_decide() -> None:
    engine = Counting()
    rounds, turn = rounds_of(engine), Turn(looked_s=0.0)
    (seen,) = rounds.join([(turn, PICTURE, 5.0, found("person", "cat"))])
    assert (engine.looked, seen.names) == (1, ("person",))


def test_an_answer_replaces_the_classes_that_are_left_to_the_rounds() -> None:
    (seen,) = rounds_of(Scripted(DOG)).join([(Turn(), PICTURE, 0.0, found("cat", "head_bare"))])
    assert sorted(seen.names) == ["dog", "head_bare"]


def test_finds_of_other_classes_are_added_and_what_both_found_counts_once() -> None:
    rounds = FrameRounds(ANIMALS, Scripted(), names=("dog",))
    faint, sure = found("cat", "dog"), replace(found("cat", "dog"), scores=np.full(2, 0.9, np.float32))
    for of_detector, of_rounds in ((faint, sure), (sure, faint)):
        both = rounds.instead(of_detector, of_rounds)
        assert dict(zip(both.names, both.scores.round(1).tolist(), strict=True)) == {
            "cat": pytest.approx(0.9),
            "dog": pytest.approx(of_rounds.scores[1]),
        }
    elsewhere = replace(faint, boxes=faint.boxes + np.float32(0.5))
    assert sorted(rounds.instead(sure, elsewhere).names) == ["cat", "cat", "dog"]


def test_a_detector_that_is_measured_is_looked_over_at_every_picture() -> None:
    detector = LookedOver(KITCHEN, Scripted((0, 0.9, 10, 20, 8, 12)), Rounds(frames=rounds_of(Scripted(CAT))))
    assert [sorted(one.names) for one in detector.detect([PICTURE] * 2)] == [["cat", "person"]] * 2


def test_a_batch_has_a_bounded_share_of_looks_and_the_longest_waiting_come_first() -> None:
    engine = Counting(CAT)
    rounds = rounds_of(engine)
    turns = [Turn() for _ in range(16)]
    for second in range(4):
        before = engine.looked
        rounds.join([(turn, PICTURE, float(second), found("cat")) for turn in turns])
        assert engine.looked - before == MOST
    assert sorted(turn.looked_s for turn in turns) == sorted([0.0, 1.0, 2.0, 3.0] * 4), "each had one turn"


def test_a_frame_whose_turn_did_not_come_keeps_what_the_detector_found() -> None:
    rounds = rounds_of(Scripted())
    seen = rounds.join([(Turn(), PICTURE, 0.0, found("cat")) for _ in range(MOST + 1)])
    assert [one.names for one in seen] == [()] * MOST + [("cat",)]


@pytest.mark.parametrize("names", [(), ("phone",), ("cat", "phone")])
def test_weights_without_the_wanted_classes_are_no_rounds(names: tuple[str, ...]) -> None:
    with pytest.raises(WeightsRefused, match="among its classes cat, dog"):
        FrameRounds(ANIMALS, Scripted(), names=names)


def test_a_violation_names_the_weights_that_found_it() -> None:
    rounds, model = rounds_of(Scripted()), {"name": "kitchen-n"}

    def named(bad: set[str], of: FrameRounds | None) -> Any:  # noqa: ANN401 - free JSON
        rule = replace(default_rules().rules[0], bad=frozenset(bad))
        opened = Opened(rule=rule, started_s=0, at_s=0, score=1, shown=Detections.empty(), track_id=None)
        return model_of(opened, model, None if of is None else Rounds(frames=of))

    assert named({"cat", "dog"}, rounds) == rounds.reference()
    assert named({"cat", "head_bare"}, rounds) == {"name": "kitchen-n", "rounds": rounds.reference()}
    assert named(set(), rounds) == named({"head_bare"}, rounds) == named({"cat"}, None) == model


def test_a_cat_that_only_the_rounds_see_opens_within_seconds() -> None:
    detector, rounds = Detector(KITCHEN, Scripted()), Rounds(frames=rounds_of(Scripted(CAT)))
    eye = Eye(CameraJudge(default_rules(), zone=Zone.storage))
    opened = []
    for second in range(8):
        at = BEGUN + timedelta(seconds=second)
        (seen,) = detect(detector, [(eye, PICTURE, at)], gated=False, rounds=rounds)
        opened += [(c.rule.code, second) for c in eye.see(PICTURE, seen, at=at, closed=False) if isinstance(c, Opened)]
    assert opened == [("animal_intrusion", 3)]


def test_what_moves_in_closing_hours_calls_the_rounds() -> None:
    engine = Counting()
    detector, rounds = Detector(KITCHEN, Scripted()), Rounds(frames=rounds_of(engine))
    rng = np.random.default_rng(1)
    floor = rng.integers(90, 110, (270, 480, 3), dtype=np.uint8)
    for closed, least in ((False, 1), (True, 4)):
        eye, engine.looked = Eye(CameraJudge(default_rules(), zone=Zone.storage)), 0
        for second in range(10):
            picture, at = floor.copy(), BEGUN + timedelta(seconds=second)
            if second > 2:
                x = 40 + 30 * (second - 3)
                picture[200:214, x : x + 22] = 20
            (seen,) = detect(detector, [(eye, picture, at)], gated=False, rounds=rounds)
            eye.see(picture, seen, at=at, closed=closed)
        assert engine.looked >= least if closed else engine.looked == least


def test_rounds_are_open_where_weights_leave_classes_that_rules_use() -> None:
    rules = default_rules()
    assert {"cat", "dog"} <= rules.classes
    entry = shipped()
    rounds = open_rounds(entry, rules, threads=1)
    assert rounds is not None
    assert rounds.frames is not None
    assert rounds.frames.names == {*entry.left_to}
    assert open_rounds(replace(entry, left_to={}, near_heads={}), rules) is None
    heads = replace(rules, rules=tuple(rule for rule in rules.rules if rule.code == "no_chef_hat"))
    assert open_rounds(entry, heads) is None
    with pytest.raises(WeightsRefused, match="expected classes left to one of"):
        open_rounds(replace(entry, left_to={"cat": "../elsewhere"}), rules)
