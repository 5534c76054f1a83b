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
"""Bounds of a frame. On a slow core the costliest frame within them takes 0.2 s and 150 MB, a normal one 3 ms."""
STRIDE = 32
"""The sides of the network's input are multiples of this, in pixels."""
_PAD = 114
_REDUCTIONS = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))


def frame_of(jpeg: bytes) -> Jpeg:
    """Return the structure of a frame, checked against the bounds without decoding.

    Raises:
        PictureRefused: it is not a JPEG, has too many bytes, pixels or scans, or a structure that decoders refuse.
    """
    if len(jpeg) > MAX_JPEG_BYTES:
        raise PictureTooHeavy(f"frame of {len(jpeg)} bytes, expected at most {MAX_JPEG_BYTES}")
    found = read_jpeg(jpeg, most_scans=FRAME.scans)
    FRAME.check(found)
    return found


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Return width and height of a frame in pixels, without decoding. Raises as `frame_of` does."""
    found = frame_of(jpeg)
    return found.width, found.height


def decode(jpeg: bytes, *, long_side: int) -> Picture:
    """Decode to BGR, at a half, quarter or eighth of the size if that leaves `long_side` pixels.

    A frame that lacks only its end marker is read; a truncated one is not, since its grey rest would be judged.

    Raises:
        PictureRefused: the frame can't be decoded.
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


def decode_if_whole(jpeg: bytes, *, long_side: int) -> Picture | None:
    """Decode as `decode` does; None if the frame can't be decoded."""
    try:
        return decode(jpeg, long_side=long_side)
    except PictureRefused:
        return None


def _flag(longest: int, long_side: int) -> int:
    return next((flag for by, flag in _REDUCTIONS if longest // by >= long_side), cv2.IMREAD_COLOR)


def read_picture(path: Path, *, long_side: int) -> Picture:
    """Read a picture file of any format and size; a large JPEG is reduced as by `decode`.

    Raises:
        Invalid: the file is not a picture.
    """
    content = path.read_bytes()
    picture = decoded(content, _flag_for(content, long_side))
    if picture is None:
        raise Invalid(f"{path} is not a picture")
    return picture


def _flag_for(content: bytes, long_side: int) -> int:
    try:
        found = read_jpeg(content)
    except PictureRefused:
        return cv2.IMREAD_COLOR
    return _flag(max(found.width, found.height), long_side)


def letterbox(picture: Picture, side: int, *, stride: int | None = None) -> tuple[Picture, float, tuple[int, int]]:
    """Fit a picture into a canvas with longer side `side`; return canvas, scale, (left, top) padding in pixels.

    With `stride` the canvas is the smallest rectangle with sides that are multiples of it (a 16:9 frame becomes
    512 × 288, without padding), else a square. The canvas may be the picture itself, so do not write to it.
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
    """Return a canvas padded at its right and lower edges to a square; coordinates in it do not change."""
    if canvas.shape[:2] == (side, side):
        return canvas
    square = np.full((side, side, 3), _PAD, np.uint8)
    square[: canvas.shape[0], : canvas.shape[1]] = canvas
    return square


def encode(picture: Picture, *, quality: int = 88) -> bytes:
    """Encode a picture as JPEG.

    Raises:
        Invalid: the picture has a form that can't be encoded.
    """
    done, buffer = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise Invalid(f"cannot encode a picture of shape {picture.shape}")
    return bytes(buffer)
