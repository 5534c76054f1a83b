"""What counts as a mistaken head."""

import numpy as np
import pytest

from ingest.simulator.kitchen import Truth
from ingest.simulator.kitchen.variety import Kind
from vision.evaluation.mistakes import Mistakes, about
from vision.judging.detections import Detections

HAT = Truth(name="head_covered", cx=0.5, cy=0.3, w=0.1, h=0.2)
ON_HAT, LOW_HALF, POT = (0.45, 0.2, 0.55, 0.4), (0.45, 0.3, 0.55, 0.4), (0.8, 0.2, 0.9, 0.4)


def found(*named: tuple[str, tuple[float, float, float, float]]) -> Detections:
    return Detections(
        boxes=np.array([box for _, box in named], np.float32).reshape(-1, 4),
        scores=np.full(len(named), 0.8, np.float32),
        names=tuple(name for name, _ in named),
    )


@pytest.mark.parametrize(
    ("seen", "right", "wrong", "false"),
    [
        (found(), 0, 0, 0),
        (found(("head_covered", ON_HAT)), 1, 0, 0),
        (found(("head_covered", LOW_HALF)), 1, 0, 0),
        (found(("head_bare", ON_HAT)), 0, 1, 0),
        (found(("head_bare", LOW_HALF), ("head_covered", ON_HAT)), 1, 0, 0),  # the better box decides
        (found(("head_bare", POT)), 0, 0, 1),
        (found(("head_covered", POT), ("mask", POT)), 0, 0, 2),
        (found(("mask", LOW_HALF), ("no_mask", LOW_HALF)), 0, 0, 0),  # on a head, whatever is said of its face
        (found(("bin", POT), ("person", POT)), 0, 0, 0),  # not about heads
    ],
)
def test_each_head_is_right_or_the_opposite_once_and_the_rest_is_false(
    seen: Detections, right: int, wrong: int, false: int
) -> None:
    counted = Mistakes()
    counted.add(seen, [HAT])
    assert (counted.pictures, counted.heads) == (1, 1)
    assert (counted.right, counted.wrong, counted.false) == (right, wrong, false)


def test_a_kitchen_without_people_counts_false_heads_only() -> None:
    counted = Mistakes()
    counted.add(found(("head_bare", POT)), [])
    assert (counted.heads, counted.false) == (0, 1)


def test_every_kind_has_a_name() -> None:
    assert len({about(kind) for kind in (None, *Kind)}) == len(Kind) + 1
