"""A functional check on simulated pictures: is each scripted situation flagged, is a compliant kitchen not?

This is no quality figure. It says whether the product's own demonstration and its tests can rely on the model.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import numpy as np

from ingest.simulator.kitchen import KitchenCamera, Situation, Truth
from vision.detections import iou
from vision.training.classes import CLASSES
from vision.training.evaluate import Runner
from vision.training.metrics import Detections, Floats, detections, letterbox

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
    """One judged frame: the classes that are really there, those found on them, and those found elsewhere."""

    there: frozenset[str]
    found: frozenset[str]
    false: frozenset[str]


def _corners(truth: Truth, shape: Sequence[int], scale: float, pad: tuple[int, int]) -> list[float]:
    x, y = truth.cx * shape[1] * scale + pad[0], truth.cy * shape[0] * scale + pad[1]
    w, h = truth.w * shape[1] * scale / 2, truth.h * shape[0] * scale / 2
    return [x - w, y - h, x + w, y + h]


def judge(found: Detections, boxes: Mapping[str, Floats], thresholds: Mapping[str, float]) -> Frame:
    """Compare detections above their thresholds with the true boxes (T, 4) of each class."""
    hit: set[str] = set()
    false: set[str] = set()
    for box, score, number in zip(found.boxes, found.scores, found.classes, strict=True):
        name = CLASSES[number]
        if score < thresholds[name]:
            continue
        true = boxes.get(name)
        right = true is not None and bool(iou(box[None], true).max() >= OVERLAP)
        (hit if right else false).add(name)
    return Frame(there=frozenset(boxes), found=frozenset(hit), false=frozenset(false))


def frames(
    runner: Runner, camera: KitchenCamera, times: Sequence[float], thresholds: Mapping[str, float]
) -> Iterator[Frame]:
    """Judge a camera's pictures at these scene times."""
    for t in times:
        picture, truths = camera.render(t, wall_clock=_CLOCK)
        boxed, scale, left, top = letterbox(picture, runner.imgsz)
        batch = np.ascontiguousarray(boxed[..., ::-1].transpose(2, 0, 1)[None], dtype=np.float32) / 255
        boxes = {
            name: np.array(
                [_corners(x, picture.shape, scale, (left, top)) for x in truths if x.name == name], np.float32
            )
            for name in {x.name for x in truths}
        }
        yield judge(detections(runner.call(batch)[0], floor=0.1), boxes, thresholds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of ``frames`` in which ``name`` was really visible, the share where it was found; and false finds."""

    frames: int
    found: float
    false: Mapping[str, float]


def check(
    runner: Runner, thresholds: Mapping[str, float], seeds: Sequence[int], *, times: Sequence[float]
) -> dict[str, Outcome]:
    """Run every situation, and compliant kitchens with and without masks, over cameras of held-out seeds."""
    results: dict[str, Outcome] = {}
    for code in (*EXPECTED, "compliant", "compliant_unmasked"):
        judged: list[Frame] = []
        for seed in seeds:
            script = [Situation(code=code, start_s=0, end_s=1e6)] if code in EXPECTED else []
            camera = KitchenCamera(
                seed=seed, name="check", cooks=1 + seed % 3, situations=script, masks_worn=code != "compliant_unmasked"
            )
            judged += frames(runner, camera, times, thresholds)
        name = EXPECTED.get(code)
        seen = [f for f in judged if name in f.there] if name else judged
        false = Counter(c for f in judged for c in f.false)
        results[code] = Outcome(
            frames=len(seen),
            found=round(sum(name in f.found for f in seen) / max(len(seen), 1), 3) if name else 1.0,
            false={c: round(n / len(judged), 4) for c, n in sorted(false.items())},
        )
    return results


def main(argv: list[str] | None = None) -> None:
    """Check: ``python -m vision.training.functional vision/weights/kitchen-n --first 30000 --cameras 12``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--first", type=int, default=30_000)
    parser.add_argument("--cameras", type=int, default=12)
    args = parser.parse_args(argv)
    meta = json.loads((args.weights / "meta.json").read_text())
    runner = Runner.of_openvino(args.weights / "model.xml", meta["imgsz"])
    seeds = range(args.first, args.first + args.cameras)
    times = [5.0 + 3.7 * k for k in range(8)]
    for code, outcome in check(runner, meta["thresholds"], seeds, times=times).items():
        click.echo(f"{code:<20}{outcome.frames:>5} frames, found {outcome.found:.3f}, false {dict(outcome.false)}")


if __name__ == "__main__":
    main()
