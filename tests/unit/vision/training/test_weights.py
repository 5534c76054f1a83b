"""The weights in the repository match their ``meta.json`` and card."""

import hashlib
import json
from pathlib import Path

import pytest

from models.base.errors import Invalid
from tests.support.paths import ROOT
from vision.training.card import card
from vision.training.classes import CLASS_ID, CLASSES, SIMULATED
from vision.training.export import CHECKPOINT, ENGINE, GRAPH, INT8, LARGEST_BYTES, Papers, export, put, taken_over

FOLDER = ROOT / "vision" / "weights" / "kitchen-n"
META = json.loads((FOLDER / "meta.json").read_text())


def test_every_file_has_its_stated_hash() -> None:
    assert set(META["sha256"]) == {"model.xml", "model.bin", "model_int8.xml", "model_int8.bin"}
    for name, digest in META["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_the_model_is_small_enough_to_ship() -> None:
    assert sum((FOLDER / name).stat().st_size for name in META["sha256"]) <= LARGEST_BYTES


def test_classes_and_thresholds_are_complete() -> None:
    assert tuple(META["classes"]) == CLASSES
    assert set(META["thresholds"]) == set(CLASSES)
    assert all(0 < score < 1 for score in META["thresholds"].values())


def test_no_simulated_picture_is_in_a_quality_figure() -> None:
    assert META["figures"]
    assert SIMULATED not in META["figures"]


def test_the_card_shows_the_figures_of_these_weights() -> None:
    assert (FOLDER / "CARD.md").read_text() == card(META)


def test_new_weights_keep_thresholds_set_by_hand_unless_own_pictures_decide(tmp_path: Path) -> None:
    kept, more = taken_over(META, tmp_path)
    assert kept == {name: META["thresholds"][name] for name in META["thresholds_fixed_by_hand"]}
    assert more["thresholds_why"] == META["thresholds_why"]
    assert set(more["not_learnt"]) == set(more["left_to"]) == {"cat", "dog"}
    assert more["near_heads"] == META["near_heads"]

    labels = tmp_path / "val" / "own-yard" / "labels"
    labels.mkdir(parents=True)
    (labels / "a.txt").write_text(f"{CLASS_ID['cat']} 0.5 0.5 0.1 0.1\n\n{CLASS_ID['person']} 0.5 0.5 0.2 0.6\n")
    (labels / "b.txt").write_text("")
    kept, more = taken_over(META, tmp_path)
    assert "cat" not in kept
    assert kept["dog"] == META["thresholds"]["dog"]
    assert set(more["not_learnt"]) == set(more["left_to"]) == {"dog"}, "own cats are the detector's own business"


def test_old_files_are_deleted_and_new_ones_are_complete(tmp_path: Path) -> None:
    made, out = tmp_path / "made", tmp_path / "out"
    for folder, names in ((made, GRAPH), (out, (*GRAPH, *INT8, CHECKPOINT, ENGINE, "meta.json"))):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(folder.name)
    put(made, out)
    assert {path.name: path.read_text() for path in out.iterdir()} == {
        **dict.fromkeys(GRAPH, "made"),
        "meta.json": "out",
    }


def test_an_export_without_pictures_to_measure_on_touches_nothing(tmp_path: Path) -> None:
    papers = Papers(name="x", version="1", imgsz=512, training={}, fixed={})
    (tmp_path / "val" / "own-x" / "images").mkdir(parents=True)
    (tmp_path / "val" / "own-x" / "images" / "a.jpg").touch()
    with pytest.raises(Invalid, match="no pictures in test/"):
        export(tmp_path / "last.pt", tmp_path, tmp_path / "out", papers)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("imgsz", [500, 0, -32])
def test_an_unsupported_input_size_is_refused_before_anything_is_written(tmp_path: Path, imgsz: int) -> None:
    papers = Papers(name="x", version="1", imgsz=imgsz, training={}, fixed={})
    with pytest.raises(Invalid, match=f"--imgsz {imgsz}: expected a multiple of 32"):
        export(tmp_path / "last.pt", tmp_path, tmp_path / "out", papers)
    assert not list(tmp_path.iterdir())
