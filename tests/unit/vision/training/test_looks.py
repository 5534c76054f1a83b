"""Rotated and retouched training pictures: boxes move with the objects."""

import random

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.training.looks import Look, dressed, quarter_turned, retouched, turned, was_turned


def scene() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A grey picture with one white bar, and the box of the bar."""
    image = np.full((120, 200, 3), 90, np.uint8)
    image[30:50, 120:180] = 255
    return image, np.array([[120, 30, 180, 50]], np.float32)


def bar(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the box of the white bar."""
    ys, xs = np.nonzero(image[..., 0] > 200)
    return np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], np.float32)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_quarter_rotation_rotates_the_box(times: int) -> None:
    image, boxes = quarter_turned(*scene(), times)
    assert image.shape == ((200, 120, 3) if times % 2 else (120, 200, 3))
    np.testing.assert_array_equal(boxes, bar(image))


@pytest.mark.parametrize("degrees", [-15.0, -4.0, 7.5, 15.0])
def test_a_slight_rotation_returns_the_bounding_box_of_the_rotated_one(degrees: float) -> None:
    image, boxes = turned(*scene(), degrees)
    np.testing.assert_allclose(boxes, bar(image), atol=2)
    assert was_turned(image) or abs(degrees) < 5
    assert not was_turned(scene()[0])


def test_a_box_that_leaves_the_picture_ends_at_the_edge() -> None:
    image, _ = scene()
    _, boxes = turned(image, np.array([[0, 0, 40, 10], [190, 0, 200, 4]], np.float32), 15)
    assert (boxes >= 0).all()
    assert (boxes <= [200, 120, 200, 120]).all()


def test_a_picture_without_boxes_is_rotated() -> None:
    image, boxes = quarter_turned(*turned(scene()[0], np.zeros((0, 4), np.float32), 9), 1)
    assert image.shape == (200, 120, 3)
    assert boxes.shape == (0, 4)


def test_retouching_raises_contrast_and_reduces_colour() -> None:
    rng = np.random.default_rng(1)
    image = cv2.GaussianBlur(rng.integers(80, 140, (96, 96, 3), np.uint8), (0, 0), 2)
    image[..., 2] += 60
    grey = retouched(image, clip=6, colour=0)
    assert grey.std() > image[..., 0].std()
    assert np.ptp(grey.astype(int), axis=2).max() <= 3


def test_changes_are_random_and_a_rotated_picture_is_not_rotated_again() -> None:
    random.seed(3)
    image, boxes = scene()
    same, there = dressed(Look(), image, boxes)
    assert same is image
    assert there is boxes
    once, _ = turned(image, boxes, 15)
    assert dressed(Look(slight=1), once, boxes)[0] is once
    assert was_turned(dressed(Look(slight=1, degrees=15), image, boxes)[0])
    assert not np.array_equal(dressed(Look(quarter=1), image, boxes)[0], image)
