"""JPEG → picture → model input. The picture stays BGR, as OpenCV reads it."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.clips.stills import decoded, is_whole
from models.base.errors import Invalid, PictureBroken, PictureRefused, PictureTooHeavy, PictureTruncated
from models.evidence.jpegs import END, Bounds, Jpeg, read_jpeg

Picture = NDArray[np.uint8]
MAX_JPEG_BYTES = 524_288
MAX_SIDE = 4096
FRAME = Bounds(side=MAX_SIDE, pixels=MAX_SIDE * MAX_SIDE, scans=100, work=256_000_000)
"""Measured on a core of two: the costliest frame within these bounds takes 0.2 s and 150 MB, an honest one 3 ms."""
STRIDE = 32
"""Sides of what the network sees are multiples of this."""
_PAD = 114
_REDUCTIONS = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))


def frame_of(jpeg: bytes) -> Jpeg:
    """What a frame will decode to, checked against the bounds of a frame without decoding it.

    Raises:
        PictureRefused: no JPEG, too many bytes, pixels or scans, or a structure that no decoder takes.
    """
    if len(jpeg) > MAX_JPEG_BYTES:
        raise PictureTooHeavy(f"frame of {len(jpeg)} bytes, expected at most {MAX_JPEG_BYTES}")
    found = read_jpeg(jpeg, most_scans=FRAME.scans)
    FRAME.check(found)
    return found


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a frame, without decoding. Raises as `frame_of` does."""
    found = frame_of(jpeg)
    return found.width, found.height


def decode(jpeg: bytes, *, long_side: int) -> Picture:
    """Decode to BGR, at a half, quarter or eighth where that still leaves `long_side` pixels.

    A frame whose end marker alone is missing is read; one that is cut off is not, since its grey rest would be judged.

    Raises:
        PictureRefused: not a frame that can be decoded.
    """
    found = frame_of(jpeg)
    flag = _flag(max(found.width, found.height), long_side)
    if found.ended:
        picture = decoded(jpeg, flag)
    else:
        picture = decoded(jpeg + END, flag)
        if picture is None or not is_whole(jpeg, picture, flag):
            raise PictureTruncated("the JPEG is cut off: the end of its picture is missing")
    if picture is None:
        raise PictureBroken("a broken JPEG: it can't be decoded")
    return picture


def _flag(longest: int, long_side: int) -> int:
    return next((flag for by, flag in _REDUCTIONS if longest // by >= long_side), cv2.IMREAD_COLOR)


def read_picture(path: Path, *, long_side: int) -> Picture:
    """A picture file of any kind and size as `decode` would show it: a large JPEG at a half, quarter or eighth.

    Raises:
        Invalid: not a picture.
    """
    content = path.read_bytes()
    picture = decoded(content, _flag_for(content, long_side))
    if picture is None:
        raise Invalid(f"{path} is no picture")
    return picture


def _flag_for(content: bytes, long_side: int) -> int:
    try:
        found = read_jpeg(content)
    except PictureRefused:
        return cv2.IMREAD_COLOR
    return _flag(max(found.width, found.height), long_side)


def letterbox(picture: Picture, side: int, *, stride: int | None = None) -> tuple[Picture, float, tuple[int, int]]:
    """Fit a picture into a canvas whose longer side is `side`: the canvas, the scale, (left, top) padding in pixels.

    With `stride` the canvas is the smallest rectangle of multiples of it (a 16:9 frame becomes 512 × 288, without
    any padding), else a square. The canvas may be the picture itself: it is not to be written to.
    """
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    wide, high = (side, side) if stride is None else (-(-size[0] // stride) * stride, -(-size[1] // stride) * stride)
    fitted = picture if size == (width, height) else np.asarray(cv2.resize(picture, size), np.uint8)
    if (wide, high) == size:
        return fitted, scale, (0, 0)
    left, top = (wide - size[0]) // 2, (high - size[1]) // 2
    canvas = np.full((high, wide, 3), _PAD, np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = fitted
    return canvas, scale, (left, top)


def in_square(canvas: Picture, side: int) -> Picture:
    """A canvas grown at its right and lower edge to a square; places in it stay where they are."""
    if canvas.shape[:2] == (side, side):
        return canvas
    square = np.full((side, side, 3), _PAD, np.uint8)
    square[: canvas.shape[0], : canvas.shape[1]] = canvas
    return square


def encode(picture: Picture, *, quality: int = 88) -> bytes:
    """Encode as JPEG."""
    done, buffer = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise Invalid(f"cannot encode a picture of shape {picture.shape}")
    return bytes(buffer)
