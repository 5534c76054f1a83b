"""The shipped weights on simulated kitchens: scripted situations are flagged, compliant cooks are not.

A functional check, not a quality figure: the detector was also trained on simulated pictures (of other seeds).
"""

import json
from pathlib import Path

import pytest

from vision.training.evaluate import Runner
from vision.training.functional import EXPECTED, Outcome, check

FOLDER = Path(__file__).parents[3] / "vision" / "weights" / "kitchen-n"
TIMES = [6.0 + 3.1 * k for k in range(6)]
SEEDS = (30_001, 30_004)
VIOLATING = {"head_bare", "no_mask", "cigarette", "phone", "bin_open_or_overflow"}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    meta = json.loads((FOLDER / "meta.json").read_text())
    runner = Runner.of_openvino(FOLDER / "model.xml", meta["imgsz"])
    return check(runner, meta["thresholds"], SEEDS, times=TIMES)


@pytest.mark.parametrize("code", sorted(EXPECTED))
def test_a_scripted_situation_is_seen_in_most_frames(outcomes: dict[str, Outcome], code: str) -> None:
    assert outcomes[code].frames > len(TIMES)
    assert outcomes[code].found >= 0.6


def test_compliant_cooks_are_hardly_ever_flagged(outcomes: dict[str, Outcome]) -> None:
    false = {name: share for name, share in outcomes["compliant"].false.items() if name in VIOLATING}
    assert all(share <= 0.1 for share in false.values()), false
