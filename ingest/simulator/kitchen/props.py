"""Things that come and go: a cigarette with smoke, a phone, a rodent, steam."""

from dataclasses import dataclass

import cv2
import numpy as np

from ingest.simulator.kitchen.body import Skeleton
from ingest.simulator.kitchen.canvas import Canvas, Patch
from ingest.simulator.kitchen.optics import Floats, Pinhole, unit, vec
from ingest.simulator.kitchen.surfaces import SOFT, sample

CIGARETTE, PHONE, RAT = 7, 8, 9


def _flat(*colour: float) -> "Flat":
    return Flat(colour=vec(*colour))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """A paint of one colour."""

    colour: Floats

    def __call__(self, patch: Patch) -> Floats:
        """Return the colour for every pixel of the patch."""
        return np.tile(self.colour, (len(patch.along), 1))


def smoking_hand(t: float, bones: Skeleton) -> tuple[Floats, bool]:
    """Return the place of the smoking hand: two thirds of the time at the mouth, else before the chest."""
    at_mouth = (t % 6.0) < 4.0  # noqa: PLR2004 - seconds of a drag
    if at_mouth:
        return bones.head.at(0.085, 0.125, -0.125), True
    front = bones.front
    hold = bones.chest + front * 0.36 + bones.side * 0.2 + vec(0, 0, 0.10 + 0.02 * np.sin(t * 2))
    return np.asarray(hold, np.float32), False


def draw_cigarette(canvas: Canvas, bones: Skeleton, hand: Floats, *, at_mouth: bool) -> Floats:
    """Draw the cigarette and return the world point (3,) of its burning end."""
    if at_mouth:
        start = bones.head.at(0.012, 0.100, -0.056)
        way: Floats = bones.head.at(0.092, 0.165, -0.068) - start
    else:
        start = np.asarray(hand + vec(0, 0, 0.05), np.float32)
        way = bones.front * 0.5 + vec(0, 0, 0.9) - bones.side * 0.3
    way = unit(np.asarray(way, np.float32))
    filter_end = start + way * 0.03
    tip = start + way * 0.115
    canvas.capsule(start, filter_end, (0.009, 0.009), _flat(0.35, 0.58, 0.86), CIGARETTE)
    canvas.capsule(filter_end, tip, (0.009, 0.009), _flat(1.15, 1.15, 1.15), CIGARETTE)
    canvas.capsule(tip, tip + way * 0.008, (0.0115, 0.0115), _flat(0.15, 0.45, 1.6), CIGARETTE)
    return np.asarray(tip, np.float32)


def blow_smoke(frame: Floats, camera: Pinhole, tip: Floats, t: float) -> None:
    """Draw thin rising smoke on the frame (H, W, 3), in place."""
    spot = camera.project(tip)
    scale = camera.focal / float(spot[2])
    width, height = int(0.26 * scale), int(0.42 * scale)
    x0, y0 = int(spot[0]) - width // 2, int(spot[1]) - height
    x1, y1 = x0 + width, y0 + height
    cx0, cy0, cx1, cy1 = max(x0, 0), max(y0, 0), min(x1, camera.width), min(y1, camera.height)
    if cx1 - cx0 < 2 or cy1 - cy0 < 2:  # noqa: PLR2004 - nothing of it is in the picture
        return
    xs, ys = np.meshgrid(np.arange(cx0, cx1), np.arange(cy0, cy1))
    rise = (y1 - ys) / height
    drift = 0.18 * np.sin(rise * 5 - t * 1.7) * rise + 0.1 * np.sin(rise * 11 + t * 2.3) * rise
    across = (xs - (x0 + x1) / 2) / width - drift
    curl = 0.75 + 0.35 * sample(SOFT, xs * 0.5 + t * 9 + 500, ys * 0.35 + t * 30 + 500)
    density = 0.34 * np.exp(-((across / (0.05 + 0.16 * rise)) ** 2)) * (1 - rise) ** 0.7 * curl
    share = np.clip(density, 0, 0.6)[..., None].astype(np.float32)
    area = frame[cy0:cy1, cx0:cx1]
    area[:] = area * (1 - share) + 0.88 * share


def phone_hand(t: float, bones: Skeleton) -> Floats:
    """Return the place of the hand with the phone: before the chest, in sight."""
    lift = 0.16 + 0.01 * np.sin(t * 1.3)
    return np.asarray(bones.chest + bones.front * 0.34 + bones.side * 0.06 + vec(0, 0, lift), np.float32)


