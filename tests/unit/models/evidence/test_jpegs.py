"""The header that is checked is the one that the decoder finds, wherever it is hidden."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import PictureBroken, PictureRefused, PictureTooCostly, PictureTooLarge, PictureTruncated
from models.evidence.jpegs import Bounds, read_jpeg
from tests.support.jpegs import END, claiming, jpeg, many_scans, progressive, scene, turned, with_segment

BOUNDS = Bounds(side=4096, pixels=4096 * 4096, scans=100, work=256_000_000)

DISGUISES = {
    "plain": b"",
    "a fill byte": b"\xff",
    "many fill bytes": b"\xff" * 300,
    "garbage": b"garbage \x00 \x01",
    "a stuffed zero": b"\xff\x00",
    "a restart marker": b"\xff\xd3",
    "a temporary marker": b"\xff\x01",
    "a comment that looks like a header": b"\xff\xfe\x00\x0b\xff\xc0\x00\x11\x08\x00\x10\x00\x10",
    "a line count": b"\xff\xdc\x00\x04\x00\x10",
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_the_size_is_the_one_that_the_decoder_uses(disguise: bytes) -> None:
    small = claiming(48, 32, disguise=disguise)
    seen = cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_COLOR)
    found = read_jpeg(small)
    assert seen is not None
    assert (found.height, found.width) == seen.shape[:2] == (32, 48)
    with pytest.raises(PictureTooLarge, match="20000×20000"):
        BOUNDS.check(read_jpeg(claiming(20_000, 20_000, disguise=disguise)))


@pytest.mark.parametrize(
    "broken",
    [
        claiming(0, 100),
        claiming(100, 0),
        claiming(48, 32, disguise=b"\xff\xd8"),
        claiming(48, 32, disguise=b"\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"),
        claiming(48, 32, disguise=b"\xff\x30"),
        jpeg().replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"),
    ],
    ids=["no width", "height after the picture", "two starts", "two sizes", "a reserved marker", "12 bits"],
)
def test_pictures_that_the_decoder_refuses_are_refused_before_it(broken: bytes) -> None:
    with pytest.raises(PictureBroken):
        read_jpeg(broken)


def test_a_thumbnail_is_not_taken_for_the_picture() -> None:
    thumbnail = jpeg(scene(32, 24))
    found = read_jpeg(with_segment(jpeg(scene(640, 480)), 0xE1, b"Exif\x00\x00" + thumbnail))
    assert (found.width, found.height, found.ended) == (640, 480, True)
    assert not read_jpeg(with_segment(jpeg(), 0xE1, thumbnail).removesuffix(END)).ended


def test_scans_are_counted_as_the_decoder_processes_them() -> None:
    assert read_jpeg(jpeg()).scans == read_jpeg(jpeg()).passes // 3 == 1
    assert read_jpeg(progressive()).scans == 10
    assert read_jpeg(many_scans(160, 120, 77)).scans == 77
    restarts = jpeg(scene(), cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 2)
    assert read_jpeg(restarts).scans == 10
    assert read_jpeg(progressive() + progressive()).scans == 10


def test_a_bomb_of_scans_is_refused_by_number_and_by_work() -> None:
    with pytest.raises(PictureTooCostly, match="scans"):
        read_jpeg(many_scans(640, 480, 3000))
    with pytest.raises(PictureTooCostly, match="in 101 scans"):
        BOUNDS.check(read_jpeg(many_scans(64, 64, 101)))
    with pytest.raises(PictureTooCostly, match="4096×4096"):
        BOUNDS.check(read_jpeg(many_scans(4096, 4096, 30)))
    BOUNDS.check(read_jpeg(progressive(3840, 2160)))


def test_the_end_of_the_picture_is_found() -> None:
    whole = jpeg()
    assert read_jpeg(whole).ended
    assert read_jpeg(whole + b"\x00" * 500).ended
    assert read_jpeg(turned(whole, 6)).ended
    assert not read_jpeg(whole[:-2]).ended
    assert not read_jpeg(whole[: len(whole) // 2 + 300]).ended
    assert not read_jpeg(progressive()[:-2]).ended
    with pytest.raises(PictureTruncated):
        read_jpeg(whole[:400])


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", jpeg()[:200], jpeg()[:-2]):
        try:
            read_jpeg(start + content)
        except PictureRefused:
            continue
