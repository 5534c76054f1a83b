"""Quality of a detector in detail: by size of objects, by film, by light; and the calibration of its scores."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from vision.evaluation import Records
from vision.evaluation.tally import Tally

SIZES: Final = (("small", 32.0), ("medium", 96.0), ("large", float("inf")))
"""Name of a size, and √area in input pixels below which an object has it (COCO's limits)."""
DARK, BRIGHT = 70.0, 170.0
"""Mean grey level (0–255) below which a picture is dark, and from which it is bright."""
GREY: Final = 12.0
"""Mean difference of the colour channels below which a picture counts as infrared or grey."""
_BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Quality on a part of the pictures or objects."""

    ap50: float
    recall_at_any_score: float
    boxes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Detections in one range of scores: their number, mean score, and the share of right ones."""

    count: int
    score: float
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Calibration of scores. `error` is the expected calibration error: the mean of |score - share of right ones|."""

    error: float
    bins: tuple[Bin, ...]


def by_size(records: Records) -> dict[str, dict[str, Part]]:
    """Return class → size → quality. A detection has the size of the object that it found, else its own."""
    return {
        name: _parts(tally, [size_of(s) for s in tally.sizes], [size_of(s) for s in tally.true_sizes])
        for name, tally in records.everything.items()
    }


def by_source(records: Records) -> dict[str, dict[str, Part]]:
    """Return class → film → quality, with the names of films in `sources.csv`."""
    return _by_picture(records, [sample.source or "?" for sample in records.samples])


def by_light(records: Records) -> dict[str, dict[str, Part]]:
    """Return class → light → quality: dark, normal, bright, or grey (infrared, or without colour)."""
    return _by_picture(records, [light_of(sample.path) for sample in records.samples])


def size_of(side: float) -> str:
    """Return the name of a size, given √area in input pixels."""
    return next(name for name, limit in SIZES if side < limit)


def light_of(path: Path) -> str:
    """Return the light of a picture file."""
    small = cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_8)
    if small is None:
        return "normal"
    picture = np.asarray(small, np.float32)
    if float((picture.max(axis=2) - picture.min(axis=2)).mean()) < GREY:
        return "grey"
    level = float(picture.mean())
    return "dark" if level < DARK else "bright" if level >= BRIGHT else "normal"


def _by_picture(records: Records, groups: Sequence[str]) -> dict[str, dict[str, Part]]:
    return {
        name: _parts(tally, [groups[i] for i in tally.pictures], [groups[i] for i in tally.true_pictures])
        for name, tally in records.everything.items()
    }


def _parts(tally: Tally, of_found: Sequence[str], of_true: Sequence[str]) -> dict[str, Part]:
    return {
        group: _part(tally.part(np.array(of_found) == group, np.array(of_true) == group))
        for group, _ in Counter(of_true).most_common()
    }


def _part(tally: Tally) -> Part:
    found = sum(score >= 0 for score in tally.true_scores)
    return Part(
        ap50=round(tally.ap()[0], 4), recall_at_any_score=round(found / max(tally.boxes, 1), 4), boxes=tally.boxes
    )


def reliability(records: Records, *, floor: float = 0.1) -> Reliability:
    """Return the calibration of scores from `floor` on, over all classes."""
    pairs = [
        (score, bool(hit[0]))
        for tally in records.everything.values()
        for score, hit in zip(tally.scores, tally.hits, strict=True)
        if score >= floor
    ]
    bins = []
    for low in np.linspace(0, 1, _BINS, endpoint=False):
        inside = [(score, right) for score, right in pairs if low <= score < low + 1 / _BINS]
        if inside:
            scores, rights = zip(*inside, strict=True)
            bins.append(
                Bin(
                    count=len(inside),
                    score=round(float(np.mean(scores)), 4),
                    precision=round(float(np.mean(rights)), 4),
                )
            )
    error = sum(b.count * abs(b.score - b.precision) for b in bins) / max(len(pairs), 1)
    return Reliability(error=round(error, 4), bins=tuple(bins))


def as_json(records: Records) -> dict[str, Any]:
    """Return all details as JSON types."""
    parts = {"by_size": by_size(records), "by_light": by_light(records), "by_film": by_source(records)}
    told = {
        key: {name: {part: asdict(value) for part, value in of.items()} for name, of in by_class.items()}
        for key, by_class in parts.items()
    }
    return {**told, "reliability": asdict(reliability(records))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A confident detection of nothing ("false"), or a large object that was not found ("missed")."""

    kind: str
    name: str
    path: Path
    score: float
    place: tuple[float, float, float, float]


def mistakes(records: Records, *, most: int) -> list[Mistake]:
    """Return the worst mistakes, at most `most` per class: half false ones by score, half missed ones by size."""
    return [found for name, tally in records.everything.items() for found in _of_class(records, name, tally, most)]


def _of_class(records: Records, name: str, tally: Tally, most: int) -> list[Mistake]:
    false = [i for i, hit in enumerate(tally.hits) if not hit[0]]
    missed = [i for i, score in enumerate(tally.true_scores) if score < 0]
    worst = sorted(false, key=lambda i: -tally.scores[i])[: most // 2]
    largest = sorted(missed, key=lambda i: -tally.true_sizes[i])[: most // 2]
    return [
        *(_mistake(records, "false", name, tally.pictures[i], tally.scores[i], tally.places[i]) for i in worst),
        *(_mistake(records, "missed", name, tally.true_pictures[i], 0.0, tally.true_places[i]) for i in largest),
    ]


def _mistake(records: Records, kind: str, name: str, picture: int, score: float, place: list[float]) -> Mistake:
    x0, y0, x1, y1 = place
    path = records.samples[picture].path
    return Mistake(kind=kind, name=name, path=path, score=score, place=(x0, y0, x1, y1))
