"""Find small fast movers in a still, dark kitchen, since rodents show by their motion.

No data set has rats at night on a ceiling camera, so this looks for their behaviour: a small compact
blob at another position in each sampled frame while the room is still. What flickers in one
place all the time (the clock in the picture, a lamp, a fan) is learnt and ignored.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.judging.detections import Detections, centres
from vision.pictures.decode import Picture

_WIDTH = 480
_CHANGE = 18
"""Change from the background in grey levels that counts as movement; infrared pictures are noisy."""
_MIN_AREA, _MAX_AREA = 0.0002, 0.012
"""Area of a rodent as a share of the picture, far and near; a person is larger."""
_UPHEAVAL = 0.08
"""If a larger share of the picture moves, the light was switched or the camera turned: learn it again."""
_MAX_BLOBS = 6
"""More blobs at once are noise, rain on a window or a curtain, and are ignored."""
_LEARN = 0.05
_FLICKER_LEARN, _FLICKER = 0.12, 0.3
"""Learning rate, and share of recent frames with a change from which a pixel flickers; a rodent passes only once."""
_MIN_STEP, _MAX_STEP = 0.015, 0.2
"""Step between two frames as a share of the width: less is no movement, more is another object."""
_MIN_EXTENT = 0.06
"""Least distance of a trail from its first point, as a share of the width."""
_MAX_TRAILS = 12
NAME = "mover"


@dataclass(slots=True)
class _Trail:
    """The positions of one blob, (at_s, x, y), and its last box."""

    steps: list[tuple[float, float, float]]
    index: int

    def extent(self) -> float:
        """Return the largest distance of the trail from its first point."""
        _, x0, y0 = self.steps[0]
        return max(float(np.hypot(x - x0, y - y0)) for _, x, y in self.steps)


@dataclass(slots=True)
class MoverFinder:
    """The state of one camera: a slowly learnt background, flickering pixels, and the trails of movers."""

    background: NDArray[np.float32] | None = None
    flicker: NDArray[np.float32] | None = None
    trails: list[_Trail] = field(default_factory=list)

    def look(self, picture: Picture, *, at_s: float, memory_s: float) -> tuple[Detections, int]:
        """Return this frame's mover with the longest trail, and the trail's steps; 0 = no trail spans enough."""
        grey = _prepared(picture)
        if self.background is None or self.flicker is None or self.background.shape != grey.shape:
            self._forget(grey)
            return Detections.empty(), 0
        difference = grey - self.background
        # An even change of light is no movement.
        moving = (np.abs(difference - np.median(difference)) > _CHANGE).astype(np.uint8)
        if float(moving.mean()) > _UPHEAVAL:
            self._forget(grey)
            return Detections.empty(), 0
        self.background += _LEARN * difference
        restless = cv2.dilate((self.flicker > _FLICKER).astype(np.uint8), np.ones((9, 9), np.uint8))
        self.flicker += _FLICKER_LEARN * (moving - self.flicker)
        blobs = _blobs(np.asarray(cv2.dilate(moving * (1 - restless), np.ones((5, 5), np.uint8)), np.uint8))
        self._follow(blobs, at_s=at_s, memory_s=memory_s)
        return self._longest(blobs, at_s=at_s)

    def _forget(self, grey: NDArray[np.float32]) -> None:
        self.background, self.flicker = grey.copy(), np.zeros_like(grey)
        self.trails.clear()

    def _follow(self, blobs: Detections, *, at_s: float, memory_s: float) -> None:
        """Extend the trails by the blobs nearest to their ends; other blobs begin new trails."""
        for trail in self.trails:
            trail.steps = [step for step in trail.steps if at_s - step[0] <= memory_s]
        self.trails = [trail for trail in self.trails if trail.steps]
        if not 0 < len(blobs) <= _MAX_BLOBS:
            return
        free = dict(enumerate(map(tuple, centres(blobs.boxes).tolist())))
        for trail in sorted(self.trails, key=lambda t: -len(t.steps)):
            _, x, y = trail.steps[-1]
            near = min(free, key=lambda i: float(np.hypot(free[i][0] - x, free[i][1] - y)), default=None)
            if near is None:
                break
            px, py = free[near]
            step = float(np.hypot(px - x, py - y))
            if step <= _MAX_STEP:
                del free[near]
                if step >= _MIN_STEP:
                    trail.steps.append((at_s, px, py))
                    trail.index = near
        self.trails += [_Trail([(at_s, px, py)], i) for i, (px, py) in free.items()]
        self.trails = sorted(self.trails, key=lambda t: -t.steps[-1][0])[:_MAX_TRAILS]

    def _longest(self, blobs: Detections, *, at_s: float) -> tuple[Detections, int]:
        moved = [trail for trail in self.trails if trail.steps[-1][0] == at_s and trail.extent() >= _MIN_EXTENT]
        if not moved:
            return Detections.empty(), 0
        best = max(moved, key=lambda trail: len(trail.steps))
        return blobs.at([best.index]), len(best.steps)


def _prepared(picture: Picture) -> NDArray[np.float32]:
    height = max(1, round(_WIDTH * picture.shape[0] / picture.shape[1]))
    small = cv2.resize(picture, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0), np.float32)


def _blobs(mask: NDArray[np.uint8]) -> Detections:
    height, width = mask.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    size = np.array([width, height, width, height], np.float32)
    boxes: list[NDArray[np.float32]] = []
    for x, y, w, h, area in stats[1:count].tolist():
        if _MIN_AREA <= area / (width * height) <= _MAX_AREA:
            boxes.append(np.array([x, y, x + w, y + h], np.float32) / size)
    if not boxes:
        return Detections.empty()
    return Detections(
        boxes=np.stack(boxes).astype(np.float32), scores=np.ones(len(boxes), np.float32), names=(NAME,) * len(boxes)
    )
