"""Solids of the room and their intersections with rays: boxes, vertical frustums (pots, bowls, bottles), discs."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.optics import Floats, vec


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """A surface: ``colour`` BGR 0–1, ``pattern`` name (see `surfaces`), gloss 0–1, pattern ``scale`` in m."""

    colour: tuple[float, float, float]
    pattern: str = "plain"
    gloss: float = 0.05
    scale: float = 0.3
    glow: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Intersections of n rays with a solid: depth (n,) with inf for a miss, world normal (n, 3)."""

    depth: Floats
    normal: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box with centre and half sizes in metres; ``turn`` (3, 3) rows are its own axes in the world."""

    centre: Floats
    half: Floats
    finish: Finish
    turn: Floats = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    casts: bool = True

    def corners(self) -> Floats:
        """Return the eight corners (8, 3)."""
        signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).T.reshape(-1, 3)
        return np.asarray(self.centre + (signs * self.half) @ self.turn, np.float32)

    def _slabs(self, origin: Floats, rays: Floats) -> tuple[Floats, Floats, list[Floats]]:
        """Return entry and exit depth (n,), and the entry depth for each axis; computed by column, which is fast."""
        o, d = (origin - self.centre) @ self.turn.T, rays @ self.turn.T
        nears, exits = [], []
        for axis in range(3):
            column = d[:, axis]
            inverse = 1 / np.where(np.abs(column) < 1e-7, 1e-7, column)  # noqa: PLR2004 - no division by zero
            middle, spread = -o[..., axis] * inverse, np.abs(inverse) * self.half[axis]
            nears.append(middle - spread)
            exits.append(middle + spread)
        start = np.maximum(np.maximum(nears[0], nears[1]), nears[2])
        return start, np.minimum(np.minimum(exits[0], exits[1]), exits[2]), nears

    def meets(self, origin: Floats, rays: Floats, reach: float) -> NDArray[np.bool_]:
        """Return which of ``rays`` (n, 3) enter the box in front of their origin and before parameter ``reach``."""
        start, end, _ = self._slabs(origin, rays)
        return np.asarray((start < end) & (start > 1e-3) & (start < reach))  # noqa: PLR2004 - in front

    def hit(self, origin: Floats, rays: Floats) -> Hit:
        """Intersect ``rays`` (n, 3) from ``origin`` (3,) or (n, 3) by the slab method."""
        start, end, nears = self._slabs(origin, rays)
        axis = np.where(start == nears[0], 0, np.where(start == nears[1], 1, 2))
        d = rays @ self.turn.T
        normal = -np.sign(np.take_along_axis(d, axis[:, None], 1)) * self.turn[axis]
        depth = np.where((start < end) & (start > 1e-3), start, np.inf)  # noqa: PLR2004 - in front
        return Hit(depth=depth.astype(np.float32), normal=normal.astype(np.float32))

    def local(self, points: Floats) -> Floats:
        """Convert world points (n, 3) to the box's own axes, metres from its centre."""
        return np.asarray((points - self.centre) @ self.turn.T, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frustum:
    """A vertical round solid: ``base`` centre of the lower disc, radii below and above, height in metres."""

    base: Floats
    low: float
    high: float
    height: float
    finish: Finish
    casts: bool = False

    def corners(self) -> Floats:
        """Return the corners (8, 3) of a box around it."""
        r = max(self.low, self.high)
        signs = np.array(np.meshgrid((-1, 1), (-1, 1), (0, 1))).T.reshape(-1, 3)
        return np.asarray(self.base + signs * vec(r, r, self.height), np.float32)

    def hit(self, origin: Floats, rays: Floats) -> Hit:
        """Intersect ``rays`` (n, 3): the side by a quadratic, the top by its plane."""
        o = np.broadcast_to(origin - self.base, rays.shape)
        slope = (self.high - self.low) / self.height
        reach = self.low + slope * o[:, 2]
        a = (rays[:, :2] ** 2).sum(1) - (slope * rays[:, 2]) ** 2
        b = (o[:, :2] * rays[:, :2]).sum(1) - reach * slope * rays[:, 2]
        c = (o[:, :2] ** 2).sum(1) - reach**2
        root = np.sqrt(np.maximum(b * b - a * c, 0))
        side = np.where(b * b > a * c, (-b - root) / np.where(np.abs(a) < 1e-9, 1e-9, a), np.inf)  # noqa: PLR2004
        z = o[:, 2] + side * rays[:, 2]
        side = np.where((z >= 0) & (z <= self.height) & (side > 1e-3), side, np.inf)  # noqa: PLR2004
        top = (self.height - o[:, 2]) / np.where(np.abs(rays[:, 2]) < 1e-7, 1e-7, rays[:, 2])  # noqa: PLR2004
        on = ((o[:, :2] + top[:, None] * rays[:, :2]) ** 2).sum(1) <= self.high**2
        top = np.where(on & (top > 1e-3), top, np.inf)  # noqa: PLR2004
        depth = np.minimum(side, top)
        flat = o[:, :2] + np.where(np.isfinite(depth), depth, 0)[:, None] * rays[:, :2]
        outward = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
        normal = np.concatenate((outward, np.full((len(rays), 1), -slope)), 1) / np.hypot(1, slope)
        normal[top <= side] = (0, 0, 1)
        return Hit(depth=depth.astype(np.float32), normal=normal.astype(np.float32))

    def meets(self, origin: Floats, rays: Floats, reach: float) -> NDArray[np.bool_]:
        """Return which of ``rays`` (n, 3) meet it before parameter ``reach``."""
        return np.asarray(self.hit(origin, rays).depth < reach)

    def local(self, points: Floats) -> Floats:
        """Return world points (n, 3) relative to the base, in metres."""
        return np.asarray(points - self.base, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """A flat round thing upright in the room: it faces along ``axis`` 0 (x) or 1 (y); radius in metres."""

    centre: Floats
    radius: float
    axis: int
    finish: Finish
    casts: bool = False

    def corners(self) -> Floats:
        """Return the corners (8, 3) of a box around it."""
        half = vec(self.radius, self.radius, self.radius)
        half[self.axis] = 0.001
        signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).T.reshape(-1, 3)
        return np.asarray(self.centre + signs * half, np.float32)

    def hit(self, origin: Floats, rays: Floats) -> Hit:
        """Intersect ``rays`` (n, 3) from ``origin`` (3,) or (n, 3) with its plane."""
        o = np.broadcast_to(origin - self.centre, rays.shape)
        along = rays[:, self.axis]
        depth = -o[:, self.axis] / np.where(np.abs(along) < 1e-7, 1e-7, along)  # noqa: PLR2004 - no division by zero
        spot = o + depth[:, None] * rays
        on = (np.linalg.norm(spot, axis=1) <= self.radius) & (depth > 1e-3)  # noqa: PLR2004 - in front
        normal = np.zeros(rays.shape, np.float32)
        normal[:, self.axis] = -np.sign(along)
        return Hit(depth=np.where(on, depth, np.inf).astype(np.float32), normal=normal)

    def meets(self, origin: Floats, rays: Floats, reach: float) -> NDArray[np.bool_]:
        """Return which of ``rays`` (n, 3) meet it before parameter ``reach``."""
        return np.asarray(self.hit(origin, rays).depth < reach)

    def local(self, points: Floats) -> Floats:
        """Return world points (n, 3) relative to the centre, in metres."""
        return np.asarray(points - self.centre, np.float32)


Solid = Box | Frustum | Disc


def block(x: float, y: float, z: float, size: tuple[float, float, float], finish: Finish) -> Box:
    """Return a box whose lower face is centred on (x, y, z); ``size`` is width, depth, height in metres."""
    w, d, h = size
    return Box(
        centre=vec(x, y, z + h / 2),
        half=vec(w / 2, d / 2, h / 2),
        finish=finish,
        casts=min(w, d, h) > 0.02 and max(size) > 0.3,  # noqa: PLR2004 - small things cast no visible shadow
    )


def turned(box: Box, *, yaw: float = 0.0, pitch: float = 0.0) -> Box:
    """Return the box turned about the vertical by ``yaw`` and about its own x axis by ``pitch`` (radians)."""
    c, s, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    about_z = np.array(((c, s, 0), (-s, c, 0), (0, 0, 1)), np.float32)
    about_x = np.array(((1, 0, 0), (0, cp, sp), (0, -sp, cp)), np.float32)
    return Box(
        centre=box.centre,
        half=box.half,
        finish=box.finish,
        turn=(about_x @ about_z).astype(np.float32),
        casts=box.casts,
    )
