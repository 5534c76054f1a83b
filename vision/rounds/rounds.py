"""Let a second network look over whole frames: in turn, and while there is reason to.

Cats and dogs are rare in a kitchen and stay for a while, so a look every `EVERY_S` finds them at a twentieth of the
cost of a look at every frame. What it finds, what the detector takes for one of its classes, and what moves in closing
hours calls it for the next `FOLLOWED_S`, so that rules over time get a box from every frame.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from prometheus_client import Counter

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.detector import Detector, Engine
from vision.judging.detections import Detections, iou
from vision.judging.judge import Opened
from vision.pictures.decode import Picture

EVERY_S: Final = 20.0
"""Time between two looks at a camera without a reason."""
FOLLOWED_S: Final = 10.0
"""Time for which every frame of a camera is looked over after a reason."""
MOST: Final = 4
"""Most looks in a batch of frames (`vision.pipeline.eye.BATCH`): at most a quarter more work, whatever cameras show.
The others get theirs with their next frames, those that have waited longest first."""

SAME: Final = 0.5
"""Overlap (IoU) from which boxes of one class from both networks are one object; the surer one is kept."""

LOOKS = Counter("mingchu_vision_round_looks_total", "Frames looked over on rounds", ["answer"])


@dataclass(slots=True)
class Turn:
    """When a camera's frames were looked over, and until when all of them are.

    Attributes:
        looked_s: moment of the last look.
        called_until_s: until then every frame is looked over.
        called: something called it since the last frame.
    """

    looked_s: float = -math.inf
    called_until_s: float = -math.inf
    called: bool = False

    def is_due(self, at_s: float) -> bool:
        """Return whether a frame of this moment is looked over."""
        if self.called:
            self.called, self.called_until_s = False, at_s + FOLLOWED_S
        return at_s < self.called_until_s or at_s - self.looked_s >= EVERY_S


Passing = tuple[Turn, Picture, float, Detections]
"""A frame that passes: its camera's turn, the picture, its moment (at_s), and what the detector found in it."""


class Rounds:
    """The network of the rounds on an engine, for one thread.

    Args:
        names: the classes that it answers for instead of the detector. What it finds of its other classes is added to
            what the detector has found of them.

    Raises:
        WeightsRefused: the weights lack one of the names, or there are none.
    """

    def __init__(self, entry: ModelEntry, engine: Engine, *, names: Collection[str]) -> None:
        self.classes = frozenset(entry.classes)
        self.names = frozenset(names)
        unknown = self.names - self.classes
        if unknown or not self.names:
            raise WeightsRefused(
                f"weights {entry.name}: expected {', '.join(sorted(unknown)) or 'a class'} among its classes "
                f"{', '.join(entry.classes)}"
            )
        self.entry, self.engine = entry, engine
        self._detector = Detector(entry, engine)

    def reference(self) -> dict[str, Any]:
        """Return what a violation stores about the model that was run."""
        return self._detector.reference()

    def join(self, passing: Sequence[Passing]) -> list[Detections]:
        """Return for each frame what the detector found, with the answers of the rounds where it was their turn."""
        for turn, _, _, found in passing:
            turn.called = turn.called or not self.classes.isdisjoint(found.names)
        due = [number for number, (turn, _, at_s, _) in enumerate(passing) if turn.is_due(at_s)]
        due = sorted(due, key=lambda number: passing[number][0].looked_s)[:MOST]
        answers = dict(zip(due, self.look([passing[number][1] for number in due]), strict=True))
        joined = [found for _, _, _, found in passing]
        for number, answer in answers.items():
            turn, _, at_s, found = passing[number]
            turn.looked_s = at_s
            turn.called = turn.called or len(answer) > 0
            LOOKS.labels("found" if len(answer) else "nothing").inc()
            joined[number] = self.instead(found, answer)
        return joined

    def look(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Look over whole pictures; return what is found."""
        return self._detector.detect(pictures)

    def instead(self, found: Detections, answer: Detections) -> Detections:
        """Return what both networks found, without what the rounds answer for and without boxes found twice."""
        both = answer.beside(found.without(self.names))
        twice = (
            (iou(both.boxes, both.boxes) >= SAME)
            & (np.array(both.names)[:, None] == np.array(both.names)[None, :])
            & (both.scores[:, None] < both.scores[None, :])
        )
        return both.at([number for number in range(len(both)) if not twice[number].any()])


class LookedOver(Detector):
    """A detector with rounds at every picture: for measuring what they find once they are called."""

    def __init__(self, entry: ModelEntry, engine: Engine, rounds: Rounds) -> None:
        super().__init__(entry, engine)
        self._rounds = rounds

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Detect in several pictures at once, with both networks."""
        answers = self._rounds.look(pictures)
        return [
            self._rounds.instead(found, answer) for found, answer in zip(super().detect(pictures), answers, strict=True)
        ]


def model_of(opened: Opened, model: dict[str, Any], rounds: Rounds | None) -> dict[str, Any]:
    """Return what a violation stores about its model: that of the rounds if they answer for all of its bad classes.

    Where boxes of both networks may be among those that were met, the reference of the rounds is added to the other's.
    """
    bad = opened.rule.bad
    if rounds is None or rounds.classes.isdisjoint(bad):
        return model
    return rounds.reference() if bad <= rounds.names else {**model, "rounds": rounds.reference()}
