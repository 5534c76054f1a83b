"""What is taken for a head and never moves is learnt as furniture; whoever moves is not."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.judging.detections import Detections
from vision.judging.furniture import GONE_S, MOST, MOST_REFUSED, STAYS_S, STIRS, Furniture, Place

BOWL = (0.40, 0.20, 0.45, 0.29)
COOK = (0.60, 0.20, 0.65, 0.29)


def found(*boxes: tuple[float, ...], name: str = "head_bare") -> Detections:
    return Detections(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.full(len(boxes), 0.7, np.float32),
        names=(name,) * len(boxes),
    )


def counted(furniture: Furniture, seen: Detections, *, at_s: float) -> Detections:
    """The detections that count."""
    return furniture.split(seen, at_s=at_s)[0]


def with_person(head: tuple[float, ...], person: tuple[float, ...]) -> Detections:
    return Detections(
        boxes=np.array([head, person], np.float32), scores=np.float32([0.7, 0.6]), names=("head_bare", "person")
    )


def learnt(*, every_s: float = 5.0, until_s: float = STAYS_S + 60) -> Furniture:
    furniture = Furniture()
    for at_s in np.arange(0, until_s, every_s):
        furniture.split(found(BOWL), at_s=float(at_s))
    return furniture


def test_a_bowl_counts_for_an_hour_and_never_after() -> None:
    furniture, times = Furniture(), list[float]()
    for at_s in np.arange(0, 2 * STAYS_S, 5.0):
        if len(counted(furniture, found(BOWL), at_s=float(at_s))):
            times.append(float(at_s))
    assert times[-1] == STAYS_S - 5
    assert len(times) == STAYS_S / 5


def test_a_head_beside_the_bowl_counts_on() -> None:
    furniture = learnt()
    left = counted(furniture, found(BOWL, COOK), at_s=STAYS_S + 60)
    np.testing.assert_allclose(left.boxes, np.float32([COOK]))
    np.testing.assert_allclose(furniture.boxes(), np.float32([BOWL]))


def test_a_cook_who_works_at_one_place_all_day_is_no_furniture() -> None:
    furniture, rng = Furniture(), np.random.default_rng(1)
    for at_s in np.arange(0, 3 * STAYS_S, 2.0):
        dx, dy = rng.normal(0, 0.02, 2)
        seen = found((0.4 + dx, 0.2 + dy, 0.45 + dx, 0.29 + dy))
        assert len(counted(furniture, seen, at_s=float(at_s))) == 1


def test_somebody_who_often_looks_away_is_no_furniture() -> None:
    furniture = Furniture()
    for number, at_s in enumerate(np.arange(0, 2 * STAYS_S, 5.0)):
        seen = found(BOWL) if number % 2 else found()
        assert len(counted(furniture, seen, at_s=float(at_s))) == len(seen)


def test_what_was_taken_away_counts_when_it_comes_back() -> None:
    furniture = learnt()
    counted(furniture, found(), at_s=STAYS_S + 100)
    assert len(counted(furniture, found(BOWL), at_s=STAYS_S + 60 + GONE_S + 10)) == 1


def test_a_camera_that_moved_begins_anew() -> None:
    furniture = learnt()
    furniture.forget()
    assert len(counted(furniture, found(BOWL), at_s=STAYS_S + 65)) == 1


def test_a_clock_that_was_set_back_keeps_what_was_learnt_and_nothing_half_learnt() -> None:
    furniture = learnt()
    counted(furniture, found(BOWL, COOK), at_s=STAYS_S + 62)
    assert len(counted(furniture, found(BOWL, COOK), at_s=10.0)) == 1
    assert [tuple(place.box) for place in furniture.known()] == [tuple(np.float32(BOWL))]
    assert all(place.since_s == 10.0 for place in furniture.places if not place.learnt)


def swaying(at_s: float, share: float, box: tuple[float, ...] = BOWL) -> tuple[float, ...]:
    """A box that sways to and fro by a share of its width."""
    x0, y0, x1, y1 = box
    dx = share * (x1 - x0) * float(np.sin(at_s / 40))
    return x0 + dx, y0, x1 + dx, y1


@pytest.mark.parametrize(("share", "alive"), [(0.01, False), (0.04, False), (0.07, True), (0.15, True)])
def test_somebody_who_stands_still_but_stirs_is_no_furniture(*, share: float, alive: bool) -> None:
    furniture = Furniture()
    last = 0
    for at_s in np.arange(0, 4 * STAYS_S, 5.0):
        last = len(counted(furniture, found(swaying(float(at_s), share)), at_s=float(at_s)))
    assert last == alive, f"a sine of {share} deviates by {share / 2**0.5:.3f}, against {STIRS}"


def test_what_stirs_after_it_was_learnt_counts_again() -> None:
    furniture = learnt()
    begin = STAYS_S + 65
    found_again = [
        len(counted(furniture, found(swaying(float(at_s), 0.15)), at_s=begin + float(at_s)))
        for at_s in np.arange(0, 600, 5.0)
    ]
    assert found_again[0] == 0
    assert found_again[-1] == 1


@pytest.mark.parametrize(("walks", "left"), [(0.0, 0), (0.5, 1)])
def test_a_head_whose_person_moves_below_it_is_no_furniture(walks: float, left: int) -> None:
    furniture = Furniture()
    head = (0.40, 0.20, 0.45, 0.29)
    for at_s in np.arange(0, 2 * STAYS_S, 5.0):
        lean = walks * 0.1 * float(np.sin(at_s / 60))
        seen = with_person(head, (0.36 + lean, 0.19, 0.50 + lean, 0.70))
        shown = counted(furniture, seen, at_s=float(at_s)).names.count("head_bare")
    assert shown == left


def test_somebody_who_walks_past_a_bowl_does_not_make_it_alive() -> None:
    furniture = Furniture()
    for number, at_s in enumerate(np.arange(0, 2 * STAYS_S, 5.0)):
        x = 0.3 + 0.2 * (number % 10) / 10
        seen = with_person(BOWL, (x, 0.18, x + 0.1, 0.8)) if number % 10 < 3 else found(BOWL)
        left = counted(furniture, seen, at_s=float(at_s))
    assert "head_bare" not in left.names


def test_a_frozen_picture_teaches_nothing_and_hides_what_is_known() -> None:
    furniture = learnt()
    furniture.paused = True
    for at_s in np.arange(STAYS_S + 65, 4 * STAYS_S, 5.0):
        left = counted(furniture, found(BOWL, COOK), at_s=float(at_s))
        np.testing.assert_allclose(left.boxes, np.float32([COOK]))
    furniture.paused = False
    assert len(counted(furniture, found(BOWL, COOK), at_s=4 * STAYS_S)) == 1
    assert len(furniture.known()) == 1


def test_time_without_a_frame_is_no_absence_and_no_stillness() -> None:
    furniture = learnt(until_s=STAYS_S / 2)
    assert len(counted(furniture, found(BOWL), at_s=10 * STAYS_S)) == 1
    furniture = learnt()
    assert len(counted(furniture, found(BOWL), at_s=10 * STAYS_S)) == 0


def taken_up(*, refused: bool) -> Furniture:
    furniture = Furniture()
    place = Place(box=np.float32(BOWL), since_s=0, seen_s=STAYS_S, refused=refused, learnt=not refused, id=UUID(int=1))
    furniture.take_up([place])
    return furniture


def test_the_next_judge_goes_on_with_what_was_learnt() -> None:
    furniture = taken_up(refused=False)
    assert len(counted(furniture, found(BOWL, COOK), at_s=20 * STAYS_S)) == 1


def test_what_a_person_refused_is_never_learnt_again_until_the_camera_moves() -> None:
    furniture = taken_up(refused=False)
    refused = Place(box=np.float32(BOWL), since_s=0, seen_s=0, refused=True, id=UUID(int=1))
    furniture.take_up([refused])
    near = (BOWL[0] + 0.01, BOWL[1], BOWL[2] + 0.01, BOWL[3])
    for at_s in np.arange(0, 3 * STAYS_S, 5.0):
        assert len(counted(furniture, found(near), at_s=float(at_s))) == 1
    furniture.forget()
    assert furniture.places == []
    assert furniture.moved


def test_refusals_are_bounded_and_leave_room_to_learn() -> None:
    furniture = Furniture()
    for number in range(5 * MOST):
        box = np.float32((number / 1000, 0.1, number / 1000 + 0.0005, 0.2))
        furniture.take_up([Place(box=box, since_s=0, seen_s=0, refused=True, id=UUID(int=number))])
    assert [place.id for place in furniture.places] == [
        UUID(int=number) for number in range(5 * MOST - MOST_REFUSED, 5 * MOST)
    ]


def test_the_place_that_was_seen_longest_ago_makes_room_wherever_it_stands() -> None:
    """Which may be any: the first that was found has been seen again since."""
    furniture = Furniture()
    places = [(0.1 * (number % 9), 0.1 * (number // 9)) for number in range(MOST + 1)]
    boxes = [(x, y, x + 0.05, y + 0.05) for x, y in places]
    for number, box in enumerate(boxes[:MOST]):
        furniture.split(found(box), at_s=float(number))
    furniture.split(found(boxes[0]), at_s=float(MOST))
    furniture.split(found(boxes[MOST]), at_s=float(MOST + 1))
    left = [tuple(place.box.tolist()) for place in furniture.places]
    assert left == [tuple(np.float32(box).tolist()) for box in (boxes[0], *boxes[2:])]


def test_a_refused_place_beyond_the_bound_is_dropped_behind_others() -> None:
    furniture = learnt()
    boxes = [np.float32((number / 1000, 0.6, number / 1000 + 0.0005, 0.7)) for number in range(MOST_REFUSED + 1)]
    places = [Place(box=box, since_s=0, seen_s=0, refused=True, id=UUID(int=n)) for n, box in enumerate(boxes)]
    furniture.take_up(places)
    assert [place.id for place in furniture.places if place.refused] == [place.id for place in places[1:]]
    assert furniture.places[0].learnt


@pytest.mark.parametrize("name", ["person", "bin_open_or_overflow", "cigarette", "phone", "rat"])
def test_only_heads_can_be_furniture(name: str) -> None:
    furniture = Furniture()
    for at_s in np.arange(0, STAYS_S + 60, 5.0):
        assert len(counted(furniture, found(BOWL, name=name), at_s=float(at_s))) == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=300), st.floats(0, 1e6))
def test_no_picture_makes_it_follow_more_places_than_its_bound(corners: list[tuple[float, float]], at_s: float) -> None:
    furniture = Furniture()
    for second in range(3):
        counted(furniture, found(*((x, y, x + 0.01, y + 0.01) for x, y in corners)), at_s=at_s + second)
        assert len(furniture.places) <= MOST
