"""Let a second network look over whole frames: in turn, and while there is reason to.

Cats and dogs are rare in a kitchen and stay for a while, so a look every `EVERY_S` finds them at a twentieth of the
cost of a look at every frame. What it finds, what the detector takes for one of its classes, and what moves in closing
hours calls it for the next `turns.FOLLOWED_S`, so that rules over time get a box from every frame.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from prometheus_client import Counter

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.detector import Detector, Engine
from vision.judging.detections import Detections, merged
from vision.pictures.decode import Picture
from vision.rounds.turns import Turn, due

EVERY_S: Final = 20.0
"""Time between two looks at a camera without a reason."""
MOST: Final = 4
"""Most looks in a batch of frames (`vision.pipeline.eye.BATCH`): at most a quarter more work, whatever cameras show.
The others get theirs with their next frames, those that have waited longest first."""

LOOKS = Counter("mingchu_vision_round_looks_total", "Frames looked over on rounds", ["answer"])


Passing = tuple[Turn, Picture, float, Detections]
"""A frame that passes: its camera's turn, the picture, its moment (at_s), and what the detector found in it."""


class FrameRounds:
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
        chosen = due([(turn, at_s, EVERY_S) for turn, _, at_s, _ in passing])[:MOST]
        answers = dict(zip(chosen, self.look([passing[number][1] for number in chosen]), strict=True))
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
        return merged(found.without(self.names), answer)
