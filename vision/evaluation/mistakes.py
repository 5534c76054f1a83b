"""How often the detector mistakes what looks like a head, and hats that look like none: drawn kitchens of each kind.

They are drawn, so they compare weights with weights; they do not say how often a real pot is taken for a head.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from ingest.simulator.kitchen import KitchenCamera, Truth
from ingest.simulator.kitchen.variety import Kind
from vision.engines.detector import Detector
from vision.judging.detections import Boxes, Detections, iou
from vision.judging.furniture import HEADS
from vision.pictures.decode import decode, encode

FIRST_SEED: Final = 44_000
"""Seeds that no training picture has; each kind has some of its own."""
MOMENTS: Final = (20.0, 65.0, 110.0)
"""Seconds of scene time at which each camera is looked at."""
SAME: Final = 0.3
"""IoU from which a find is that head: a tall hat may be found without its upper half."""
NONE: Final = "none"
"""Kitchens without any of the kinds, for comparison."""
_WORN: Final = frozenset({"head_covered", "head_bare"})
_CLOCK: Final = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Mistakes:
    """Counts of one kind, at the detector's own thresholds.

    Attributes:
        pictures, heads: pictures and heads in them of which at least half is seen.
        right, wrong: heads that were found as what they are, and as the opposite (a hat as a bare head, or a bare
            head as covered). The rest was not found.
        false: finds of any head, face or mask where there is no head.
    """

    pictures: int = 0
    heads: int = 0
    right: int = 0
    wrong: int = 0
    false: int = 0

    def add(self, found: Detections, truths: Iterable[Truth]) -> None:
        """Count one picture."""
        heads = [truth for truth in truths if truth.name in _WORN]
        self.pictures += 1
        self.heads += len(heads)
        boxes = np.array([_corners(head) for head in heads], np.float32).reshape(-1, 4)
        on_a_head = np.zeros(len(found), bool)
        if heads and len(found):
            overlap = iou(boxes, found.boxes)
            on_a_head = _touching(boxes, found.boxes)
            for row, head in zip(overlap, heads, strict=True):
                called = [(row[i], name) for i, name in enumerate(found.names) if name in _WORN and row[i] >= SAME]
                if called:
                    self.right += max(called)[1] == head.name
                    self.wrong += max(called)[1] != head.name
        self.false += sum(name in HEADS and not on for name, on in zip(found.names, on_a_head, strict=True))

    def as_json(self) -> dict[str, Any]:
        """Return the counts for `meta.json`."""
        return asdict(self)


def judge_kind(detector: Detector, kind: Kind | None, *, cameras: int) -> Mistakes:
    """Look at drawn cameras of a kind, each at three moments; None: kitchens without any of it, for comparison."""
    counted = Mistakes()
    place = 0 if kind is None else 1 + list(Kind).index(kind)
    for number in range(cameras):
        seed = FIRST_SEED + 100 * place + number
        camera = KitchenCamera(seed=seed, name="kinds", cooks=1 + seed % 2, kinds=() if kind is None else (kind,))
        for t in MOMENTS:
            picture, truths = camera.render(t, wall_clock=_CLOCK + timedelta(seconds=t))
            seen = decode(encode(picture), long_side=detector.entry.imgsz)
            counted.add(detector.detect([seen])[0], truths)
    return counted


def about(kind: Kind | None) -> str:
    """Return the name of a kind in Chinese and English."""
    return "都没有 none of it" if kind is None else _ABOUT[kind]


_ABOUT: Final = {
    Kind.tall_hat: "高帽 tall paper hats",
    Kind.cloth_cap: "布帽 cloth caps",
    Kind.mouth_shield: "透明口罩 clear mouth shields",
    Kind.bald: "光头 bald heads",
    Kind.white_hair: "白发 white hair",
    Kind.cap_in_hand: "手里拿着帽子 cap in hand",
    Kind.hooks: "挂着的工作服和帽子 whites and caps on hooks",
    Kind.pots: "锅具 pots",
    Kind.signs: "圆形标牌 round signs",
}


def _corners(truth: Truth) -> tuple[float, float, float, float]:
    return (truth.cx - truth.w / 2, truth.cy - truth.h / 2, truth.cx + truth.w / 2, truth.cy + truth.h / 2)


def _touching(heads: Boxes, found: Boxes) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which found boxes (M, 4) have their centre in a head's box (N, 4): faces and masks are parts of heads."""
    x, y = (found[:, 0] + found[:, 2]) / 2, (found[:, 1] + found[:, 3]) / 2
    inside = (heads[:, :1] <= x) & (x <= heads[:, 2:3]) & (heads[:, 1:2] <= y) & (y <= heads[:, 3:])
    return np.asarray(inside.any(axis=0))
