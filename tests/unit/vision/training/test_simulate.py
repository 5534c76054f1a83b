"""Simulated training pictures: a compliant kitchen, and continuing after an interruption."""

from functools import partial
from pathlib import Path

import pytest

from ingest.simulator.kitchen import KitchenCamera
from vision.training.classes import CLASSES, SIMULATED
from vision.training.simulate import simulate

WRONG = {"head_bare", "no_mask", "mask_incorrect", "cigarette", "phone", "bin_open_or_overflow", "rat"}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a quarter of the pixels: the same kitchens in less time."""
    monkeypatch.setattr("vision.training.simulate.KitchenCamera", partial(KitchenCamera, width=480, height=270))


def shown(folder: Path) -> set[str]:
    """The classes in the labels."""
    lines = [line for path in folder.glob("labels/*.txt") for line in path.read_text().splitlines()]
    return {CLASSES[int(line.split()[0])] for line in lines}


def test_in_a_compliant_kitchen_nothing_is_wrong_and_masks_are_worn(tmp_path: Path) -> None:
    assert simulate(tmp_path, range(15_000, 15_003), 3, compliant=True) == 9
    found = shown(tmp_path / SIMULATED)
    assert {"mask", "head_covered"} <= found
    assert not found & WRONG


def test_drawing_continues_after_an_interruption(tmp_path: Path) -> None:
    simulate(tmp_path, [10_003], 3)
    images, labels = tmp_path / SIMULATED / "images", tmp_path / SIMULATED / "labels"
    before = {path.name: path.read_text() for path in labels.iterdir()}
    kept, lost = sorted(path.stem for path in images.iterdir())[:2]
    (labels / f"{lost}.txt").unlink()
    (images / f"{kept}.jpg").write_bytes(b"not drawn again")
    assert simulate(tmp_path, [10_003], 3) == 3
    assert {path.name: path.read_text() for path in labels.iterdir()} == before
    assert (images / f"{kept}.jpg").read_bytes() == b"not drawn again"
