"""Simulated training pictures: a compliant kitchen, and continuing after an interruption."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingest.simulator.kitchen import KitchenCamera
from ingest.simulator.kitchen.variety import BARE, WORN, Kind
from vision.training.classes import CLASSES, SIMULATED
from vision.training.simulate import mix, simulate

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


def test_a_mixed_kitchen_shows_what_detectors_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Kind, ...]] = []
    small = partial(KitchenCamera, width=192, height=108)

    def noted(**of_camera: Any) -> KitchenCamera:  # noqa: ANN401 - as the camera's own
        asked.append(of_camera["kinds"])
        return small(**of_camera)

    monkeypatch.setattr("vision.training.simulate.KitchenCamera", noted)
    simulate(tmp_path / "mixed", [17_001], 1, mixed=True)
    simulate(tmp_path / "plain", [17_001], 1)
    assert asked == [mix(17_001), ()]


def test_the_mixes_of_many_kitchens_have_every_kind_and_at_most_one_look_of_heads() -> None:
    mixes = [mix(seed) for seed in range(17_000, 17_200)]
    assert mixes == [mix(seed) for seed in range(17_000, 17_200)]
    assert {kind for one in mixes for kind in one} == set(Kind)
    assert all(one and len(set(one) & (WORN | BARE)) <= 1 for one in mixes)
