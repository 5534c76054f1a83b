"""Learn what is taken for a head and never moves: a bowl on a shelf, a poster, a cap on a hook. Pure.

A head belongs to somebody, and even somebody who sits still stirs within an hour: the box of a living head wanders,
or the box of the person below it does. Only what does neither for an hour is furniture.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import numpy as np

from vision.judging.detections import Boxes, Detections, centres, iou

HEADS: Final = frozenset({"head_covered", "head_bare", "mask", "mask_incorrect", "no_mask"})
STAYS_S: Final = 3600.0
"""Seconds for which something has to stay at its place without stirring to be furniture."""
SHARE: Final = 0.8
"""Least share of the frames since it was first seen that show it."""
GONE_S: Final = 600.0
"""What was not seen for so long while the camera was watched is forgotten: somebody took it away."""
SAME: Final = 0.7
"""IoU from which two finds are the same thing at the same place."""
NEAR_A_PERSON: Final = 0.3
"""IoU with a place that a person called no furniture from which a find counts as that person."""
STIRS: Final = 0.04
"""Standard deviation of the box's centre over the last minutes, as a share of its size, that somebody exceeds.

Measured: 0.003 to 0.026 for 27 of 28 heads of real stills with sensor noise and JPEG artefacts added (0.07 for one of
16 pixels), 0.064 to 0.075 for drawn cooks who stand still.
"""
BODY_STIRS: Final = 0.08
"""The same of the person below the head: a coat on a hook that is taken for a person has up to 0.065 (measured)."""
MINUTES_S: Final = 120.0
"""Time constant of that deviation."""
WORN: Final = 0.5
"""Share of the finds that have a person below them from which that person's movement counts as the head's."""
MOST: Final = 64
"""Most places that are followed at a camera; the one seen least recently makes room."""
MOST_REFUSED: Final = 16
"""Most of these at which a person said that it is somebody; the one refused first makes room."""
_TOP = 0.35
"""A head is in this upper share of its person's box."""


@dataclass(slots=True, eq=False)
class Place:
    """A place where a head is found, with times in seconds and numbers of frames.

    Attributes:
        box: (4,), normalised corners, when it was first seen.
        since_s: since when nothing stirred there.
        seen: frames since then that show it, of `frames` in all.
        worn: those of them with a person below the head.
        refused: a person said that it is somebody, so it is never furniture.
        id: of the stored place; None while it is not stored.
        centre: mean centre (2,) of the last minutes; `spread`: its variance, in shares of the box's size.
        body: the same of the person below.
        learnt: it is furniture.
    """

    box: Boxes
    since_s: float
    seen_s: float
    seen: int = 1
    frames: int = 1
    worn: int = 0
    refused: bool = False
    id: UUID | None = None
    centre: Boxes | None = None
    spread: float = 0.0
    body: "Place | None" = None
    learnt: bool = False

    def is_furniture(self) -> bool:
        """Return whether nothing has stirred here for long enough."""
        if self.refused:
            return False
        self.learnt = self.learnt or (self.seen_s - self.since_s >= STAYS_S and self.seen >= SHARE * self.frames)
        return self.learnt

    def watch(self, box: Boxes, *, passed_s: float, stirs: float = STIRS) -> bool:
        """Follow the centre of a box (4,) seen `passed_s` after the last one; return whether it deviates by `stirs`."""
        centre = centres(box[None])[0]
        mean = centre if self.centre is None else self.centre
        weight = 1 - math.exp(-max(0.0, passed_s) / MINUTES_S)
        off = (centre - mean) / np.maximum(self.box[2:] - self.box[:2], 1e-6)
        self.centre = (mean + weight * (centre - mean)).astype(np.float32)
        self.spread = (1 - weight) * (self.spread + weight * float((off * off).max()))
        return self.spread > stirs * stirs

    def begin_anew(self, *, at_s: float) -> None:
        """Count from now on: something stirred."""
        self.since_s, self.seen, self.frames, self.worn, self.learnt = at_s, 1, 1, 0, False


