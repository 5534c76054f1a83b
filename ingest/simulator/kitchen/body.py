"""Bodies: a simple skeleton with clothes, posed by the positions of the hands."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.canvas import Canvas, Paint, Patch
from ingest.simulator.kitchen.head import Colour, HeadLook, HeadPose, draw_head
from ingest.simulator.kitchen.optics import Floats, unit, vec
from ingest.simulator.kitchen.surfaces import SOFT, sample

BODY, HAND = 5, 6
HELD = 10
"""Part number of a cap in the hand, which belongs to no head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A cook: ``height`` m, ``build`` 0.85–1.2, clothes and head; ``held`` is the colour of a cap in the hand."""

    height: float
    build: float
    jacket: Colour
    apron: Colour | None
    trousers: Colour
    buttons: Colour
    sleeves_up: bool
    gloves: Colour | None
    head: HeadLook
    held: Colour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Pose of a body: feet (2,), heading ``yaw`` (0 = +x), hands (3,) in the world, ``lean`` and head angles (rad)."""

    feet: Floats
    yaw: float
    left: Floats
    right: Floats
    lean: float = 0.12
    nod: float = 0.15
    turn: float = 0.0
    stride: float = 0.0
    phase: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """Joints in the world (3,) and the head's pose."""

    front: Floats
    side: Floats
    hip: Floats
    chest: Floats
    shoulders: tuple[Floats, Floats]
    head: HeadPose
    feet: tuple[Floats, Floats]


def heading(yaw: float) -> Floats:
    """Return the unit vector (3,) of a heading on the floor."""
    return vec(float(np.cos(yaw)), float(np.sin(yaw)), 0.0)


def skeleton(look: Look, pose: Pose) -> Skeleton:
    """Return the joints of a cook in a pose."""
    h = look.height
    front, up = heading(pose.yaw), vec(0, 0, 1)
    side = vec(float(front[1]), float(-front[0]), 0.0)
    ground = vec(float(pose.feet[0]), float(pose.feet[1]), 0.0)
    hip = ground + up * 0.53 * h
    spine = unit(up + front * float(np.tan(pose.lean)))
    chest = hip + spine * 0.21 * h
    neck = hip + spine * 0.305 * h
    wide = 0.104 * h * (0.6 + 0.4 * look.build)
    shoulders = (neck - side * wide - up * 0.018 * h, neck + side * wide - up * 0.018 * h)
    gaze = heading(pose.yaw + pose.turn)
    head_front = unit(gaze * float(np.cos(pose.nod)) - up * float(np.sin(pose.nod)))
    head_side = vec(float(gaze[1]), float(-gaze[0]), 0.0)
    head_up = np.cross(head_side, head_front).astype(np.float32)
    axes = np.stack((head_side, head_front, head_up))
    centre = neck + up * 0.078 * h + head_front * 0.03
    swing = pose.stride * float(np.sin(pose.phase))
    feet = (
        ground - side * 0.09 + front * swing + up * 0.04,
        ground + side * 0.09 - front * swing + up * 0.04,
    )
    return Skeleton(
        front=front, side=side, hip=hip, chest=chest, shoulders=shoulders, feet=feet,
        head=HeadPose(centre=np.asarray(centre, np.float32), axes=axes.astype(np.float32)),
    )  # fmt: skip


def _cloth(colour: Colour, seed: int, folds: float = 0.10) -> Paint:
    """Return cloth with soft folds; ``seed`` moves the folds."""
    base = vec(*colour)

    def paint(patch: Patch) -> Floats:
        around = np.arctan2(patch.normal[:, 0], -patch.normal[:, 1])
        fold = sample(SOFT, around * 14 + seed * 31 + 60, patch.along * 30 + seed * 17)
        return np.asarray(base * (1 + folds * fold)[:, None], np.float32)

    return paint


def _dressed(look: Look, front: Floats, *, bib: bool) -> Paint:
    """Return a jacket with the apron on its front."""
    jacket = _cloth(look.jacket, 1)
    apron = _cloth(look.apron or look.jacket, 2, 0.07)

    def paint(patch: Patch) -> Floats:
        facing = patch.normal @ front
        covered = (facing > 0.25) & ((patch.along < 0.8) if bib else True)  # noqa: PLR2004 - the bib ends below the neck
        tie = (patch.along < 0.08) & bib  # noqa: PLR2004 - the string at the waist
        return np.asarray(np.where((covered | tie)[:, None], apron(patch), jacket(patch)), np.float32)

    return paint if look.apron else jacket


def _elbow(shoulder: Floats, hand: Floats, side: Floats, bone: float) -> Floats:
    """Return the elbow's position: below and outside the line from shoulder to hand."""
    line = hand - shoulder
    length = float(np.linalg.norm(line))
    drop = np.sqrt(max(bone**2 - (min(length, 2 * bone * 0.99) / 2) ** 2, 0.0))
    pole = vec(0, 0, -1) + side * 0.7
    pole = pole - unit(line) * float(pole @ unit(line))
    return np.asarray(shoulder + line / 2 + unit(pole) * drop, np.float32)


def reach(shoulder: Floats, hand: Floats, bone: float) -> Floats:
    """Return ``hand``, pulled in to the reach of two bones of that length."""
    line = hand - shoulder
    length = float(np.linalg.norm(line))
    return np.asarray(shoulder + line * min(1.0, 1.96 * bone / max(length, 1e-6)), np.float32)


