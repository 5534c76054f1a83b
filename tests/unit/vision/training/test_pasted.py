"""Heads pasted into kitchens: right boxes, nothing covered, held-out pictures left out, the same again by seed."""

import csv
import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.base.errors import Invalid
from vision.evaluation.labels import Row, read_rows
from vision.training.classes import CLASS_ID, PASTED, labelled_in
from vision.training.pasted import MOST, MOST_HEADS, SIDES, Head, paste_heads, with_heads

COVERED, BARE = CLASS_ID["head_covered"], CLASS_ID["head_bare"]
ROOM_HEAD = f"{BARE} 0.5 0.5 0.1 0.2\n"


def picture(path: Path, colour: tuple[int, int, int], *, size: tuple[int, int]) -> Path:
    """Write a picture of one colour, width and height in px."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent.parent / "labels").mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.full((size[1], size[0], 3), colour, np.uint8))
    return path


def prepared(out: Path) -> Path:
    """A prepared folder with a room, a covered and a bare close head for training, and another head held out."""
    for split, stems in (("train", ("hat", "hair")), ("val", ("kept",))):
        for stem, number in zip(stems, (COVERED, BARE), strict=False):
            path = picture(out / split / "chef_heads/images" / f"{stem}.png", (0, 0, 255), size=(224, 224))
            (path.parent.parent / "labels" / f"{stem}.txt").write_text(f"{number} 0.5 0.4 0.4 0.5\n")
    room = picture(out / "train/hairnet_kitchen/images/room.png", (90, 140, 60), size=(640, 360))
    (room.parent.parent / "labels/room.txt").write_text(ROOM_HEAD + f"{CLASS_ID['person']} 0.5 0.6 0.2 0.7\n")
    (room.parent.parent / "sources.csv").write_text("file,split,source\nroom,train,Frame_3\n")
    return out


def close_head(tmp_path: Path, *, size: int = 224) -> Head:
    path = picture(tmp_path / "close/images/hat.png", (0, 0, 255), size=(size, size))
    return Head(path, COVERED, Row(number=COVERED, cx=0.5, cy=0.4, w=0.4, h=0.5))


def empty_room(tmp_path: Path) -> Path:
    return picture(tmp_path / "room/images/room.png", (90, 140, 60), size=(640, 360))


def test_the_box_is_where_the_head_was_pasted_at_camera_size(tmp_path: Path) -> None:
    for seed in range(20):
        canvas, rows = with_heads(empty_room(tmp_path), [close_head(tmp_path)], random.Random(seed))
        (row,) = rows
        assert row.number == COVERED
        assert SIDES[0] * 0.9 <= max(row.w, row.h * 360 / 640) <= SIDES[1] * 1.1
        # All that is red as the head is within the box with its face below (to the picture's edge), grown by its soft
        # edge; the box is red.
        red = (canvas[..., 2].astype(int) - canvas[..., 1] > 60).nonzero()
        x0, x1 = (row.cx - row.w / 2) * 640, (row.cx + row.w / 2) * 640
        y0, y1 = (row.cy - row.h / 2) * 360, (row.cy + row.h / 2) * 360
        face, soft = 0.7 * (y1 - y0), 0.6 * max(x1 - x0, y1 - y0) + 2
        assert x0 - soft <= red[1].min() <= x0 + 4
        assert x1 - 4 <= red[1].max() <= x1 + soft
        assert y0 - soft <= red[0].min() <= y0 + 4
        assert y1 + face - 4 <= red[0].max() <= y1 + face + soft
        assert abs((red[1].min() + red[1].max()) / 2 - (x0 + x1) / 2) <= 2


def test_nothing_is_pasted_over_the_rooms_own_heads(tmp_path: Path) -> None:
    out = prepared(tmp_path)
    room = out / "train/hairnet_kitchen/images/room.png"
    plain = cv2.imread(str(room))
    own = (slice(144, 216), slice(288, 352))
    for seed in range(20):
        canvas, rows = with_heads(room, [close_head(tmp_path)] * MOST_HEADS, random.Random(seed))
        np.testing.assert_array_equal(canvas[own], plain[own])
        assert [row.number for row in rows] == [BARE, *[COVERED] * (len(rows) - 1)]
        assert len(rows) > 1


def test_a_head_that_would_have_to_be_enlarged_is_left_out(tmp_path: Path) -> None:
    _, rows = with_heads(empty_room(tmp_path), [close_head(tmp_path, size=32)], random.Random(1))
    assert rows == []


def test_heads_of_a_colourless_room_are_colourless(tmp_path: Path) -> None:
    grey = picture(tmp_path / "grey/images/room.png", (90, 90, 90), size=(640, 360))
    canvas, rows = with_heads(grey, [close_head(tmp_path)], random.Random(1))
    assert len(rows) == 1
    assert int(np.ptp(canvas, axis=2).max()) <= 1


def test_a_source_of_its_own_names_rooms_and_heads_and_uses_training_pictures_alone(tmp_path: Path) -> None:
    out = prepared(tmp_path)
    assert paste_heads(out, count=6, seed=1) == 6
    folder = out / "train" / PASTED
    assert labelled_in(folder) == {COVERED, BARE}
    rows = list(csv.DictReader((folder / "sources.csv").read_text().splitlines()))
    assert {row["source"] for row in rows} == {"hairnet_kitchen/Frame_3"}
    assert {stem for row in rows for stem in row["heads"].split()} == {"hat", "hair"}
    assert len(list((folder / "images").iterdir())) == len(rows) == 6
    for row in rows:
        labels = read_rows(folder / "labels" / f"{row['file']}.txt")
        assert {one.number for one in labels} <= {COVERED, BARE}
    assert not list(out.glob(f"val/{PASTED}"))


def test_the_same_seed_pastes_the_same_and_what_is_there_is_kept(tmp_path: Path) -> None:
    out = prepared(tmp_path)
    paste_heads(out, count=2, seed=1)
    folder = out / "train" / PASTED
    before = {path.name: path.read_bytes() for path in folder.glob("*/*")}
    label = min(folder.glob("labels/*"))
    label.write_text("")
    paste_heads(out, count=3, seed=1)
    assert label.read_text() == ""
    label.unlink()
    paste_heads(out, count=3, seed=1)
    after = {path.name: path.read_bytes() for path in folder.glob("*/*")}
    assert {name: after[name] for name in before} == before
    paste_heads(out, count=1, seed=2)
    assert len(list(csv.DictReader((folder / "sources.csv").read_text().splitlines()))) == 4


@pytest.mark.parametrize(("gone", "count"), [("chef_heads", 1), ("hairnet_kitchen", 1), ("", 0), ("", MOST + 1)])
def test_what_is_missing_or_too_much_is_said(tmp_path: Path, gone: str, count: int) -> None:
    out = prepared(tmp_path)
    if gone:
        (out / "train" / gone).rename(out / "train" / "other")
    with pytest.raises(Invalid, match=gone or "expected 1 to"):
        paste_heads(out, count=count, seed=1)
