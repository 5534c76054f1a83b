"""Decide whether a picture can be judged: black, frozen, covered, blurred or moved for a minute means no.

Pictures are compared with the usual view of the camera, so that a dim store room does not count as black, nor a
smooth wall as covered. Until a camera has been watched for a while it has no usual view, and nothing is reported.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pictures.decode import Picture

LASTS_S = 60.0
"""Seconds for which a fault has to last, by the catalogue's rule for the quality of video."""
CLEARS_S = 20.0
LEARNT_S = 120.0
"""Seconds for which a camera is watched before it has a usual view."""
ADOPT_S = 1800.0
"""A changed view becomes the usual one after this many seconds."""
_EVERY_S = 0.9
_WIDTH, _HEIGHT = 160, 90
_BLACK_MEAN, _BLACK_BRIGHT = 14.0, 36.0
_SAME = 1
_CELLS = 8
_FLAT_STD = 5.0
_FLAT_SHARE, _FLAT_MORE = 0.7, 0.35
_BLUR_SHARE = 0.2
_SHIFT, _SURE_SHIFT = 0.04, 0.12
_ALIKE = 0.35
_LEARN, _LEARN_SLOW = 0.1, 0.01

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """Measurements of one picture: grey values (90, 160), brightness, flat share, sharpness."""

    grey: Grey
    mean: float
    bright: float
    flat: float
    sharp: float


def look_of(picture: Picture) -> Look:
    """Measure a picture (H, W, 3)."""
    small = cv2.cvtColor(
        cv2.resize(picture, (2 * _WIDTH, 2 * _HEIGHT), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
    )
    sharp = float(cv2.Laplacian(small, cv2.CV_32F).var())
    grey = cv2.resize(small, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    rows, columns = _HEIGHT // _CELLS * _CELLS, _WIDTH // _CELLS * _CELLS
    cells = grey[:rows, :columns].reshape(rows // _CELLS, _CELLS, columns // _CELLS, _CELLS).std(axis=(1, 3))
    return Look(grey, float(grey.mean()), float(np.percentile(grey, 95)), float((cells < _FLAT_STD).mean()), sharp)


@dataclass(slots=True)
class PictureHealth:
    """The health of one camera's picture.

    `wrong` is the code of a fault that has lasted a minute (`camera_black` …), else None.
    """

    wrong: str | None = None
    since_s: float = 0.0
    _candidate: str | None = None
    _candidate_since: float = 0.0
    _fine_since: float | None = None
    _usual: Look | None = None
    _average: Grey | None = None
    _first_s: float | None = None
    _last: Look | None = None
    _looked_s: float = field(default=float("-inf"))

    def look(self, picture: Picture, *, at_s: float) -> bool:
        """Process a picture; return whether `wrong` has changed. `at_s` must not decrease."""
        if at_s - self._looked_s < _EVERY_S:
            return False
        self._looked_s = at_s
        seen = look_of(picture)
        found = self._what(seen, at_s)
        self._last = seen
        if found is None:
            self._learn(seen, at_s)
        return self._settle(found, at_s)

    def _what(self, seen: Look, at_s: float) -> str | None:
        """Return the fault of this picture alone, the most obvious first; None if it has none."""
        self._average = (
            seen.grey.copy() if self._average is None else self._average + _LEARN * (seen.grey - self._average)
        )
        if seen.mean < _BLACK_MEAN and seen.bright < _BLACK_BRIGHT:
            return "camera_black"
        if self._last is not None and float(np.abs(seen.grey - self._last.grey).max()) <= _SAME:
            return "camera_frozen"
        usual = self._usual
        if usual is None or self._first_s is None or at_s - self._first_s < LEARNT_S:
            return None
        if seen.flat >= _FLAT_SHARE and seen.flat - usual.flat >= _FLAT_MORE:
            return "camera_occluded"
        if seen.sharp < _BLUR_SHARE * usual.sharp:
            return "camera_blurred"
        return "camera_moved" if moved(usual.grey, self._average) else None

    def _learn(self, seen: Look, at_s: float) -> None:
        if self._usual is None or self._first_s is None:
            self._usual, self._first_s = seen, at_s
            return
        rate = _LEARN if at_s - self._first_s < LEARNT_S else _LEARN_SLOW
        old = self._usual
        self._usual = Look(
            old.grey + rate * (seen.grey - old.grey),
            old.mean + rate * (seen.mean - old.mean),
            old.bright + rate * (seen.bright - old.bright),
            old.flat + rate * (seen.flat - old.flat),
            old.sharp + rate * (seen.sharp - old.sharp),
        )

    def _settle(self, found: str | None, at_s: float) -> bool:
        """Debounce: a fault begins when it has lasted, and ends when the picture has been good for a while."""
        if found != self._candidate:
            self._candidate, self._candidate_since = found, at_s
        if found is None:
            self._fine_since = at_s if self._fine_since is None else self._fine_since
            if self.wrong is not None and at_s - self._fine_since >= CLEARS_S:
                self.wrong = None
                return True
            return False
        self._fine_since = None
        lasted = at_s - self._candidate_since
        if self.wrong == "camera_moved" and found == "camera_moved" and at_s - self.since_s >= ADOPT_S:
            self._usual = None  # learn it again from the next picture on
            self._first_s = None
        if found != self.wrong and lasted >= LASTS_S:
            self.wrong, self.since_s = found, self._candidate_since
            return True
        return False


def moved(usual: Grey, now: Grey) -> bool:
    """Return whether the camera's view moved: its edges are found at another place, or not at all."""
    before, after = _edges(usual), _edges(now)
    if before.std() < 1e-3 or after.std() < 1e-3:  # noqa: PLR2004 - no edges to compare
        return False
    alike = float(np.corrcoef(before.ravel(), after.ravel())[0, 1])
    if alike > _ALIKE:
        return False
    window = cv2.createHanningWindow((_WIDTH, _HEIGHT), cv2.CV_32F)
    (dx, dy), sure = cv2.phaseCorrelate(before, after, window)
    shift = float(np.hypot(dx / _WIDTH, dy / _HEIGHT))
    return (shift >= _SHIFT and sure >= _SURE_SHIFT) or alike < _ALIKE / 3


def _edges(grey: Grey) -> Grey:
    soft = cv2.GaussianBlur(grey, (0, 0), 1.2)
    return np.asarray(cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)), np.float32)
