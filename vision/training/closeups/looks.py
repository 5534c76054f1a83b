"""Change crops at random, so that close-ups look like what a camera shows of a head or a hand."""

import random
from typing import Final

import cv2
import numpy as np

from vision.closeups.crops import SIDE
from vision.pictures.decode import Picture

SMALLEST: Final = 14
"""Side in px to which a crop is reduced at most, as that of a cook at the far wall."""
_PAD: Final = (114, 114, 114)


def changed(crop: Picture, rng: random.Random) -> Picture:
    """Return a crop (S, S, 3) as a training picture (SIDE, SIDE, 3): moved, squeezed, blurred, compressed, tinted."""
    picture = _moved(crop, rng)
    picture = _coarse(picture, crop.shape[0], rng)
    picture = _tinted(picture, rng)
    if rng.random() < 0.6:  # noqa: PLR2004 - a share
        quality = [cv2.IMWRITE_JPEG_QUALITY, rng.randint(25, 92)]
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return picture


def _moved(crop: Picture, rng: random.Random) -> Picture:
    side = crop.shape[0]
    zoom, squeeze = SIDE / side * rng.uniform(0.88, 1.25), rng.uniform(0.7, 1.4) ** 0.5
    turn = rng.gauss(0, 7) if rng.random() < 0.9 else rng.uniform(-90, 90)  # noqa: PLR2004 - a share
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, 1.0)
    matrix[0] *= zoom * squeeze * rng.choice((1, -1))
    matrix[1] *= zoom / squeeze
    middle = matrix @ np.array([side / 2, side / 2, 1.0])
    matrix[:, 2] += SIDE / 2 - middle + np.array([rng.gauss(0, 3), rng.gauss(0, 3)])
    return np.asarray(cv2.warpAffine(crop, matrix, (SIDE, SIDE), borderValue=_PAD), np.uint8)


def _coarse(picture: Picture, side: int, rng: random.Random) -> Picture:
    """Reduce and enlarge a picture, or blur it along a line, as if it were far away or in motion."""
    if rng.random() < 0.7:  # noqa: PLR2004 - a share
        small = int(np.exp(rng.uniform(np.log(SMALLEST), np.log(max(min(side, SIDE), SMALLEST + 1)))))
        picture = np.asarray(cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
        method = rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC))
        picture = np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=method), np.uint8)
    if rng.random() < 0.15:  # noqa: PLR2004 - a share
        length = rng.randint(2, 6)
        line = np.full((1, length) if rng.random() < 0.5 else (length, 1), 1 / length)  # noqa: PLR2004 - a share
        picture = np.asarray(cv2.filter2D(picture, -1, line), np.uint8)
    return picture


def _tinted(picture: Picture, rng: random.Random) -> Picture:
    values = picture.astype(np.float32)
    if rng.random() < 0.25:  # noqa: PLR2004 - infrared and colourless cameras
        values[:] = values.mean(axis=2, keepdims=True)
    else:
        grey = values.mean(axis=2, keepdims=True)
        values = grey + (values - grey) * rng.uniform(0.5, 1.3)
        values *= np.array([rng.uniform(0.88, 1.12) for _ in range(3)], np.float32)
    values = (values - 128) * rng.uniform(0.7, 1.25) + 128 + rng.uniform(-30, 30)
    if rng.random() < 0.3:  # noqa: PLR2004 - a share
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(2, 9), values.shape)
        values += noise.astype(np.float32)
    return values.clip(0, 255).astype(np.uint8)
