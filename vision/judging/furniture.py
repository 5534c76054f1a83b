"""Learn what is taken for a head and never moves: a bowl on a shelf, a poster, a cap on a hook. Pure.

A head belongs to somebody, and even somebody who sits moves it within an hour.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from vision.judging.detections import Boxes, Detections, iou

HEADS: Final = frozenset({"head_covered", "head_bare", "mask", "mask_incorrect", "no_mask"})
STAYS_S: Final = 3600.0
"""Seconds for which something has to stay at its place to be furniture."""
SHARE: Final = 0.8
"""Least share of the frames since it was first seen that show it."""
GONE_S: Final = 600.0
"""What was not seen for so long is forgotten: it was a person, or somebody took it away."""
SAME: Final = 0.7
"""IoU from which two finds are the same thing at the same place."""
MOST: Final = 64
"""Most places that are followed at a camera; the one seen least recently makes room."""


@dataclass(slots=True)
class _Place:
    """A place where a head is found: its box (4,) when first seen, times in seconds, and number of frames."""

    box: Boxes
    since_s: float
    seen_s: float
    seen: int
    frames: int = 0

    def is_furniture(self) -> bool:
        return self.seen_s - self.since_s >= STAYS_S and self.seen >= SHARE * self.frames


@dataclass(slots=True)
class Furniture:
    """The places of one camera's picture. It forgets them when the camera has moved, see `forget`."""

    places: list[_Place] = field(default_factory=list)

    def without(self, found: Detections, *, at_s: float) -> Detections:
        """Process one frame's detections; return those that are no furniture."""
        self.places = [place for place in self.places if 0 <= at_s - place.seen_s <= GONE_S]
        for place in self.places:
            place.frames += 1
        still: set[int] = set()
        for i, name in enumerate(found.names):
            if name in HEADS and self._note(found.boxes[i], at_s=at_s).is_furniture():
                still.add(i)
        return found.at([i for i in range(len(found)) if i not in still]) if still else found

    def boxes(self) -> Boxes:
        """Return the furniture's boxes (N, 4), normalised corners."""
        known = [place.box for place in self.places if place.is_furniture()]
        return np.array(known, np.float32).reshape(-1, 4)

    def forget(self) -> None:
        """Forget all places, because the camera shows others now."""
        self.places.clear()

    def _note(self, box: Boxes, *, at_s: float) -> _Place:
        """Return the place of a box, noted as seen; a box at no known place begins one."""
        if self.places:
            overlap = iou(box[None], np.stack([place.box for place in self.places]))[0]
            best = int(overlap.argmax())
            if overlap[best] >= SAME:
                place = self.places[best]
                if place.seen_s < at_s:  # two classes on one spot are one find
                    place.seen, place.seen_s = place.seen + 1, at_s
                return place
        if len(self.places) >= MOST:
            self.places.remove(min(self.places, key=lambda place: place.seen_s))
        place = _Place(box=box, since_s=at_s, seen_s=at_s, seen=1, frames=1)
        self.places.append(place)
        return place
