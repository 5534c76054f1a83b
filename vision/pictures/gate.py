"""Motion gate: a picture without movement needs no detector, since the last detections still apply."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pictures.decode import Picture

_WIDTH, _HEIGHT = 96, 54
_PIXEL_CHANGE = 14
"""Grey levels; above sensor noise and JPEG noise of an evenly lit room."""
_CHANGED_SHARE = 0.004
REFRESH_S = 5.0
"""A picture without movement is detected again after this many seconds."""


def shrunk(picture: Picture) -> Picture:
    """Return a picture (H, W, 3) in the size in which the gate compares; such a one is returned as it is."""
    return np.asarray(cv2.resize(picture, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(slots=True)
class MotionGate:
    """The gate of one camera. It compares with the last picture that passed, so that slow changes add up."""

    reference: NDArray[np.int16] | None = None
    looked_at: float = float("-inf")

    def wants(self, picture: Picture, *, at_s: float) -> bool:
        """Return whether to run the detector on the picture; `at_s` is in seconds on any monotonic clock."""
        small = cv2.cvtColor(shrunk(picture), cv2.COLOR_BGR2GRAY)
        grey = small.astype(np.int16)
        if self.reference is not None and at_s - self.looked_at < REFRESH_S:
            changed = np.abs(grey - self.reference) > _PIXEL_CHANGE
            if float(changed.mean()) < _CHANGED_SHARE:
                return False
        self.reference, self.looked_at = grey, at_s
        return True
