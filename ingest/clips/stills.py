"""Read single pictures that people and cameras send: JPEG, PNG and WebP, within bounds and to their end."""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.base.errors import NoPicture, PictureBroken, PictureTooLarge, PictureTruncated
from models.evidence.jpegs import END, Bounds, read_jpeg

Picture = NDArray[np.uint8]
PHOTO = Bounds(side=16_384, pixels=128_000_000, scans=200, work=2_500_000_000)
"""Bounds of a photo: today's phones (108 million pixels) and a little more."""
STILL = Bounds(side=8192, pixels=36_000_000, scans=200, work=1_000_000_000)
"""Bounds of a still that the platform decodes again, to draw on it or to hide a face."""
_PNG, _RIFF, _WEBP = b"\x89PNG\r\n\x1a\n", b"RIFF", b"WEBP"
_OTHER_BITS = bytes((i * 97 + 13) % 255 for i in range(1024))
"""Coded data that changes a picture whose data is incomplete; without FF, so that it contains no marker."""
_MOST_CHUNKS = 20_000
_ANCILLARY = 2 * 1024 * 1024
"""Largest sum of a PNG's texts, colour profiles and other extra chunks, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """Type and size that a file claims by its bytes."""

    mime: str
    width: int
    height: int


def decoded(content: bytes, flag: int) -> Picture | None:
    """Decode a picture with OpenCV; None if it fails."""
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), flag) if content else None
    except cv2.error:
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def is_whole(jpeg: bytes, picture: Picture, flag: int) -> bool:
    """Return whether all of a JPEG's coded data is there, given the picture that it decodes to.

    A decoder invents data that is missing at the end. If none is missing, extra data behind the end changes nothing.
    """
    other = decoded(jpeg.removesuffix(END) + _OTHER_BITS + END, flag)
    return other is not None and np.array_equal(picture, other)


def claims(content: bytes, *, bounds: Bounds) -> Still:
    """Return type and size of a picture, checked without decoding it.

    Raises:
        PictureRefused: another type, a broken structure, a truncated file, or one beyond the bounds.
    """
    if content.startswith(_PNG):
        return _png(content, bounds)
    if content[:4] == _RIFF and content[8:12] == _WEBP:
        return _webp(content, bounds)
    found = read_jpeg(content, most_scans=bounds.scans)
    bounds.check(found)
    return Still(mime="image/jpeg", width=found.width, height=found.height)


def read_still(content: bytes, *, bounds: Bounds = STILL, flag: int = cv2.IMREAD_COLOR) -> Picture:
    """Return a picture (H, W, 3), upright as its EXIF says. Accepts a JPEG that lacks only its end marker.

    Raises:
        PictureRefused: as `claims`, or it can't be decoded.
    """
    still = claims(content, bounds=bounds)
    ended = still.mime != "image/jpeg" or read_jpeg(content).ended
    picture = decoded(content if ended else content + END, flag)
    if picture is None:
        raise PictureBroken("the picture is broken: it can't be decoded") if ended else PictureTruncated
    return picture


def read_to_the_end(content: bytes, *, bounds: Bounds = PHOTO, flag: int = cv2.IMREAD_COLOR) -> Picture:
    """Return a picture like `read_still`, but refuse a truncated one, even with an end marker added.

    Raises:
        PictureRefused: as `read_still`, or its end is missing.
    """
    picture = read_still(content, bounds=bounds, flag=flag)
    if claims(content, bounds=bounds).mime == "image/jpeg":
        coded = content[: read_jpeg(content).end]
        if not is_whole(coded, picture, flag):
            raise PictureTruncated
    return picture


def fingerprint(picture: Picture) -> int:
    """Return a 64-bit difference hash: similar pictures differ in few bits, whatever their size or quality."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)  # noqa: PLR2004 - no colours
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _png(content: bytes, bounds: Bounds) -> Still:
    """Check a PNG's chunks up to its end, check sums included, and return its type and size."""
    position, still, extra = len(_PNG), None, 0
    for _ in range(_MOST_CHUNKS):
        head = content[position : position + 8]
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        body = content[position + 8 : position + 8 + length]
        check = content[position + 8 + length : position + 12 + length]
        if len(head) < 8 or len(body) < length or len(check) < 4:  # noqa: PLR2004 - length and kind; a check sum
            raise PictureTruncated
        if zlib.crc32(kind + body) != int.from_bytes(check, "big"):
            raise PictureBroken("the PNG is broken: a part of it has a wrong check sum")
        position += 12 + length
        if kind == b"IHDR" and still is None:
            still = _sized("image/png", int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"), bounds)
        elif kind == b"IEND":
            break
        elif kind != b"IDAT":
            extra += length
    else:
        raise PictureBroken("the PNG is broken: it has no end")
    if still is None or extra > _ANCILLARY:
        raise PictureBroken("the PNG is broken: it has no size, or too much data beside its picture")
    return still


def _webp(content: bytes, bounds: Bounds) -> Still:
    if int.from_bytes(content[4:8], "little") + 8 > len(content):
        raise PictureTruncated
    kind, body = content[12:16], content[20:30]
    if len(body) < 10:  # noqa: PLR2004 - the longest of the three headers
        raise PictureTruncated
    if kind == b"VP8X":
        size = int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    elif kind == b"VP8L" and body[0] == 0x2F:  # noqa: PLR2004 - its signature
        packed = int.from_bytes(body[1:5], "little")
        size = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        size = int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    else:
        raise PictureBroken("the WebP is broken: it has no picture that can be read")
    return _sized("image/webp", *size, bounds)


def _sized(mime: str, width: int, height: int, bounds: Bounds) -> Still:
    if not width or not height:
        raise NoPicture("a picture without width or height")
    if max(width, height) > bounds.side or width * height > bounds.pixels:
        raise PictureTooLarge(
            f"a picture of {width}×{height}, expected sides of 1–{bounds.side} "
            f"and at most {bounds.pixels / 1e6:.0f} million pixels"
        )
    return Still(mime=mime, width=width, height=height)
