"""A small fast mover in a still room, and other movement: a clock, a person, a switched light, noise."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.pictures.movers import MoverFinder

Picture = NDArray[np.uint8]


def room(*, seed: int = 0, light: int = 60) -> Picture:
    noise = np.random.default_rng(seed).normal(0, 3, (270, 480, 1))
    return np.clip(noise + light, 0, 255).astype(np.uint8).repeat(3, axis=2)


def with_blob(picture: Picture, x: int, y: int, *, w: int = 18, h: int = 9, grey: int = 130) -> Picture:
    picture[y : y + h, x : x + w] = grey
    return picture


def longest(pictures: list[Picture], *, fps: float = 2.0) -> int:
    finder = MoverFinder()
    return max(finder.look(picture, at_s=i / fps, memory_s=5)[1] for i, picture in enumerate(pictures))


def still(n: int) -> list[Picture]:
    return [room(seed=i) for i in range(n)]


def test_a_rodent_along_the_wall_leaves_a_trail() -> None:
    run = [with_blob(room(seed=10 + i), 40 + 40 * i, 200) for i in range(8)]
    assert longest(still(10) + run) >= 5


def test_a_still_room_has_no_movers() -> None:
    assert longest(still(30)) == 0


def test_a_clock_in_the_picture_is_no_mover() -> None:
    pictures = [with_blob(room(seed=i), 100 + 9 * (i % 3), 8, w=9, h=10, grey=200) for i in range(60)]
    assert longest(pictures) == 0


def test_the_clock_does_not_hide_the_rodent() -> None:
    pictures = []
    for i in range(40):
        picture = with_blob(room(seed=i), 100 + 9 * (i % 3), 8, w=9, h=10, grey=200)
        pictures.append(with_blob(picture, 40 + 35 * (i - 25), 200) if 25 <= i < 36 else picture)
    assert longest(pictures) >= 5


@pytest.mark.parametrize(
    "pictures",
    [
        [with_blob(room(seed=i), 20 + 30 * i, 60, w=80, h=150) for i in range(12)],  # a person
        [room(seed=i, light=60 if i < 6 else 140) for i in range(12)],  # the light goes on
        [room(seed=i, light=60 + 2 * i) for i in range(30)],  # dawn
    ],
)
def test_large_or_ubiquitous_movement_is_no_mover(pictures: list[Picture]) -> None:
    assert longest(still(6) + pictures) == 0


def test_an_object_that_was_put_down_is_no_mover() -> None:
    assert longest(still(6) + [with_blob(room(seed=i), 200, 120) for i in range(20)]) == 0
