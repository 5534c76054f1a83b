"""Precision from verdicts, and the bar below which a code at a camera needs tuning. Pure."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from alerts.precision.interval import wilson
from models.catalogue.codes import Code
from models.domain.precision import HourCount

HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Verdicts on a code at a camera: confirmed ones, and those that were false alarms or no violations."""

    trues: int
    falses: int

    @property
    def n(self) -> int:
        """The number of verdicts."""
        return self.trues + self.falses

    @property
    def precision(self) -> float | None:
        """The share of confirmed ones; None without a verdict."""
        return self.trues / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the precision."""
        return wilson(self.trues, self.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The least precision of a code, and the number of verdicts that a figure needs."""

    least: float
    minimum: int

    def has_figure(self, figures: Figures) -> bool:
        """Return whether there are enough verdicts for a figure."""
        return figures.n >= self.minimum

    def is_missed(self, figures: Figures) -> bool:
        """Return whether there are enough verdicts, and their precision is below the bar."""
        return self.has_figure(figures) and figures.precision is not None and figures.precision < self.least


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What every proposal has to keep to.

    Attributes:
        window: verdicts older than this do not count.
        least_gone: least share of the false alarms that a proposal keeps away.
        most_lost: largest share of the true ones that it may lose.
        hour_minimum: verdicts that the figure of one hour of the day needs.
    """

    window: timedelta
    least_gone: float
    most_lost: float
    hour_minimum: int


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("alerts.precision").joinpath("bars.toml").read_text("utf-8"))


def bar_of(entry: Code) -> Bar:
    """Return the bar of a code: its own, else that of its severity."""
    table = _table()
    return Bar(**table["code"].get(entry.code, table["severity"][entry.severity.value]))


@cache
def limits() -> Limits:
    """Return the limits of proposals."""
    table = _table()
    return Limits(
        window=timedelta(days=table["window"]["days"]), hour_minimum=table["hour"]["minimum"], **table["replay"]
    )


def total(counts: Iterable[HourCount]) -> Figures:
    """Return the figures of several counts together."""
    known = list(counts)
    return Figures(trues=sum(one.trues for one in known), falses=sum(one.falses for one in known))


def by_hour(counts: Iterable[HourCount]) -> tuple[Figures, ...]:
    """Return the figures of each local hour, 0 to 23."""
    found: list[list[HourCount]] = [[] for _ in range(HOURS)]
    for one in counts:
        found[one.hour].append(one)
    return tuple(total(hour) for hour in found)
