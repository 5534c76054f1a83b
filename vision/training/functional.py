"""A functional check on simulated pictures: each scripted situation is flagged, a compliant kitchen is not.

This does not measure quality. It shows whether the product's own demonstration and tests can rely on the model.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from ingest.simulator.kitchen import KitchenCamera, Situation, Truth
from vision.engines.detector import Detector
from vision.judging.detections import Detections, iou

EXPECTED: Final[Mapping[str, str]] = {
    "no_chef_hat": "head_bare",
    "no_mask": "no_mask",
    "smoking": "cigarette",
    "phone_use": "phone",
    "trash_lid_open": "bin_open_or_overflow",
}
"""Situation → class that must be found (the rodent is a motion rule)."""
OVERLAP: Final = 0.3
_CLOCK: Final = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One evaluated frame: the classes that are present, those found on them, and those found elsewhere."""

    there: frozenset[str]
    found: frozenset[str]
    false: frozenset[str]


def judge(found: Detections, truths: Sequence[Truth]) -> Frame:
    """Compare reported detections with the truth."""
    there = {truth.name for truth in truths}
    hit: set[str] = set()
    false: set[str] = set()
    for name, box in zip(found.names, found.boxes, strict=True):
        true = np.array([_corners(truth) for truth in truths if truth.name == name], np.float32).reshape(-1, 4)
        right = len(true) > 0 and bool(iou(box[None], true).max() >= OVERLAP)
        (hit if right else false).add(name)
    return Frame(there=frozenset(there), found=frozenset(hit), false=frozenset(false))


def _corners(truth: Truth) -> list[float]:
    return [truth.cx - truth.w / 2, truth.cy - truth.h / 2, truth.cx + truth.w / 2, truth.cy + truth.h / 2]


def frames(detector: Detector, camera: KitchenCamera, times: Sequence[float]) -> Iterator[Frame]:
    """Yield a camera's evaluated pictures at these scene times, in seconds."""
    for t in times:
        picture, truths = camera.render(t, wall_clock=_CLOCK)
        yield judge(detector.detect([picture])[0], truths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Results for a class: the share of ``frames`` with ``name`` visible in which it was found; false detections."""

    frames: int
    found: float
    false: Mapping[str, float]


def check(detector: Detector, seeds: Sequence[int], *, times: Sequence[float]) -> dict[str, Outcome]:
    """Run every situation, and compliant kitchens with and without masks, over cameras with held-out seeds."""
    results: dict[str, Outcome] = {}
    for code in (*EXPECTED, "compliant", "compliant_unmasked"):
        judged: list[Frame] = []
        for seed in seeds:
            script = [Situation(code=code, start_s=0, end_s=1e6)] if code in EXPECTED else []
            camera = KitchenCamera(
                seed=seed, name="check", cooks=1 + seed % 3, situations=script, masks_worn=code != "compliant_unmasked"
            )
            judged += frames(detector, camera, times)
        name = EXPECTED.get(code)
        seen = [f for f in judged if name in f.there] if name else judged
        false = Counter(c for f in judged for c in f.false)
        results[code] = Outcome(
            frames=len(seen),
            found=round(sum(name in f.found for f in seen) / max(len(seen), 1), 3) if name else 1.0,
            false={c: round(n / len(judged), 4) for c, n in sorted(false.items())},
        )
    return results
