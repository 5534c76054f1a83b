"""Crops are square, lie around their box, and exist for every box, also at the edge of the frame."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.closeups.crops import GROWTH, SIDE, cut, fitted, sharpness, square
from vision.judging.attributes import ATTRIBUTES

share = st.floats(0, 1)


def test_every_attribute_has_a_growth() -> None:
    assert set(GROWTH) == set(ATTRIBUTES)


@given(share, share, share, share, st.integers(1, 200), st.integers(1, 200))
def test_any_box_of_any_picture_gives_an_input(x0: float, y0: float, x1: float, y1: float, h: int, w: int) -> None:
    box = np.array([min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)], np.float32)
    picture = np.full((h, w, 3), 7, np.uint8)
    crop = cut(picture, square(box, (h, w), growth=4.0))
    assert crop.shape[0] == crop.shape[1] >= 1
    assert fitted(crop).shape == (SIDE, SIDE, 3)
    assert np.isin(crop, (7, 114)).all()


def test_the_square_is_centred_on_its_box_and_shows_what_is_there() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[40:60, 90:110] = 255
    left, top, side = square(np.array([0.45, 0.4, 0.55, 0.6], np.float32), (100, 200), growth=2.0)
    assert (left, top, side) == (80, 30, 40)
    crop = cut(picture, (left, top, side))
    assert (crop[10:30, 10:30] == 255).all()
    assert crop.sum() == 255 * 3 * 400


def test_a_blurred_crop_is_less_sharp() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8)
    flat = np.full((96, 96, 3), 128, np.uint8)
    assert sharpness(noise) > sharpness(flat)