def draw_phone(canvas: Canvas, bones: Skeleton, hand: Floats, t: float) -> None:
    """Draw the phone in the hand, its screen up and towards the face."""
    up = unit(bones.front * 0.55 + vec(0, 0, 0.83))
    side = bones.side
    centre = hand + up * 0.075 + vec(0, 0, 0.02)

    def quad(w: float, h: float, shift: float) -> Floats:
        corners = [(-w, -h), (w, -h), (w, h), (-w, h)]
        return np.stack([centre + side * a + up * (b + shift) for a, b in corners])

    canvas.polygon(quad(0.043, 0.088, 0.0), (0.08, 0.08, 0.09), PHONE, lift=0.05)
    glow = 0.92 + 0.04 * np.sin(t * 3)
    canvas.polygon(quad(0.036, 0.074, 0.002), (1.0 * glow, 0.86 * glow, 0.72 * glow), PHONE, lift=0.052)
    for k in range(3):
        canvas.polygon(quad(0.028, 0.010, 0.045 - 0.036 * k), (0.62, 0.5, 0.42), PHONE, lift=0.054)


def rat_place(path: Floats, t: float) -> tuple[Floats, float]:
    """Return place (2,) and heading of a rodent on its path (n, 2) after ``t`` s: it runs, stops, runs again."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    total = float(steps.sum())
    beat, within = divmod(t, 2.2)
    run = 1.9 * (beat + min(within / 1.6, 1.0))
    way = run % (2 * total)
    back = way > total
    along = 2 * total - way if back else way
    edge = np.concatenate(([0.0], np.cumsum(steps)))
    k = min(int(np.searchsorted(edge, along, side="right")) - 1, len(steps) - 1)
    share = (along - edge[k]) / steps[k]
    place = path[k] + (path[k + 1] - path[k]) * share
    course = path[k + 1] - path[k]
    angle = float(np.arctan2(course[1], course[0])) + (np.pi if back else 0.0)
    wobble = 0.02 * np.sin(t * 17)
    return np.asarray(place + vec(-np.sin(angle), np.cos(angle)) * wobble, np.float32), angle


def draw_rat(canvas: Canvas, place: Floats, angle: float, t: float) -> None:
    """Draw a rodent: body, head, ears, tail, legs in a gallop."""
    front = vec(np.cos(angle), np.sin(angle), 0)
    side = vec(front[1], -front[0], 0)
    ground = vec(place[0], place[1], 0)
    bounce = 0.012 * abs(np.sin(t * 19))
    glint = _flat(1.5, 1.5, 1.5)
    fur, dark, pink = _flat(0.20, 0.21, 0.23), _flat(0.13, 0.13, 0.15), _flat(0.34, 0.34, 0.40)
    hip = ground - front * 0.07 + vec(0, 0, 0.055 + bounce)
    neck = ground + front * 0.07 + vec(0, 0, 0.05 + bounce)
    canvas.capsule(hip, neck, (0.06, 0.046), fur, RAT)
    canvas.capsule(neck, neck + front * 0.085 - vec(0, 0, 0.014), (0.036, 0.014), fur, RAT)
    for s in (-1, 1):
        eye = neck + front * 0.062 + side * (0.017 * s) + vec(0, 0, 0.008)
        canvas.capsule(eye, eye, (0.007, 0.007), glint, RAT)
        ear = neck + front * 0.035 + side * (0.026 * s) + vec(0, 0, 0.034)
        canvas.capsule(ear, ear, (0.014, 0.014), pink, RAT)
        for k, base in enumerate((hip, neck)):
            kick = 0.04 * np.sin(t * 19 + k * 2 + s)
            foot = base + side * (0.03 * s) + front * kick - vec(0, 0, float(base[2]) - 0.008)
            canvas.capsule(base + side * (0.028 * s), foot, (0.016, 0.009), dark, RAT)
    last = hip - front * 0.04
    for k in range(5):
        bend = side * (0.03 * np.sin(t * 7 + k)) - front * 0.042
        end = last + bend - vec(0, 0, 0.012 if last[2] > 0.02 else 0.0)  # noqa: PLR2004 - lies on the floor
        canvas.capsule(last, end, (0.009 - 0.0012 * k, 0.008 - 0.0012 * k), pink, RAT)
        last = end


def ground_shadow(
    frame: Floats,
    camera: Pinhole,
    floor: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]",
    place: Floats,
    radius: float,
) -> None:
    """Darken the visible floor around (x, y) softly, in place."""
    turns = np.linspace(0, 2 * np.pi, 20)
    ring = np.column_stack((place[0] + radius * np.cos(turns), place[1] + radius * np.sin(turns), np.zeros(20)))
    spot = camera.project(ring.astype(np.float32))[:, :2]
    margin = 8 + int(0.25 * np.ptp(spot[:, 0]))
    x0, y0 = np.maximum(np.floor(spot.min(0)).astype(int) - margin, 0)
    x1, y1 = np.minimum(np.ceil(spot.max(0)).astype(int) + margin, (camera.width, camera.height))
    if x1 - x0 < 3 or y1 - y0 < 3:  # noqa: PLR2004 - outside the picture
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.float32)
    cv2.fillPoly(mask, [np.round(spot - (x0, y0)).astype(np.int32)], 1.0)
    soft = cv2.GaussianBlur(mask, (0, 0), max(margin / 3, 1)) * floor[y0:y1, x0:x1]
    frame[y0:y1, x0:x1] *= (1 - 0.5 * soft)[..., None]
