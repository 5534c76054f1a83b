"""Measure a detector on labelled pictures, run in the way of the product; no torch.

A folder is evaluated only on the classes that it labels. AP is that of all detections down to `FLOOR`, with
suppression within each class, as is usual; precision and recall are those of what the product reports: above the
catalogue's thresholds, and one of several exclusive classes on a spot.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.base.errors import Invalid
from models.catalogue.weights import ModelEntry
from vision.closeups.second_look import CloseUps
from vision.engines.detector import EXCLUSIVE, Detector, Engine
from vision.evaluation.closeups import not_refuted, rescored
from vision.evaluation.labels import Sample, known_classes, samples, splits_of
from vision.evaluation.tally import IOUS, Tally
from vision.judging.detections import Boxes, Detections, iou, merged
from vision.pictures.decode import MAX_SIDE, Picture, read_picture
from vision.rounds.heads import HeadRounds, small_heads
from vision.rounds.rounds import Rounds, shape_of

FLOOR = 0.01
_EXCLUDING = defaultdict(frozenset[str], {name: group - {name} for group in EXCLUSIVE for name in group})
"""Class → the classes that exclude it on the same spot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """Quality of one class. Precision, recall and `opposite` are at the catalogue's thresholds and IoU 0.5.

    `opposite` counts the true boxes that are reported as a class that excludes theirs, and not as their own: a hat as
    a bare head.
    """

    ap50: float
    ap50_95: float
    precision: float | None
    recall: float
    opposite: int
    boxes: int
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The detections in one picture: all down to `FLOOR`, and those that the product reports.

    Attributes:
        side: width and height of the picture in input pixels, (2,).
    """

    everything: Detections
    reported: Detections
    side: NDArray[np.float32]


Eye = Callable[[Path], Look]


@dataclass(slots=True)
class Records:
    """Collected results by class: of all detections, and of the reported ones; samples are numbered in order.

    `opposite` counts true boxes, see `ClassFigures`.
    """

    everything: dict[str, Tally] = field(default_factory=dict)
    reported: dict[str, Tally] = field(default_factory=dict)
    opposite: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample, look: Look, *, names: Iterable[str]) -> None:
        """Add one picture with its results for the classes `names`; no others are labelled in it."""
        number, nothing = len(self.samples), np.empty((0, 4), np.float32)
        for name in names:
            truth: Boxes = sample.truth.get(name, nothing)
            for tallies, found in ((self.everything, look.everything), (self.reported, look.reported)):
                tally = tallies.setdefault(name, Tally())
                tally.add(number, found.only(frozenset({name})), truth, side=look.side)
            unfound = np.array(self.reported[name].true_scores[len(self.reported[name].true_scores) - len(truth) :]) < 0
            others = iou(truth, look.reported.only(_EXCLUDING[name]).boxes) >= IOUS[0]
            self.opposite[name] += int((unfound & others.any(axis=1)).sum())
        self.samples.append(sample)

    def figures(self) -> dict[str, ClassFigures]:
        """Return the figures of every class."""
        return {
            name: figures(tally, self.reported[name], opposite=self.opposite[name])
            for name, tally in self.everything.items()
        }


class DetectorEye:
    """Detects in the way of the product: the frame decoded no larger than needed, a rectangle as engine input.

    With `closeups`, every detection is looked at a second time, as a rule does before it opens. With `rounds`, every
    picture is one whose turn it is.
    """

    def __init__(
        self, entry: ModelEntry, engine: Engine, *, closeups: CloseUps | None = None, rounds: Rounds | None = None
    ) -> None:
        self._product = Detector(entry, engine)
        self._all = Detector(entry, engine, thresholds=dict.fromkeys(entry.classes, FLOOR), exclusive=False)
        self._side, self._closeups, self._rounds = entry.imgsz, closeups, rounds
        self._over = self._near = None
        if rounds is not None and rounds.frames is not None:
            self._over = DetectorEye(rounds.frames.entry, rounds.frames.engine)
        if rounds is not None and rounds.heads is not None:
            entry, engine = rounds.heads.entry, rounds.heads.engine
            self._near = HeadRounds(entry, engine, thresholds=dict.fromkeys(entry.classes, FLOOR))

    def __call__(self, path: Path) -> Look:
        """Return the detections in a picture file."""
        picture = read_picture(path, long_side=self._side)
        (seen,) = self._product.see([picture])
        height, width = picture.shape[:2]
        side = np.array([width, height], np.float32) * seen.scale
        everything, reported = self._all.read(seen), self._product.read(seen)
        if self._closeups is not None:
            whole = read_picture(path, long_side=MAX_SIDE)
            everything = rescored(everything, whole, self._closeups)
            reported = not_refuted(reported, whole, self._closeups)
        if self._rounds is not None:
            everything, reported = self._rounded(path, picture, everything, reported)
        return Look(everything=everything, reported=reported, side=side)

    def _rounded(
        self, path: Path, picture: Picture, everything: Detections, reported: Detections
    ) -> tuple[Detections, Detections]:
        """Return what is found with the rounds: everything, and what is reported."""
        rounds = self._rounds
        if rounds is not None and rounds.frames is not None and self._over is not None:
            over = self._over(path)
            everything = rounds.frames.instead(everything, over.everything)
            reported = rounds.frames.instead(reported, over.reported)
        heads = small_heads(reported, shape_of(picture))
        if self._near is not None and len(heads):
            whole = read_picture(path, long_side=MAX_SIDE)
            near = self._near.look(heads, shape_of(picture), lambda _: whole)
            everything = merged(everything, near)
            least = self._near.entry.thresholds
            sure = [i for i, name in enumerate(near.names) if near.scores[i] >= least[name]]
            reported = merged(reported, near.at(sure))
        return everything, reported


def collect(
    eye: Eye, folder: Path, known: Mapping[int, str], *, split: str | None = None, into: Records | None = None
) -> Records:
    """Detect in every picture of a folder and compare with its labels; return the records."""
    records = Records() if into is None else into
    names = tuple(dict.fromkeys(known.values()))
    for sample in samples(folder, known, split=split):
        records.add(sample, eye(sample.path), names=names)
    return records


def evaluate(
    entry: ModelEntry,
    engine: Engine,
    data: Path,
    *,
    split: str | None = None,
    closeups: CloseUps | None = None,
    rounds: Rounds | None = None,
) -> Records:
    """Return the records of every class that the folder, or the folders in it, label and the model has.

    Raises:
        Invalid: a folder has another layout, or labels no class that the model has.
    """
    eye, records = DetectorEye(entry, engine, closeups=closeups, rounds=rounds), Records()
    for folder in folders_of(data, split=split):
        collect(eye, folder, known_classes(folder, entry.classes), split=split, into=records)
    return records


def folders_of(data: Path, *, split: str | None = None) -> list[Path]:
    """Return the labelled folders at `data`: itself, or those directly in it; with a `split`, those that have it.

    Raises:
        Invalid: there are none.
    """
    if (data / "classes.txt").exists():
        return [data]
    found = sorted(path.parent for path in data.glob("*/classes.txt"))
    if not found:
        raise Invalid(f"{data}: expected classes.txt, images/ and labels/, or folders that have these")
    having = found if split is None else [folder for folder in found if split in splits_of(folder)]
    if not having:
        raise Invalid(f"{data}: no folder in it has a split {split!r} in its sources.csv")
    return having


def figures(everything: Tally, reported: Tally, *, opposite: int = 0) -> ClassFigures:
    """Return the figures of collected results."""
    aps = everything.ap()
    right = sum(bool(hit[0]) for hit in reported.hits)
    return ClassFigures(
        ap50=round(aps[0], 4),
        ap50_95=round(float(np.mean(aps)), 4),
        precision=round(right / len(reported.hits), 4) if reported.hits else None,
        recall=round(right / everything.boxes, 4) if everything.boxes else 0.0,
        opposite=opposite,
        boxes=everything.boxes,
        images=everything.images,
    )
