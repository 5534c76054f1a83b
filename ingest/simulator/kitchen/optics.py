"""The pinhole camera: world metres (x right, y away from the camera wall, z up) to pixels and back."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
"""Any array of floats; stored values are float32, intermediate values may be float64."""


def vec(*values: float) -> Floats:
    """Return a float32 vector."""
    return np.array(values, np.float32)


def unit(v: Floats) -> Floats:
    """Return ``v`` (…, 3) scaled to length 1."""
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinhole:
    """A camera at ``position`` (3,) whose ``axes`` (3, 3) rows are right, down, forward in world terms."""

    position: Floats
    axes: Floats
    focal: float
    width: int
    height: int

    @classmethod
    def looking(
        cls, *, position: Floats, target: Floats, field_deg: float, roll_deg: float, width: int, height: int
    ) -> Self:
        """Return a camera pointed at ``target`` with a horizontal field of view of ``field_deg``."""
        forward = unit(target - position)
        right = unit(np.cross(forward, vec(0, 0, 1)).astype(np.float32))
        down = np.cross(forward, right).astype(np.float32)
        c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
        axes = np.stack((c * right + s * down, c * down - s * right, forward)).astype(np.float32)
        focal = width / (2 * float(np.tan(np.radians(field_deg) / 2)))
        return cls(position=position, axes=axes, focal=focal, width=width, height=height)

    def project(self, points: Floats) -> Floats:
        """Project world points (…, 3) → (…, 3): x and y in pixels, depth along the view axis in metres."""
        local = (np.asarray(points, np.float32) - self.position) @ self.axes.T
        depth = np.maximum(local[..., 2:], 0.05)
        centre = vec(self.width / 2, self.height / 2)
        return np.concatenate((local[..., :2] / depth * self.focal + centre, depth), -1).astype(np.float32)

    def rays(self, step: int = 1) -> Floats:
        """Return directions (H/step, W/step, 3), scaled so that the ray parameter equals the depth."""
        x = (np.arange(step / 2, self.width, step, dtype=np.float32) - self.width / 2) / self.focal
        y = (np.arange(step / 2, self.height, step, dtype=np.float32) - self.height / 2) / self.focal
        grid = np.stack((*np.meshgrid(x, y), np.ones((len(y), len(x)), np.float32)), -1)
        return np.asarray(grid @ self.axes, np.float32)
