"""The results of one class over many pictures, and average precision from them: pure numpy."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vision.judging.detections import Boxes, Detections, iou

IOUS: Final = np.arange(0.5, 1.0, 0.05)
_RECALLS: Final = np.linspace(0, 1, 101)
Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Tally:
    """Arrays with an entry for each detection, and arrays with an entry for each true box.

    Attributes:
        scores, hits, sizes, pictures, places: of detections: score, hit at each of `IOUS`, √area in input pixels (of
            the true box that it hit, else its own), number of the picture, normalised corners.
        true_sizes, true_pictures, true_scores, true_places: of true boxes; the score is that of the detection that
            found it at IoU 0.5, or -1.
        images: number of pictures with a true box.
    """

    scores: list[float] = field(default_factory=list)
    hits: list[Bools] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    places: list[list[float]] = field(default_factory=list)
    true_sizes: list[float] = field(default_factory=list)
    true_pictures: list[int] = field(default_factory=list)
    true_scores: list[float] = field(default_factory=list)
    true_places: list[list[float]] = field(default_factory=list)
    images: int = 0

    @property
    def boxes(self) -> int:
        """The number of true boxes."""
        return len(self.true_sizes)

    def add(self, picture: int, found: Detections, truth: Boxes, *, side: NDArray[np.float32]) -> None:
        """Match the detections of picture number `picture` with its true boxes (T, 4), best first, at every IoU.

        `side` is the picture's width and height in input pixels, (2,).
        """
        order = np.argsort(-found.scores, kind="stable")
        overlap = iou(found.boxes[order], truth)
        free = np.ones((len(IOUS), len(truth)), dtype=bool)
        true_scores = np.full(len(truth), -1.0)
        true_sizes, sizes = _sizes(truth, side), _sizes(found.boxes[order], side)
        for row, score, size in zip(overlap, found.scores[order], sizes, strict=True):
            hit, best = _hit(row, free)
            if hit[0]:
                true_scores[best] = score
            self.scores.append(float(score))
            self.hits.append(hit)
            self.sizes.append(float(true_sizes[best] if hit[0] else size))
            self.pictures.append(picture)
        self.true_sizes += true_sizes.tolist()
        self.true_scores += true_scores.tolist()
        self.true_pictures += [picture] * len(truth)
        self.places += found.boxes[order].tolist()
        self.true_places += truth.tolist()
        self.images += bool(len(truth))

    def part(self, detections: Bools, truths: Bools) -> "Tally":
        """Return only the detections and true boxes that the masks select."""
        chosen, there = np.flatnonzero(detections), np.flatnonzero(truths)
        return Tally(
            scores=[self.scores[i] for i in chosen],
            hits=[self.hits[i] for i in chosen],
            sizes=[self.sizes[i] for i in chosen],
            pictures=[self.pictures[i] for i in chosen],
            places=[self.places[i] for i in chosen],
            true_sizes=[self.true_sizes[i] for i in there],
            true_pictures=[self.true_pictures[i] for i in there],
            true_scores=[self.true_scores[i] for i in there],
            true_places=[self.true_places[i] for i in there],
            images=len({self.true_pictures[i] for i in there}),
        )

    def ap(self) -> list[float]:
        """Return the average precision at each of `IOUS`."""
        if not self.scores or not self.boxes:
            return [0.0] * len(IOUS)
        hits = np.array(self.hits)[np.argsort(-np.array(self.scores), kind="stable")]
        return [average_precision(hits[:, k], self.boxes) for k in range(len(IOUS))]

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return precision, recall and score, each (K,), at every detection, best first (IoU 0.5)."""
        order = np.argsort(-np.array(self.scores), kind="stable")
        right = np.cumsum(np.array([hit[0] for hit in self.hits], bool)[order])
        precision = right / np.arange(1, len(right) + 1)
        return precision, right / max(self.boxes, 1), np.array(self.scores, np.float64)[order]


def _hit(row: NDArray[np.float32], free: Bools) -> tuple[Bools, int]:
    """Return at which IoUs a detection hits a free true box (and takes it), and the box at the first of them."""
    hit, first = np.zeros(len(IOUS), dtype=bool), -1
    for k, least in enumerate(IOUS):
        best = int(np.argmax(np.where(free[k], row, -1))) if len(row) else -1
        if best >= 0 and free[k, best] and row[best] >= least:
            free[k, best], hit[k] = False, True
            first = best if k == 0 else first
    return hit, first


def _sizes(boxes: Boxes, side: NDArray[np.float32]) -> NDArray[np.float32]:
    extent = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None) * side
    return np.asarray(np.sqrt(extent[:, 0] * extent[:, 1]), np.float32)


def average_precision(hits: NDArray[Any], boxes: int) -> float:
    """Return the area under the precision envelope, sampled at 101 recalls (as COCO does); `hits` best first."""
    right = np.cumsum(hits)
    precision, recall = right / np.arange(1, len(hits) + 1), right / boxes
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.mean([envelope[i] if i < len(envelope) else 0.0 for i in at]))


def threshold_for(tally: Tally, *, precision: float, recall: float = 0.0, least: int = 5) -> float | None:
    """Return the smallest score from which `precision` holds, over at least `least` detections; None if none does.

    It is also None if the recall there is below `recall`: a class that is rarely found is of no use.
    """
    if not tally.scores or not tally.boxes:
        return None
    precisions, recalls, scores = tally.curve()
    good = np.flatnonzero((precisions >= precision) & (recalls >= recall))
    return float(scores[good[-1]]) if good.size and good[-1] + 1 >= least else None


def balanced(tally: Tally) -> float | None:
    """Return the score with the best F1 (harmonic mean of precision and recall); None without a detection."""
    if not tally.scores or not tally.boxes:
        return None
    precisions, recalls, scores = tally.curve()
    f1 = 2 * precisions * recalls / np.maximum(precisions + recalls, 1e-9)
    return float(scores[int(np.argmax(f1))])
