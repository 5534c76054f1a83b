"""A picture put into real footage is there, sways, and nothing else changes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.base.errors import Invalid
from vision.evaluation.assembled import HELD_S, assembled, pictures_of
from vision.pictures.decode import Picture, decode

STILL: Picture = np.full((540, 960, 3), 90, np.uint8)
RED: Picture = np.zeros((200, 100, 3), np.uint8)
RED[:, :, 2] = 255


def red(jpeg: bytes) -> tuple[int, int, int, int]:
    """The box of what is red in a frame: x, y, width, height."""
    frame = decode(jpeg, long_side=960).astype(int)
    rows, columns = np.nonzero((frame[:, :, 2] > 180) & (frame[:, :, 0] < 60))
    return int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.mark.parametrize("side", [120, 240, 480])
def test_the_picture_has_its_size_and_stays_about_where_it_is(side: int) -> None:
    frames = assembled(STILL, RED, side=side, seed=3)
    assert len(frames) == HELD_S
    boxes = [red(frame) for frame in frames]
    assert all(abs(h - side) <= 4 and abs(w - side / 2) <= 4 for _, _, w, h in boxes)
    assert 0 < np.ptp([x for x, *_ in boxes]) <= 8
    assert all(x >= 0 and y >= 0 and x + w <= 960 and y + h <= 540 for x, y, w, h in boxes)


def test_a_picture_that_is_too_large_is_made_to_fit() -> None:
    _, _, _, height = red(assembled(STILL, RED, side=4000, seed=1)[0])
    assert height <= 524


def test_the_still_alone_is_the_still_with_noise() -> None:
    first, second = (decode(frame, long_side=960).astype(int) for frame in assembled(STILL, None, side=240, seed=1)[:2])
    assert abs(first - STILL).mean() < 5
    assert (first != second).any()


def test_the_same_seed_makes_the_same_film() -> None:
    assert assembled(STILL, RED, side=240, seed=5) == assembled(STILL, RED, side=240, seed=5)


def test_only_pictures_with_the_label_are_taken(tmp_path: Path) -> None:
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    (tmp_path / "classes.txt").write_text("cigarette\n")
    for stem, rows in (("a", "0 0.5 0.5 0.1 0.1\n"), ("b", ""), ("c", "0 0.5 0.5 0.1 0.1\n")):
        cv2.imwrite(str(tmp_path / "images" / f"{stem}.jpg"), STILL)
        (tmp_path / "labels" / f"{stem}.txt").write_text(rows)
    found = pictures_of(tmp_path, "cigarette", classes=("cigarette", "phone"), most=5)
    assert [path.stem for path in found] == ["a", "c"]
    with pytest.raises(Invalid, match="no picture with a label of phone"):
        pictures_of(tmp_path, "phone", classes=("cigarette", "phone"), most=5)
