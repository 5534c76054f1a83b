"""What is known of a crop: by its source's labels, and never more than they say."""

import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.judging.attributes import ATTRIBUTES
from vision.training.classes import CLASS_ID
from vision.training.closeups.cutting import NOTHING, STORED, Labelled, crops_of, truth_of
from vision.training.closeups.looks import changed

BOX = np.array([0.4, 0.4, 0.5, 0.5], np.float32)
AROUND = np.array([0.3, 0.3, 0.6, 0.6], np.float32)


def known(labels: Labelled, *, asked: str, box: np.ndarray = BOX) -> dict[str, str | None]:
    truth = truth_of(box, AROUND, labels, asked=asked)
    return {name: None if i < 0 else ATTRIBUTES[name][i] for name, i in zip(ATTRIBUTES, truth, strict=True)}


def test_a_label_is_known_and_what_the_source_does_not_label_is_not() -> None:
    labels = Labelled({"head_bare": BOX[None]}, frozenset({"head_covered", "head_bare"}))
    assert known(labels, asked="head") == {
        "head": "head_bare",
        "mask": None,
        "cigarette": None,
        "phone": None,
        "hand": None,
    }


def test_where_nothing_is_labelled_there_is_nothing_if_the_source_labels_it() -> None:
    labels = Labelled({}, frozenset({"head_covered", "head_bare", "cigarette"}))
    found = known(labels, asked="cigarette")
    assert (found["head"], found["cigarette"], found["mask"]) == ("no_head", "no_cigarette", None)


def test_a_source_that_labels_only_one_value_says_nothing_of_the_others() -> None:
    assert known(Labelled({}, frozenset({"head_bare"})), asked="head")["head"] is None


@pytest.mark.parametrize(("shift", "value"), [(0.0, "head_covered"), (0.05, None), (0.3, "no_head")])
def test_a_find_that_is_only_near_a_label_teaches_nothing(shift: float, value: str | None) -> None:
    labels = Labelled({"head_covered": BOX[None] + np.float32(shift)}, frozenset({"head_covered", "head_bare"}))
    assert known(labels, asked="head")["head"] == value


def test_a_cigarette_anywhere_in_a_crop_of_a_head_is_seen_there() -> None:
    labels = Labelled({"cigarette": np.array([[0.33, 0.5, 0.36, 0.52]], np.float32)}, frozenset({"cigarette"}))
    assert known(labels, asked="head")["cigarette"] == "cigarette"


def test_every_attribute_has_a_value_for_nothing() -> None:
    assert all(NOTHING[name] in values for name, values in ATTRIBUTES.items())


def test_crops_of_a_picture_are_small_squares_and_the_same_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "hairnet_kitchen"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    image = folder / "images" / "a.jpg"
    cv2.imwrite(str(image), np.random.default_rng(1).integers(0, 256, (900, 1600, 3), np.uint8))
    (folder / "labels" / "a.txt").write_text(f"{CLASS_ID['head_bare']} 0.9 0.15 0.2 0.3\n")
    first, again = (list(crops_of(folder, image, None, random.Random(3))) for _ in range(2))
    assert [crop.claimed for crop in first] == ["head_bare", "head_bare", "cigarette"]
    assert ATTRIBUTES["head"][first[0].truth[0]] == "head_bare"
    for crop, same in zip(first, again, strict=True):
        assert crop.picture.shape[0] == crop.picture.shape[1] <= STORED
        np.testing.assert_array_equal(crop.picture, same.picture)


@pytest.mark.parametrize("side", [1, 2, 16, 112])
def test_any_crop_can_be_changed(side: int) -> None:
    crop = np.random.default_rng(2).integers(0, 256, (side, side, 3), np.uint8)
    rng = random.Random(side)
    for _ in range(40):
        picture = changed(crop, rng)
        assert picture.shape == (96, 96, 3)
        assert picture.dtype == np.uint8
