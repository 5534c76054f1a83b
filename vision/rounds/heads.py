"""Let a network look near heads, in full resolution, for what is too small in a whole frame: cigarettes.

At a ceiling camera's distance a cigarette is a few pixels long in the detector's input and less than one thick, while
the frame that came has nearly four times as many each way. So squares around heads are cut from that frame and looked
at by a network of their own: in turn, sooner at a hint of the detector, and for a while after a find, so that rules
over time get a box of every frame.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from prometheus_client import Counter

from models.catalogue.weights import ModelEntry
from vision.closeups.crops import cut, fitted, square
from vision.engines.detector import Detector, Engine
from vision.judging.detections import Boxes, Detections, centres, merged
from vision.pictures.decode import MAX_SIDE, Picture, decode_if_whole
from vision.rounds.turns import Turn, due

EVERY_S: Final = 60.0
"""Time between two looks at a camera without a reason: somebody smokes for about five minutes."""
HINTED_S: Final = 5.0
"""The same while the detector finds one of the classes: faint finds are frequent where cooks hold things."""
MOST: Final = 4
"""Most squares in a batch of frames; those of the cameras that have waited longest."""
PER_FRAME: Final = 2
"""Most squares of a frame, the other heads have their turn with the next look."""
GROWTH: Final = 3.5
"""Side of a square as a multiple of the head's longer side: down to the hand that holds a cigarette at the chest."""
LONGEST: Final = 0.75
"""Longer side of a find, as a multiple of the head's, beyond which it is none. A cigarette has 8 to 10 cm, a head 22 to
25; knives and spoons are longer. Of the labels of portraits one in twenty is, of half-body pictures' one in five: they
hold the hand, too."""
FINER: Final = 0.625
"""Side of a square, as a share of the frame's longer side, from which it is not looked at: the detector sees 512 px of
that side and this network 320 of the square's, so that nothing is gained. Heads of portraits are so large."""
HEADS: Final = frozenset({"head_covered", "head_bare", "mask", "mask_incorrect", "no_mask"})
"""Classes of the detector that show where a head is."""
_ONE_HEAD: Final = 0.03
"""Distance of two centres, as a share of the frame, up to which they are of one head, such as a hat and a mask."""

LOOKS = Counter("mingchu_vision_head_looks_total", "Squares near heads looked at on rounds", ["answer"])

Whole = Callable[[int], Picture | None]
"""Returns a frame with at least that many pixels on its longer side, as far as it has them; None if it is broken."""


def small_heads(found: Detections, shape: tuple[int, int]) -> Boxes:
    """Return the heads (K, 4) in a frame (H, W) that are worth a look."""
    heads = heads_of(found)
    return heads[[near(head, shape)[2] < FINER * max(shape) for head in heads]]


def whole_of(jpeg: bytes, long_side: int) -> Picture | None:
    """Return a frame as `Whole` does."""
    return decode_if_whole(jpeg, long_side=long_side)


@dataclass(slots=True)
class HeadTurn(Turn):
    """The turn of a camera, and where to look.

    Attributes:
        passed: number of heads that were passed over or looked at, so that each has its turn.
        found_at: centre (2,) of the last find, as a share of the frame, while that is followed.
    """

    passed: int = 0
    found_at: NDArray[np.float32] | None = None

    def choose(self, heads: Boxes, *, most: int) -> Boxes:
        """Return at most that many heads (K, 4): those next to the last find, or those whose turn it is."""
        if self.found_at is not None:
            far = np.abs(centres(heads) - self.found_at).max(axis=1)
            return heads[np.argsort(far, kind="stable")[:most]]
        chosen = heads[(self.passed + np.arange(min(most, len(heads)))) % len(heads)]
        self.passed += len(chosen)
        return chosen


class Passing(NamedTuple):
    """A frame that passes: its camera's turn, its moment, what was found in it, its height and width, and it whole."""

    turn: HeadTurn
    at_s: float
    found: Detections
    shape: tuple[int, int]
    source: Whole


