"""The rounds of further networks past the frames of many cameras, in one step: over whole frames, and near heads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.detector import Detector, Engine
from vision.judging.detections import Detections, merged
from vision.judging.judge import Opened
from vision.pictures.decode import Picture
from vision.rounds.frames import FrameRounds
from vision.rounds.heads import HeadRounds, HeadTurn, Whole, small_heads
from vision.rounds.heads import Passing as PassingHeads
from vision.rounds.turns import Turn


@dataclass(slots=True)
class Turns:
    """The turns of one camera."""

    frames: Turn = field(default_factory=Turn)
    heads: HeadTurn = field(default_factory=HeadTurn)


class Passing(NamedTuple):
    """A frame that passes.

    Attributes:
        turns: of its camera.
        picture: as the detector has seen it.
        at_s: its moment.
        found: what the detector found in it.
        whole: the frame as it came; None where that is not at hand, and nobody looks near heads.
    """

    turns: Turns
    picture: Picture
    at_s: float
    found: Detections
    whole: Whole | None = None


class Rounds:
    """The networks that make rounds, for one thread; at least one.

    Raises:
        WeightsRefused: both find the same class, so that nobody could say which found it.
    """

    def __init__(self, *, frames: FrameRounds | None = None, heads: HeadRounds | None = None) -> None:
        self.frames, self.heads = frames, heads
        self._parts = [part for part in (frames, heads) if part is not None]
        if frames is not None and heads is not None and (both := frames.classes & heads.classes):
            raise WeightsRefused(
                f"weights {frames.entry.name}, {heads.entry.name}: expected classes of one alone, "
                f"both have {', '.join(sorted(both))}"
            )

    def join(self, passing: Sequence[Passing]) -> list[Detections]:
        """Return for each frame what the detector found, with the answers of the rounds where it was their turn."""
        found = [one.found for one in passing]
        if self.frames is not None:
            found = self.frames.join([(one.turns.frames, one.picture, one.at_s, one.found) for one in passing])
        if self.heads is None:
            return found
        near = {
            number: PassingHeads(one.turns.heads, one.at_s, found[number], shape_of(one.picture), one.whole)
            for number, one in enumerate(passing)
            if one.whole is not None
        }
        answers = dict(zip(near, self.heads.join(list(near.values())), strict=True))
        return [answers.get(number, of) for number, of in enumerate(found)]

    def over(self, picture: Picture, found: Detections, whole: Whole | None) -> Detections:
        """Return what the detector found and what all rounds find in a picture, at every head: for measuring."""
        if self.frames is not None:
            found = self.frames.instead(found, self.frames.look([picture])[0])
        heads = small_heads(found, shape_of(picture))
        if self.heads is None or whole is None or not len(heads):
            return found
        return merged(found, self.heads.look(heads, shape_of(picture), whole))

    def model_of(self, bad: Collection[str], model: dict[str, Any]) -> dict[str, Any]:
        """Return what a violation of a rule with these bad classes stores about its model, as `model_of` tells."""
        for part in self._parts:
            if not part.classes.isdisjoint(bad):
                alone = isinstance(part, FrameRounds) and part.names.issuperset(bad)
                return part.reference() if alone else {**model, "rounds": part.reference()}
        return model


def shape_of(picture: Picture) -> tuple[int, int]:
    """Return the height and width of a picture."""
    return picture.shape[0], picture.shape[1]


class LookedOver(Detector):
    """A detector with all rounds at every picture: for measuring what they find once they are called."""

    def __init__(self, entry: ModelEntry, engine: Engine, rounds: Rounds) -> None:
        super().__init__(entry, engine)
        self._rounds = rounds

    def detect(self, pictures: Sequence[Picture], *, whole: Sequence[Whole] = ()) -> list[Detections]:
        """Detect in several pictures at once, with all networks; near heads only where the `whole` frames are given."""
        found = super().detect(pictures)
        wholes: Sequence[Whole | None] = whole or [None] * len(pictures)
        return [self._rounds.over(*one) for one in zip(pictures, found, wholes, strict=True)]


def detected(detector: Detector, picture: Picture, whole: Whole) -> Detections:
    """Detect in one picture of which the frame as it came is at hand, with the rounds that a detector may have."""
    if isinstance(detector, LookedOver):
        return detector.detect([picture], whole=[whole])[0]
    return detector.detect([picture])[0]


def model_of(opened: Opened, model: dict[str, Any], rounds: Rounds | None) -> dict[str, Any]:
    """Return what a violation stores about its model: that of the rounds if they answer for all of its bad classes.

    Where boxes of both networks may be among those that were met, the reference of the rounds is added to the other's.
    """
    return model if rounds is None else rounds.model_of(opened.rule.bad, model)
