"""The static picture of a room, drawn once per camera: rays, soft shadows, ambient occlusion and reflections."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.optics import Floats, Pinhole, unit, vec
from ingest.simulator.kitchen.room import Room
from ingest.simulator.kitchen.solids import Finish, Solid
from ingest.simulator.kitchen.surfaces import SOFT, albedo, sample

FLOOR, WALL = -1, -2
_LAMP_HALF = (0.6, 0.16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A drawn window of the picture: colour (h, w, 3) BGR 0–1, depth (h, w) m, floor mask (h, w)."""

    colour: Floats
    depth: Floats
    floor: NDArray[np.bool_]


@dataclass(slots=True, kw_only=True)
class _Found:
    """Nearest surface of n rays: depth (n,), normal (n, 3), solid index (n,) with FLOOR or WALL."""

    depth: Floats
    normal: Floats
    which: NDArray[np.int64]


def _shell(room: Room, origin: Floats, rays: Floats) -> _Found:
    """Return where rays meet the inside of the room's box. ``origin`` is (3,) or (n, 3)."""
    size = np.array(room.size, np.float32)
    safe = np.where(np.abs(rays) < 1e-7, 1e-7, rays)  # noqa: PLR2004 - no division by zero
    far = np.where(safe > 0, (size - origin) / safe, -origin / safe)
    axis = far.argmin(1)
    normal = np.zeros_like(rays)
    np.put_along_axis(normal, axis[:, None], -np.sign(np.take_along_axis(safe, axis[:, None], 1)), 1)
    which = np.where((axis == 2) & (rays[:, 2] < 0), FLOOR, WALL)  # noqa: PLR2004 - the z axis
    return _Found(depth=far.min(1).astype(np.float32), normal=normal.astype(np.float32), which=which)


def _find(room: Room, solids: Sequence[Solid], window: "Window") -> _Found:
    """Return the nearest surfaces; tries every solid only inside its own rectangle on the picture."""
    camera, rays = room.camera, window.rays
    found = _shell(room, camera.position, rays)
    rows, columns = window.shape
    for number, solid in enumerate(solids):
        spot = camera.project(solid.corners())[:, :2] - window.corner
        (c0, r0), (c1, r1) = np.floor(spot.min(0)).astype(int) - 1, np.ceil(spot.max(0)).astype(int) + 2
        across = np.arange(max(c0, 0), min(c1, columns))
        inside = (np.arange(max(r0, 0), min(r1, rows))[:, None] * columns + across).reshape(-1)
        if not inside.size:
            continue
        hit = solid.hit(camera.position, rays[inside])
        nearer = hit.depth < found.depth[inside]
        at = inside[nearer]
        found.depth[at] = hit.depth[nearer]
        found.normal[at] = hit.normal[nearer]
        found.which[at] = number
    return found


def _blocked(solids: Sequence[Solid], points: Floats, rays: Floats, reach: float) -> NDArray[np.bool_]:
    """Return which of n rays from their points meet a solid before parameter ``reach``."""
    blocked = np.zeros(len(points), np.bool_)
    for solid in solids:
        blocked |= solid.meets(points, rays, reach)
    return blocked


def _lamp_light(room: Room, casters: Sequence[Solid], points: Floats, normals: Floats) -> Floats:
    """Return light (n,) from the ceiling lamps with soft shadows (three jittered rays per lamp)."""
    rng = np.random.default_rng(5)
    total = np.zeros(len(points), np.float32)
    for x, y in room.lamps:
        for _ in range(2):
            jitter = rng.uniform(-1, 1, (len(points), 2)) * _LAMP_HALF
            lamp = np.column_stack((x + jitter[:, 0], y + jitter[:, 1], np.full(len(points), room.size[2] - 0.02)))
            way = (lamp - points).astype(np.float32)
            distance = np.linalg.norm(way, axis=1)
            facing = np.clip((way * normals).sum(1) / distance, 0, 1)
            lit = ~_blocked(casters, points + normals * 0.004, way, 0.97)
            down = way[:, 2] / distance
            total += (lit * facing * down / (1 + (distance / 1.6) ** 2)).astype(np.float32)
    return total / 2


