"""Pictures that explain figures: a sheet of mistakes, the reliability curve. For local use: never commit one."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from models.base.errors import Invalid
from vision.evaluation.detail import Mistake, Reliability
from vision.pictures.decode import Picture, letterbox, read_picture

_TILE, _COLUMNS, _SIDE = 240, 6, 480
_COLOURS: Final = {"false": (40, 40, 230), "missed": (40, 200, 240)}
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def contact_sheet(found: Sequence[Mistake], path: Path) -> None:
    """Write the mistakes as tiles: red = false detection, yellow = missed.

    Raises:
        Invalid: the file can't be written.
    """
    tiles = [_tile(mistake) for mistake in found] or [np.zeros((_TILE, _TILE, 3), np.uint8)]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    _write(np.asarray(np.vstack(rows), np.uint8), path)


def _tile(mistake: Mistake) -> Picture:
    picture = read_picture(mistake.path, long_side=_TILE)
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = (np.array(mistake.place) * (width, height, width, height)).astype(int).tolist()
    drawn = picture.copy()
    cv2.rectangle(drawn, (x0, y0), (x1, y1), _COLOURS[mistake.kind], max(2, width // 160))
    tile = letterbox(drawn, _TILE)[0].copy()
    cv2.putText(tile, f"{mistake.name} {mistake.score:.2f}", (4, 14), _FONT, 0.42, _COLOURS[mistake.kind], 1)
    return tile


def reliability_curve(found: Reliability, path: Path) -> None:
    """Write a plot of the share of right detections over the score; the diagonal is perfect calibration.

    Raises:
        Invalid: the file can't be written.
    """
    plot = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
    cv2.line(plot, (0, _SIDE), (_SIDE, 0), (200, 200, 200), 1)
    points = [(round(b.score * _SIDE), round((1 - b.precision) * _SIDE)) for b in found.bins]
    for a, b in pairwise(points):
        cv2.line(plot, a, b, (160, 60, 20), 2)
    for point in points:
        cv2.circle(plot, point, 4, (160, 60, 20), -1)
    cv2.putText(plot, f"calibration error {found.error:.3f}", (12, 24), _FONT, 0.6, (0, 0, 0), 1)
    _write(plot, path)


def writable(path: Path) -> None:
    """Check that a picture can be written under this name, before it is computed.

    Raises:
        Invalid: its suffix names no picture format, or its folder does not exist.
    """
    if not (cv2.haveImageWriter(str(path)) and path.parent.is_dir()):
        raise _not_written(path)


def _write(picture: Picture, path: Path) -> None:
    writable(path)  # the library raises its own error for a name without a suffix
    if not cv2.imwrite(str(path), picture):
        raise _not_written(path)


def _not_written(path: Path) -> Invalid:
    return Invalid(f"{path}: cannot write a picture there; expected a name like mistakes.png in an existing folder")
