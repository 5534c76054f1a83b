"""Heads: face, hair, head covering and mask, painted on ellipsoids."""

# ruff: noqa: PLR2004 - the numbers are positions on a head

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.canvas import Canvas, Patch
from ingest.simulator.kitchen.optics import Floats, vec
from ingest.simulator.kitchen.surfaces import FINE, SOFT, sample

Colour = tuple[float, float, float]
HEAD, FACE, HAT, MASK = 1, 2, 3, 4
RADII: Final = vec(0.078, 0.098, 0.122)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLook:
    """Look of a head.

    ``hair`` is short, long, bun or bald; ``hat`` cap, toque, tall, cloth, bouffant or none; ``mask`` worn, chin, none
    or shield, a clear plastic one that stands off the mouth.
    """

    skin: Colour
    hair_colour: Colour
    hair: str
    hat: str
    hat_colour: Colour
    mask: str
    mask_colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPose:
    """Centre (3,) and axes (3, 3): rows are the head's right, front and up in the world."""

    centre: Floats
    axes: Floats

    def at(self, right: float, front: float, up: float) -> Floats:
        """Return the world point at metres from the centre along the head's own axes."""
        return np.asarray(self.centre + vec(right, front, up) @ self.axes, np.float32)


def _paint(base: Colour, count: int) -> Floats:
    return np.tile(vec(*base), (count, 1))


def _spot(x: Floats, z: Floats, at: tuple[float, float], size: tuple[float, float]) -> Floats:
    """Return 1 in the middle of an ellipse on the face, 0 outside, soft in between."""
    square = ((x - at[0]) / size[0]) ** 2 + ((z - at[1]) / size[1]) ** 2
    return np.asarray(np.clip(1.6 - 1.3 * square, 0, 1)[:, None], np.float32)


def _mixed(colour: Floats, other: Colour, share: Floats) -> Floats:
    return np.asarray(colour * (1 - share) + vec(*other) * share, np.float32)