def _legs(canvas: Canvas, look: Look, bones: Skeleton) -> None:
    h, b = look.height, look.build
    trousers, shoe = _cloth(look.trousers, 3), _cloth((0.07, 0.07, 0.08), 4)
    for sign, foot in zip((-1, 1), bones.feet, strict=True):
        hip = bones.hip + bones.side * (sign * 0.055 * h)
        knee = (hip + foot) / 2 + bones.front * 0.03
        canvas.capsule(hip, knee, (0.088 * b, 0.066), trousers, BODY)
        canvas.capsule(knee, foot + vec(0, 0, 0.06), (0.068, 0.052), trousers, BODY)
        canvas.capsule(foot, foot + bones.front * 0.13, (0.045, 0.04), shoe, BODY)
    if look.apron:
        skirt = _dressed(look, bones.front, bib=False)
        canvas.capsule(
            bones.hip + bones.front * 0.03,
            bones.hip + bones.front * 0.05 - vec(0, 0, 0.2 * h),
            (0.155 * b, 0.17 * b),
            skirt,
            BODY,
        )


def _wrapped(
    paint: Paint, radii: Floats, axes: Floats, start: float
) -> Callable[[Floats], tuple[Floats, NDArray[np.bool_]]]:
    """Return a limb's paint for an ellipsoid; ``start`` is the position of its lower end on the trunk."""

    def wrapped(points: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        normal = unit((points / radii) @ axes)
        along = (start + (points[:, 2] + 1) * 0.22).astype(np.float32)
        return paint(Patch(along=along, normal=normal)), np.ones(len(points), np.bool_)

    return wrapped


def _torso(canvas: Canvas, look: Look, bones: Skeleton) -> None:
    h, b = look.height, look.build
    cloth = _dressed(look, bones.front, bib=True)
    spine = unit(bones.chest - bones.hip)
    across = np.cross(spine, bones.side).astype(np.float32)
    axes = np.stack((bones.side, across, spine)).astype(np.float32)
    trunk = (
        (0.0, 0.05, vec(0.158 * b, 0.122 * b, 0.125 * h)),
        (0.62, 0.3, vec(0.168 * b, 0.122 * b, 0.145 * h)),
        (1.12, 0.6, vec(0.178 * b, 0.118 * b, 0.105 * h)),
    )
    for share, start, radii in trunk:
        canvas.ellipsoid(
            bones.hip + (bones.chest - bones.hip) * share, radii, axes, _wrapped(cloth, radii, axes, start), BODY
        )
    left, right = bones.shoulders
    jacket = _cloth(look.jacket, 1)
    canvas.capsule(left, right, (0.062, 0.062), jacket, BODY)
    neck = (left + right) / 2
    canvas.capsule(bones.chest + bones.front * 0.01, neck - vec(0, 0, 0.01), (0.088 * b, 0.072), jacket, BODY)
    canvas.capsule(neck, neck + vec(0, 0, 0.035 * h), (0.068, 0.062), _cloth(look.jacket, 6), BODY)
    canvas.capsule(neck, neck + vec(0, 0, 0.05 * h), (0.052, 0.05), _cloth(look.head.skin, 5, 0.03), BODY)
    if not look.apron:
        for sign in (-1, 1):
            for k in range(4):
                spot = (
                    bones.hip
                    + (bones.chest - bones.hip) * (0.35 + 0.25 * k)
                    + bones.side * sign * 0.05
                    + bones.front * 0.122 * b
                )
                canvas.capsule(spot, spot, (0.011, 0.011), _cloth(look.buttons, 7, 0.0), BODY)


def _arms(canvas: Canvas, look: Look, bones: Skeleton, pose: Pose) -> None:
    bone = 0.172 * look.height
    jacket, skin = _cloth(look.jacket, 8), _cloth(look.head.skin, 9, 0.03)
    palm = _cloth(look.gloves or look.head.skin, 10, 0.04)
    for sign, shoulder, target in ((-1, bones.shoulders[0], pose.left), (1, bones.shoulders[1], pose.right)):
        hand = reach(shoulder, target, bone)
        elbow = _elbow(shoulder, hand, bones.side * sign, bone)
        canvas.capsule(shoulder, elbow, (0.062 * look.build, 0.05), jacket, BODY)
        wrist = elbow + (hand - elbow) * 0.82
        cuff = elbow + (hand - elbow) * (0.3 if look.sleeves_up else 0.8)
        canvas.capsule(elbow, wrist, (0.04, 0.03), skin, HAND)
        canvas.capsule(elbow, cuff, (0.05, 0.044), jacket, BODY)
        tip = hand + unit(hand - elbow) * 0.05
        canvas.capsule(wrist, hand, (0.034, 0.042), palm, HAND)
        canvas.capsule(hand, tip, (0.038, 0.022), palm, HAND)
        if sign > 0 and look.held is not None:
            _held_cap(canvas, look.held, np.asarray(hand + bones.front * 0.05, np.float32))


def _held_cap(canvas: Canvas, colour: Colour, place: Floats) -> None:
    """Draw a cap that lies on the hand, its opening down."""

    def dome(p: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        band = np.where(p[:, 2] < 0.25, 0.82, 1.0)  # noqa: PLR2004 - the band above the opening
        return np.asarray(vec(*colour) * band[:, None], np.float32), p[:, 2] > 0

    canvas.ellipsoid(place, vec(0.105, 0.105, 0.085), np.eye(3, dtype=np.float32), dome, HELD)


def draw_body(canvas: Canvas, look: Look, pose: Pose) -> Skeleton:
    """Draw a cook on a canvas and return the skeleton."""
    bones = skeleton(look, pose)
    _legs(canvas, look, bones)
    _torso(canvas, look, bones)
    _arms(canvas, look, bones, pose)
    draw_head(canvas, look.head, bones.head)
    return bones
