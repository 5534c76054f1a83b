"""Drawn heads: what a camera behind a cook sees."""

import numpy as np
import pytest

from ingest.simulator.kitchen.canvas import Canvas
from ingest.simulator.kitchen.head import FACE, HAT, HeadLook, HeadPose, draw_head
from ingest.simulator.kitchen.optics import Pinhole, vec

LOOK = {"skin": (0.68, 0.76, 0.90), "hair_colour": (0.1, 0.1, 0.1), "hat_colour": (0.9, 0.9, 0.9), "mask": "none"}


def drawn(hat: str, hair: str, *, turned: bool) -> np.ndarray:
    """Return the part numbers (h, w) of a head at two metres, from behind if `turned`."""
    camera = Pinhole.looking(
        position=vec(0, 2, 0.3), target=vec(0, 0, 0), field_deg=20, roll_deg=0, width=320, height=180
    )
    canvas = Canvas(camera, (0, 0, 320, 180))
    front = -1.0 if turned else 1.0
    axes = np.array([[front, 0, 0], [0, front, 0], [0, 0, 1]], np.float32)
    look = HeadLook(hat=hat, hair=hair, mask_colour=(0.8, 0.8, 0.8), **LOOK)
    draw_head(canvas, look, HeadPose(centre=vec(0, 0, 0), axes=axes))
    return canvas.part


@pytest.mark.parametrize("hair", ["short", "long", "bun"])
@pytest.mark.parametrize("hat", ["bouffant", "cap", "toque", "none"])
def test_from_behind_a_head_shows_hair_or_a_covering_and_hardly_any_skin(hat: str, hair: str) -> None:
    part = drawn(hat, hair, turned=True)
    assert (part == FACE).sum() < 0.25 * (part > 0).sum()
    assert bool((part == HAT).any()) is (hat != "none")


def test_from_the_front_it_shows_a_face() -> None:
    part = drawn("bouffant", "short", turned=False)
    assert (part == FACE).sum() > 0.3 * (part > 0).sum()