def _openness(room: Room, casters: Sequence[Solid], points: Floats, normals: Floats) -> Floats:
    """Return ambient occlusion (n,): the share of six rays over the surface that go 0.5 m without a hit."""
    rng = np.random.default_rng(6)
    free = np.zeros(len(points), np.float32)
    for _ in range(6):
        way = unit((rng.standard_normal((len(points), 3)) + normals * 1.2).astype(np.float32)) * 0.5
        start = points + normals * 0.004
        end = start + way
        walled = ((end < 0) | (end > np.array(room.size, np.float32))).any(1)
        free += ~(walled | _blocked(casters, start, way, 1.0))
    return free / 6


def _surroundings(room: Room, points: Floats, rays: Floats) -> Floats:
    """Return the colour (n, 3) that a mirror at ``points`` reflects along ``rays``: the bare room with soft lamps."""
    found = _shell(room, points, rays)
    at = points + rays * found.depth[:, None]
    wall, floor = np.array(room.wall.colour, np.float32), np.array(room.floor.colour, np.float32)
    up = np.clip(at[:, 2:] / room.size[2], 0, 1)
    colour = np.where(found.which[:, None] == FLOOR, floor * 0.42, wall * (0.3 + 0.5 * up))
    ceiling = rays[:, 2] > 0
    for x, y in room.lamps:
        off = np.hypot(np.maximum(np.abs(at[:, 0] - x) - 0.4, 0), np.maximum(np.abs(at[:, 1] - y) - 0.1, 0))
        glow = np.exp(-((off / 0.35) ** 2)) * ceiling * (at[:, 2] > room.size[2] - 0.05)
        colour = colour + 1.1 * glow[:, None].astype(np.float32)
    return np.asarray(colour, np.float32)


def _smooth(field: Floats, shape: tuple[int, int], step: int, full: tuple[int, int], soft: float) -> Floats:
    """Scale a coarse field (n,) of ``shape`` smoothly up to the full picture."""
    image = cv2.GaussianBlur(field.reshape(shape), (0, 0), soft)
    bigger = cv2.resize(image, (shape[1] * step, shape[0] * step), interpolation=cv2.INTER_LINEAR)
    short = [(0, max(want - have, 0)) for want, have in zip(full, bigger.shape, strict=True)]
    return np.asarray(np.pad(bigger, short, mode="edge")[: full[0], : full[1]].reshape(-1), np.float32)


def _finish_of(room: Room, solids: Sequence[Solid], number: int) -> Finish:
    return {FLOOR: room.floor, WALL: room.wall}[number] if number < 0 else solids[number].finish