class HeadRounds:
    """The network that looks near heads on an engine, for one thread.

    What it finds is added to what the detector has found. `thresholds` replace those of the weights.
    """

    def __init__(self, entry: ModelEntry, engine: Engine, *, thresholds: dict[str, float] | None = None) -> None:
        self.classes = frozenset(entry.classes)
        self.entry, self.engine = entry, engine
        self._detector = Detector(entry, engine, thresholds=thresholds)

    def reference(self) -> dict[str, Any]:
        """Return what a violation stores about the model that was run."""
        return self._detector.reference()

    def join(self, passing: Sequence[Passing]) -> list[Detections]:
        """Return for each frame what was found, and what is near its heads where it was their turn."""
        heads = [small_heads(one.found, one.shape) for one in passing]
        with_heads = [number for number, boxes in enumerate(heads) if len(boxes)]
        joined = [one.found for one in passing]
        left = MOST
        for place in due([self._turn_of(passing[number]) for number in with_heads]):
            if not left:
                break
            number = with_heads[place]
            one = passing[number]
            if one.at_s >= one.turn.called_until_s:
                one.turn.found_at = None
            chosen = one.turn.choose(heads[number], most=min(left, PER_FRAME))
            left -= len(chosen)
            answer = self.look(chosen, one.shape, one.source)
            one.turn.looked_s = one.at_s
            if len(answer):
                one.turn.called = True
                one.turn.found_at = centres(answer.boxes)[int(answer.scores.argmax())]
            joined[number] = merged(one.found, answer)
        return joined

    def _turn_of(self, one: Passing) -> tuple[Turn, float, float]:
        hinted = not self.classes.isdisjoint(one.found.names)
        return one.turn, one.at_s, HINTED_S if hinted else EVERY_S

    def look(self, heads: Boxes, shape: tuple[int, int], source: Whole) -> Detections:
        """Look near heads (K, 4) of a frame; return what is found, in shares of the frame.

        Args:
            heads: at least one.
            shape: height and width of the frame at any size.
            source: returns the frame.
        """
        smallest = min(side for _, _, side in (near(head, shape) for head in heads)) / max(shape)
        picture = source(min(math.ceil(self.entry.imgsz / smallest), MAX_SIDE))
        if picture is None:
            LOOKS.labels("no_picture").inc(len(heads))
            return Detections.empty()
        height, width = picture.shape[:2]
        at = [near(head, (height, width)) for head in heads]
        crops = [fitted(cut(picture, one), self.entry.imgsz) for one in at]
        found = Detections.empty()
        for head, (left, top, side), all_seen in zip(heads, at, self._detector.detect(crops), strict=True):
            seen = _short(all_seen, head * np.array([width, height] * 2, np.float32) / side)
            LOOKS.labels("found" if len(seen) else "nothing").inc()
            corners = (seen.boxes * side + np.array([left, top] * 2, np.float32)) / np.array([width, height] * 2)
            placed = Detections(boxes=np.clip(corners, 0, 1).astype(np.float32), scores=seen.scores, names=seen.names)
            found = merged(found, placed)
        return found


def _short(found: Detections, head: NDArray[np.float32]) -> Detections:
    """Return what is short enough beside a head (4,), both as shares of the same square."""
    most = LONGEST * float((head[2:] - head[:2]).max())
    longer = (found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0)
    return found.at([number for number in range(len(found)) if longer[number] <= most])


def near(head: NDArray[np.float32], shape: tuple[int, int], *, growth: float = GROWTH) -> tuple[int, int, int]:
    """Return left, top and side in px of the square that is looked at around a head (4,) in a picture (H, W).

    It is moved into the picture as far as it fits, so that little of it is empty.
    """
    height, width = shape
    _, _, side = square(head, shape, growth=growth)
    side = min(side, max(shape))
    x, y = (head[:2] + head[2:]) / 2 * np.array([width, height], np.float32)
    return _moved(round(float(x) - side / 2), width - side), _moved(round(float(y) - side / 2), height - side), side


def _moved(start: int, most: int) -> int:
    """Return where a square begins along an axis, `most` being the last place where it ends within the picture."""
    return most // 2 if most < 0 else min(max(start, 0), most)


def heads_of(found: Detections) -> Boxes:
    """Return a box (K, 4) for each head in a frame, from left to right; the surest of those that are of one head."""
    kept: list[int] = []
    middles = centres(found.boxes)
    for number in np.argsort(-found.scores, kind="stable").tolist():
        if found.names[number] in HEADS and not any(
            np.abs(middles[number] - middles[other]).max() < _ONE_HEAD for other in kept
        ):
            kept.append(number)
    kept.sort(key=lambda number: float(middles[number][0]))
    return found.boxes[np.array(kept, np.intp)]
