"""Detections from the raw head, and average precision: pure numpy, no torch.

A raw head is an array (N, 4 + C, A): centre x, centre y, width, height in input pixels, then C class
scores after the sigmoid, for A anchors.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision import pictures
from vision.detections import iou

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """Boxes (K, 4) as x1 y1 x2 y2 in normalised picture coordinates, scores (K,), class numbers (K,)."""

    boxes: Floats
    scores: Floats
    classes: NDArray[np.int64]


@dataclass(slots=True, kw_only=True)
class ClassRecord:
    """What one class collected over a set of pictures."""

    scores: list[float] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)
    boxes: int = 0
    images: int = 0


def letterbox(image: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], float, int, int]:
    """Fit a BGR picture into size × size as the product does. Returns picture, scale, left and top padding."""
    square, scale, (left, top) = pictures.letterbox(image, size)
    return square, scale, left, top


def _keep(boxes: Floats, scores: Floats, limit: float) -> list[int]:
    """Greedy non-maximum suppression: indexes kept, best first."""
    order = np.argsort(-scores)
    overlap = iou(boxes, boxes)
    kept: list[int] = []
    for i in order:
        if all(overlap[i, j] <= limit for j in kept):
            kept.append(int(i))
    return kept


def detections(head: Floats, *, floor: float = 0.01, limit: float = 0.6, most: int = 100) -> Detections:
    """Decode one picture's raw head (4 + C, A), suppress duplicates per class; boxes stay in input pixels."""
    found: list[tuple[Floats, Floats, int]] = []
    centre, size = head[:2].T, head[2:4].T
    corners = np.concatenate((centre - size / 2, centre + size / 2), 1)
    for number, scores in enumerate(head[4:]):
        best = np.argsort(-scores)[:most]
        best = best[scores[best] >= floor]
        if best.size:
            kept = best[_keep(corners[best], scores[best], limit)]
            found.append((corners[kept], scores[kept], number))
    if not found:
        return Detections(
            boxes=np.zeros((0, 4), np.float32), scores=np.zeros(0, np.float32), classes=np.zeros(0, np.int64)
        )
    return Detections(
        boxes=np.concatenate([b for b, _, _ in found]),
        scores=np.concatenate([s for _, s, _ in found]),
        classes=np.concatenate([np.full(len(s), n, np.int64) for _, s, n in found]),
    )


def collect(record: ClassRecord, found: Detections, number: int, truth: Floats) -> None:
    """Match one picture's detections of class ``number`` with its true boxes (T, 4) at IoU 0.5."""
    mine = found.classes == number
    order = np.argsort(-found.scores[mine])
    overlap = iou(found.boxes[mine][order], truth)
    free = np.ones(len(truth), dtype=np.bool_)
    for row, score in zip(overlap, found.scores[mine][order], strict=True):
        best = int(np.argmax(np.where(free, row, -1))) if len(truth) else -1
        hit = best >= 0 and bool(free[best]) and bool(row[best] >= 0.5)  # noqa: PLR2004 - AP50
        if hit:
            free[best] = False
        record.scores.append(float(score))
        record.hits.append(hit)
    record.boxes += len(truth)
    record.images += bool(len(truth))


def curve(record: ClassRecord) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and score, each (K,), at every detection from the surest down."""
    order = np.argsort(-np.asarray(record.scores, np.float32), kind="stable")
    hits = np.cumsum(np.asarray(record.hits, np.float32)[order])
    precision = hits / np.arange(1, len(hits) + 1)
    recall = hits / max(record.boxes, 1)
    return (
        np.asarray(precision, np.float32),
        np.asarray(recall, np.float32),
        np.asarray(record.scores, np.float32)[order],
    )


def average_precision(record: ClassRecord) -> float:
    """AP at IoU 0.5: area under the precision envelope, sampled at 101 recalls (COCO's way)."""
    if not record.scores or not record.boxes:
        return 0.0
    precision, recall, _ = curve(record)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.mean([envelope[i] if i < len(envelope) else 0.0 for i in at]))


def threshold(record: ClassRecord, *, precision: float = 0.9, least: float = 0.1) -> float | None:
    """Smallest score from which on ``precision`` holds, not below ``least``; None if it is never reached."""
    if not record.scores:
        return None
    precisions, _, scores = curve(record)
    good = np.flatnonzero(precisions >= precision)
    return max(float(scores[good[-1]]), least) if good.size else None


def balanced(record: ClassRecord) -> float | None:
    """The score with the best F1 (harmonic mean of precision and recall); None without a detection."""
    if not record.scores or not record.boxes:
        return None
    precisions, recalls, scores = curve(record)
    f1 = 2 * precisions * recalls / np.maximum(precisions + recalls, 1e-9)
    return float(scores[int(np.argmax(f1))])
