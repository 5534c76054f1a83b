"""From pictures to violations: for every shipped rule a violating and a compliant case.

A functional check of weights and rules together, not a quality figure (see the model card). Simulated kitchens show
what the simulator can draw; real test pictures, each held for some seconds, show the rest.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.catalogue.terms import Zone
from vision.engines.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.evaluation.labels import known_classes, samples
from vision.evaluation.sequences import CALM, CODES, judge_sequences, judge_still, seeds_of
from vision.judging.rules import default_rules
from vision.weights.shipped import shipped

HELD_S = 12
MOST = 40
"""Pictures of a folder at most."""
REAL = {
    "fire_smoke": ("fire_smoke", "fire", False),
    "insect_pest": ("cockroach", "cockroach", True),
}
"""Code → folder of test pictures, class whose label makes a picture a violating one, closed hours."""
UNLEARNT = {"animal_intrusion"}
"""These weights were not trained on cats or dogs, so the test only checks that they detect none."""


@pytest.fixture(scope="module")
def detector() -> Detector:
    entry = shipped()
    return Detector(entry, OpenVinoEngine(entry))


def pictures(detector: Detector, folder: Path, *, label: str | None = None) -> list[Path]:
    """Test pictures of a data folder; with `label` only those that show it."""
    shown = samples(folder, known_classes(folder, detector.entry.classes), split="test")
    return [one.path for one in shown if label is None or label in one.truth][:MOST]


def opened(detector: Detector, files: list[Path], *, closed: bool) -> Iterator[set[str]]:
    """For each picture the codes that open while it is held."""
    rules = default_rules()
    for file in files:
        _, alerts = judge_still(detector, rules, file, zone=Zone.storage, closed=closed, hold_s=HELD_S)
        yield {alert.code for alert in alerts}


def test_every_code_of_the_shipped_rules_is_tested() -> None:
    assert {rule.code for rule in default_rules().rules if not rule.off} == {*CODES, *REAL, *UNLEARNT}


@pytest.mark.parametrize("code", CODES)
def test_a_simulated_situation_is_a_violation_while_it_lasts_and_only_then(detector: Detector, code: str) -> None:
    judged = judge_sequences(detector, default_rules(), code=code, seeds=seeds_of(code, 1))
    assert (judged.situations, judged.found, judged.false) == (1, 1, 0)


@pytest.mark.parametrize("code", CALM)
def test_a_simulated_compliant_kitchen_has_no_violation_for_minutes(detector: Detector, code: str) -> None:
    judged = judge_sequences(detector, default_rules(), code=code, seeds=seeds_of(code, 2))
    # Measured on three cameras of six minutes (model card): one false cigarette, no false head or mask.
    assert set(judged.false_codes) <= {"smoking"}
    assert judged.false <= 1


@pytest.mark.parametrize("code", REAL)
def test_a_real_picture_with_a_situation_is_a_violation_and_one_without_is_not(
    detector: Detector, code: str, shared: Path
) -> None:
    folder, label, closed = REAL[code]
    broken = pictures(detector, shared / "datasets" / folder, label=label)
    kept = pictures(detector, shared / "datasets" / "hairnet_kitchen")
    found = [code in codes for codes in opened(detector, broken, closed=closed)]
    false = [code in codes for codes in opened(detector, kept, closed=closed)]
    assert len(found) > MOST // 2
    assert len(false) == MOST
    # Measured with the shipped weights: 34 of 40 fires, 31 of 35 cockroaches, none false.
    assert sum(found) >= len(found) * 2 / 3
    assert sum(false) <= 1


@pytest.mark.parametrize("folder", ["rat_pet", "hairnet_kitchen", "gloves_workers"])
def test_nothing_is_detected_as_a_cat_or_a_dog(detector: Detector, folder: str, shared: Path) -> None:
    found = opened(detector, pictures(detector, shared / "datasets" / folder), closed=False)
    assert not any("animal_intrusion" in codes for codes in found)
