"""Cut crops for the second look from prepared pictures, around labels and around what the detector takes for them.

A crop knows some attributes and not others, as its source labels them; an unknown one is -1. Crops around the
detector's own finds teach the second look what it will be asked about, false finds above all.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.closeups.crops import GROWTH, cut, square
from vision.engines.detector import Detector
from vision.evaluation.labels import read_rows
from vision.judging.attributes import ATTRIBUTES, attribute_of
from vision.judging.detections import Detections, iou
from vision.pictures.decode import Picture, read_picture
from vision.training.classes import CLASSES, absent_in, labelled_in

STORED: Final = 112
"""Longest side in px of a stored crop: a little more than the network sees, for changes of scale."""
READ: Final = 1920
"""Longer side in px up to which pictures are read."""
FOUND: Final = 0.15
"""Score from which a find of the detector becomes a crop."""
SAME, APART = 0.4, 0.1
"""IoU from which a find is a labelled thing, and up to which it is none; between them it teaches nothing."""
NOTHING: Final[Mapping[str, str]] = {
    "head": "no_head",
    "mask": "mask_hidden",
    "cigarette": "no_cigarette",
    "phone": "no_phone",
    "hand": "no_hand",
}
"""Attribute → its value where the thing is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A square of a picture, with what is known of it.

    Attributes:
        picture: (S, S, 3) BGR, S ≤ `STORED`.
        truth: attribute → index of its value, or -1 = unknown; in the order of `ATTRIBUTES`.
        asked: the attribute that the square was cut for.
        source: name of the data source.
        found: score of the detector's find that it was cut around; 0 = cut around a label.
        claimed: the class that the detector found, or that is labelled.
    """

    picture: Picture
    truth: tuple[int, ...]
    asked: str
    source: str
    found: float
    claimed: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """The true boxes of a picture (N, 4) by class, and the classes whose absence is known."""

    boxes: Mapping[str, NDArray[np.float32]]
    known: frozenset[str]


def labelled(folder: Path, stem: str) -> Labelled:
    """Read the labels of a prepared picture."""
    boxes: dict[str, list[list[float]]] = {}
    for row in read_rows(folder / "labels" / f"{stem}.txt"):
        corners = [*row.corners]
        boxes.setdefault(CLASSES[row.number], []).append(corners)
    known = labelled_in(folder) | absent_in(folder, stem)
    return Labelled(
        {name: np.array(rows, np.float32) for name, rows in boxes.items()},
        frozenset(CLASSES[number] for number in known),
    )


def truth_of(box: NDArray[np.float32], seen: NDArray[np.float32], labels: Labelled, *, asked: str) -> tuple[int, ...]:
    """Return what is known of a crop, by attribute.

    Args:
        box: the box (4,) that the crop was cut around.
        seen: the crop's own box (4,), in shares of the picture.
        labels: what the picture's source labels.
        asked: the attribute of the box.
    """
    return tuple(
        _value(attribute, box if attribute == asked or {attribute, asked} <= _OF_A_HEAD else seen, labels)
        for attribute in ATTRIBUTES
    )


_OF_A_HEAD: Final = frozenset({"head", "mask"})
"""Attributes of the head that the crop is centred on; the others may be anywhere in the crop."""


def _value(attribute: str, box: NDArray[np.float32], labels: Labelled) -> int:
    values = [name for name in ATTRIBUTES[attribute] if name != NOTHING[attribute]]
    overlaps = {name: _overlap(box, labels.boxes.get(name), whole=attribute in _OF_A_HEAD) for name in values}
    name, best = max(overlaps.items(), key=lambda item: item[1])
    if best >= SAME:
        return ATTRIBUTES[attribute].index(name)
    nothing = ATTRIBUTES[attribute].index(NOTHING[attribute])
    return nothing if best <= APART and labels.known.issuperset(values) else -1


def _overlap(box: NDArray[np.float32], others: NDArray[np.float32] | None, *, whole: bool) -> float:
    """Return the largest IoU with `others`, or, if not `whole`, the largest share of one of them inside the box."""
    if others is None:
        return 0.0
    if whole:
        return float(iou(box[None], others).max())
    corner0, corner1 = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    inside = np.clip(corner1 - corner0, 0, None).prod(axis=1)
    size = np.clip(others[:, 2:] - others[:, :2], 1e-9, None).prod(axis=1)
    return float((inside / size).max())


def crops_of(folder: Path, path: Path, detector: Detector | None, rng: random.Random) -> Iterator[Crop]:
    """Yield the crops of one prepared picture; without a `detector`, only those around labels and around nothing."""
    picture, labels = read_picture(path, long_side=READ), labelled(folder, path.stem)
    asked = [(name, box, 0.0) for name, boxes in labels.boxes.items() for box in boxes]
    if detector is not None:
        found = _found(detector, picture)
        asked += list(zip(found.names, found.boxes, map(float, found.scores), strict=True))
    asked += [(name, _anywhere(rng), 0.0) for name in ("head_bare", "cigarette")]
    for name, box, score in asked:
        attribute = attribute_of(name)
        if attribute is None:
            continue
        shape = picture.shape[0], picture.shape[1]
        at = square(_shifted(box, rng) if score == 0 else box, shape, growth=GROWTH[attribute])
        left, top, side = at
        height, width = shape
        seen = np.array([left / width, top / height, (left + side) / width, (top + side) / height], np.float32)
        truth = truth_of(box, seen, labels, asked=attribute)
        if max(truth) >= 0:
            yield Crop(
                picture=_stored(cut(picture, at)),
                truth=truth,
                asked=attribute,
                source=folder.name,
                found=score,
                claimed=name,
            )


def _found(detector: Detector, picture: Picture) -> Detections:
    return detector.detect([picture])[0]


def _anywhere(rng: random.Random) -> NDArray[np.float32]:
    side = rng.uniform(0.03, 0.15)
    x, y = rng.uniform(0, 1 - side), rng.uniform(0, 1 - side)
    return np.array([x, y, x + side, y + side], np.float32)


def _shifted(box: NDArray[np.float32], rng: random.Random) -> NDArray[np.float32]:
    """Return a label's box as inexact as the detector's are."""
    w, h = box[2] - box[0], box[3] - box[1]
    dx, dy, grow = rng.uniform(-0.12, 0.12) * w, rng.uniform(-0.12, 0.12) * h, rng.uniform(0.85, 1.2)
    cx, cy = (box[0] + box[2]) / 2 + dx, (box[1] + box[3]) / 2 + dy
    return np.array([cx - w * grow / 2, cy - h * grow / 2, cx + w * grow / 2, cy + h * grow / 2], np.float32)


def _stored(crop: Picture) -> Picture:
    if crop.shape[0] <= STORED:
        return crop
    return np.asarray(cv2.resize(crop, (STORED, STORED), interpolation=cv2.INTER_AREA), np.uint8)
