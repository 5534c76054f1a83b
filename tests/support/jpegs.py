"""Unusual JPEGs: legal but rare ones, broken ones, and malicious ones."""

import re
import struct

import cv2
import numpy as np
from numpy.typing import NDArray

END = b"\xff\xd9"


def scene(width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """Return a picture with content in every part."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], axis=2).astype(np.uint8)


def jpeg(picture: NDArray[np.uint8] | None = None, *options: int) -> bytes:
    """Encode a picture with options of OpenCV."""
    done, buffer = cv2.imencode(".jpg", scene() if picture is None else picture, list(options))
    assert done
    return bytes(buffer)


def progressive(width: int = 160, height: int = 120) -> bytes:
    return jpeg(scene(width, height), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)


def many_scans(width: int, height: int, scans: int) -> bytes:
    """Return a progressive JPEG that repeats its last scan: few bytes, much work."""
    grey = np.full((height, width, 3), 90, np.uint8)
    plain = jpeg(grey, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    starts = [found.start() for found in re.finditer(rb"\xff\xda", plain)]
    last = plain[starts[-1] : -len(END)]
    return plain[: -len(END)] + last * (scans - len(starts)) + END


def claiming(width: int, height: int, *, disguise: bytes = b"") -> bytes:
    """Return a small JPEG whose header claims another size; `disguise` precedes the frame header."""
    plain = jpeg(np.full((64, 64, 3), 90, np.uint8))
    at = plain.index(b"\xff\xc0")
    size = struct.pack(">HH", height, width)
    return plain[:at] + disguise + plain[at : at + 5] + size + plain[at + 9 :]


def with_segment(plain: bytes, marker: int, body: bytes) -> bytes:
    """Insert a segment directly after the start marker."""
    return plain[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + plain[2:]


def turned(plain: bytes, orientation: int) -> bytes:
    """Add an EXIF orientation."""
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    return with_segment(plain, 0xE1, exif)
