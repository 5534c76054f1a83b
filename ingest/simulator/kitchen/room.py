"""The room of one camera: layout, furniture, bins and stations of the cooks, all by seed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulator.kitchen.bins import Bin, bin_at
from ingest.simulator.kitchen.furniture import back_line, dressing, island, side_wall, wall_things
from ingest.simulator.kitchen.optics import Floats, Pinhole, vec
from ingest.simulator.kitchen.solids import Finish, Solid
from ingest.simulator.kitchen.variety import Kind, things

_WALLS = ((0.86, 0.88, 0.88), (0.80, 0.86, 0.86), (0.88, 0.86, 0.80), (0.72, 0.80, 0.84), (0.84, 0.88, 0.80))
_FLOORS = ((0.28, 0.34, 0.52), (0.46, 0.47, 0.48), (0.36, 0.42, 0.46), (0.40, 0.46, 0.40), (0.52, 0.56, 0.60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A place to work: the cook's place (x, y) and direction (``yaw``, 0 = +x), and the things under the hands."""

    x: float
    y: float
    yaw: float
    work: Floats
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """All static parts of a room. ``size`` is width, depth, height in metres."""

    size: tuple[float, float, float]
    wall: Finish
    floor: Finish
    solids: tuple[Solid, ...]
    bins: tuple[Bin, ...]
    lamps: tuple[tuple[float, float], ...]
    stations: tuple[Station, ...]
    rat_path: Floats
    camera: Pinhole


def _lamps(width: float, depth: float) -> tuple[tuple[float, float], ...]:
    return tuple((x * width, y * depth) for y in (0.38, 0.74) for x in (0.3, 0.7))


def _camera(rng: np.random.Generator, width: float, depth: float, pixels: tuple[int, int]) -> Pinhole:
    x = width * rng.uniform(0.28, 0.72)
    return Pinhole.looking(
        position=vec(x, 0.12, rng.uniform(2.2, 2.55)),
        target=vec(width / 2 + rng.uniform(-0.6, 0.6), depth * 0.56, rng.uniform(0.9, 1.12)),
        field_deg=rng.uniform(64, 80),
        roll_deg=rng.uniform(-1.5, 1.5),
        width=pixels[0],
        height=pixels[1],
    )


def _sees(camera: Pinhole, bins: Sequence[Bin]) -> bool:
    """Return whether every bin is inside the picture, open or closed."""
    points = np.concatenate([b.extent(is_open=state) for b in bins for state in (False, True)])
    spot = camera.project(points)[:, :2] / (camera.width, camera.height)
    return bool((spot > 0.01).all() and (spot < 0.99).all())  # noqa: PLR2004 - a small margin


def _camera_for(
    rng: np.random.Generator, width: float, depth: float, pixels: tuple[int, int], bins: Sequence[Bin]
) -> Pinhole:
    """Return a camera that sees all bins; after many failed tries, the last camera."""
    camera = _camera(rng, width, depth, pixels)
    for _ in range(200):
        if _sees(camera, bins):
            break
        camera = _camera(rng, width, depth, pixels)
    return camera


def _stations(rng: np.random.Generator, span: tuple[float, float], near: float, far: float) -> tuple[Station, ...]:
    """Return stations along ``span`` in the aisle between the island's ``near`` and the back line's ``far`` edge."""
    places = []
    for x in np.linspace(span[0], span[1], 12):
        lane = near + 0.27 + rng.uniform(0, 0.04)
        action = str(rng.choice(("chop", "stir", "wipe", "plate")))
        places.append(Station(x=x, y=lane, yaw=-np.pi / 2, work=vec(x, near - 0.13, 0.9), action=action))
        lane = far - 0.27
        action = str(rng.choice(("stir", "wash", "stir")))
        places.append(Station(x=x, y=lane, yaw=np.pi / 2, work=vec(x, far + 0.15, 0.98), action=action))
    return tuple(places)


def build_room(seed: int, pixels: tuple[int, int], kinds: Collection[Kind] = ()) -> Room:
    """Lay out a kitchen. The same seed makes the same kitchen at any resolution; `kinds` adds things to it."""
    rng = np.random.default_rng((seed, 1))
    width, depth, height = rng.uniform(5.0, 6.4), rng.uniform(4.9, 5.7), rng.uniform(2.75, 3.05)
    wall_tile = float(rng.choice((0.15, 0.2, 0.3)))
    wall = Finish(colour=_WALLS[rng.integers(len(_WALLS))], pattern="wall", gloss=0.12, scale=wall_tile)
    floor = Finish(colour=_FLOORS[rng.integers(len(_FLOORS))], pattern="floor", gloss=0.2, scale=0.3)
    left, right = width / 2 - rng.uniform(1.25, 1.6), width / 2 + rng.uniform(1.25, 1.6)
    near = rng.uniform(2.55, 2.8)
    far = depth - 0.65
    side = int(rng.integers(2))
    top = island(rng, left, right, near)
    solids = [*top, *dressing(rng, left, right, near), *back_line(rng, width, depth), *wall_things(rng, width, depth)]
    solids += side_wall(rng, width, depth, side)
    # A generator of its own, so that the rest of the room stays as it is without them.
    solids += things(np.random.default_rng((seed, 3)), kinds, width=width, depth=depth, side=side)
    spot_x = width - 0.5 if side == 0 else 0.5
    facing = 1 if side == 0 else -1
    spot_y = near + rng.uniform(0.45, 0.8)
    bins = [bin_at(rng, spot_x, spot_y, facing=facing)]
    if rng.random() < 0.45:  # noqa: PLR2004 - nearly half of the kitchens have a second bin
        bins.append(bin_at(rng, spot_x, spot_y + rng.uniform(0.6, 0.7), facing=facing))
    camera = _camera_for(rng, width, depth, pixels, bins)
    bin_x, rack_x = (width - 0.15, 0.95) if side == 0 else (0.15, width - 0.95)
    base = far - 0.1
    rat_path = np.array([(bin_x, near + 0.1), (bin_x, base), (width / 2, base), (rack_x, base)], np.float32)
    return Room(
        size=(width, depth, height),
        wall=wall,
        floor=floor,
        solids=tuple(solids),
        bins=tuple(bins),
        lamps=_lamps(width, depth),
        stations=_stations(rng, (left + 1.0, right) if side else (left, right - 1.0), near, far),
        rat_path=rat_path,
        camera=camera,
    )
