"""How good a detector is on a folder of labelled pictures, by the way the product runs it; no torch.

A folder has `images/*.jpg`, `labels/*.txt` (class cx cy w h, normalised) and `classes.txt`; an optional
`sources.csv` (file, split, source) lets one split be chosen. A folder is judged on the classes it labels.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.catalogue import ModelEntry
from models.errors import Invalid
from vision.detections import Boxes, Detections, iou
from vision.detector import Detector, Engine

ALIASES = {
    "hairnet": "head_covered",
    "no_hairnet": "head_bare",
    "garbage_bin": "bin",
    "overflow": "bin_open_or_overflow",
}
"""Names of public data sets → ours."""
IOUS = np.arange(0.5, 1.0, 0.05)
FLOOR = 0.01
_RECALLS = np.linspace(0, 1, 101)
_PICTURES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """Quality of one class. Precision and recall hold at the catalogue's threshold and IoU 0.5."""

    ap50: float
    ap50_95: float
    precision: float | None
    recall: float
    boxes: int
    images: int


@dataclass(slots=True)
class _Tally:
    """What one class collected: scores (K,), hits (K, IoUs), true boxes, pictures that hold one."""

    scores: list[float] = field(default_factory=list)
    hits: list[NDArray[np.bool_]] = field(default_factory=list)
    boxes: int = 0
    images: int = 0


def evaluate(entry: ModelEntry, engine: Engine, folder: Path, *, split: str | None = None) -> dict[str, ClassFigures]:
    """Figures of every class that the folder labels and the model knows.

    Raises:
        Invalid: the folder has another layout, or labels nothing that the model knows.
    """
    names = _classes_of(folder)
    known = {i: name for i, name in enumerate(names) if name in entry.classes}
    if not known:
        raise Invalid(f"{folder / 'classes.txt'}: {', '.join(names)}; the model knows {', '.join(entry.classes)}")
    detector = Detector(entry, engine, thresholds=dict.fromkeys(entry.classes, FLOOR))
    tallies = {name: _Tally() for name in known.values()}
    for picture, label in _pictures(folder, split):
        found = detector.detect([picture])[0]
        truth = _truth(label, known)
        for name, tally in tallies.items():
            _collect(tally, found.only(frozenset({name})), truth.get(name, np.empty((0, 4), np.float32)))
    return {name: _figures(tally, threshold=entry.thresholds.get(name, 0.5)) for name, tally in tallies.items()}


def _classes_of(folder: Path) -> list[str]:
    try:
        lines = (folder / "classes.txt").read_text(encoding="utf-8").split()
    except OSError as error:
        raise Invalid(f"{folder}: expected classes.txt, images/ and labels/ ({error})") from error
    return [ALIASES.get(line, line) for line in lines]


def _pictures(folder: Path, split: str | None) -> Iterator[tuple[NDArray[np.uint8], Path]]:
    wanted = None if split is None else _files_of_split(folder, split)
    paths = sorted(path for path in (folder / "images").iterdir() if path.suffix.lower() in _PICTURES)
    shown = [path for path in paths if wanted is None or path.stem in wanted]
    if not shown:
        raise Invalid(f"{folder}: no pictures" + (f" in split {split!r}" if split else " in images/"))
    for path in shown:
        picture = cv2.imread(str(path))
        if picture is None:
            raise Invalid(f"{path} is no picture")
        yield np.asarray(picture, np.uint8), folder / "labels" / f"{path.stem}.txt"


def _files_of_split(folder: Path, split: str) -> set[str]:
    try:
        with (folder / "sources.csv").open(encoding="utf-8", newline="") as file:
            return {row["file"] for row in csv.DictReader(file) if row["split"] == split}
    except (OSError, KeyError) as error:
        raise Invalid(f"{folder}: --split needs sources.csv with the columns file and split ({error!r})") from error


def _truth(label: Path, known: dict[int, str]) -> dict[str, Boxes]:
    """True boxes (T, 4) as normalised corners, by class; no file means an empty picture."""
    found: dict[str, list[list[float]]] = {}
    lines = label.read_text(encoding="utf-8").splitlines() if label.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            index, cx, cy, w, h = (float(part) for part in line.split()[:5])
        except ValueError:
            raise Invalid(f"{label}, line {number}: expected `class cx cy w h`, got {line[:80]!r}") from None
        if int(index) in known:
            corners = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
            found.setdefault(known[int(index)], []).append(corners)
    return {name: np.array(boxes, np.float32) for name, boxes in found.items()}


def _collect(tally: _Tally, found: Detections, truth: Boxes) -> None:
    """Match a picture's detections with its true boxes, surest first, at every IoU."""
    order = np.argsort(-found.scores, kind="stable")
    overlap = iou(found.boxes[order], truth)
    free = np.ones((len(IOUS), len(truth)), dtype=bool)
    for row, score in zip(overlap, found.scores[order], strict=True):
        hit = np.zeros(len(IOUS), dtype=bool)
        for k, least in enumerate(IOUS):
            best = int(np.argmax(np.where(free[k], row, -1))) if len(truth) else -1
            if best >= 0 and free[k, best] and row[best] >= least:
                free[k, best], hit[k] = False, True
        tally.scores.append(float(score))
        tally.hits.append(hit)
    tally.boxes += len(truth)
    tally.images += bool(len(truth))


def _figures(tally: _Tally, *, threshold: float) -> ClassFigures:
    if not tally.scores or not tally.boxes:
        return ClassFigures(ap50=0.0, ap50_95=0.0, precision=None, recall=0.0, boxes=tally.boxes, images=tally.images)
    order = np.argsort(-np.array(tally.scores), kind="stable")
    hits = np.array(tally.hits)[order]
    aps = [_average_precision(hits[:, k], tally.boxes) for k in range(len(IOUS))]
    sure = hits[np.array(tally.scores)[order] >= threshold, 0]
    return ClassFigures(
        ap50=round(aps[0], 4),
        ap50_95=round(float(np.mean(aps)), 4),
        precision=round(float(sure.mean()), 4) if len(sure) else None,
        recall=round(float(sure.sum() / tally.boxes), 4),
        boxes=tally.boxes,
        images=tally.images,
    )


def _average_precision(hits: NDArray[Any], boxes: int) -> float:
    """Area under the precision envelope, sampled at 101 recalls (COCO's way)."""
    right = np.cumsum(hits)
    precision, recall = right / np.arange(1, len(hits) + 1), right / boxes
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.mean([envelope[i] if i < len(envelope) else 0.0 for i in at]))
