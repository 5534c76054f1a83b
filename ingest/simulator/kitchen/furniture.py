"""Worktops, stove, hood, sink, shelves and the many small things of a kitchen."""

import numpy as np

from ingest.simulator.kitchen.optics import vec
from ingest.simulator.kitchen.solids import Box, Finish, Frustum, Solid, block, turned

STEEL = Finish(colour=(0.52, 0.50, 0.48), pattern="steel", gloss=0.72)
DULL = Finish(colour=(0.46, 0.45, 0.43), pattern="steel", gloss=0.5)
DARK = Finish(colour=(0.06, 0.06, 0.07), gloss=0.25)
IRON = Finish(colour=(0.11, 0.11, 0.12), gloss=0.35)
WHITE = Finish(colour=(0.86, 0.87, 0.87), gloss=0.25)
_FOOD = ((0.20, 0.52, 0.24), (0.16, 0.32, 0.78), (0.30, 0.66, 0.86), (0.46, 0.52, 0.80), (0.72, 0.82, 0.88),
         (0.14, 0.22, 0.42), (0.22, 0.60, 0.48))  # fmt: skip
_PLASTIC = ((0.70, 0.42, 0.18), (0.22, 0.26, 0.72), (0.26, 0.56, 0.28), (0.30, 0.68, 0.84), (0.82, 0.82, 0.82))


def _pick(rng: np.random.Generator, colours: tuple[tuple[float, float, float], ...], pattern: str = "plain") -> Finish:
    return Finish(colour=colours[rng.integers(len(colours))], pattern=pattern, gloss=0.15)


