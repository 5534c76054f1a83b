"""The camera of a drawn kitchen: combines room, cooks and situations frame by frame."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen import props
from ingest.simulator.kitchen.bins import Bin
from ingest.simulator.kitchen.body import Look, Pose, Skeleton, draw_body, skeleton
from ingest.simulator.kitchen.canvas import Canvas
from ingest.simulator.kitchen.cooks import Cook, changed, staging
from ingest.simulator.kitchen.finish import Sensor
from ingest.simulator.kitchen.head import FACE, HAT, HEAD, MASK, RADII
from ingest.simulator.kitchen.optics import Floats, vec
from ingest.simulator.kitchen.plate import Plate, draw_plate, soften, window_of
from ingest.simulator.kitchen.room import build_room
from ingest.simulator.kitchen.solids import Solid
from ingest.simulator.kitchen.variety import Kind, dressed

SituationCode = Literal["no_chef_hat", "no_mask", "smoking", "phone_use", "rodent", "trash_lid_open"]
COOK_CODES: Final = ("no_chef_hat", "no_mask", "smoking", "phone_use")
_SEEN: Final = 0.5
"""Share of a thing that must be visible for it to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A scripted situation: from ``start_s`` to ``end_s`` seconds of scene time."""

    code: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A visible thing: model class ``name`` and its box, centre and size as shares (0–1) of the picture."""

    name: str
    cx: float
    cy: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A moving thing on its canvas, with the data to put it into the frame and to report its truth."""

    canvas: Canvas
    near: float
    feet: Floats
    bones: Skeleton | None = None
    look: Look | None = None
    codes: frozenset[str] = frozenset()
    tip: Floats | None = None


class KitchenCamera:
    """A camera in a drawn kitchen.

    The picture is a pure function of (arguments, ``t``, ``wall_clock``). Without a situation everything is
    compliant: heads covered, masks worn if ``masks_worn``, bins closed, no phone, no cigarette, no rodent.
    At ``night`` the kitchen is empty and the picture is infrared grey.

    Args:
        seed: chooses the kitchen, the camera's place and the people.
        name: shown in the picture.
        cooks: number of people at work (0–4).
        night: infrared picture of an empty kitchen.
        masks_worn: whether the cooks wear masks by default.
        situations: scripted situations with their times.
        kinds: hats, hair and things that detectors mistake; each cook gets one of those that are worn.
        width: picture width in pixels.
        height: picture height in pixels.
    """

    def __init__(
        self,
        *,
        seed: int,
        name: str,
        cooks: int = 2,
        night: bool = False,
        masks_worn: bool = True,
        situations: Sequence[Situation] = (),
        kinds: Collection[Kind] = (),
        width: int = 960,
        height: int = 540,
    ) -> None:
        self._name, self._night, self._masked = name, night, masks_worn
        self._situations = tuple(situations)
        self._room = build_room(seed, (width, height), kinds)
        rng = np.random.default_rng((seed, 2))
        number = 0 if night else cooks
        self._cooks = [Cook(rng, self._room, zone=k, zones=number, masked=masks_worn) for k in range(number)]
        worn = np.random.default_rng((seed, 4))
        for cook in self._cooks:
            cook.look = dressed(cook.look, kinds, worn)
        self._sensor = Sensor(seed=seed, width=width, height=height, night=night)
        self._closed = self._plate(open_bin=None, box=(0, 0, width, height))
        self._open: tuple[tuple[int, int, int, int], Plate] | None = None
        if any(s.code == "trash_lid_open" for s in self._situations):
            box = self._window_of(self._room.bins[0])
            self._open = (box, self._plate(open_bin=self._room.bins[0], box=box))

    def render(self, t: float, *, wall_clock: datetime) -> tuple[NDArray[np.uint8], list[Truth]]:
        """Draw the picture at scene time ``t`` seconds.

        Returns:
            The picture (H, W, 3) BGR with ``wall_clock`` and the name in it, and the truth about its visible things.
        """
        frame, depth, floor = self._closed.colour.copy(), self._closed.depth.copy(), self._closed.floor
        opened = self._open is not None and "trash_lid_open" in self._active(t)
        if self._open is not None and opened:
            (x0, y0, x1, y1), plate = self._open
            frame[y0:y1, x0:x1], depth[y0:y1, x0:x1] = plate.colour, plate.depth
        drawn = sorted([*self._people(t), *self._rodent(t)], key=lambda d: -d.near)
        for thing in drawn:
            radius = 0.32 if thing.look else 0.09
            props.ground_shadow(frame, self._room.camera, floor, thing.feet, radius)
        owner = np.zeros(depth.shape, np.uint16)
        for number, thing in enumerate(drawn, 1):
            self._put(frame, depth, owner, thing, number)
        for thing in drawn:
            if thing.tip is not None:
                props.blow_smoke(frame, self._room.camera, thing.tip, t)
        truths = self._bin_truths(owner, opened=opened)
        for number, thing in enumerate(drawn, 1):
            truths += self._truths(owner, thing, number)
        picture = self._sensor.expose(frame, t)
        return self._sensor.deliver(picture, name=self._name, wall_clock=wall_clock), truths

    def _active(self, t: float) -> set[str]:
        return {s.code for s in self._situations if s.start_s <= t < s.end_s}

    def _plate(self, *, open_bin: Bin | None, box: tuple[int, int, int, int]) -> Plate:
        solids: list[Solid] = list(self._room.solids)
        for one in self._room.bins:
            solids += one.open if one is open_bin else one.closed
        return draw_plate(self._room, solids, window_of(self._room.camera, box), night=self._night)

    def _window_of(self, one: Bin) -> tuple[int, int, int, int]:
        camera = self._room.camera
        points = np.concatenate([one.extent(is_open=False), one.extent(is_open=True)])
        spot = camera.project(points)[:, :2]
        low, high = np.floor(spot.min(0)).astype(int) - 6, np.ceil(spot.max(0)).astype(int) + 6
        x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
        return x0, y0, min(int(high[0]), camera.width), min(int(high[1]), camera.height)

    def _roles(self) -> list[list[Situation]]:
        """Return each cook's situations: the first code goes to the first cook, and so on."""
        roles: list[list[Situation]] = [[] for _ in self._cooks]
        if not roles:
            return roles
        order = list(dict.fromkeys(s.code for s in self._situations if s.code in COOK_CODES))
        for situation in self._situations:
            if situation.code in order:
                roles[order.index(situation.code) % len(roles)].append(situation)
        return roles

    def _people(self, t: float) -> list[_Drawn]:
        return [self._cook(cook, role, t) for cook, role in zip(self._cooks, self._roles(), strict=True)]

    def _cook(self, cook: Cook, role: list[Situation], t: float) -> _Drawn:
        codes = frozenset(s.code for s in role if s.start_s <= t < s.end_s)
        staged = staging(t, [(s.start_s, s.end_s) for s in role])
        pose = cook.pose(t, staged=staged)
        look = changed(cook.look, set(codes), masked=self._masked)
        bones = skeleton(look, pose)
        at_mouth = False
        if "smoking" in codes:
            hand, at_mouth = props.smoking_hand(t, bones)
            pose = replace(pose, right=hand)
        if "phone_use" in codes:
            pose = replace(pose, left=props.phone_hand(t, bones), nod=0.22)
        if codes and staged > _SEEN:
            pose = self._rest_hands(pose, bones, codes)
        canvas = Canvas(self._room.camera, self._extent(look, pose))
        tip = None
        if not canvas.empty:
            bones = draw_body(canvas, look, pose)
            if "smoking" in codes:
                tip = props.draw_cigarette(canvas, bones, pose.right, at_mouth=at_mouth)
            if "phone_use" in codes:
                props.draw_phone(canvas, bones, pose.left, t)
            canvas.trim()
        near = float(self._room.camera.project(bones.hip)[2])
        return _Drawn(canvas=canvas, near=near, feet=pose.feet, bones=bones, look=look, codes=codes, tip=tip)

    @staticmethod
    def _rest_hands(pose: Pose, bones: Skeleton, codes: frozenset[str]) -> Pose:
        """Rest the hand that the situation does not use on the worktop."""
        rest = bones.hip + bones.front * 0.36 + vec(0, 0, 0.06)
        right = pose.right if "smoking" in codes else np.asarray(rest + bones.side * 0.16, np.float32)
        left = pose.left if "phone_use" in codes else np.asarray(rest - bones.side * 0.18, np.float32)
        return replace(pose, left=left, right=right)

    def _extent(self, look: Look, pose: Pose) -> tuple[int, int, int, int]:
        low, high = pose.feet - 0.62, pose.feet + 0.62
        corners = np.array(
            [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (0, look.height + 0.3)]
        )
        spot = self._room.camera.project(corners.astype(np.float32))[:, :2]
        (x0, y0), (x1, y1) = np.floor(spot.min(0)).astype(int), np.ceil(spot.max(0)).astype(int)
        return int(x0), int(y0), int(x1), int(y1)

    def _rodent(self, t: float) -> list[_Drawn]:
        spans = [s for s in self._situations if s.code == "rodent" and s.start_s <= t < s.end_s]
        if not spans:
            return []
        place, angle = props.rat_place(self._room.rat_path, t - spans[0].start_s)
        camera = self._room.camera
        spot = camera.project(vec(float(place[0]), float(place[1]), 0.05))
        reach = int(0.45 * camera.focal / float(spot[2]))
        x, y = int(spot[0]), int(spot[1])
        canvas = Canvas(camera, (x - reach, y - reach, x + reach, y + reach))
        if not canvas.empty:
            props.draw_rat(canvas, place, angle, t)
        return [_Drawn(canvas=canvas, near=float(spot[2]), feet=place)]

    def _put(self, frame: Floats, depth: Floats, owner: NDArray[np.uint16], thing: _Drawn, number: int) -> None:
        """Put a drawn thing into the frame where nothing nearer hides it."""
        canvas = thing.canvas
        if canvas.empty:
            return
        h, w = canvas.part.shape
        area = (slice(canvas.y0, canvas.y0 + h), slice(canvas.x0, canvas.x0 + w))
        seen = (canvas.part > 0) & (canvas.depth < depth[area] + 0.02)
        dim = 0.55 if self._night else 0.97
        frame[area][seen] = canvas.colour[seen] ** 0.8 * dim
        depth[area][seen] = canvas.depth[seen]
        kernel = np.ones((3, 3), np.uint8)
        soften(frame[area], cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_GRADIENT, kernel) > 0)
        owner[area][seen] = number * 16 + canvas.part[seen]

    def _truths(self, owner: NDArray[np.uint16], thing: _Drawn, number: int) -> list[Truth]:
        canvas = thing.canvas
        if canvas.empty:
            return []
        h, w = canvas.part.shape
        mine = owner[canvas.y0 : canvas.y0 + h, canvas.x0 : canvas.x0 + w]
        part = np.where(mine // 16 == number, mine % 16, 0).astype(np.uint8)
        drawn, shown = np.bincount(canvas.part.ravel(), minlength=16), np.bincount(part.ravel(), minlength=16)

        def look_at(name: str, parts: tuple[int, ...], *, share: float = _SEEN, pad: float = 0.0) -> list[Truth]:
            chosen = list(parts)
            if shown[chosen].sum() < max(share * drawn[chosen].sum(), 1):
                return []
            wanted = np.zeros(16, np.bool_)
            wanted[chosen] = True
            return [self._boxed(name, wanted[part], canvas, pad)]

        if thing.look is None or thing.bones is None:
            return look_at("rat", (props.RAT,))
        head = (HEAD, FACE, HAT, MASK)
        covered = thing.look.head.hat != "none"
        found = look_at("person", tuple(range(1, 9)), share=0.3)
        found += look_at("head_covered" if covered else "head_bare", head)
        found += self._face_truth(thing, part, canvas)
        found += look_at("cigarette", (props.CIGARETTE,), pad=9.0)
        found += look_at("phone", (props.PHONE,), pad=1.0)
        return found

    def _face_truth(self, thing: _Drawn, part: NDArray[np.uint8], canvas: Canvas) -> list[Truth]:
        """Return mask, wrong mask or no mask, if the face is turned enough to the camera."""
        if thing.look is None or thing.bones is None:
            return []
        camera, head = self._room.camera, thing.bones.head
        scale = camera.focal / float(camera.project(head.centre)[2])
        area = float(np.pi * RADII[0] * RADII[2]) * scale**2
        way = camera.position - head.centre
        facing = float(way @ head.axes[1]) / float(np.linalg.norm(way))
        if thing.look.head.mask == "shield":
            return []  # a clear shield is no mask, and no bare face either
        state = {"worn": "mask", "chin": "mask_incorrect", "none": "no_mask"}[thing.look.head.mask]
        shown = int((part == (MASK if state == "mask" else FACE)).sum())
        least = 0.16 if state == "mask" else 0.3
        if shown < least * area or facing < (0.2 if state == "mask" else 0.4):
            return []
        spot = camera.project(head.centre)
        near = np.zeros_like(part, np.bool_)
        seen = np.isin(part, (HEAD, FACE, MASK))
        y, x = np.ogrid[: part.shape[0], : part.shape[1]]
        near |= (np.abs(x + canvas.x0 - spot[0]) < 0.13 * scale) & (np.abs(y + canvas.y0 - spot[1]) < 0.17 * scale)
        return [self._boxed(state, seen & near, canvas, 1.0)] if (seen & near).any() else []

    def _boxed(self, name: str, seen: NDArray[np.bool_], canvas: Canvas, pad: float) -> Truth:
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        pad *= self._room.camera.width / 960
        return self._truth(
            name,
            (
                columns[0] + canvas.x0 - pad,
                rows[0] + canvas.y0 - pad,
                columns[-1] + 1 + canvas.x0 + pad,
                rows[-1] + 1 + canvas.y0 + pad,
            ),
        )

    def _truth(self, name: str, box: tuple[float, float, float, float]) -> Truth:
        camera = self._room.camera
        x0, x1 = (min(max(float(v), 0), camera.width) / camera.width for v in (box[0], box[2]))
        y0, y1 = (min(max(float(v), 0), camera.height) / camera.height for v in (box[1], box[3]))
        return Truth(name=name, cx=(x0 + x1) / 2, cy=(y0 + y1) / 2, w=x1 - x0, h=y1 - y0)

    def _bin_truths(self, owner: NDArray[np.uint16], *, opened: bool) -> list[Truth]:
        truths = []
        for number, one in enumerate(self._room.bins):
            is_open = opened and number == 0
            spot = self._room.camera.project(one.extent(is_open=is_open))[:, :2]
            (x0, y0), (x1, y1) = spot.min(0), spot.max(0)
            rows, columns = slice(max(int(y0), 0), max(int(y1), 0)), slice(max(int(x0), 0), max(int(x1), 0))
            hidden = (owner[rows, columns] > 0).mean() if owner[rows, columns].size else 1.0
            if hidden < _SEEN:
                truths.append(self._truth("bin_open_or_overflow" if is_open else "bin", (x0, y0, x1, y1)))
        return truths
