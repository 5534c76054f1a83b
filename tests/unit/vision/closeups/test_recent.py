"""The last frames of a camera: bounded by age and number, and a broken one is no picture."""

import numpy as np

from vision.closeups.recent import KEPT_S, MOST, Recent
from vision.pictures.decode import encode

JPEG = encode(np.full((1080, 1920, 3), 90, np.uint8))


def test_a_frame_comes_back_in_full_resolution_while_it_is_kept() -> None:
    recent = Recent()
    for second in range(30):
        recent.keep(float(second), JPEG)
    picture = recent.picture_at(29.0)
    assert picture is not None
    assert picture.shape == (1080, 1920, 3)
    assert recent.picture_at(29.0 - KEPT_S - 1) is None
    assert recent.picture_at(29.5) is None


def test_a_fast_camera_keeps_a_bounded_number() -> None:
    recent = Recent()
    for number in range(1000):
        recent.keep(number / 100, b"")
    assert len(recent.frames) == MOST


def test_a_broken_frame_is_no_picture() -> None:
    recent = Recent()
    for at_s, jpeg in enumerate((b"", b"\xff\xd8", JPEG[:500], b"not a picture")):
        recent.keep(float(at_s), jpeg)
        assert recent.picture_at(float(at_s)) is None
