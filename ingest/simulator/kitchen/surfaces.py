"""Albedo patterns of surfaces, as functions of the point in the solid's own metres."""

# ruff: noqa: PLR2004 - the numbers define the patterns

from collections.abc import Callable, Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.optics import Floats
from ingest.simulator.kitchen.solids import Finish

Integers = NDArray[np.int64]


def noise_tile(seed: int, size: int = 256, smooth: float = 0.0) -> Floats:
    """Return a tileable (size, size) noise field with mean 0 and deviation 1, ``smooth`` pixels soft."""
    field: Floats = np.random.default_rng(seed).standard_normal((size, size))
    if smooth:
        margin = int(4 * smooth)
        wide = cv2.GaussianBlur(np.pad(field, margin, mode="wrap"), (0, 0), smooth)
        field = np.asarray(wide[margin:-margin, margin:-margin], np.float32)
    return np.asarray((field - field.mean()) / field.std(), np.float32)


FINE: Final = noise_tile(11)
SOFT: Final = noise_tile(12, smooth=3)
BROAD: Final = noise_tile(13, smooth=12)


def sample(tile: Floats, u: Floats, v: Floats) -> Floats:
    """Return values of ``tile`` at (u, v), wrapped around; one unit is one cell."""
    return np.asarray(tile[v.astype(np.int64) % tile.shape[0], u.astype(np.int64) % tile.shape[1]], np.float32)


def hashed(u: Integers, v: Integers) -> Floats:
    """Return a fixed pseudo-random number 0–1 for every pair of whole numbers."""
    mixed = (u * 73856093) ^ (v * 19349663)
    return np.asarray((mixed * 2654435761 % 4096) / 4096, np.float32)


def faces(points: Floats, normals: Floats) -> tuple[Floats, Floats]:
    """Flatten points (n, 3) to the two coordinates that run along the face with the given normals."""
    axis = np.abs(normals).argmax(1)
    u = np.where(axis == 0, points[:, 1], points[:, 0])
    v = np.where(axis == 2, points[:, 1], points[:, 2])
    return u, v


def _tiles(finish: Finish, u: Floats, v: Floats, grout: float, vary: float) -> Floats:
    s = finish.scale
    iu, iv = np.floor(u / s).astype(np.int64), np.floor(v / s).astype(np.int64)
    edge = np.minimum(np.minimum(u / s - iu, 1 - (u / s - iu)), np.minimum(v / s - iv, 1 - (v / s - iv)))
    joint = np.clip((edge * s - 0.003) / 0.004, 0, 1)
    shade = 1 + vary * (hashed(iu, iv) - 0.5) + 0.03 * sample(BROAD, u * 60, v * 60)
    return np.asarray(shade * (grout + (1 - grout) * joint), np.float32)


def _wall(finish: Finish, u: Floats, v: Floats) -> Floats:
    return _tiles(finish, u, v, 0.74, 0.05)


def _floor(finish: Finish, u: Floats, v: Floats) -> Floats:
    speck = 0.05 * sample(FINE, u * 220, v * 220) + 0.07 * sample(BROAD, u * 25, v * 25)
    return np.asarray(_tiles(finish, u, v, 0.6, 0.14) + speck, np.float32)


def _steel(_: Finish, u: Floats, v: Floats) -> Floats:
    brushed = 0.03 * sample(FINE, u * 9, v * 500) + 0.03 * sample(SOFT, u * 40, v * 40)
    return np.asarray(1 + brushed, np.float32)


def _doors(finish: Finish, u: Floats, v: Floats) -> Floats:
    s = finish.scale
    edge = np.abs((u / s) % 1 - 0.5) * s
    seam = np.where(edge > s / 2 - 0.008, 0.45, 1.0)
    grip = np.where((np.abs(edge - s / 2 + 0.06) < 0.012) & (np.abs(v) < 0.12), 0.55, 1.0)
    return np.asarray(_steel(finish, u, v) * seam * grip, np.float32)


def _food(_: Finish, u: Floats, v: Floats) -> Floats:
    return np.asarray(1 + 0.22 * sample(SOFT, u * 260, v * 260), np.float32)


def _notice(_: Finish, u: Floats, v: Floats) -> Floats:
    lines = ((v * 40) % 1 < 0.5) & (sample(FINE, u * 90, np.floor(v * 40)) > -0.4)
    return np.where(lines, 0.55, 1.0).astype(np.float32)


def _sign(finish: Finish, u: Floats, v: Floats) -> Floats:
    """Return a coloured ring with a light middle and a bar; the scale is the radius."""
    out = np.hypot(u, v) / finish.scale
    bar = (np.abs(v) < 0.16 * finish.scale) & (np.abs(u) < 0.5 * finish.scale)
    return np.where((out < 0.74) & ~bar, 2.6, 1.0).astype(np.float32)


def _bag(_: Finish, u: Floats, v: Floats) -> Floats:
    return np.asarray(1 + 0.45 * sample(SOFT, u * 120, v * 90), np.float32)


def _plain(_: Finish, u: Floats, v: Floats) -> Floats:
    return np.asarray(1 + 0.03 * sample(BROAD, u * 80, v * 80), np.float32)


_PATTERNS: Final[Mapping[str, Callable[[Finish, Floats, Floats], Floats]]] = {
    "plain": _plain,
    "wall": _wall,
    "floor": _floor,
    "steel": _steel,
    "doors": _doors,
    "food": _food,
    "notice": _notice,
    "bag": _bag,
    "sign": _sign,
}


def albedo(finish: Finish, points: Floats, normals: Floats) -> Floats:
    """Return the colour (n, 3) BGR 0–1 of a finish at points (n, 3) with local normals (n, 3)."""
    u, v = faces(points, normals)
    shade = _PATTERNS[finish.pattern](finish, u, v)
    return np.asarray(shade[:, None] * np.array(finish.colour, np.float32), np.float32)
