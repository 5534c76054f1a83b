"""JPEG → picture → model input. The picture stays BGR, as OpenCV reads it."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import Invalid

Picture = NDArray[np.uint8]
MAX_JPEG_BYTES = 524_288
MAX_SIDE = 4096
STRIDE = 32
"""Sides of what the network sees are multiples of this."""
_PAD = 114
_JPEG_START = b"\xff\xd8\xff"
_MARKER = 0xFF
_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_REDUCTIONS = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height from the JPEG header, without decoding.

    Raises:
        Invalid: no JPEG, too many bytes, or a side beyond 4096 pixels.
    """
    if len(jpeg) > MAX_JPEG_BYTES:
        raise Invalid(f"frame of {len(jpeg)} bytes, expected at most {MAX_JPEG_BYTES}")
    if not jpeg.startswith(_JPEG_START):
        raise Invalid("frame is no JPEG")
    size = _size_in_header(jpeg)
    if size is None:
        raise Invalid("frame is a broken JPEG: no size in its header")
    width, height = size
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Invalid(f"frame of {width}×{height}, expected sides of 1–{MAX_SIDE}")
    return size


def _size_in_header(jpeg: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 < len(jpeg):
        if jpeg[position] != _MARKER:
            break
        marker, length = jpeg[position + 1], int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if marker in _SIZE_MARKERS:
            height = int.from_bytes(jpeg[position + 5 : position + 7], "big")
            width = int.from_bytes(jpeg[position + 7 : position + 9], "big")
            return width, height
        position += 2 + length
    return None


def decode(jpeg: bytes, *, long_side: int) -> Picture:
    """Decode to BGR, at a half, quarter or eighth where that still leaves `long_side` pixels.

    Raises:
        Invalid: not a JPEG that can be decoded.
    """
    longest = max(jpeg_size(jpeg))
    try:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), _flag(longest, long_side))
    except cv2.error as error:
        raise Invalid(f"frame is a broken JPEG: {error}") from error
    if picture is None:
        raise Invalid("frame is a broken JPEG: it can't be decoded")
    return np.asarray(picture, np.uint8)


def _flag(longest: int, long_side: int) -> int:
    return next((flag for by, flag in _REDUCTIONS if longest // by >= long_side), cv2.IMREAD_COLOR)


def read_picture(path: Path, *, long_side: int) -> Picture:
    """A picture file of any kind and size as `decode` would show it: a large JPEG at a half, quarter or eighth.

    Raises:
        Invalid: not a picture.
    """
    content = path.read_bytes()
    size = _size_in_header(content) if content.startswith(_JPEG_START) else None
    flag = cv2.IMREAD_COLOR if size is None else _flag(max(size), long_side)
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), flag) if content else None
    if picture is None:
        raise Invalid(f"{path} is no picture")
    return np.asarray(picture, np.uint8)


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
