"""The shipped weights on simulated kitchens: scripted situations are flagged, compliant cooks are not.

A functional check, not a quality figure: the detector was also trained on simulated pictures (of other seeds).
"""

import pytest

from vision.engines.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.judging.rules import default_rules
from vision.training.functional import EXPECTED, Outcome, check
from vision.weights.shipped import shipped

TIMES = [5.0 + 3.7 * k for k in range(5)]
SEEDS = range(30_000, 30_006)
VIOLATING = {"head_bare", "no_mask", "cigarette", "phone", "bin_open_or_overflow"}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    entry = shipped()
    return check(Detector(entry, OpenVinoEngine(entry)), SEEDS, times=TIMES)


@pytest.mark.parametrize("code", sorted(EXPECTED))
def test_a_scripted_situation_is_detected_often_enough_for_its_rule(outcomes: dict[str, Outcome], code: str) -> None:
    """A fixed share for all would mean little: a cigarette's rule needs three frames of ten, and detections near the
    threshold depend on the rounding of the CPU."""
    asked = next(rule.ratio for rule in default_rules().rules if rule.code == code)
    assert outcomes[code].frames > len(TIMES)
    assert outcomes[code].found >= min(0.6, 1.5 * asked)


def test_compliant_cooks_are_hardly_ever_flagged(outcomes: dict[str, Outcome]) -> None:
    false = {name: share for name, share in outcomes["compliant"].false.items() if name in VIOLATING}
    assert all(share <= 0.1 for share in false.values()), false
