"""Tell a real difference of two detectors from chance: average precision over films that are drawn again and again.

Frames of one film resemble each other, so that films are drawn, not pictures; a picture of no known film is one of its
own. Both detectors are judged on the same draw (the paired bootstrap: Efron and Tibshirani, *An Introduction to the
Bootstrap*, 1993, chapters 6 and 13), because what makes a draw hard is hard for both.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.base.errors import Invalid
from vision.evaluation import Records
from vision.evaluation.labels import Sample
from vision.evaluation.tally import Tally, average_precision

DRAWS: Final = 1000
SURE: Final = 0.95
"""Share of the draws whose differences the interval holds."""
FEWEST: Final = 10
"""Fewest films with a true box for an interval: draws of fewer films are too alike, so it would be too narrow."""
_SEED: Final = 20260212
"""Of the draws, so that the same pictures and weights always have the same interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How AP at IoU 0.5 of one class differs from that of other weights on the same pictures.

    Attributes:
        ap50, other: of these weights, and of the others.
        low, high: interval of the difference that holds `SURE` of the draws; None with fewer than `FEWEST` films.
        films: number of films with a true box.
    """

    ap50: float
    other: float
    low: float | None
    high: float | None
    boxes: int
    films: int

    @property
    def difference(self) -> float:
        """How much better these weights are."""
        return round(self.ap50 - self.other, 4)

    @property
    def verdict(self) -> str:
        """better, worse, chance (the interval holds a difference of 0), or few: too few films to tell."""
        if self.low is None or self.high is None:
            return "few"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "chance"

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON types, with what follows from it."""
        return {**asdict(self), "difference": self.difference, "verdict": self.verdict}


def compared(these: Records, others: Records, *, draws: int = DRAWS) -> dict[str, Difference]:
    """Return class → difference, for each class with a true box that both detectors have.

    Raises:
        Invalid: the records are of different pictures.
    """
    if [sample.path for sample in these.samples] != [sample.path for sample in others.samples]:
        raise Invalid("expected the records of both weights to be of the same pictures")
    films = _films(these.samples)
    return {
        name: _difference(tally, others.everything[name], films, draws)
        for name, tally in these.everything.items()
        if name in others.everything and tally.boxes
    }


def _films(samples: Sequence[Sample]) -> NDArray[np.intp]:
    """Return the number of the film that each picture (P,) is of."""
    names = [(sample.path.parent, sample.source or sample.path.name) for sample in samples]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], np.intp)


def _difference(tally: Tally, other: Tally, films: NDArray[np.intp], draws: int) -> Difference:
    true_films = films[np.array(tally.true_pictures, np.intp)]
    having = len(set(true_films.tolist()))
    low = high = None
    if having >= FEWEST:
        random, count = np.random.default_rng(_SEED), int(films.max()) + 1
        sides = [_Side(tally, films, true_films), _Side(other, films, true_films)]
        differences: list[float] = []
        while len(differences) < draws:
            times = np.bincount(random.integers(0, count, count), minlength=count)
            if times[true_films].any():
                mine, theirs = (side.ap(times) for side in sides)
                differences.append(mine - theirs)
        low, high = (round(float(q), 4) for q in np.quantile(differences, [(1 - SURE) / 2, (1 + SURE) / 2]))
    return Difference(
        ap50=round(tally.ap()[0], 4), other=round(other.ap()[0], 4), low=low, high=high, boxes=tally.boxes, films=having
    )


class _Side:
    """The detections of one class by one detector, best first."""

    def __init__(self, tally: Tally, films: NDArray[np.intp], true_films: NDArray[np.intp]) -> None:
        order = np.argsort(-np.array(tally.scores), kind="stable")
        self._hits = np.array([hit[0] for hit in tally.hits], bool)[order]
        self._films = films[np.array(tally.pictures, np.intp)[order]]
        self._true_films = true_films

    def ap(self, times: NDArray[np.intp]) -> float:
        """Return the average precision where each film is there so many `times` (F,)."""
        hits = np.repeat(self._hits, times[self._films])
        return average_precision(hits, int(times[self._true_films].sum())) if hits.size else 0.0
