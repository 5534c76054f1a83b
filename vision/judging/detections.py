"""The validated value for the detections in a picture; all tools in this room take and return it."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
Head = NDArray[np.float32]
"""Raw output for one picture, (4 + classes, anchors): centre and size in input pixels, then class scores."""
_COORDINATES = 4
SAME = 0.5
"""Overlap (IoU) from which boxes of one class from two networks are one object."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """N boxes of one picture.

    Attributes:
        boxes: (N, 4) float32, `x0 y0 x1 y1`, normalised 0–1 to the original picture.
        scores: (N,) float32, 0–1.
        names: (N,) class names.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.names)
        if self.boxes.shape != (n, _COORDINATES):
            raise ValueError(f"expected boxes of shape ({n}, 4), got {self.boxes.shape}")
        if self.scores.shape != (n,):
            raise ValueError(f"expected scores of shape ({n},), got {self.scores.shape}")

    @classmethod
    def empty(cls) -> Self:
        """Return a value without detections."""
        return cls(boxes=np.empty((0, 4), np.float32), scores=np.empty(0, np.float32), names=())

    def __len__(self) -> int:
        return len(self.names)

    def only(self, names: frozenset[str]) -> "Detections":
        """Return the detections of the given classes."""
        return self.at([i for i, name in enumerate(self.names) if name in names])

    def without(self, names: frozenset[str]) -> "Detections":
        """Return the detections of all other classes."""
        return self.at([i for i, name in enumerate(self.names) if name not in names])

    def at(self, indices: list[int]) -> "Detections":
        """Return the detections at the given indices, in that order."""
        index = np.asarray(indices, dtype=np.intp)
        return Detections(
            boxes=self.boxes[index], scores=self.scores[index], names=tuple(self.names[i] for i in indices)
        )

    def beside(self, other: "Detections") -> "Detections":
        """Return these detections and those of another value of the same picture."""
        return Detections(
            boxes=np.concatenate([self.boxes, other.boxes]),
            scores=np.concatenate([self.scores, other.scores]),
            names=self.names + other.names,
        )

    def as_json(self) -> list[dict[str, Any]]:
        """Return the boxes in the form of events and the API: top-left corner and size, normalised 0–1."""
        return [
            {
                "name": name,
                "score": round(float(score), 4),
                "x": round(float(x0), 5),
                "y": round(float(y0), 5),
                "w": round(float(x1 - x0), 5),
                "h": round(float(y1 - y0), 5),
            }
            for name, score, (x0, y0, x1, y1) in zip(self.names, self.scores, self.boxes, strict=True)
        ]


def iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Return the intersection over union of every pair: (N, 4) and (M, 4) → (N, M).

    >>> iou(np.float32([[0, 0, 1, 1]]), np.float32([[0, 0, 1, 0.5]]))
    array([[0.5]], dtype=float32)
    """
    corner0 = np.maximum(a[:, None, :2], b[None, :, :2])
    corner1 = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.clip(corner1 - corner0, 0, None)
    both = sides[..., 0] * sides[..., 1]
    union = area(a)[:, None] + area(b)[None, :] - both
    return np.asarray(both / np.maximum(union, 1e-12), np.float32)


def merged(one: Detections, other: Detections) -> Detections:
    """Return what two networks found in one picture; of what both found (`SAME`), the surer box."""
    both = other.beside(one)
    twice = (
        (iou(both.boxes, both.boxes) >= SAME)
        & (np.array(both.names)[:, None] == np.array(both.names)[None, :])
        & (both.scores[:, None] < both.scores[None, :])
    )
    return both.at([number for number in range(len(both)) if not twice[number].any()])


def area(boxes: Boxes) -> NDArray[np.float32]:
    """Return the areas: (N, 4) → (N,)."""
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(sides[:, 0] * sides[:, 1], np.float32)


def centres(boxes: Boxes) -> NDArray[np.float32]:
    """Return the centres: (N, 4) → (N, 2)."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)


def grown(boxes: Boxes, factor: float) -> Boxes:
    """Return the boxes, `factor` times as wide and high around the same centre."""
    middle = centres(boxes)
    half = (boxes[:, 2:] - boxes[:, :2]) * (factor / 2)
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)


def touches(a: Boxes, b: Boxes) -> NDArray[np.bool_]:
    """Return which of `a` overlaps any of `b`: (N,)."""
    if not len(a) or not len(b):
        return np.zeros(len(a), dtype=bool)
    return np.asarray((iou(a, b) > 0).any(axis=1))