def _light(
    room: Room, solids: Sequence[Solid], window: "Window", found: _Found, *, night: bool
) -> tuple[Floats, Floats]:
    """Return direct light and openness of every pixel, computed on every second or third pixel."""
    step = window.step
    coarse = np.zeros(window.shape, np.bool_)
    coarse[step // 2 :: step, step // 2 :: step] = True
    index = np.flatnonzero(coarse.reshape(-1))
    shape = tuple(int(np.ceil((n - step // 2) / step)) for n in window.shape)
    points = room.camera.position + window.rays[index] * found.depth[index, None]
    normals = found.normal[index]
    casters = [s for s in solids if s.casts]
    openness = _openness(room, casters, points, normals)
    if night:
        way = room.camera.position - points
        distance = np.linalg.norm(way, axis=1)
        facing = np.clip((way * normals).sum(1) / distance, 0.05, 1)
        direct = (2.6 * facing**0.8 / (1 + (distance / 2.1) ** 2)).astype(np.float32)
    else:
        direct = _lamp_light(room, casters, points, normals)
    pair = (shape[0], shape[1])
    return (
        _smooth(direct, pair, step, window.shape, 0.9),
        _smooth(openness, pair, step, window.shape, 1.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A rectangle of the picture: rays (n, 3), its upper left ``corner``, its shape, and the light's step."""

    rays: Floats
    corner: tuple[int, int]
    shape: tuple[int, int]
    step: int


def window_of(camera: Pinhole, box: tuple[int, int, int, int]) -> Window:
    """Return the window x0, y0, x1, y1 of the camera's picture."""
    x0, y0, x1, y1 = box
    rays = camera.rays()[y0:y1, x0:x1]
    return Window(
        rays=np.ascontiguousarray(rays.reshape(-1, 3)),
        corner=(x0, y0),
        shape=(y1 - y0, x1 - x0),
        step=4,
    )


def draw_plate(room: Room, solids: Sequence[Solid], window: Window, *, night: bool) -> Plate:
    """Draw the room with these solids in that window."""
    camera = room.camera
    found = _find(room, solids, window)
    direct, openness = _light(room, solids, window, found, night=night)
    points = camera.position + window.rays * found.depth[:, None]
    views = unit(window.rays)
    colour = np.zeros_like(points)
    ambient = 0.10 if night else 0.44
    tint = vec(1.0, 1.0, 1.0) if night else vec(0.97, 1.0, 1.0)
    light = (direct * (0.9 if night else 1.15) + ambient * (0.35 + 0.65 * openness))[:, None] * tint
    for number in np.unique(found.which):
        at = np.flatnonzero(found.which == number)
        finish = _finish_of(room, solids, int(number))
        normal = found.normal[at]
        solid = None if number < 0 else solids[int(number)]
        local = points[at] if solid is None else solid.local(points[at])
        flat = normal if solid is None or not hasattr(solid, "turn") else normal @ solid.turn.T
        base = albedo(finish, local, flat.astype(np.float32))
        mirror = views[at] - 2 * (views[at] * normal).sum(1, keepdims=True) * normal
        grain = (
            0.16 * (sample(SOFT, local[:, 0] * 55, local[:, 2] * 9)[:, None])
            if finish.pattern in {"steel", "doors"}
            else 0.0
        )
        seen = _surroundings(room, points[at], (mirror + grain * vec(0, 0, 1)).astype(np.float32))
        edge = (1 - np.abs((views[at] * normal).sum(1, keepdims=True))) ** 3
        share = np.clip(finish.gloss * (0.55 + 0.45 * edge) + 0.25 * edge * (finish.gloss > 0.1), 0, 0.9)  # noqa: PLR2004
        dim = 0.12 if night else 0.35 + 0.65 * openness[at, None]
        colour[at] = base * light[at] * (1 - share * 0.75) + seen * share * dim + base * finish.glow
    shape = window.shape
    picture = tone(colour).reshape(*shape, 3)
    outline = cv2.Laplacian(np.minimum(found.depth, 50).reshape(shape), cv2.CV_32F)
    soften(picture, np.abs(outline) > 0.05 * found.depth.reshape(shape) ** 0.5)
    return Plate(
        colour=picture,
        depth=found.depth.reshape(shape),
        floor=(found.which == FLOOR).reshape(shape),
    )


def soften(picture: Floats, edge: NDArray[np.bool_]) -> None:
    """Blur ``picture`` (h, w, 3) where ``edge`` (h, w) is true, in place: no jagged outlines."""
    wide = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    picture[wide] = cv2.GaussianBlur(picture, (3, 3), 0.85)[wide]


def tone(light: Floats) -> Floats:
    """Convert light (…, 3) to display values 0–1: soft shoulder, then gamma."""
    return np.asarray(np.clip(light * 1.15 / (1 + 0.22 * light), 0, 1) ** (1 / 1.9), np.float32)
