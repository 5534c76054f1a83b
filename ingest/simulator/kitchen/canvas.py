"""A small z-buffer for moving things, before they are put into the picture."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.optics import Floats, Pinhole, vec

Paint = Callable[["Patch"], Floats]
"""Returns colours (n, 3) BGR 0–1 for the pixels of a patch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Pixels of one part: ``along`` (n,) 0–1 from its start to its end, world ``normal`` (n, 3)."""

    along: Floats
    normal: Floats


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
        """Return whether the rectangle lies outside the picture."""
        return not self.part.size

    def window(self, points: Floats, margin: float) -> tuple[slice, slice] | None:
        """Return rows and columns that cover screen points (n, 2) with a margin in pixels; None if outside."""
        low = np.floor(points.min(0) - margin).astype(int) - (self.x0, self.y0)
        high = np.ceil(points.max(0) + margin).astype(int) + 1 - (self.x0, self.y0)
        x0, y0 = max(low[0], 0), max(low[1], 0)
        x1, y1 = min(high[0], self.part.shape[1]), min(high[1], self.part.shape[0])
        return None if x1 <= x0 or y1 <= y0 else (slice(y0, y1), slice(x0, x1))

    def grid(self, area: tuple[slice, slice]) -> Floats:
        """Return pixel centres (h, w, 2) of an area, in picture coordinates."""
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
        """Write the pixels of ``inside`` (h, w) that are nearer than the present ones; ``paint`` colours a mask."""
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
        axis = (b[:2] - a[:2]).astype(np.float32)
        along = np.clip(offset @ (axis / max(float(axis @ axis), 1e-6)), 0, 1)
        radius = ra + (rb - ra) * along
        dx, dy = (offset[..., 0] - along * axis[0]) / radius, (offset[..., 1] - along * axis[1]) / radius
        square = dx * dx + dy * dy
        rise = np.sqrt(np.maximum(1 - square, 0))
        metres = radii[0] + (radii[1] - radii[0]) * along
        depth = (a[2] + (b[2] - a[2]) * along - rise * metres).astype(np.float32)

        def colours(mask: NDArray[np.bool_]) -> Floats:
            local = np.column_stack((dx[mask], dy[mask], -rise[mask]))
            normal = np.asarray(local @ self.camera.axes, np.float32)
            return shaded(paint(Patch(along=along[mask], normal=normal)), normal)

        self.put(area, square < 1, depth, colours, part)

    def trim(self) -> None:
        """Cut the canvas down to its drawn part."""
        rows, columns = np.flatnonzero(self.part.any(1)), np.flatnonzero(self.part.any(0))
        if not rows.size:
            return
        area = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        self.colour, self.depth, self.part = self.colour[area], self.depth[area], self.part[area]
        self.x0, self.y0 = self.x0 + int(columns[0]), self.y0 + int(rows[0])

    def ellipsoid(
        self,
        centre: Floats,
        radii: Floats,
        axes: Floats,
        paint: Callable[[Floats], tuple[Floats, NDArray[np.bool_]]],
        part: int,
    ) -> None:
        """Draw an ellipsoid with its own ``axes`` (3, 3, rows in the world).

        ``paint`` takes points (n, 3) on the unit sphere in those axes. It returns colours (n, 3) and a mask of the
        points that exist.
        """
        c = self.camera.project(centre)
        scale = self.camera.focal / c[2]
        area = self.window(c[None, :2], float(radii.max()) * scale)
        if area is None:
            return
        offset = (self.grid(area) - c[:2]) / scale
        forward = (centre - self.camera.position) / np.linalg.norm(centre - self.camera.position)
        plane = (self.camera.axes[:2] @ axes.T / radii).astype(np.float32)
        way = ((forward @ axes.T) / radii).astype(np.float32)
        a = float(way @ way)
        # With q the quadratic's terms in the picture plane: |o + t w|² = 1, o = offset @ plane.
        gram, b = plane @ plane.T, offset @ (plane @ way)
        x, y = offset[..., 0], offset[..., 1]
        square = gram[0, 0] * x * x + 2 * gram[0, 1] * x * y + gram[1, 1] * y * y
        root = b**2 - a * (square - 1)
        t = (-b - np.sqrt(np.maximum(root, 0))) / a
        depth = (c[2] + t * float(forward @ self.camera.axes[2])).astype(np.float32)
        nearer = (root > 0) & (depth < self.depth[area])
        if not nearer.any():
            return
        points = (offset[nearer] @ plane + t[nearer][:, None] * way).astype(np.float32)
        colours, exists = paint(points)
        local = points / radii
        normal = (local / np.sqrt(np.einsum("ij,ij->i", local, local))[:, None]) @ axes
        nearer[nearer] = exists
        self.colour[area][nearer] = shaded(colours, normal)[exists]
        self.depth[area][nearer] = depth[nearer]
        self.part[area][nearer] = part

    def polygon(self, corners: Floats, colour: tuple[float, float, float], part: int, *, lift: float = 0.0) -> None:
        """Draw a flat polygon of world points (n, 3), ``lift`` metres nearer than its true depth."""
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
    """Return colours (n, 3) lit by world normals (n, 3): lamps above, a little from the camera's side."""
    top = normal[:, 2:]
    front = -normal[:, 1:2]
    light = 0.60 + 0.34 * top + 0.12 * front
    return np.asarray(colour * np.clip(light, 0.22, 1.12), np.float32)
