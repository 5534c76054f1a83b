"""Every JPEG is read as libjpeg reads it, and truncated ones are reported."""

import struct
import subprocess
import sys

import cv2
import numpy as np
import pytest

from models.base.errors import (
    NoPicture,
    PictureBroken,
    PictureRefused,
    PictureTooCostly,
    PictureTooLarge,
    PictureTruncated,
)
from tests.support.jpegs import END, claiming, jpeg, many_scans, progressive, scene, turned, with_segment
from vision.pictures.decode import decode

RESTARTS = jpeg(scene(), cv2.IMWRITE_JPEG_RST_INTERVAL, 3)


def near(left: np.ndarray, right: np.ndarray) -> bool:
    return left.shape == right.shape and float(np.abs(left.astype(int) - right.astype(int)).mean()) < 3


@pytest.mark.parametrize(
    "odd",
    [
        jpeg()[:2] + b"\xff" * 9 + jpeg()[2:],
        jpeg().replace(b"\xff\xc0", b"\xff\xff\xff\xc0"),
        RESTARTS,
        RESTARTS[:-2],
        jpeg()[:-2],
        jpeg()[:-1],
        progressive(),
        progressive()[:-2],
        jpeg() + jpeg(scene(320, 240)),
        jpeg() + b"\x00" * 4096,
        with_segment(jpeg(), 0xE1, b"Exif\x00\x00" + jpeg(scene(32, 24))),
        with_segment(jpeg(), 0xFE, b"a comment"),
        turned(jpeg(), 1),
    ],
    ids=[
        "fill bytes",
        "fill before the size",
        "restarts",
        "restarts, no end",
        "no end",
        "half an end",
        "progressive",
        "progressive, no end",
        "two pictures",
        "padding",
        "thumbnail",
        "comment",
        "exif",
    ],
)
def test_a_legal_jpeg_is_read(odd: bytes) -> None:
    assert near(decode(odd, long_side=160), scene())


def test_grey_and_four_colours_are_read() -> None:
    grey = jpeg(np.asarray(cv2.cvtColor(scene(), cv2.COLOR_BGR2GRAY), np.uint8))
    assert decode(grey, long_side=160).shape == (120, 160, 3)
    assert decode(_cmyk(), long_side=16).shape == (16, 16, 3)


def _cmyk() -> bytes:
    """A grey JPEG whose single component is written four times over: CMYK of one colour."""
    plain = jpeg(np.full((16, 16), 90, np.uint8))
    at, scan = plain.index(b"\xff\xc0"), plain.index(b"\xff\xda")
    frame = struct.pack(">BHHB", 8, 16, 16, 4) + b"".join(bytes([i, 0x11, 0]) for i in range(1, 5))
    header = bytes([4]) + b"".join(bytes([i, 0]) for i in range(1, 5)) + b"\x00\x3f\x00"
    length = int.from_bytes(plain[at + 2 : at + 4], "big")
    return (
        plain[:at]
        + b"\xff\xc0"
        + struct.pack(">H", len(frame) + 2)
        + frame
        + plain[at + 2 + length : scan]
        + b"\xff\xda"
        + struct.pack(">H", len(header) + 2)
        + header
        + b"\x55" * 600
        + END
    )


@pytest.mark.parametrize(("orientation", "shape"), [(1, (120, 160)), (3, (120, 160)), (6, (160, 120)), (8, (160, 120))])
def test_a_picture_is_rotated_according_to_its_exif(orientation: int, shape: tuple[int, int]) -> None:
    seen = decode(turned(jpeg(), orientation), long_side=160)
    turn = {1: None, 3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}[orientation]
    upright = scene() if turn is None else np.asarray(cv2.rotate(scene(), turn), np.uint8)
    assert seen.shape[:2] == shape
    assert near(seen, upright)


@pytest.mark.parametrize("whole", [jpeg(), RESTARTS, progressive()], ids=["plain", "restarts", "progressive"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_truncated_picture_is_reported_as_truncated(whole: bytes, share: float) -> None:
    with pytest.raises(PictureTruncated):
        decode(whole[: int(len(whole) * share)], long_side=160)


@pytest.mark.parametrize(
    ("hostile", "error"),
    [
        (many_scans(640, 480, 5000), PictureTooCostly),
        (many_scans(4096, 4096, 90), PictureTooCostly),
        (claiming(20_000, 20_000), PictureTooLarge),
        (claiming(20_000, 20_000, disguise=b"\xff"), PictureTooLarge),
        (claiming(65_500, 1, disguise=b"\xff\xff\x00\xff"), PictureTooLarge),
        (claiming(48, 32, disguise=b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10"), PictureBroken),
        (b"<html>ftyp</html>", NoPicture),
        (b"\x89PNG\r\n\x1a\n", NoPicture),
    ],
)
def test_a_malicious_frame_is_refused_before_it_is_decoded(hostile: bytes, error: type[PictureRefused]) -> None:
    with pytest.raises(error):
        decode(hostile, long_side=512)


def test_the_costliest_accepted_frame_is_cheap() -> None:
    """In a separate process with limits on memory and time, instead of a timed assertion."""
    bounded = (
        "import resource, sys;"
        "resource.setrlimit(resource.RLIMIT_CPU, (20, 20));"
        "from vision.pictures.decode import decode; from tests.support.jpegs import many_scans;"
        "worst = ((4096, 4096, 10), (640, 480, 100), (1920, 1080, 90));"
        "[decode(many_scans(w, h, n), long_side=512) for w, h, n in worst];"
        # not ru_maxrss: a process inherits it from the one that started it
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'));"
        "sys.exit(int(peak.split()[1]) > 900 * 1024)"
    )
    assert subprocess.run([sys.executable, "-c", bounded], check=False).returncode == 0
