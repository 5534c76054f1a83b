"""Motion gate: a picture in which nothing moved needs no detector; what was seen still stands."""

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
"""However still the picture is, it is looked at again after this long."""


@dataclass(slots=True)
class MotionGate:
    """Of one camera. The reference is the last picture that was let through, so slow change adds up."""

    reference: NDArray[np.int16] | None = None
    looked_at: float = float("-inf")

    def wants(self, picture: Picture, *, at_s: float) -> bool:
        """Tell whether the picture is worth detecting; `at_s` in seconds on any clock that only rises."""
        small = cv2.cvtColor(cv2.resize(picture, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        grey = small.astype(np.int16)
        if self.reference is not None and at_s - self.looked_at < REFRESH_S:
            changed = np.abs(grey - self.reference) > _PIXEL_CHANGE
            if float(changed.mean()) < _CHANGED_SHARE:
                return False
        self.reference, self.looked_at = grey, at_s
        return True
