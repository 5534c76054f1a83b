"""How good a detector is on labelled pictures, by the way the product runs it; no torch.

A folder is judged on the classes it labels, and on nothing else. AP is that of all detections down to `FLOOR` with
each class suppressed by itself, as everywhere; precision and recall are those of what the product reports: over the
catalogue's thresholds, one of several exclusive classes on a spot.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.base.errors import Invalid
from models.catalogue.weights import ModelEntry
from vision.engines.detector import Detector, Engine
from vision.evaluation.labels import Sample, known_classes, samples, splits_of
from vision.evaluation.tally import Tally
from vision.judging.detections import Boxes, Detections
from vision.pictures.decode import read_picture

FLOOR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """Quality of one class. Precision and recall hold at the catalogue's threshold and IoU 0.5."""

    ap50: float
    ap50_95: float
    precision: float | None
    recall: float
    boxes: int
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen in one picture: everything down to `FLOOR`, and what the product reports of it.

    Attributes:
        side: width and height of the picture in input pixels, (2,).
    """

    everything: Detections
    reported: Detections
    side: NDArray[np.float32]


Eye = Callable[[Path], Look]


@dataclass(slots=True)
class Records:
    """What was collected, by class: of everything, and of what is reported; the samples are numbered as they came."""

    everything: dict[str, Tally] = field(default_factory=dict)
    reported: dict[str, Tally] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample, look: Look, *, names: Iterable[str]) -> None:
        """Take in one picture, and what it says about the classes `names`: no others are labelled in it."""
        number, nothing = len(self.samples), np.empty((0, 4), np.float32)
        for name in names:
            truth: Boxes = sample.truth.get(name, nothing)
            for tallies, found in ((self.everything, look.everything), (self.reported, look.reported)):
                tally = tallies.setdefault(name, Tally())
                tally.add(number, found.only(frozenset({name})), truth, side=look.side)
        self.samples.append(sample)

    def figures(self) -> dict[str, ClassFigures]:
        """Figures of every class."""
        return {name: figures(tally, self.reported[name]) for name, tally in self.everything.items()}


class DetectorEye:
    """Looks as the product does: the frame decoded no larger than needed, a rectangle through the engine."""

    def __init__(self, entry: ModelEntry, engine: Engine) -> None:
        self._product = Detector(entry, engine)
        self._all = Detector(entry, engine, thresholds=dict.fromkeys(entry.classes, FLOOR), exclusive=False)
        self._side = entry.imgsz

    def __call__(self, path: Path) -> Look:
        """Look at a picture file."""
        picture = read_picture(path, long_side=self._side)
        (seen,) = self._product.see([picture])
        height, width = picture.shape[:2]
        side = np.array([width, height], np.float32) * seen.scale
        return Look(everything=self._all.read(seen), reported=self._product.read(seen), side=side)


def collect(
    eye: Eye, folder: Path, known: Mapping[int, str], *, split: str | None = None, into: Records | None = None
) -> Records:
    """Look at every picture of a folder and compare with its labels."""
    records = Records() if into is None else into
    names = tuple(dict.fromkeys(known.values()))
    for sample in samples(folder, known, split=split):
        records.add(sample, eye(sample.path), names=names)
    return records


def evaluate(entry: ModelEntry, engine: Engine, data: Path, *, split: str | None = None) -> Records:
    """Records of every class that the folder (or each of the folders in it) labels and the model knows.

    Raises:
        Invalid: a folder has another layout, or labels nothing that the model knows.
    """
    eye, records = DetectorEye(entry, engine), Records()
    for folder in folders_of(data, split=split):
        collect(eye, folder, known_classes(folder, entry.classes), split=split, into=records)
    return records


def folders_of(data: Path, *, split: str | None = None) -> list[Path]:
    """The labelled folders at `data`: itself, or those directly in it; of these with a `split` those that have it.

    Raises:
        Invalid: there is none.
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


def figures(everything: Tally, reported: Tally) -> ClassFigures:
    """Figures from what was collected."""
    aps = everything.ap()
    right = sum(bool(hit[0]) for hit in reported.hits)
    return ClassFigures(
        ap50=round(aps[0], 4),
        ap50_95=round(float(np.mean(aps)), 4),
        precision=round(right / len(reported.hits), 4) if reported.hits else None,
        recall=round(right / everything.boxes, 4) if everything.boxes else 0.0,
        boxes=everything.boxes,
        images=everything.images,
    )
