"""Picture health on simulated kitchens: faults are reported after a minute, and good pictures are not."""

from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.simulator.kitchen import KitchenCamera
from vision.pictures.quality import CLEARS_S, LASTS_S, LEARNT_S, PictureHealth

WALL = datetime(2026, 9, 1, 2, tzinfo=UTC)
Picture = NDArray[np.uint8]
KITCHEN = KitchenCamera(seed=5, name="Q", cooks=2, width=640, height=360)
NIGHT = KitchenCamera(seed=5, name="Q", cooks=0, night=True, width=640, height=360)
# Drawn once: a minute of kitchen, played over and over.
DAY_PICTURES = [KITCHEN.render(t * 1.7, wall_clock=WALL)[0] for t in range(24)]
NIGHT_PICTURES = [NIGHT.render(float(t), wall_clock=WALL)[0] for t in range(12)]


def as_it_is(picture: Picture) -> Picture:
    return picture


def black(picture: Picture) -> Picture:
    noise = np.random.default_rng(int(picture[5, 5, 0])).integers(0, 6, picture.shape)
    return noise.astype(np.uint8)


def covered(picture: Picture) -> Picture:
    hand = np.full_like(picture, 96) + np.random.default_rng(int(picture.sum()) % 1000).integers(0, 4, picture.shape)
    return hand.astype(np.uint8)


def blurred(picture: Picture) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 9), np.uint8)


def turned(picture: Picture) -> Picture:
    return np.asarray(np.roll(picture, (60, 190), axis=(0, 1)), np.uint8)


def watched(
    health: PictureHealth,
    pictures: list[Picture],
    seconds: float,
    *,
    start: float,
    change: Callable[[Picture], Picture],
) -> float:
    """Show a picture a second; return the second after the last."""
    for i in range(int(seconds)):
        health.look(change(pictures[i % len(pictures)]), at_s=start + i)
    return start + int(seconds)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (black, "camera_black"),
        (covered, "camera_occluded"),
        (blurred, "camera_blurred"),
        (turned, "camera_moved"),
    ],
)
def test_a_fault_is_reported_after_a_minute_and_cleared_when_the_picture_is_good_again(
    change: Callable[[Picture], Picture], code: str
) -> None:
    health = PictureHealth()
    now = watched(health, DAY_PICTURES, LEARNT_S + 30, start=0, change=as_it_is)
    assert health.wrong is None
    now = watched(health, DAY_PICTURES, LASTS_S - 5, start=now, change=change)
    assert health.wrong is None
    now = watched(health, DAY_PICTURES, 40, start=now, change=change)
    assert health.wrong == code
    watched(health, DAY_PICTURES, CLEARS_S + 60, start=now, change=as_it_is)
    assert health.wrong is None


def test_the_same_picture_over_and_over_is_frozen() -> None:
    health = PictureHealth()
    watched(health, DAY_PICTURES[:1], LASTS_S + 5, start=0, change=as_it_is)
    assert health.wrong == "camera_frozen"


def test_a_busy_kitchen_and_a_quiet_night_have_no_fault() -> None:
    for pictures in (DAY_PICTURES, NIGHT_PICTURES):
        health = PictureHealth()
        watched(health, pictures, LEARNT_S + 300, start=0, change=as_it_is)
        assert health.wrong is None


def test_switching_the_light_off_for_the_night_is_no_fault() -> None:
    health = PictureHealth()
    now = watched(health, DAY_PICTURES, LEARNT_S + 60, start=0, change=as_it_is)
    watched(health, NIGHT_PICTURES, 300, start=now, change=as_it_is)
    assert health.wrong is None


def test_a_short_cover_is_not_reported() -> None:
    health = PictureHealth()
    now = watched(health, DAY_PICTURES, LEARNT_S + 30, start=0, change=as_it_is)
    now = watched(health, DAY_PICTURES, 30, start=now, change=covered)
    watched(health, DAY_PICTURES, 60, start=now, change=as_it_is)
    assert health.wrong is None


def test_a_camera_without_good_pictures_has_no_usual_view() -> None:
    health = PictureHealth()
    watched(health, DAY_PICTURES, 90, start=0, change=blurred)
    assert health.wrong is None