def _face(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    x, y, z = p.T
    colour = _paint(look.skin, len(p)) * (1 + 0.03 * sample(SOFT, x * 40 + 50, z * 40 + 50)[:, None])
    front = (y > 0)[:, None]
    dark = (look.skin[0] * 0.3, look.skin[1] * 0.3, look.skin[2] * 0.32)
    for side in (-1, 1):
        colour = _mixed(colour, dark, 0.45 * _spot(x, z, (side * 0.37, 0.12), (0.24, 0.15)) * front)
        colour = _mixed(colour, (0.78, 0.80, 0.82), _spot(x, z, (side * 0.37, 0.10), (0.14, 0.055)) * front)
        colour = _mixed(colour, (0.05, 0.05, 0.07), _spot(x, z, (side * 0.36, 0.10), (0.07, 0.065)) * front)
        colour = _mixed(colour, look.hair_colour, 0.85 * _spot(x, z, (side * 0.38, 0.27), (0.22, 0.045)) * front)
        colour = _mixed(colour, (look.skin[0] * 0.8, look.skin[1] * 0.82, min(look.skin[2] * 1.05, 1.0)),
                        0.4 * _spot(x, z, (side * 0.42, -0.18), (0.24, 0.2)) * front)  # fmt: skip
    colour = _mixed(colour, dark, 0.5 * _spot(x, z, (0, -0.24), (0.17, 0.05)) * front)
    lips = (look.skin[0] * 0.55, look.skin[1] * 0.5, look.skin[2] * 0.8)
    colour = _mixed(colour, lips, 0.9 * _spot(x, z, (0, -0.46), (0.24, 0.065)) * front)
    colour = _mixed(colour, dark, 0.7 * _spot(x, z, (0, -0.46), (0.22, 0.018)) * front)
    return colour * np.where(z < -0.75, 0.8, 1.0)[:, None], np.ones(len(p), np.bool_)


def _hair(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    x, y, z = p.T
    strands = 1 + 0.22 * sample(FINE, np.arctan2(x, y) * 30 + 100, z * 6 + 100)
    crown = z > 0.56 - 0.22 * x**2 + 0.03 * np.sin(x * 17)
    loose = look.hair == "long" and look.hat != "bouffant"  # a net holds long hair
    behind = (y < 0.12) & (z > (-0.95 if loose else -0.42))
    sides = (y < 0.35) & (z > 0.1)
    sheen = 1 + 0.5 * np.clip(z - 0.6, 0, 1)
    return _paint(look.hair_colour, len(p)) * (strands * sheen)[:, None], crown | behind | sides


def _mask(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    x, y, z = p.T
    low, high = (-1.0, -0.36) if look.mask == "chin" else (-0.86, 0.02 - 0.10 * np.abs(x))
    cloth = (y > 0.18) & (z > low) & (z < high) & (np.abs(x) < 0.88)
    pleats = 1 - 0.10 * (np.abs(((z + 0.9) * 5) % 1 - 0.5) < 0.12) - 0.05 * (z > -0.06)
    strap_at = -0.5 if look.mask == "chin" else -0.08
    strap = (np.abs(z - strap_at + 0.1 * (1 - y)) < 0.03) & (y > -0.15) & ~cloth & (np.abs(x) > 0.5)
    colour = _paint(look.mask_colour, len(p)) * pleats[:, None]
    colour[strap] = (0.85, 0.86, 0.86)
    return colour, cloth | strap


def _bouffant(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    x, y, z = p.T
    angle = np.arctan2(x, y)
    rim = -0.18 + 0.10 * y + 0.02 * np.sin(angle * 16)
    folds = 0.94 + 0.07 * np.sin(angle * 22 + 3 * z) + 0.05 * sample(SOFT, angle * 25 + 90, z * 50 + 90)
    elastic = np.where(z < rim + 0.12, 0.84, 1.0)
    return _paint(look.hat_colour, len(p)) * (folds * elastic)[:, None], z > rim


def _nape(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the part of a net that lies close to the back of the head, down to a hairline above the neck."""
    x, y, z = p.T
    angle = np.arctan2(x, y)
    rim = -0.30 + 0.02 * np.sin(angle * 16)
    folds = 0.92 + 0.06 * np.sin(angle * 22)
    elastic = np.where(z < rim + 0.1, 0.84, 1.0)
    return _paint(look.hat_colour, len(p)) * (folds * elastic)[:, None], (z > rim) & (z < 0.2) & (y < 0.05 - 0.3 * z)


def _cap(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    y, z = p[:, 1], p[:, 2]
    rim = 0.34 + 0.16 * y
    band = np.where(z < rim + 0.2, 0.86, 1.0)
    return _paint(look.hat_colour, len(p)) * band[:, None], z > rim


def _puff(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    angle = np.arctan2(p[:, 0], p[:, 1])
    folds = 0.93 + 0.08 * np.sin(angle * 14) * np.clip(1 - p[:, 2], 0, 1)
    return _paint(look.hat_colour, len(p)) * folds[:, None], np.ones(len(p), np.bool_)


def _toque(canvas: Canvas, look: HeadLook, pose: HeadPose) -> None:
    colour = vec(*look.hat_colour)
    canvas.capsule(
        pose.at(0, -0.01, 0.085),
        pose.at(0, -0.015, 0.175),
        (0.098, 0.105),
        lambda patch: colour * (0.9 + 0.06 * np.sin(patch.normal[:, :1] * 18)),
        HAT,
    )
    canvas.ellipsoid(pose.at(0, -0.02, 0.235), vec(0.132, 0.138, 0.075), pose.axes, lambda p: _puff(look, p), HAT)


def _tall(canvas: Canvas, look: HeadLook, pose: HeadPose) -> None:
    """Draw a tall pleated paper hat, open at the top."""
    colour = vec(*look.hat_colour)

    def pleats(patch: Patch) -> Floats:
        around = np.arctan2(patch.normal[:, 0], -patch.normal[:, 1])
        band = np.where(patch.along < 0.2, 0.95, 1.0)
        return np.asarray(colour * ((0.93 + 0.07 * np.sin(around * 26)) * band)[:, None], np.float32)

    canvas.capsule(pose.at(0, -0.01, 0.075), pose.at(0, -0.02, 0.30), (0.1, 0.118), pleats, HAT)


def _cloth(canvas: Canvas, look: HeadLook, pose: HeadPose) -> None:
    """Draw a low cloth cap: a band around the head, and a soft flat crown a little wider than it."""
    canvas.ellipsoid(pose.at(0, -0.004, 0.01), vec(0.09, 0.11, 0.128), pose.axes, lambda p: _band(look, p), HAT)
    canvas.ellipsoid(pose.at(0, -0.012, 0.098), vec(0.108, 0.124, 0.04), pose.axes, lambda p: _puff(look, p), HAT)


def _band(look: HeadLook, p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    rim = 0.30 + 0.10 * p[:, 1]
    return _paint(look.hat_colour, len(p)) * 0.9, (p[:, 2] > rim) & (p[:, 2] < 0.85)


def _shield(p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return what is seen of a clear mouth shield: its edge, the bar under the chin, and a reflection."""
    x, y, z = p.T
    front = (y > 0.05) & (z > -0.95) & (z < -0.05)
    edge = np.abs(z + 0.09) < 0.035
    bar = z < -0.84
    glint = (np.abs(x - 0.35 - 0.2 * z) < 0.04) & (z > -0.6)
    colour = np.where(bar[:, None], 0.9, np.where(glint[:, None], 1.05, 0.8)) * vec(0.95, 0.96, 0.94)
    return np.asarray(colour, np.float32), front & (edge | bar | glint)


def _hat(canvas: Canvas, look: HeadLook, pose: HeadPose) -> None:
    if look.hat == "toque":
        _toque(canvas, look, pose)
    elif look.hat == "tall":
        _tall(canvas, look, pose)
    elif look.hat == "cloth":
        _cloth(canvas, look, pose)
    elif look.hat == "bouffant":
        canvas.ellipsoid(
            pose.at(0, -0.012, 0.045), vec(0.104, 0.122, 0.112), pose.axes, lambda p: _bouffant(look, p), HAT
        )
        canvas.ellipsoid(pose.at(0, -0.004, 0.006), RADII * 1.1, pose.axes, lambda p: _nape(look, p), HAT)
    elif look.hat == "cap":
        canvas.ellipsoid(pose.at(0, -0.005, 0.012), vec(0.092, 0.112, 0.132), pose.axes, lambda p: _cap(look, p), HAT)


def draw_head(canvas: Canvas, look: HeadLook, pose: HeadPose) -> None:
    """Draw a whole head; parts are numbered HEAD, FACE, HAT and MASK on the canvas."""
    skin = vec(*look.skin)
    canvas.ellipsoid(pose.centre, RADII, pose.axes, lambda p: _face(look, p), FACE)
    ones = np.ones
    for side in (-1, 1):
        canvas.ellipsoid(
            pose.at(side * 0.078, -0.01, 0), vec(0.014, 0.026, 0.036), pose.axes,
            lambda p: (np.tile(skin * 0.9, (len(p), 1)), ones(len(p), np.bool_)), HEAD,
        )  # fmt: skip
    if look.mask in {"none", "chin", "shield"}:
        canvas.ellipsoid(
            pose.at(0, 0.094, -0.012), vec(0.017, 0.021, 0.028), pose.axes,
            lambda p: (np.tile(skin * 1.02, (len(p), 1)), ones(len(p), np.bool_)), FACE,
        )  # fmt: skip
    if look.hair != "bald":
        canvas.ellipsoid(pose.at(0, -0.004, 0.006), RADII * 1.075, pose.axes, lambda p: _hair(look, p), HEAD)
    if look.hair == "bun" and look.hat == "none":
        hair = vec(*look.hair_colour)
        canvas.ellipsoid(
            pose.at(0, -0.085, 0.085), vec(0.045, 0.045, 0.045), pose.axes,
            lambda p: (np.tile(hair, (len(p), 1)), ones(len(p), np.bool_)), HEAD,
        )  # fmt: skip
    if look.mask == "shield":
        canvas.ellipsoid(pose.at(0, 0.022, -0.006), RADII * vec(1.08, 1.3, 1.05), pose.axes, _shield, HEAD)
    elif look.mask != "none":
        place = pose.at(0, 0.014, -0.034) if look.mask == "chin" else pose.at(0, 0.006, -0.006)
        canvas.ellipsoid(place, RADII * vec(1.06, 1.14, 1.05), pose.axes, lambda p: _mask(look, p), MASK)
    _hat(canvas, look, pose)