@dataclass(slots=True)
class Furniture:
    """The places of one camera's picture. It forgets them when the camera has moved, see `forget`."""

    places: list[Place] = field(default_factory=list)
    paused: bool = False
    """The picture can't be judged, so nothing is learnt: a frozen one shows nobody stirring."""
    moved: bool = False
    """The places were forgotten because the camera moved; whoever stores them resets it."""
    last_s: float | None = None

    def split(self, found: Detections, *, at_s: float) -> tuple[Detections, Detections]:
        """Process one frame's detections; return those that are no furniture, and those that are."""
        self._pass_time(at_s)
        if self.paused:
            self._wait(at_s)
            places = [self._at(box) for box in found.boxes]
        else:
            for place in self.places:
                place.frames += 1
            people = found.boxes[[name == "person" for name in found.names]]
            heads = [name in HEADS for name in found.names]
            boxes = zip(found.boxes, heads, strict=True)
            places = [self._note(box, people, at_s=at_s) if is_head else None for box, is_head in boxes]
        known = [place is not None and place.is_furniture() for place in places]
        still = [i for i, name in enumerate(found.names) if name in HEADS and known[i]]
        if not still:
            return found, Detections.empty()
        return found.at([i for i in range(len(found)) if i not in still]), found.at(still)

    def known(self) -> list[Place]:
        """Return the places of furniture."""
        return [place for place in self.places if place.is_furniture()]

    def boxes(self) -> Boxes:
        """Return the furniture's boxes (N, 4), normalised corners."""
        return np.array([place.box for place in self.known()], np.float32).reshape(-1, 4)

    def take_up(self, places: Iterable[Place]) -> None:
        """Go on with what another judge has learnt, or with what a person has refused since."""
        for place in places:
            at = next((i for i, known in enumerate(self.places) if known.id == place.id), None)
            if at is None:
                self._make_room()
                self.places.append(place)
            else:
                self.places[at] = place
        refused = [place for place in self.places if place.refused]
        for old in refused[: max(0, len(refused) - MOST_REFUSED)]:
            self.places.remove(old)

    def forget(self) -> None:
        """Forget all places, because the camera shows others now."""
        self.places.clear()
        self.moved = True

    def _wait(self, at_s: float) -> None:
        """Pause learning: known places stay, places that are half learnt begin anew."""
        self.places = [place for place in self.places if place.learnt or place.refused]
        for place in self.places:
            place.seen_s = at_s

    def _pass_time(self, at_s: float) -> None:
        """Drop what was away for too long; time in which no frame was judged does not count."""
        if self.last_s is None or at_s < self.last_s or at_s - self.last_s > GONE_S:
            for place in self.places:
                skipped = at_s - (place.seen_s if self.last_s is None else self.last_s)
                place.seen_s += skipped
                if not place.learnt:
                    place.since_s += skipped
            if self.last_s is not None and at_s < self.last_s:  # the clock was set back
                self.places = [place for place in self.places if place.learnt or place.refused]
        self.last_s = at_s
        self.places = [place for place in self.places if place.refused or at_s - place.seen_s <= GONE_S]

    def _note(self, box: Boxes, people: Boxes, *, at_s: float) -> Place:
        """Return the place of a box, noted as seen; a box at no known place begins one."""
        place = self._at(box)
        if place is None:
            self._make_room()
            place = Place(box=box, since_s=at_s, seen_s=at_s)
            place.watch(box, passed_s=0)
            self.places.append(place)
            return place
        if place.seen_s < at_s:  # two classes on one spot are one find
            passed_s = at_s - place.seen_s
            place.seen, place.seen_s = place.seen + 1, at_s
            if _stirs(place, box, people, passed_s=passed_s, at_s=at_s):
                place.begin_anew(at_s=at_s)
        return place

    def _at(self, box: Boxes) -> Place | None:
        if not self.places:
            return None
        overlap = iou(box[None], np.stack([place.box for place in self.places]))[0]
        best = int(overlap.argmax())
        needed = NEAR_A_PERSON if self.places[best].refused else SAME
        return self.places[best] if overlap[best] >= needed else None

    def _make_room(self) -> None:
        if len(self.places) >= MOST:
            free = [place for place in self.places if not place.refused]
            self.places.remove(min(free or self.places, key=lambda place: place.seen_s))


def _stirs(place: Place, box: Boxes, people: Boxes, *, passed_s: float, at_s: float) -> bool:
    """Return whether the head at a place stirs, or the person below it if there mostly is one."""
    head_stirs = place.watch(box, passed_s=passed_s)
    below = _wearer(box, people)
    if below is None:
        return head_stirs
    place.worn += 1
    if place.body is None:
        place.body = Place(box=below, since_s=at_s, seen_s=at_s)
    body_stirs = place.body.watch(below, passed_s=at_s - place.body.seen_s, stirs=BODY_STIRS)
    place.body.seen_s = at_s
    return head_stirs or (body_stirs and place.worn >= WORN * place.seen)


def _wearer(head: Boxes, people: Boxes) -> Boxes | None:
    """Return the person (4,) whose head this box (4,) is, of people (N, 4); None without one."""
    x, y = (head[0] + head[2]) / 2, (head[1] + head[3]) / 2
    for person in people:
        if person[0] <= x <= person[2] and person[1] <= y <= person[1] + _TOP * (person[3] - person[1]):
            return np.asarray(person, np.float32)
    return None
