"""Squares for training: cut near heads as the rounds cut them, labelled where they show what is looked for."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from deploy.cli import main
from models.base.errors import Invalid
from tests.support.scripted import ENTRY, Scripted
from vision.engines.detector import Detector
from vision.evaluation.labels import read_rows
from vision.training.classes import CLASS_ID
from vision.training.near_heads import FAINT, SIDE, WITHOUT, cut_near_heads, rows_in

CIGARETTE, HEAD = CLASS_ID["cigarette"], (1, 0.9, 32, 24, 8, 8)
"""A head of an eighth of the picture's width at its middle."""


def detector() -> Detector:
    return Detector(ENTRY, Scripted(HEAD))


def prepared(data: Path, source: str, labels: str = "", *, split: str = "train", count: int = 1) -> Path:
    """A prepared folder of pictures of 640 x 480 px with these labels."""
    folder = data / split / source
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(count):
        picture = cv2.resize(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8), (640, 480))
        cv2.imwrite(str(folder / "images" / f"{number:03}.jpg"), picture)
        (folder / "labels" / f"{number:03}.txt").write_text(labels)
    return folder


def test_a_cigarette_near_a_head_is_labelled_in_every_square_that_shows_it(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    prepared(data, "cigarette_head", f"{CIGARETTE} 0.53 0.53 0.03 0.02\n15 0.5 0.5 0.9 0.9\n")
    prepared(data, "cigarette_head", f"{CIGARETTE} 0.53 0.53 0.03 0.02\n", split="test")
    counts = cut_near_heads(data, out, detector())
    assert counts["train/cigarette_head"] >= 5, "two squares of the head and one of the label, most with a faint copy"
    assert counts["test/cigarette_head"] == 2
    for label in out.glob("*/cigarette_head/labels/*.txt"):
        (row,) = read_rows(label)
        assert row.number == CIGARETTE
        shown = cv2.imread(str(label.parent.parent / "images" / f"{label.stem}.jpg"))
        assert shown is not None
        assert shown.shape == (SIDE, SIDE, 3)
    sizes = [read_rows(label)[0].w for label in out.glob("test/*/labels/*.txt")]
    assert sizes == pytest.approx([0.03 * 640 / (3.5 * 80)] * 2, abs=0.002), "as the rounds cut it, and again fainter"


def test_a_faint_copy_has_less_detail(tmp_path: Path) -> None:
    prepared(tmp_path / "data", "cigarette_head", f"{CIGARETTE} 0.53 0.53 0.03 0.02\n", split="test")
    prepared(tmp_path / "data", "cigarette_head")
    cut_near_heads(tmp_path / "data", tmp_path / "out", detector())
    sharp, faint = (
        cv2.Laplacian(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), cv2.CV_64F).var()
        for path in sorted((tmp_path / "out" / "test" / "cigarette_head" / "images").iterdir())
    )
    assert faint < sharp
    assert FAINT[1] < SIDE


def test_kitchens_give_squares_without_labels_and_a_bounded_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WITHOUT, "hairnet_kitchen", 7)
    prepared(tmp_path / "data", "cigarette_head")
    for split in ("train", "val"):
        folder = prepared(tmp_path / "data", "hairnet_kitchen", "0 0.5 0.5 0.1 0.1\n", split=split, count=10)
        (folder / "compliant.txt").write_text("000\n")
    prepared(tmp_path / "data", "garbage_bin")
    counts = cut_near_heads(tmp_path / "data", tmp_path / "out", detector())
    assert sorted(counts) == ["train/cigarette_head", "train/hairnet_kitchen", "val/hairnet_kitchen"]
    assert 7 <= counts["train/hairnet_kitchen"] <= 14
    assert 1 <= counts["val/hairnet_kitchen"] <= 2
    kitchens = tmp_path / "out" / "train" / "hairnet_kitchen"
    assert {path.read_text() for path in (kitchens / "labels").iterdir()} == {""}
    assert (kitchens / "compliant.txt").read_text() == "000\n"


def test_a_square_that_shows_a_part_of_a_label_is_left_out() -> None:
    square = (100, 100, 200)
    (whole,) = rows_in(square, [(120, 120, 140, 130)]) or []
    assert (whole.number, whole.cx, whole.cy, whole.w, whole.h) == pytest.approx((CIGARETTE, 0.15, 0.125, 0.1, 0.05))
    assert rows_in(square, [(90, 120, 110, 130)]) is None
    assert rows_in(square, [(0, 0, 50, 50)]) == []
    (cropped,) = rows_in(square, [(95, 120, 125, 130)]) or []
    assert (cropped.cx, cropped.w) == pytest.approx((0.0625, 0.125))


def test_a_folder_without_what_is_looked_for_or_that_exists_is_refused(tmp_path: Path) -> None:
    prepared(tmp_path / "data", "hairnet_kitchen")
    with pytest.raises(Invalid, match="expected cigarette_head or cigarette_wide in train/"):
        cut_near_heads(tmp_path / "data", tmp_path / "out", detector())
    prepared(tmp_path / "data", "cigarette_wide")
    with pytest.raises(Invalid, match="does not exist yet"):
        cut_near_heads(tmp_path / "data", tmp_path / "data", detector())


def test_the_command_finds_heads_with_the_shipped_weights(tmp_path: Path) -> None:
    prepared(tmp_path / "data", "cigarette_head", f"{CIGARETTE} 0.53 0.53 0.03 0.02\n")
    result = CliRunner().invoke(main, ["model", "near-heads", str(tmp_path / "data"), str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "train/cigarette_head: " in result.output
