"""The figures for known detections and boxes equal those calculated by hand."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.base.errors import Invalid
from tests.support.scripted import ENTRY, SIDE, Scripted
from vision.evaluation import evaluate
from vision.evaluation.detail import by_light, by_size, by_source, mistakes, reliability
from vision.evaluation.sheets import contact_sheet, reliability_curve
from vision.evaluation.tally import Tally, average_precision, balanced, threshold_for


def folder_of(tmp_path: Path, labels: list[str], *, classes: str = "hairnet\nno_hairnet\n") -> Path:
    (tmp_path / "images").mkdir(parents=True)
    (tmp_path / "labels").mkdir()
    (tmp_path / "classes.txt").write_text(classes)
    for i, label in enumerate(labels):
        cv2.imwrite(str(tmp_path / "images" / f"{i}.jpg"), np.zeros((SIDE, SIDE, 3), np.uint8))
        (tmp_path / "labels" / f"{i}.txt").write_text(label)
    return tmp_path


def test_a_perfect_detector_has_perfect_figures(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25"] * 3)
    found = evaluate(ENTRY, Scripted((0, 0.9, 32, 32, 16, 16)), folder).figures()["head_covered"]
    assert (found.ap50, found.precision, found.recall, found.boxes, found.images) == (1.0, 1.0, 1.0, 3, 3)
    assert found.ap50_95 > 0.95


def test_a_false_box_with_a_higher_score_halves_the_precision(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25"])
    engine = Scripted((0, 0.9, 10, 10, 8, 8), (0, 0.8, 32, 32, 16, 16))
    found = evaluate(ENTRY, engine, folder).figures()["head_covered"]
    assert (found.ap50, found.precision, found.recall) == (0.5, 0.5, 1.0)


def test_detections_below_the_threshold_count_only_for_ap(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["1 0.5 0.5 0.25 0.25"])
    found = evaluate(ENTRY, Scripted((1, 0.3, 32, 32, 16, 16)), folder).figures()["head_bare"]
    assert (found.ap50, found.precision, found.recall) == (1.0, None, 0.0)


def test_another_layout_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"classes\.txt"):
        evaluate(ENTRY, Scripted(), tmp_path)
    with pytest.raises(Invalid, match="the model knows"):
        evaluate(ENTRY, Scripted(), folder_of(tmp_path, [""], classes="dragon\n"))


def test_classes_are_known_by_other_spellings(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["1 0.5 0.5 0.25 0.25"], classes="\ufeffHairnet\nNo-Hairnet\n")
    found = evaluate(ENTRY, Scripted((1, 0.9, 32, 32, 16, 16)), folder).figures()
    assert (found["head_bare"].ap50, found["head_covered"].boxes) == (1.0, 0)


def test_a_broken_label_names_file_and_line(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25\n0 what"])
    with pytest.raises(Invalid, match=r"0\.txt, line 2"):
        evaluate(ENTRY, Scripted(), folder)


def test_an_exclusive_class_with_a_higher_score_suppresses_reported_detections_but_not_ap(tmp_path: Path) -> None:
    """AP is per class, as usual; precision and recall are those of the product's reports."""
    engine = Scripted((1, 0.9, 32, 32, 16, 16), (0, 0.8, 32, 32, 16, 16))
    found = evaluate(ENTRY, engine, folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25"])).figures()
    assert (found["head_covered"].ap50, found["head_covered"].recall) == (1.0, 0.0)
    assert (found["head_bare"].precision, found["head_bare"].boxes) == (0.0, 0)
    assert found["head_covered"].opposite == 1


@pytest.mark.parametrize(
    "engine",
    [
        Scripted((1, 0.9, 10, 10, 8, 8)),  # elsewhere
        Scripted((1, 0.3, 32, 32, 16, 16)),  # below its threshold
        Scripted((0, 0.9, 32, 32, 16, 16), (1, 0.8, 32, 32, 16, 16)),  # the hat is surer
        Scripted(),
    ],
)
def test_a_hat_is_not_called_bare_by_what_is_not_reported_on_it(tmp_path: Path, engine: Scripted) -> None:
    found = evaluate(ENTRY, engine, folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25\n0 0.2 0.8 0.1 0.1", ""]))
    assert found.figures()["head_covered"].opposite == 0


def test_several_folders_are_evaluated_each_on_its_own_classes(tmp_path: Path) -> None:
    folder_of(tmp_path / "a", ["0 0.5 0.5 0.25 0.25"], classes="hairnet\n")
    folder_of(tmp_path / "b", ["", ""], classes="no_hairnet\n")
    found = evaluate(ENTRY, Scripted((0, 0.9, 32, 32, 16, 16)), tmp_path).figures()
    assert (found["head_covered"].precision, found["head_covered"].boxes) == (1.0, 1)
    assert found["head_bare"].precision is None


def test_of_several_folders_those_with_the_split_are_evaluated(tmp_path: Path) -> None:
    with_films(tmp_path / "a")
    folder_of(tmp_path / "b", [""], classes="no_hairnet\n")
    engine = Scripted((0, 0.9, 32, 32, 16, 16))
    assert evaluate(ENTRY, engine, tmp_path, split="test").figures()["head_covered"].images == 2
    with pytest.raises(Invalid, match="no folder in it has a split 'vall'"):
        evaluate(ENTRY, engine, tmp_path, split="vall")


def with_films(tmp_path: Path) -> Path:
    folder = folder_of(tmp_path, ["0 0.5 0.5 0.25 0.25", "0 0.2 0.2 0.25 0.25"])
    (folder / "sources.csv").write_text("file,split,source\n0.jpg,test,a.mp4\n1,test,b.mp4\n")
    cv2.imwrite(str(folder / "images" / "1.jpg"), np.full((SIDE, SIDE, 3), (10, 200, 30), np.uint8))
    return folder


def test_figures_are_split_by_size_film_and_light(tmp_path: Path) -> None:
    records = evaluate(ENTRY, Scripted((0, 0.9, 32, 32, 16, 16)), with_films(tmp_path), split="test")
    assert {name: part.boxes for name, part in by_size(records)["head_covered"].items()} == {"small": 2}
    films = by_source(records)["head_covered"]
    assert (films["a.mp4"].ap50, films["b.mp4"].ap50) == (1.0, 0.0)
    assert set(by_light(records)["head_covered"]) == {"grey", "normal"}


def test_the_worst_mistakes_are_shown_on_a_sheet(tmp_path: Path) -> None:
    records = evaluate(ENTRY, Scripted((0, 0.9, 32, 32, 16, 16)), with_films(tmp_path))
    found = mistakes(records, most=4)
    assert [(m.kind, m.path.stem) for m in found] == [("false", "1"), ("missed", "1")]
    contact_sheet(found, tmp_path / "sheet.png")
    reliability_curve(reliability(records), tmp_path / "curve.png")
    assert cv2.imread(str(tmp_path / "sheet.png")) is not None
    assert cv2.imread(str(tmp_path / "curve.png")) is not None
    for name in ("nowhere/sheet.png", "sheet"):
        with pytest.raises(Invalid, match="an existing folder"):
            contact_sheet(found, tmp_path / name)


def test_the_calibration_error_is_the_difference_of_score_and_precision(tmp_path: Path) -> None:
    found = reliability(evaluate(ENTRY, Scripted((0, 0.9, 32, 32, 16, 16)), with_films(tmp_path)))
    assert found.error == pytest.approx(0.4)
    assert [(b.count, b.precision) for b in found.bins] == [(2, 0.5)]


def tally_of(*scored: tuple[float, bool], boxes: int) -> Tally:
    hits = [np.full(10, hit) for _, hit in scored]
    return Tally(scores=[score for score, _ in scored], hits=hits, true_sizes=[10.0] * boxes)


def test_half_of_the_boxes_found_is_half_the_ap() -> None:
    assert average_precision(np.array([True]), 2) == pytest.approx(0.505, abs=0.01)


def test_a_second_detection_of_one_box_is_false(tmp_path: Path) -> None:
    engine = Scripted((0, 0.9, 32, 32, 16, 16), (0, 0.8, 32, 40, 16, 16))
    records = evaluate(ENTRY, engine, folder_of(tmp_path, ["0 0.5 0.56 0.25 0.25"]))
    assert [bool(hit[0]) for hit in records.everything["head_covered"].hits] == [True, False]


def test_the_threshold_is_the_lowest_score_that_keeps_the_precision() -> None:
    tally = tally_of((0.9, True), (0.8, True), (0.7, False), (0.6, False), boxes=2)
    assert threshold_for(tally, precision=0.9, least=1) == pytest.approx(0.8)
    assert threshold_for(tally_of((0.5, False), boxes=1), precision=0.9) is None
    assert threshold_for(tally, precision=0.9, least=3) is None  # two detections prove nothing
    assert threshold_for(tally_of((0.9, True), boxes=9), precision=0.9, recall=0.3, least=1) is None


def test_the_balanced_score_balances_missed_and_false_detections() -> None:
    assert balanced(tally_of((0.9, True), (0.5, True), (0.4, False), boxes=2)) == pytest.approx(0.5)
    assert balanced(tally_of(boxes=2)) is None


def test_all_objects_of_a_crowd_are_counted(tmp_path: Path) -> None:
    places = [(x, y) for x in range(2, SIDE, 5) for y in range(2, SIDE, 5)]
    assert len(places) > 150
    label = "".join(f"0 {x / SIDE} {y / SIDE} {4 / SIDE} {4 / SIDE}\n" for x, y in places)
    engine = Scripted(*((0, 0.9, x, y, 4, 4) for x, y in places))
    found = evaluate(ENTRY, engine, folder_of(tmp_path, [label])).figures()["head_covered"]
    assert (found.ap50, found.recall, found.boxes) == (1.0, 1.0, len(places))
