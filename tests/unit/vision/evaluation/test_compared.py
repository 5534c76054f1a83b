"""Two detectors on the same pictures: what is better, worse, chance, or too little to tell."""

from pathlib import Path

import numpy as np
import pytest

from models.base.errors import Invalid
from vision.evaluation import Look, Records
from vision.evaluation.compared import FEWEST, Difference, compared
from vision.evaluation.labels import Sample
from vision.judging.detections import Detections

PLACE, ELSEWHERE = [0.2, 0.2, 0.4, 0.4], [0.6, 0.6, 0.8, 0.8]


def records_of(hits: list[bool], *, films: list[str] | None = None, folder: str = "x") -> Records:
    """Return records of a picture with one cap each, which is found, or taken for something elsewhere."""
    records = Records()
    for number, hit in enumerate(hits):
        place = np.array([PLACE if hit else ELSEWHERE], np.float32)
        found = Detections(boxes=place, scores=np.array([0.9], np.float32), names=("head_covered",))
        sample = Sample(
            path=Path(folder) / f"{number}.jpg",
            truth={"head_covered": np.array([PLACE], np.float32)},
            source="" if films is None else films[number],
        )
        look = Look(everything=found, reported=found, side=np.array([512, 288], np.float32))
        records.add(sample, look, names=("head_covered", "head_bare"))
    return records


def difference(these: list[bool], others: list[bool], *, films: list[str] | None = None) -> Difference:
    (found,) = compared(records_of(these, films=films), records_of(others, films=films)).values()
    return found


def test_a_detector_differs_from_itself_by_nothing() -> None:
    found = difference([True] * 8 + [False] * 8, [True] * 8 + [False] * 8)
    assert (found.difference, found.low, found.high, found.verdict) == (0.0, 0.0, 0.0, "chance")
    assert (found.boxes, found.films) == (16, 16)


def test_what_is_found_in_nearly_every_film_by_one_only_is_better_or_worse() -> None:
    better = difference([True] * 20, [False] * 18 + [True] * 2)
    assert better.verdict == "better"
    assert better.low is not None
    assert better.low > 0.5
    worse = difference([False] * 18 + [True] * 2, [True] * 20)
    assert worse.verdict == "worse"
    assert worse.difference == -better.difference
    assert worse.high == -better.low


def test_what_one_finds_here_and_the_other_there_is_chance() -> None:
    found = difference([True] * 11 + [False] * 9, [False] * 9 + [True] * 11)
    assert found.verdict == "chance"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_frames_of_one_film_are_one_draw() -> None:
    """Many pictures of few films tell as little as the films: a hundred frames of one cook are one cook."""
    films = [f"{number % (FEWEST - 1)}.mp4" for number in range(200)]
    found = difference([True] * 200, [False] * 200, films=films)
    assert (found.verdict, found.low, found.high, found.films, found.boxes) == ("few", None, None, FEWEST - 1, 200)
    wide = difference([True] * 200, [True] * 150 + [False] * 50, films=[f"{number // 17}" for number in range(200)])
    narrow = difference([True] * 200, [True] * 150 + [False] * 50)
    assert None not in (wide.low, wide.high, narrow.low, narrow.high)
    assert (wide.high or 0) - (wide.low or 0) > 1.5 * ((narrow.high or 0) - (narrow.low or 0))


def test_the_same_pictures_and_weights_have_the_same_interval() -> None:
    hits = [True, False, True, True] * 5
    assert difference(hits, hits[1:] + hits[:1]) == difference(hits, hits[1:] + hits[:1])


def test_classes_without_a_true_box_are_left_out() -> None:
    assert list(compared(records_of([True]), records_of([True]))) == ["head_covered"]


def test_other_pictures_are_refused() -> None:
    with pytest.raises(Invalid, match="the same pictures"):
        compared(records_of([True]), records_of([True], folder="y"))
