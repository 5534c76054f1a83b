"""The square that the second look cuts from a frame; training cuts in the same way."""

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pictures.decode import Picture

GROWTH: Final[Mapping[str, float]] = {"head": 1.7, "mask": 1.7, "cigarette": 4.0, "phone": 3.0, "hand": 1.7}
"""Attribute → side of its square as a multiple of the box's longer side: a hat needs the face below it, a cigarette
the mouth or hand that holds it."""

SIDE: Final = 96
"""Side of the network's input in pixels."""

_SMALLEST: Final = 16.0
"""Side in px of the smallest square: less of a frame shows nothing."""
_PAD: Final = 114


def square(box: NDArray[np.float32], shape: tuple[int, int], *, growth: float) -> tuple[int, int, int]:
    """Return left, top and side in px of the square around a box (4,), normalised corners, in a picture (H, W).

    It may extend beyond the picture.
    """
    height, width = shape
    x0, y0, x1, y1 = (float(v) for v in box * np.array([width, height, width, height], np.float32))
    side = max(growth * max(x1 - x0, y1 - y0), _SMALLEST)
    return round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), max(round(side), 1)


def cut(picture: Picture, at: tuple[int, int, int]) -> Picture:
    """Return the square (left, top, side) of a picture (H, W, 3) in px; what lies beyond the picture is grey."""
    left, top, side = at
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    canvas = np.full((side, side, 3), _PAD, np.uint8)
    if x0 < x1 and y0 < y1:
        canvas[y0 - top : y1 - top, x0 - left : x1 - left] = picture[y0:y1, x0:x1]
    return canvas


def fitted(crop: Picture, side: int = SIDE) -> Picture:
    """Return a square crop as a network's input, (side, side, 3)."""
    method = cv2.INTER_AREA if crop.shape[0] > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (side, side), interpolation=method), np.uint8)


def sharpness(crop: Picture) -> float:
    """Return how much detail a crop has, comparable between crops of one thing: the variance of its Laplacian."""
    grey = cv2.cvtColor(fitted(crop), cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())
