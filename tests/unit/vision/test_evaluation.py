"""Known detections against known boxes give the figures that one can reckon by hand."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import Invalid
from tests.support.scripted import ENTRY, SIDE, Scripted
from vision.evaluation import evaluate


def folder_of(tmp_path: Path, labels: list[str], *, classes: str = "hairnet\nno_hairnet\n") -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    (tmp_path / "classes.txt").write_text(classes)
    for i, label in enumerate(labels):
        cv2.imwrite(str(tmp_path / "images" / f"{i}.jpg"), np.zeros((SIDE, SIDE, 3), np.uint8))
        (tmp_path / "labels" / f"{i}.txt").write_text(label)
    return tmp_path


def test_a_perfect_detector_has_perfect_figures(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25"] * 3)
    found = evaluate(ENTRY, Scripted((0, 0.9, 32, 32, 16, 16)), folder)["head_covered"]
    assert (found.ap50, found.precision, found.recall, found.boxes, found.images) == (1.0, 1.0, 1.0, 3, 3)
    assert found.ap50_95 > 0.95


def test_a_false_box_that_is_surer_halves_the_precision(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25"])
    engine = Scripted((0, 0.9, 10, 10, 8, 8), (0, 0.8, 32, 32, 16, 16))
    found = evaluate(ENTRY, engine, folder)["head_covered"]
    assert (found.ap50, found.precision, found.recall) == (0.5, 0.5, 1.0)


def test_what_is_below_the_threshold_counts_for_ap_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["1 0.5 0.5 0.25 0.25"])
    found = evaluate(ENTRY, Scripted((1, 0.3, 32, 32, 16, 16)), folder)["head_bare"]
    assert (found.ap50, found.precision, found.recall) == (1.0, None, 0.0)


def test_another_layout_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"classes\.txt"):
        evaluate(ENTRY, Scripted(), tmp_path)
    with pytest.raises(Invalid, match="the model knows"):
        evaluate(ENTRY, Scripted(), folder_of(tmp_path, [""], classes="dragon\n"))


def test_a_broken_label_names_file_and_line(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25\n0 what"])
    with pytest.raises(Invalid, match=r"0\.txt, line 2"):
        evaluate(ENTRY, Scripted(), folder)
