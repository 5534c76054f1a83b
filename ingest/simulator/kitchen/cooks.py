"""Cooks: their looks, and at any moment their place and hands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ingest.simulator.kitchen.body import Look, Pose, heading
from ingest.simulator.kitchen.head import HeadLook
from ingest.simulator.kitchen.optics import Floats, vec
from ingest.simulator.kitchen.room import Room, Station

_SKINS = ((0.68, 0.76, 0.90), (0.62, 0.71, 0.87), (0.56, 0.66, 0.83), (0.72, 0.79, 0.91), (0.46, 0.55, 0.70))
_HAIRS = ((0.07, 0.07, 0.08), (0.10, 0.11, 0.14), (0.09, 0.12, 0.18), (0.42, 0.43, 0.44))
_JACKETS = ((0.88, 0.88, 0.87), (0.90, 0.90, 0.90), (0.58, 0.34, 0.14), (0.18, 0.17, 0.17), (0.86, 0.74, 0.58),
            (0.30, 0.22, 0.50), (0.84, 0.85, 0.83))  # fmt: skip
_APRONS = ((0.16, 0.15, 0.15), (0.86, 0.87, 0.87), (0.62, 0.38, 0.16), (0.20, 0.22, 0.52), (0.34, 0.42, 0.20))
_TROUSERS = ((0.14, 0.14, 0.15), (0.36, 0.34, 0.32), (0.46, 0.30, 0.18))
_MASKS = ((0.84, 0.74, 0.54), (0.90, 0.90, 0.88), (0.82, 0.66, 0.48), (0.88, 0.80, 0.66), (0.14, 0.14, 0.14))
_CAPS = ((0.92, 0.92, 0.91), (0.90, 0.91, 0.92), (0.86, 0.74, 0.58), (0.24, 0.22, 0.66), (0.70, 0.42, 0.16))
EASE_S: Final = 1.6
"""Seconds that a cook takes to get into and out of a scripted situation."""


def make_look(rng: np.random.Generator, *, masked: bool) -> Look:
    """Return the look of a compliant cook: head covered, with a mask if ``masked``."""
    hat = str(rng.choice(("toque", "bouffant", "bouffant", "cap", "cap")))
    white = ((0.93, 0.93, 0.93), (0.95, 0.90, 0.82), (0.90, 0.93, 0.86))
    colours = {"toque": white[:1], "bouffant": white, "cap": _CAPS}[hat]
    head = HeadLook(
        skin=_SKINS[rng.integers(len(_SKINS))],
        hair_colour=_HAIRS[rng.choice(4, p=(0.45, 0.3, 0.15, 0.1))],
        hair=str(rng.choice(("short", "short", "long", "bun"))),
        hat=hat,
        hat_colour=colours[rng.integers(len(colours))],
        mask="worn" if masked else "none",
        mask_colour=_MASKS[rng.choice(5, p=(0.4, 0.25, 0.15, 0.15, 0.05))],
    )
    return Look(
        height=rng.uniform(1.58, 1.80),
        build=rng.uniform(0.88, 1.16),
        jacket=_JACKETS[rng.integers(len(_JACKETS))],
        apron=_APRONS[rng.integers(len(_APRONS))] if rng.random() < 0.6 else None,  # noqa: PLR2004
        trousers=_TROUSERS[rng.integers(len(_TROUSERS))],
        buttons=(0.12, 0.12, 0.13) if rng.random() < 0.7 else (0.7, 0.7, 0.7),  # noqa: PLR2004
        sleeves_up=bool(rng.random() < 0.4),  # noqa: PLR2004
        gloves=(0.80, 0.62, 0.36) if rng.random() < 0.25 else None,  # noqa: PLR2004
        head=head,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """One piece of the daily round: work at a station from a time on, including the walk there."""

    start: float
    walk: float
    source: Station
    target: Station


def _smooth(x: float) -> float:
    c = min(max(x, 0.0), 1.0)
    return c * c * (3 - 2 * c)


def _turned(a: float, b: float, share: float) -> float:
    """Return the angle between ``a`` and ``b``, the short way round."""
    return a + ((b - a + np.pi) % (2 * np.pi) - np.pi) * share


class Cook:
    """One cook with a part of the aisle and an endless round of work."""

    def __init__(self, rng: np.random.Generator, room: Room, *, zone: int, zones: int, masked: bool) -> None:
        self.look = make_look(rng, masked=masked)
        self.camera = room.camera.position
        xs = sorted(s.x for s in room.stations)
        low, high = xs[0], xs[-1]
        width = (high - low) / zones
        middle = low + (zone + 0.5) * width
        mine = sorted(room.stations, key=lambda s: abs(s.x - middle))
        mine = [s for s in mine if abs(s.x - middle) < 0.25 * width] or mine[:2]
        self.front = [s for s in mine if s.yaw < 0]
        self.rest = [s for s in mine if s.yaw > 0]
        self.phase = float(rng.uniform(0, 100))
        self.legs, self.cycle = self._round(rng)
        self.stage = min(self.front, key=lambda s: abs(s.x - middle))

    def _round(self, rng: np.random.Generator) -> tuple[list[_Leg], float]:
        stops = [self.front if rng.random() < 0.68 else self.rest for _ in range(14)]  # noqa: PLR2004
        stations = [group[rng.integers(len(group))] for group in stops]
        legs, at = [], 0.0
        for source, target in zip([stations[-1], *stations[:-1]], stations, strict=True):
            way = float(np.hypot(target.x - source.x, target.y - source.y))
            walk = 0.0 if source is target else way / 0.75 + 0.9
            legs.append(_Leg(start=at, walk=walk, source=source, target=target))
            at += walk + rng.uniform(7, 16)
        return legs, at

    def pose(self, t: float, *, staged: float = 0.0) -> Pose:
        """Return the pose at scene time ``t`` s; ``staged`` 0–1 moves the cook to a place facing the camera."""
        now = (t + self.phase) % self.cycle
        leg = [leg for leg in self.legs if leg.start <= now][-1]
        gone = min((now - leg.start) / leg.walk, 1.0) if leg.walk else 1.0
        share = _smooth(gone)
        feet = vec(
            leg.source.x + (leg.target.x - leg.source.x) * share,
            leg.source.y + (leg.target.y - leg.source.y) * share,
        )
        course = float(np.arctan2(leg.target.y - leg.source.y, leg.target.x - leg.source.x))
        moving = float(np.sin(np.pi * gone)) if gone < 1 else 0.0
        yaw = _turned(leg.source.yaw, course, _smooth(gone * 4)) if moving else leg.target.yaw
        if moving:
            yaw = _turned(yaw, leg.target.yaw, _smooth(gone * 4 - 3))
        feet = feet * (1 - staged) + vec(self.stage.x, self.stage.y) * staged
        facing = float(np.arctan2(self.camera[1] - self.stage.y, self.camera[0] - self.stage.x))
        sway = 0.10 * np.sin(t * 0.7 + self.phase) + 0.06 * np.sin(t * 1.9 + 2 * self.phase)
        yaw = _turned(yaw, facing, staged) + 0.5 * sway
        feet = feet + vec(0.02 * np.sin(t * 0.9 + self.phase), 0.012 * np.sin(t * 1.3))
        left, right = self._hands(t, leg.target, feet, float(yaw), max(moving, 0.0))
        glance = max(0.0, float(np.sin(t * 0.31 + self.phase))) ** 6
        return Pose(
            feet=feet,
            yaw=float(yaw),
            left=left,
            right=right,
            lean=0.05 + 0.10 * (1 - moving) * (1 - staged),
            nod=float((0.10 + 0.16 * (1 - moving) * (1 - glance)) * (1 - staged) + 0.03 * np.sin(t * 1.1)),
            turn=float(0.35 * sway + 0.5 * glance * np.sin(self.phase)) * (1 - staged),
            stride=0.24 * moving,
            phase=float((t + self.phase) * 5.5),
        )

    def _hands(self, t: float, station: Station, feet: Floats, yaw: float, moving: float) -> tuple[Floats, Floats]:
        """Return hand targets: at work on the station, hanging while walking."""
        front = heading(yaw)
        side = vec(float(front[1]), float(-front[0]), 0.0)
        ground = vec(float(feet[0]), float(feet[1]), 0.0)
        swing = 0.16 * np.sin(t * 5.5 + self.phase)
        hang = [ground + side * (s * 0.26) + front * (0.08 + s * swing) + vec(0, 0, 0.86) for s in (-1, 1)]
        w = t * 2 * np.pi
        reach = ground + front * 0.42 + vec(0, 0, float(station.work[2]) + 0.06)
        moves = {
            "chop": (vec(0, 0, 0), vec(0, 0, 0.05 * abs(np.sin(w * 1.3)))),
            "stir": (vec(0, 0, 0.02), vec(0.09 * np.cos(w * 0.7), 0.06 * np.sin(w * 0.7), 0.05)),
            "wipe": (vec(0, 0, 0), vec(0.16 * np.sin(w * 0.45), 0.05 * np.cos(w * 0.45), 0)),
            "plate": (vec(0, 0, 0.03 * np.sin(w * 0.4)), vec(0.05 * np.sin(w * 0.6), 0, 0.05 + 0.04 * np.cos(w * 0.6))),
            "wash": (vec(0.03 * np.sin(w * 0.9), 0, 0), vec(-0.03 * np.sin(w * 0.9), 0, 0)),
        }[station.action]
        work = [reach + side * (s * 0.13) + move for s, move in zip((-1, 1), moves, strict=True)]
        left, right = (w_ * (1 - moving) + h_ * moving for w_, h_ in zip(work, hang, strict=True))
        return np.asarray(left, np.float32), np.asarray(right, np.float32)


def staging(t: float, spans: Sequence[tuple[float, float]]) -> float:
    """Return how far (0–1) a cook is in place for a scripted span."""
    best = 0.0
    for start, end in spans:
        best = max(best, min(_smooth((t - start + EASE_S) / EASE_S), _smooth((end + EASE_S - t) / EASE_S)))
    return best


def changed(look: Look, codes: set[str], *, masked: bool) -> Look:
    """Return the look during these situations."""
    head = look.head
    if "no_chef_hat" in codes:
        hair = "short" if head.hair == "bald" else head.hair
        head = replace(head, hat="none", hair=hair)
    if "no_mask" in codes:
        head = replace(head, mask="none")
    elif "smoking" in codes:
        head = replace(head, mask="chin" if masked else "none")
    return replace(look, head=head)
