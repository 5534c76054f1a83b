"""What is taken for heads and hats, and hats that are taken for bare heads: drawn on request, for tests and figures.

A kitchen without any of it is drawn as ever, so that its pictures stay what they were.
"""

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum
from typing import Final

import numpy as np

from ingest.simulator.kitchen.body import Look
from ingest.simulator.kitchen.optics import vec
from ingest.simulator.kitchen.solids import Disc, Finish, Frustum, Solid, block

_LINEN: Final = ((0.90, 0.90, 0.90), (0.84, 0.86, 0.88), (0.88, 0.82, 0.74))
_POTS: Final = (
    Finish(colour=(0.52, 0.50, 0.48), pattern="steel", gloss=0.72),
    Finish(colour=(0.10, 0.10, 0.11), gloss=0.3),
    Finish(colour=(0.20, 0.32, 0.50), gloss=0.4),
)
_SIGNS: Final = ((0.22, 0.20, 0.72), (0.62, 0.36, 0.12), (0.24, 0.55, 0.24))
_STEEL: Final = Finish(colour=(0.5, 0.5, 0.5), pattern="steel", gloss=0.6)


class Kind(StrEnum):
    """One kind of thing that causes false heads, false hats, or hats that are called bare."""

    tall_hat = "tall_hat"
    cloth_cap = "cloth_cap"
    mouth_shield = "mouth_shield"
    bald = "bald"
    white_hair = "white_hair"
    cap_in_hand = "cap_in_hand"
    hooks = "hooks"
    pots = "pots"
    signs = "signs"


WORN: Final = frozenset({Kind.tall_hat, Kind.cloth_cap, Kind.mouth_shield})
"""Kinds that covered cooks wear."""
BARE: Final = frozenset({Kind.bald, Kind.white_hair, Kind.cap_in_hand})
"""Kinds of cooks whose heads are bare."""
THINGS: Final = frozenset({Kind.hooks, Kind.pots, Kind.signs})
"""Kinds of things in the room, which are nobody's head."""


def dressed(look: Look, kinds: Collection[Kind], rng: np.random.Generator) -> Look:
    """Return a cook's look with one of the wanted kinds of hats or hair, and a mouth shield if that is wanted."""
    head = look.head
    wanted = [kind for kind in Kind if kind in kinds and kind not in THINGS and kind is not Kind.mouth_shield]
    if wanted:
        kind = wanted[rng.integers(len(wanted))]
        linen = _LINEN[rng.integers(len(_LINEN))]
        if kind is Kind.tall_hat:
            head = replace(head, hat="tall", hat_colour=_LINEN[0])
        elif kind is Kind.cloth_cap:
            head = replace(head, hat="cloth", hat_colour=linen)
        elif kind is Kind.bald:
            head = replace(head, hat="none", hair="bald")
        else:
            hair = "short" if head.hair == "bald" else head.hair
            grey = kind is Kind.white_hair
            head = replace(head, hat="none", hair=hair, hair_colour=(0.80, 0.81, 0.82) if grey else head.hair_colour)
            look = look if grey else replace(look, held=linen)
    if Kind.mouth_shield in kinds:
        head = replace(head, mask="shield")
    return replace(look, head=head)


def things(rng: np.random.Generator, kinds: Collection[Kind], *, width: float, depth: float, side: int) -> list[Solid]:
    """Return the wanted things of a room; ``side`` 0: the fridge is on the left, so the right wall is free."""
    free, inward = (width, -1) if side == 0 else (0.0, 1)
    found: list[Solid] = []
    if Kind.hooks in kinds:
        found += _hooks(rng, free, inward, depth)
    if Kind.pots in kinds:
        found += _pots(rng, width, depth)
    if Kind.signs in kinds:
        found += _signs(rng, free, inward, width, depth)
    return found


def _hooks(rng: np.random.Generator, wall: float, inward: int, depth: float) -> list[Solid]:
    """Return a rail on the free wall with hanging whites, and caps on the hooks above them."""
    z, x = rng.uniform(1.62, 1.76), wall + inward * 0.17
    first = depth - 1.95
    found: list[Solid] = [block(wall + inward * 0.03, first + 0.5, z + 0.05, (0.03, 1.3, 0.05), _STEEL)]
    for number in range(4):
        y = first + 0.33 * number
        cloth = Finish(colour=_LINEN[rng.integers(len(_LINEN))], gloss=0.02)
        long = rng.uniform(0.62, 0.8)
        found.append(Frustum(base=vec(x, y, z - long), low=0.15, high=0.13, height=long * 0.8, finish=cloth))
        found.append(Frustum(base=vec(x, y, z - long * 0.2), low=0.13, high=0.045, height=long * 0.2, finish=cloth))
        if number % 2 == 0:
            found += _cap(x, y, z + 0.06, Finish(colour=_LINEN[rng.integers(len(_LINEN))], gloss=0.02))
    return found


def _cap(x: float, y: float, z: float, cloth: Finish) -> list[Solid]:
    return [
        Frustum(base=vec(x, y, z), low=0.095, high=0.1, height=0.08, finish=cloth),
        Frustum(base=vec(x, y, z + 0.08), low=0.1, high=0.05, height=0.045, finish=cloth),
    ]


def _pots(rng: np.random.Generator, width: float, depth: float) -> list[Solid]:
    """Return round pots with lids on a board along the far wall, at the height of heads."""
    z = rng.uniform(1.45, 1.6)
    found: list[Solid] = [block(width / 2, depth - 0.42, z - 0.03, (width - 1.2, 0.3, 0.03), _STEEL)]
    for x in np.arange(0.9, width - 0.8, rng.uniform(0.55, 0.75)):
        finish = _POTS[rng.integers(len(_POTS))]
        wide, high = rng.uniform(0.09, 0.13), rng.uniform(0.14, 0.22)
        found.append(
            Frustum(base=vec(float(x), depth - 0.42, z), low=wide * 0.9, high=wide, height=high, finish=finish)
        )
        found.append(
            Frustum(
                base=vec(float(x), depth - 0.42, z + high), low=wide, high=wide * 0.45, height=wide * 0.6, finish=finish
            )
        )
    return found


def _signs(rng: np.random.Generator, wall: float, inward: int, width: float, depth: float) -> list[Solid]:
    """Return round signs on the free wall, and some that hang in front of the far wall."""
    found: list[Solid] = []
    for number in range(3):
        finish = Finish(colour=_SIGNS[rng.integers(len(_SIGNS))], pattern="sign", gloss=0.1, scale=0.15)
        place = vec(wall + inward * 0.02, depth - 1.0 - 0.55 * number, rng.uniform(1.5, 1.8))
        found.append(Disc(centre=place, radius=0.15, axis=0, finish=finish))
    for x in (width * 0.3, width * 0.52, width * 0.72):
        finish = Finish(colour=_SIGNS[rng.integers(len(_SIGNS))], pattern="sign", gloss=0.1, scale=0.13)
        found.append(Disc(centre=vec(x, depth - 0.74, rng.uniform(1.55, 1.85)), radius=0.13, axis=1, finish=finish))
    return found
