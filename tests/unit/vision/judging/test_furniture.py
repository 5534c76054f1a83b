"""What is taken for a head and never moves is learnt as furniture; whoever moves is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.judging.detections import Detections
from vision.judging.furniture import GONE_S, MOST, STAYS_S, Furniture

BOWL = (0.40, 0.20, 0.45, 0.29)
COOK = (0.60, 0.20, 0.65, 0.29)


def found(*boxes: tuple[float, ...], name: str = "head_bare") -> Detections:
    return Detections(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.full(len(boxes), 0.7, np.float32),
        names=(name,) * len(boxes),
    )


def learnt(*, every_s: float = 5.0, until_s: float = STAYS_S + 60) -> Furniture:
    furniture = Furniture()
    for at_s in np.arange(0, until_s, every_s):
        furniture.without(found(BOWL), at_s=float(at_s))
    return furniture


def test_a_bowl_counts_for_an_hour_and_never_after() -> None:
    furniture, counted = Furniture(), list[float]()
    for at_s in np.arange(0, 2 * STAYS_S, 5.0):
        if len(furniture.without(found(BOWL), at_s=float(at_s))):
            counted.append(float(at_s))
    assert counted[-1] == STAYS_S - 5
    assert len(counted) == STAYS_S / 5


def test_a_head_beside_the_bowl_counts_on() -> None:
    furniture = learnt()
    left = furniture.without(found(BOWL, COOK), at_s=STAYS_S + 60)
    np.testing.assert_allclose(left.boxes, np.float32([COOK]))
    np.testing.assert_allclose(furniture.boxes(), np.float32([BOWL]))


def test_a_cook_who_works_at_one_place_all_day_is_no_furniture() -> None:
    furniture, rng = Furniture(), np.random.default_rng(1)
    for at_s in np.arange(0, 3 * STAYS_S, 2.0):
        dx, dy = rng.normal(0, 0.02, 2)
        seen = found((0.4 + dx, 0.2 + dy, 0.45 + dx, 0.29 + dy))
        assert len(furniture.without(seen, at_s=float(at_s))) == 1


def test_somebody_who_often_looks_away_is_no_furniture() -> None:
    furniture = Furniture()
    for number, at_s in enumerate(np.arange(0, 2 * STAYS_S, 5.0)):
        seen = found(BOWL) if number % 2 else found()
        assert len(furniture.without(seen, at_s=float(at_s))) == len(seen)


def test_what_was_taken_away_counts_when_it_comes_back() -> None:
    furniture = learnt()
    furniture.without(found(), at_s=STAYS_S + 100)
    assert len(furniture.without(found(BOWL), at_s=STAYS_S + 60 + GONE_S + 10)) == 1


def test_a_camera_that_moved_begins_anew() -> None:
    furniture = learnt()
    furniture.forget()
    assert len(furniture.without(found(BOWL), at_s=STAYS_S + 65)) == 1


def test_a_clock_that_was_set_back_begins_anew() -> None:
    furniture = learnt()
    assert len(furniture.without(found(BOWL), at_s=10.0)) == 1


@pytest.mark.parametrize("name", ["person", "bin_open_or_overflow", "cigarette", "phone", "rat"])
def test_only_heads_can_be_furniture(name: str) -> None:
    furniture = Furniture()
    for at_s in np.arange(0, STAYS_S + 60, 5.0):
        assert len(furniture.without(found(BOWL, name=name), at_s=float(at_s))) == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=300), st.floats(0, 1e6))
def test_no_picture_makes_it_follow_more_places_than_its_bound(corners: list[tuple[float, float]], at_s: float) -> None:
    furniture = Furniture()
    for second in range(3):
        furniture.without(found(*((x, y, x + 0.01, y + 0.01) for x, y in corners)), at_s=at_s + second)
        assert len(furniture.places) <= MOST
