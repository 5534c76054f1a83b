"""Small fast movers in a still, dark kitchen: rodents are first a matter of motion.

No data set has a rat at night on a ceiling camera, so this looks for what one does: a small compact
blob that is somewhere else in each sampled frame while the room stands still.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.pictures import Picture

_WIDTH = 480
_CHANGE = 18
"""Grey levels above the background; infrared pictures are noisy."""
_MIN_AREA, _MAX_AREA = 0.0002, 0.012
"""Share of the picture: a rodent near or far; a person is larger."""
_UPHEAVAL = 0.08
"""If more than this moves, the light was switched or the camera turned: learn anew."""
_MAX_BLOBS = 4
_LEARN = 0.05
_MIN_STEP, _MAX_STEP = 0.01, 0.45
"""Share of the width between two frames: less stands still, more is another thing."""
NAME = "mover"


@dataclass(slots=True)
class MoverFinder:
    """Of one camera: a slowly learnt background, and the trail of what moves before it."""

    background: NDArray[np.float32] | None = None
    trail: list[tuple[float, float, float]] = field(default_factory=list)

    def look(self, picture: Picture, *, at_s: float, memory_s: float) -> tuple[Detections, int]:
        """The small blobs of this frame, and how many steps long the present trail is."""
        width, height = _WIDTH, round(_WIDTH * picture.shape[0] / picture.shape[1])
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0).astype(np.float32)
        if self.background is None or self.background.shape != grey.shape:
            self._forget(grey)
            return Detections.empty(), 0
        # An even change of light is no movement.
        difference = grey - self.background
        moving = (np.abs(difference - np.median(difference)) > _CHANGE).astype(np.uint8)
        if float(moving.mean()) > _UPHEAVAL:
            self._forget(grey)
            return Detections.empty(), 0
        self.background += _LEARN * difference
        blobs = _blobs(np.asarray(cv2.dilate(moving, np.ones((5, 5), np.uint8)), np.uint8), height=height)
        self._follow(blobs, at_s=at_s, memory_s=memory_s)
        return blobs, len(self.trail)

    def _forget(self, grey: NDArray[np.float32]) -> None:
        self.background = grey.copy()
        self.trail.clear()

    def _follow(self, blobs: Detections, *, at_s: float, memory_s: float) -> None:
        self.trail = [step for step in self.trail if at_s - step[0] <= memory_s]
        if not 0 < len(blobs) <= _MAX_BLOBS:
            return
        points = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in blobs.boxes.tolist()]
        if not self.trail:
            self.trail.append((at_s, *points[0]))
            return
        _, x, y = self.trail[-1]
        steps = sorted((abs(px - x) + abs(py - y), px, py) for px, py in points)
        step, px, py = steps[0]
        if step > _MAX_STEP:
            self.trail = [(at_s, px, py)]
        elif step >= _MIN_STEP:
            self.trail.append((at_s, px, py))


def _blobs(mask: NDArray[np.uint8], *, height: int) -> Detections:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    size = np.array([_WIDTH, height, _WIDTH, height], np.float32)
    boxes: list[NDArray[np.float32]] = []
    for x, y, w, h, area in stats[1:count].tolist():
        if _MIN_AREA <= area / (_WIDTH * height) <= _MAX_AREA:
            boxes.append(np.array([x, y, x + w, y + h], np.float32) / size)
    if not boxes:
        return Detections.empty()
    return Detections(
        boxes=np.stack(boxes).astype(np.float32), scores=np.ones(len(boxes), np.float32), names=(NAME,) * len(boxes)
    )
