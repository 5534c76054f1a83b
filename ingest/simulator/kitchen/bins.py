"""Waste bins with a lid: closed, or open with bag and contents visible."""

from dataclasses import dataclass

import numpy as np

from ingest.simulator.kitchen.optics import Floats, vec
from ingest.simulator.kitchen.solids import Box, Finish, Frustum, Solid, block, turned

_COLOURS = ((0.30, 0.45, 0.16), (0.55, 0.32, 0.12), (0.36, 0.36, 0.36), (0.20, 0.20, 0.22), (0.18, 0.55, 0.68),
            (0.50, 0.52, 0.54), (0.22, 0.22, 0.62))  # fmt: skip
_WASTE = ((0.25, 0.55, 0.30), (0.75, 0.78, 0.80), (0.25, 0.40, 0.72), (0.30, 0.62, 0.80), (0.40, 0.30, 0.22),
          (0.55, 0.60, 0.30))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A bin in both states, and the corners (8, 3) of its extent in each."""

    closed: tuple[Solid, ...]
    open: tuple[Solid, ...]

    def extent(self, *, is_open: bool) -> Floats:
        """Return corner points (n, 3) that the bin reaches in that state."""
        return np.concatenate([s.corners() for s in (self.open if is_open else self.closed)])


def _waste(rng: np.random.Generator, x: float, y: float, z: float, reach: float) -> list[Solid]:
    heap: list[Solid] = []
    for _ in range(9):
        px, py = x + rng.uniform(-reach, reach) * 0.75, y + rng.uniform(-reach, reach) * 0.75
        finish = Finish(colour=_WASTE[rng.integers(len(_WASTE))], pattern="bag", gloss=0.1)
        size = rng.uniform(0.06, 0.15, 3)
        lump = block(px, py, z - 0.08, (size[0], size[1], size[2] + 0.05), finish)
        heap.append(turned(lump, yaw=rng.uniform(0, 3), pitch=rng.uniform(-0.5, 0.5)))
    return heap


def bin_at(rng: np.random.Generator, x: float, y: float, *, facing: int) -> Bin:
    """Return a bin on the floor at (x, y) that opens away from the side wall (``facing`` 1 = wall at larger x)."""
    colour = _COLOURS[rng.integers(len(_COLOURS))]
    body_finish = Finish(colour=colour, gloss=0.15)
    lid_finish = Finish(colour=_COLOURS[rng.integers(len(_COLOURS))] if rng.random() < 0.3 else colour, gloss=0.2)  # noqa: PLR2004
    w, d, h = rng.uniform(0.40, 0.48), rng.uniform(0.42, 0.5), rng.uniform(0.58, 0.74)
    dark = Finish(colour=(0.07, 0.07, 0.08), gloss=0.05)
    body: list[Solid] = [
        block(x, y, 0.04, (w * 0.93, d * 0.93, h * 0.72), body_finish),
        block(x, y, h * 0.70, (w, d, h * 0.30), body_finish),
        block(x - facing * w * 0.35, y, 0.0, (0.05, d * 0.9, 0.08), dark),
        block(
            x - facing * (w / 2 + 0.004),
            y,
            h * 0.38,
            (0.006, d * 0.45, h * 0.2),
            Finish(colour=(0.8, 0.82, 0.82), pattern="notice"),
        ),
    ]
    lid = [
        block(x, y, h, (w + 0.04, d + 0.04, 0.05), lid_finish),
        block(x, y, h + 0.05, (w * 0.8, d * 0.8, 0.035), lid_finish),
        block(x - facing * (w / 2 + 0.02), y, h + 0.01, (0.05, d * 0.4, 0.035), lid_finish),
    ]
    bag_colour = (0.12, 0.12, 0.13) if rng.random() < 0.5 else (0.72, 0.75, 0.75)  # noqa: PLR2004 - black or white bag
    bag = Finish(colour=bag_colour, pattern="bag", gloss=0.25)
    hinge = vec(x + facing * (w / 2 + 0.03), y, h + w / 2 - 0.01)
    raised = turned(
        Box(centre=hinge, half=vec((d + 0.04) / 2, 0.025, (w + 0.04) / 2), finish=lid_finish),
        yaw=np.pi / 2,
        pitch=facing * -0.12,
    )
    edge = 0.02
    rim: list[Solid] = [
        block(x, y - d / 2, h - 0.13, (w + 2 * edge, edge, 0.15), bag),
        block(x, y + d / 2, h - 0.13, (w + 2 * edge, edge, 0.15), bag),
        block(x - facing * w / 2, y, h - 0.15, (edge, d + 2 * edge, 0.17), bag),
        block(x + facing * w / 2, y, h - 0.13, (edge, d, 0.15), bag),
        block(x, y, h - 0.03, (w - edge, d - edge, 0.03), dark),
    ]
    heap = _waste(rng, x, y, h + 0.03, min(w, d) / 2 - 0.04)
    bottle = Frustum(
        base=vec(x, y, h - 0.02), low=0.035, high=0.02, height=0.2, finish=Finish(colour=(0.55, 0.7, 0.5), gloss=0.4)
    )
    return Bin(closed=(*body, *lid), open=(*body, raised, *rim, *heap, bottle))