def _table(x: float, y: float, width: float, depth: float, top: float) -> list[Solid]:
    """Return a steel table: top with apron, shelf below, legs."""
    legs = [
        block(x + sx * (width / 2 - 0.04), y + sy * (depth / 2 - 0.05), 0, (0.045, 0.045, top - 0.04), DULL)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return [
        block(x, y, top - 0.045, (width, depth, 0.045), STEEL),
        block(x, y, 0.26, (width - 0.08, depth - 0.08, 0.03), DULL),
        *legs,
    ]


def island(rng: np.random.Generator, left: float, right: float, near: float) -> list[Solid]:
    """Return the table in the middle, between the camera and the aisle, with things on its lower shelf."""
    depth = rng.uniform(0.68, 0.8)
    x, y = (left + right) / 2, near - depth / 2
    things = _table(x, y, right - left, depth, 0.84)
    for px in np.arange(left + 0.3, right - 0.2, 0.42):
        if rng.random() < 0.7:  # noqa: PLR2004 - some places stay empty
            things.append(vessel(rng, float(px), y + rng.uniform(-0.1, 0.1), 0.29, tall=True))
    return things


def vessel(rng: np.random.Generator, x: float, y: float, z: float, *, tall: bool = False) -> Solid:
    """Return a pot, bowl, bucket or crate."""
    kind = rng.integers(4)
    if kind == 0:
        return Frustum(base=vec(x, y, z), low=0.13, high=0.13, height=rng.uniform(0.14, 0.3), finish=STEEL)
    if kind == 1:
        return Frustum(
            base=vec(x, y, z), low=0.06, high=rng.uniform(0.11, 0.17), height=0.09, finish=_pick(rng, _PLASTIC)
        )
    if kind == 2 and tall:  # noqa: PLR2004 - the third kind
        return Frustum(base=vec(x, y, z), low=0.12, high=0.15, height=0.3, finish=_pick(rng, _PLASTIC))
    return block(x, y, z, (rng.uniform(0.25, 0.38), 0.26, rng.uniform(0.1, 0.2)), _pick(rng, _PLASTIC))


def dressing(rng: np.random.Generator, left: float, right: float, near: float) -> list[Solid]:
    """Return boards, food pans, bowls and bottles on the island, on the camera's side of the hands."""
    things: list[Solid] = []
    for px in np.arange(left + 0.25, right - 0.15, 0.4):
        x, y = float(px) + rng.uniform(-0.06, 0.06), near - rng.uniform(0.32, 0.5)
        kind = rng.integers(6)
        if kind in {0, 1}:
            things.append(block(x, y, 0.84, (0.3, 0.22, 0.02), _pick(rng, ((0.88, 0.90, 0.90), (0.5, 0.68, 0.82)))))
            for _ in range(7):
                size = rng.uniform(0.02, 0.06)
                spot = (x + rng.uniform(-0.12, 0.12), y + rng.uniform(-0.08, 0.08))
                things.append(
                    turned(
                        block(*spot, 0.86, (size, size * 1.4, size * 0.6), _pick(rng, _FOOD, "food")),
                        yaw=rng.uniform(0, 3),
                    )
                )
        elif kind in {2, 3}:
            things.append(block(x, y, 0.84, (0.32, 0.24, 0.065), STEEL))
            things.append(block(x, y, 0.89, (0.29, 0.21, 0.018), _pick(rng, _FOOD, "food")))
        elif kind == 4:  # noqa: PLR2004 - bowls
            things.append(Frustum(base=vec(x, y, 0.84), low=0.06, high=0.13, height=0.08, finish=WHITE))
            things.append(
                Frustum(base=vec(x, y, 0.90), low=0.11, high=0.115, height=0.022, finish=_pick(rng, _FOOD, "food"))
            )
    return things + [
        bottle(rng, rng.uniform(left + 0.1, right - 0.1), near - rng.uniform(0.5, 0.62), 0.84) for _ in range(4)
    ]


def bottle(rng: np.random.Generator, x: float, y: float, z: float) -> Solid:
    """Return a bottle of sauce or oil."""
    colour = ((0.10, 0.14, 0.26), (0.24, 0.62, 0.80), (0.80, 0.84, 0.86), (0.16, 0.16, 0.62))[rng.integers(4)]
    return Frustum(
        base=vec(x, y, z),
        low=0.035,
        high=0.028,
        height=rng.uniform(0.16, 0.26),
        finish=Finish(colour=colour, gloss=0.35),
    )


def back_line(rng: np.random.Generator, width: float, depth: float) -> list[Solid]:
    """Return the far wall's line: cupboards, sink, stove with woks, hood and shelves."""
    y = depth - 0.325
    stove = width * rng.uniform(0.35, 0.6)
    front = Finish(colour=STEEL.colour, pattern="doors", gloss=0.5, scale=rng.uniform(0.45, 0.6))
    things: list[Solid] = [
        block(width / 2, y, 0.08, (width, 0.62, 0.73), front),
        block(width / 2, y - 0.01, 0.81, (width, 0.65, 0.045), STEEL),
        block(width / 2, depth - 0.02, 0.85, (width, 0.03, 0.22), STEEL),
        block(stove, y - 0.02, 0.70, (1.5, 0.66, 0.17), DULL),
        block(stove, y - 0.35, 0.62, (1.5, 0.02, 0.12), IRON),
        block(stove, depth - 0.36, 1.98, (1.8, 0.7, 0.32), STEEL),
        block(stove, depth - 0.3, 2.3, (1.3, 0.5, 0.6), DULL),
        block(stove, depth - 0.70, 1.96, (1.8, 0.03, 0.06), DULL),
    ]
    for k, x in enumerate((stove - 0.45, stove + 0.05, stove + 0.5)):
        things.append(Frustum(base=vec(x, y, 0.87), low=0.2, high=0.2, height=0.03, finish=IRON))
        if rng.random() < 0.75:  # noqa: PLR2004 - most burners are taken
            wok = k < 2  # noqa: PLR2004 - two woks, one pot
            low, high, tall = (0.08, 0.21, 0.1) if wok else (0.15, 0.15, 0.26)
            things.append(Frustum(base=vec(x, y, 0.9), low=low, high=high, height=tall, finish=IRON if wok else STEEL))
            if wok:
                things.append(
                    Frustum(base=vec(x, y, 0.985), low=0.17, high=0.175, height=0.017, finish=_pick(rng, _FOOD, "food"))
                )
    return [*things, *_sink(width * (0.14 if stove > width / 2 else 0.84), depth), *_shelf(rng, stove, width, depth)]


def _sink(x: float, depth: float) -> list[Solid]:
    y = depth - 0.33
    return [
        block(x, y, 0.853, (0.62, 0.46, 0.006), Finish(colour=(0.30, 0.30, 0.29), pattern="steel", gloss=0.3)),
        block(x, y, 0.855, (0.52, 0.36, 0.006), Finish(colour=(0.16, 0.16, 0.15), gloss=0.2)),
        Frustum(base=vec(x, depth - 0.08, 0.85), low=0.018, high=0.014, height=0.3, finish=STEEL),
        block(x, depth - 0.17, 1.13, (0.022, 0.2, 0.022), STEEL),
    ]


def _shelf(rng: np.random.Generator, stove: float, width: float, depth: float) -> list[Solid]:
    things: list[Solid] = []
    spans = [(0.1, stove - 0.98), (stove + 0.98, width - 0.1)]
    for left, right in spans:
        if right - left < 0.5:  # noqa: PLR2004 - no room for a shelf
            continue
        for z in (1.42, 1.8):
            things.append(block((left + right) / 2, depth - 0.16, z, (right - left, 0.3, 0.025), STEEL))
            for px in np.arange(left + 0.12, right - 0.08, 0.21):
                x = float(px)
                if rng.random() < 0.5:  # noqa: PLR2004 - bottles and tins
                    things.append(bottle(rng, x, depth - 0.16, z + 0.025))
                elif rng.random() < 0.6:  # noqa: PLR2004 - boxes
                    things.append(
                        block(x, depth - 0.16, z + 0.025, (0.17, 0.2, rng.uniform(0.08, 0.24)), _pick(rng, _PLASTIC))
                    )
                else:
                    things.append(
                        Frustum(base=vec(x, depth - 0.16, z + 0.025), low=0.085, high=0.085, height=0.16, finish=STEEL)
                    )
    return things


def side_wall(rng: np.random.Generator, width: float, depth: float, side: int) -> list[Solid]:
    """Return a fridge and a rack along one side wall (``side`` 0 = left)."""
    x = 0.38 if side == 0 else width - 0.38
    tall = rng.uniform(1.8, 1.98)
    doors = Finish(colour=(0.46, 0.45, 0.44), pattern="doors", gloss=0.7, scale=0.55)
    y = depth - 1.15
    things: list[Solid] = [
        block(x, y, 0.1, (0.72, 0.95, tall - 0.1), doors),
        block(x, y, tall, (0.70, 0.93, 0.12), DARK),
    ]
    rack = y - 1.15
    for z in (0.35, 0.85, 1.35):
        things.append(block(x - 0.02, rack, z, (0.5, 0.95, 0.025), STEEL))
        things += [vessel(rng, x, rack + dy, z + 0.025) for dy in (-0.28, 0.08, 0.36) if rng.random() < 0.8]  # noqa: PLR2004
    things += [block(x + dx, rack + dy, 0, (0.03, 0.03, 1.6), DULL) for dx in (-0.22, 0.22) for dy in (-0.46, 0.46)]
    return things


def wall_things(rng: np.random.Generator, width: float, depth: float) -> list[Solid]:
    """Return things on kitchen walls: notices, a fly killer, a clock, an extinguisher, pipes."""
    things: list[Solid] = []
    for wall_x, inward in ((0.0, 1), (width, -1)):
        for y in rng.uniform(1.8, depth - 1.9, 2):
            finish = Finish(
                colour=((0.88, 0.92, 0.92), (0.78, 0.50, 0.24), (0.34, 0.62, 0.30))[rng.integers(3)],
                pattern="notice",
                gloss=0.1,
            )
            things.append(
                Box(
                    centre=vec(wall_x + inward * 0.008, y, rng.uniform(1.45, 1.75)),
                    half=vec(0.006, 0.22, 0.3),
                    finish=finish,
                    casts=False,
                )
            )
    lit = Finish(colour=(0.95, 0.72, 0.62), gloss=0.3, glow=0.5)
    things.append(block(width * rng.uniform(0.1, 0.9), depth - 0.04, 2.25, (0.4, 0.06, 0.14), lit))
    red = Finish(colour=(0.12, 0.12, 0.66), gloss=0.4)
    spot = 0.12 if rng.random() < 0.5 else width - 0.12  # noqa: PLR2004 - either corner
    things.append(Frustum(base=vec(spot, 1.9, 0.02), low=0.07, high=0.07, height=0.45, finish=red))
    return things
