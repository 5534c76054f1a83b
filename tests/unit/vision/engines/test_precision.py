"""The self-test chooses the fastest precision that agrees with f32, and stores it by machine and weights."""

import time
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from vision.engines.precision import BOX_TOLERANCE, SCORE_TOLERANCE, Precision, SelfTest, difference, tolerance_of
from vision.judging.detections import Head
from vision.pictures.decode import Picture

SIDE = 64
BASE = np.array([[32, 20], [32, 20], [8, 8], [8, 8], [0.9, 0.05], [0.1, 0.02]], np.float32)


class Slow:
    """An engine with a given speed and error."""

    def __init__(self, seconds: float, error: float = 0.0, shift: float = 0.0) -> None:
        self.seconds, self.head = seconds, BASE.copy()
        self.head[4:] += error
        self.head[:2] += shift

    def infer(self, canvases: Iterable[Picture]) -> list[Head]:
        time.sleep(self.seconds)
        return [self.head for _ in canvases]


def blank() -> list[Picture]:
    return [np.zeros((SIDE, SIDE, 3), np.uint8)]


def chosen(engines: dict[Precision, Slow]) -> Precision:
    test = SelfTest(
        build=engines.__getitem__, pictures=blank, side=SIDE, candidates=[name for name in engines if name != "f32"]
    )
    return test.run().precision


def test_the_fastest_precision_that_agrees_is_chosen() -> None:
    assert chosen({"f32": Slow(0.02), "bf16": Slow(0.0, error=0.01), "f16": Slow(0.01)}) == "bf16"


def test_a_busy_moment_does_not_affect_the_choice() -> None:
    calls = count()

    class Disturbed(Slow):
        def infer(self, canvases: Iterable[Picture]) -> list[Head]:
            if next(calls) in range(4, 8):
                time.sleep(0.03)
            return super().infer(canvases)

    assert chosen({"f32": Disturbed(0.01), "bf16": Disturbed(0.0)}) == "bf16"


def test_a_faster_one_with_other_scores_is_refused() -> None:
    assert chosen({"f32": Slow(0.01), "bf16": Slow(0.0, error=SCORE_TOLERANCE["bf16"] * 1.1)}) == "f32"


def test_int8_may_differ_more_within_a_limit() -> None:
    within, beyond = (SCORE_TOLERANCE["int8"] * share for share in (0.9, 1.1))
    assert chosen({"f32": Slow(0.01), "int8": Slow(0.0, error=-within)}) == "int8"
    assert chosen({"f32": Slow(0.01), "int8": Slow(0.0, error=-beyond)}) == "f32"


def test_int8_is_compared_with_its_difference_at_the_export() -> None:
    def taken(error: float, told: float | None) -> Precision:
        engines: dict[Precision, Slow] = {"f32": Slow(0.01), "int8": Slow(0.0, error=-error)}
        tolerance = tolerance_of(told)
        test = SelfTest(build=engines.__getitem__, pictures=blank, side=SIDE, candidates=["int8"], tolerance=tolerance)
        return test.run().precision

    assert taken(0.3, told=0.28) == "int8"
    assert taken(0.2, told=0.1) == "f32"
    assert taken(0.2, told=None) == "int8"


def test_a_faster_one_with_other_boxes_is_refused() -> None:
    assert chosen({"f32": Slow(0.01), "f16": Slow(0.0, shift=BOX_TOLERANCE * SIDE * 1.1)}) == "f32"


def test_a_faster_one_that_overflows_is_refused() -> None:
    assert chosen({"f32": Slow(0.01), "f16": Slow(0.0, error=float("nan"))}) == "f32"


def test_anchors_below_the_least_score_may_differ() -> None:
    other = BASE.copy()
    other[4, 1] += 0.15
    other[:4, 1] += 30
    assert difference([BASE], [other], side=SIDE) == (0.0, 0.0)


def test_one_anchor_in_a_hundred_may_differ_but_not_three() -> None:
    head = np.tile(BASE[:, :1], (1, 200))
    for strange, agrees in ((1, True), (6, False)):
        other = head.copy()
        other[4, :strange] -= 0.5
        score, _ = difference([head], [other], side=SIDE)
        assert (score <= SCORE_TOLERANCE["bf16"]) == agrees


def test_the_choice_is_stored_only_for_its_key(tmp_path: Path) -> None:
    built: list[str] = []

    def build(precision: Precision) -> Slow:
        built.append(precision)
        return Slow(0.0 if precision == "bf16" else 0.01)

    test = SelfTest(build=build, pictures=blank, side=SIDE, candidates=["bf16"])
    first = test.remembered(tmp_path / "cache", key="machine a")
    assert test.remembered(tmp_path / "cache", key="machine a") == first
    assert (first.precision, built) == ("bf16", ["f32", "bf16"])
    test.remembered(tmp_path / "cache", key="machine b")
    assert built == ["f32", "bf16"] * 2


@pytest.mark.parametrize("text", ["", "{", '{"precision": "f8", "trials": []}', '{"precision": "bf16", "trials": []}'])
def test_with_an_unreadable_stored_choice_it_measures_again(tmp_path: Path, text: str) -> None:
    test = SelfTest(build=lambda _: Slow(0.0), pictures=blank, side=SIDE, candidates=[])
    test.remembered(tmp_path, key="k")
    (written,) = tmp_path.iterdir()
    written.write_text(text)
    assert test.remembered(tmp_path, key="k").precision == "f32"


def test_with_an_unwritable_folder_the_choice_is_only_not_stored(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    test = SelfTest(build=lambda _: Slow(0.0), pictures=blank, side=SIDE, candidates=[])
    assert test.remembered(tmp_path / "file" / "cache", key="k").precision == "f32"


def test_an_interrupted_test_continues_where_it_was(tmp_path: Path) -> None:
    done: list[str] = []

    class Killed(Exception):
        pass

    class Counted(Slow):
        def __init__(self, name: str, *, dies_after: int) -> None:
            super().__init__(0.0)
            self.name, self.dies_after = name, dies_after

        def infer(self, canvases: Iterable[Picture]) -> list[Head]:
            if len(done) >= self.dies_after:
                raise Killed
            done.append(self.name)
            return super().infer(canvases)

    def test_of(*, dies_after: int) -> SelfTest:
        return SelfTest(
            build=lambda precision: Counted(precision, dies_after=dies_after),
            pictures=blank,
            side=SIDE,
            candidates=["bf16"],
        )

    whole = 2 + 2 * 10
    for limit in range(3, whole, 6):
        with pytest.raises(Killed):
            test_of(dies_after=limit).remembered(tmp_path, key="k")
    assert test_of(dies_after=10_000).remembered(tmp_path, key="k").precision in {"f32", "bf16"}
    assert len(done) < 2 * whole
    assert [path.suffixes for path in tmp_path.iterdir()] == [[".json"]]
