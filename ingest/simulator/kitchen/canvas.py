"""A small z-buffer on which moving things are drawn before they are put into the picture."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.optics import Floats, Pinhole, vec

Paint = Callable[["Patch"], Floats]
"""Gives colours (n, 3) BGR 0–1 for the pixels of a patch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Pixels of one part: ``along`` (n,) 0–1 from its start to its end, world ``normal`` (n, 3), ``pixel`` (n, 2)."""

    along: Floats
    normal: Floats
    pixel: Floats


class Canvas:
    """Colour (h, w, 3), depth (h, w) and part number (h, w, 0 = nothing) of a rectangle of the picture."""

    def __init__(self, camera: Pinhole, box: tuple[int, int, int, int]) -> None:
        self.camera = camera
        self.x0, self.y0 = max(box[0], 0), max(box[1], 0)
        x1, y1 = min(box[2], camera.width), min(box[3], camera.height)
        shape = (max(y1 - self.y0, 0), max(x1 - self.x0, 0))
        self.colour = np.zeros((*shape, 3), np.float32)
        self.depth = np.full(shape, np.inf, np.float32)
        self.part = np.zeros(shape, np.uint8)

    @property
    def empty(self) -> bool:
        """Whether the rectangle lies outside the picture."""
        return not self.part.size

    def window(self, points: Floats, margin: float) -> tuple[slice, slice] | None:
        """Rows and columns that cover screen points (n, 2) with a margin in pixels."""
        low = np.floor(points.min(0) - margin).astype(int) - (self.x0, self.y0)
        high = np.ceil(points.max(0) + margin).astype(int) + 1 - (self.x0, self.y0)
        x0, y0 = max(low[0], 0), max(low[1], 0)
        x1, y1 = min(high[0], self.part.shape[1]), min(high[1], self.part.shape[0])
        return None if x1 <= x0 or y1 <= y0 else (slice(y0, y1), slice(x0, x1))

    def grid(self, area: tuple[slice, slice]) -> Floats:
        """Pixel centres (h, w, 2) of an area, in picture coordinates."""
        rows = np.arange(area[0].start, area[0].stop, dtype=np.float32) + self.y0 + 0.5
        columns = np.arange(area[1].start, area[1].stop, dtype=np.float32) + self.x0 + 0.5
        return np.stack(np.meshgrid(columns, rows), -1)

    def put(
        self,
        area: tuple[slice, slice],
        inside: NDArray[np.bool_],
        depth: Floats,
        paint: Callable[[NDArray[np.bool_]], Floats],
        part: int,
    ) -> None:
        """Write the pixels of ``inside`` (h, w) that are nearer than what is there; ``paint`` colours a mask."""
        nearer = inside & (depth < self.depth[area])
        if nearer.any():
            self.colour[area][nearer] = paint(nearer)
            self.depth[area][nearer] = depth[nearer]
            self.part[area][nearer] = part

    def capsule(self, start: Floats, end: Floats, radii: tuple[float, float], paint: Paint, part: int) -> None:
        """Draw a limb: a cone with round ends between two world points (3,), radii in metres."""
        a, b = self.camera.project(start), self.camera.project(end)
        ra, rb = radii[0] * self.camera.focal / a[2], radii[1] * self.camera.focal / b[2]
        area = self.window(np.stack((a[:2], b[:2])), max(ra, rb))
        if area is None:
            return
        offset = self.grid(area) - a[:2]
        axis = b[:2] - a[:2]
        along = np.clip((offset @ axis) / max(float(axis @ axis), 1e-6), 0, 1)
        radius = ra + (rb - ra) * along
        away = (offset - along[..., None] * axis) / radius[..., None]
        square = away[..., 0] ** 2 + away[..., 1] ** 2
        rise = np.sqrt(np.maximum(1 - square, 0))
        metres = radii[0] + (radii[1] - radii[0]) * along
        depth = (a[2] + (b[2] - a[2]) * along - rise * metres).astype(np.float32)
        local = np.concatenate((away, -rise[..., None]), -1).astype(np.float32)

        def colours(mask: NDArray[np.bool_]) -> Floats:
            normal = np.asarray(local[mask] @ self.camera.axes, np.float32)
            rows, columns = np.nonzero(mask)
            pixel = np.column_stack((columns + area[1].start, rows + area[0].start)).astype(np.float32)
            patch = Patch(along=np.asarray(along[mask], np.float32), normal=normal, pixel=pixel)
            return shaded(paint(patch), normal)

        self.put(area, square < 1, depth, colours, part)

    def ellipsoid(
        self,
        centre: Floats,
        radii: Floats,
        axes: Floats,
        paint: Callable[[Floats], tuple[Floats, NDArray[np.bool_]]],
        part: int,
    ) -> None:
        """Draw an ellipsoid with its own ``axes`` (3, 3, rows in the world).

        ``paint`` takes points (n, 3) on the unit sphere in those axes and gives colours (n, 3) and which of
        them exist at all.
        """
        c = self.camera.project(centre)
        scale = self.camera.focal / c[2]
        area = self.window(c[None, :2], float(radii.max()) * scale)
        if area is None:
            return
        offset = (self.grid(area) - c[:2]) / scale
        forward = (centre - self.camera.position) / np.linalg.norm(centre - self.camera.position)
        origin = (offset @ self.camera.axes[:2]) @ axes.T / radii
        way = (forward @ axes.T) / radii
        a = float(way @ way)
        b = origin @ way
        square = origin[..., 0] ** 2 + origin[..., 1] ** 2 + origin[..., 2] ** 2
        root = b**2 - a * (square - 1)
        inside = root > 0
        t = (-b - np.sqrt(np.maximum(root, 0))) / a
        unit_points = (origin + t[..., None] * way).astype(np.float32)
        depth = (c[2] + t * float(forward @ self.camera.axes[2])).astype(np.float32)
        colours = np.zeros((*inside.shape, 3), np.float32)
        exists = np.zeros_like(inside)
        colours[inside], exists[inside] = paint(unit_points[inside])

        def picked(mask: NDArray[np.bool_]) -> Floats:
            local = unit_points[mask] / radii
            normal = (local / np.linalg.norm(local, axis=1, keepdims=True)) @ axes
            return shaded(colours[mask], np.asarray(normal, np.float32))

        self.put(area, inside & exists, depth, picked, part)

    def polygon(self, corners: Floats, colour: tuple[float, float, float], part: int, *, lift: float = 0.0) -> None:
        """Draw a flat polygon of world points (n, 3), ``lift`` metres nearer than it is."""
        spot = self.camera.project(corners)
        area = self.window(spot[:, :2], 1)
        if area is None:
            return
        mask = np.zeros(self.part[area].shape, np.uint8)
        shift = np.array((self.x0 + area[1].start, self.y0 + area[0].start))
        cv2.fillPoly(mask, [np.round((spot[:, :2] - shift) * 16).astype(np.int32)], 1, shift=4)
        depth = np.full(mask.shape, float(spot[:, 2].mean()) - lift, np.float32)
        self.put(area, mask > 0, depth, lambda m: np.tile(vec(*colour), (int(m.sum()), 1)), part)


def shaded(colour: Floats, normal: Floats) -> Floats:
    """Light colours (n, 3) by world normals (n, 3): lamps above, a little from the camera's side."""
    top = normal[:, 2:]
    front = -normal[:, 1:2]
    light = 0.60 + 0.34 * top + 0.12 * front
    return np.asarray(colour * np.clip(light, 0.22, 1.12), np.float32)
