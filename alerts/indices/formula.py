"""An index from counted facts: the same inputs give the same digits on every machine. Pure.

Sums and ratios are exact fractions; what is rounded, is rounded half to even from decimals of 28 digits. So neither the
order of the inputs nor the processor changes a digit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any, Self

from alerts.indices.formula_files import Formula, Indicator
from models.base.errors import Invalid
from models.catalogue.index_terms import IndexBand

_CONTEXT = Context(prec=28, rounding=ROUND_HALF_EVEN)
_VALUE, _SCORE, _MEDIAN = Decimal("0.0001"), Decimal("0.01"), Decimal("0.000001")
_HUNDRED_HOURS = 6000
"""Minutes in 100 camera hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """k of n; for the intensity of violations: k points in n minutes."""

    k: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that an index depends on.

    Attributes:
        counts: k and n of each indicator; without one, or with n = 0, the indicator is not available, or has
            the mean (`Indicator.mean_if`).
        means: k and n of each indicator, summed over all subjects that are compared.
        median: their median of points in 100 camera hours; None if nobody has cameras.
        facts: what caps look at; a missing one is 0.
    """

    counts: Mapping[str, Count]
    means: Mapping[str, Count]
    median: Decimal | None
    facts: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the form that is stored and hashed."""
        return {
            "counts": {name: [one.k, one.n] for name, one in sorted(self.counts.items())},
            "means": {name: [one.k, one.n] for name, one in sorted(self.means.items())},
            "median": None if self.median is None else str(self.median),
            "facts": dict(sorted(self.facts.items())),
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(
            counts={name: Count(k=k, n=n) for name, (k, n) in stored["counts"].items()},
            means={name: Count(k=k, n=n) for name, (k, n) in stored["means"].items()},
            median=None if stored["median"] is None else Decimal(stored["median"]),
            facts=dict(stored["facts"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An index.

    Attributes:
        score: 0–100 with two decimals; None if less than enough weight is available.
        available: the weight of the indicators that have a value.
        values: the value of each indicator, 0–100 with four decimals; None if it is not available.
        caps: the facts that limited the index.
    """

    score: Decimal | None
    band: IndexBand
    available: int
    values: Mapping[str, Decimal | None]
    caps: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the form that is stored and hashed."""
        return {
            "score": None if self.score is None else str(self.score),
            "band": self.band.value,
            "available": self.available,
            "values": {name: None if value is None else str(value) for name, value in sorted(self.values.items())},
            "caps": list(self.caps),
        }


def evaluate(formula: Formula, inputs: Inputs) -> Result:
    """Return the index.

    Raises:
        Invalid: a count is negative, or a ratio has k > n.
    """
    with localcontext(_CONTEXT):
        values = {one.name: _value(formula, one, inputs) for one in formula.indicators}
        known = [(one.weight, values[one.name]) for one in formula.indicators]
        available = sum(weight for weight, value in known if value is not None)
        if available < formula.enough:
            return Result(score=None, band=IndexBand.insufficient, available=available, values=values, caps=())
        score = sum((weight * value for weight, value in known if value is not None), Decimal(0)) / available
        capped, applied = capped_by(formula, score, inputs.facts)
    return Result(
        score=capped,
        band=band_of(formula, capped),
        available=available,
        values=values,
        caps=applied,
    )


def band_of(formula: Formula, score: Decimal) -> IndexBand:
    """Return the band of an index."""
    return next(one.name for one in formula.bands if score >= one.least)


def capped_by(formula: Formula, score: Decimal, facts: Mapping[str, int]) -> tuple[Decimal, tuple[str, ...]]:
    """Return an index of two decimals after the caps, and the facts that limit it."""
    applied = [cap for cap in formula.caps if facts.get(cap.fact, 0) >= cap.least]
    limited = min([score, *(cap.at_most for cap in applied)]).quantize(_SCORE, context=_CONTEXT)
    return limited, tuple(sorted(cap.fact for cap in applied))


def sum_of(counts: Iterable[Count]) -> Count:
    """Return the sum of counts; its ratio is the mean over all that was counted."""
    found = list(counts)
    return Count(k=sum(one.k for one in found), n=sum(one.n for one in found))


def median_density(counts: Iterable[Count]) -> Decimal | None:
    """Return the median of points in 100 camera hours over those with minutes; None if there are none."""
    found = sorted(_density(one) for one in counts if one.n > 0)
    if not found:
        return None
    middle = (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2
    return _decimal(middle).quantize(_MEDIAN, context=_CONTEXT)


def first_difference(before: object, after: object, path: str = "") -> str | None:
    """Return where two JSON values differ first, in order of their names; None if they are equal."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            found = first_difference(before.get(name), after.get(name), f"{path}.{name}" if path else str(name))
            if found is not None:
                return found
        return None
    return None if before == after else f"{path}: stored {before!r}, computed {after!r}"


def _value(formula: Formula, indicator: Indicator, inputs: Inputs) -> Decimal | None:
    count = inputs.counts.get(indicator.name, Count(k=0, n=0))
    factor = _factor(formula, indicator, inputs)
    if count.n == 0 and factor is None and not _has_mean(indicator, inputs):
        return None
    _check(indicator, count)
    match indicator.method:
        case "intensity":
            spread = max(inputs.median or Decimal(0), indicator.least_median)
            return (100 * (-_decimal(_density(count)) / spread).exp()).quantize(_VALUE)
        case "shrunk":
            mean = inputs.means.get(indicator.name, count)
            _check(indicator, mean)
            ratio = _shrunk(formula, count, mean) * (1 if factor is None else factor)
        case _:
            ratio = Fraction(count.k, count.n)
    return _decimal(100 * ratio).quantize(_VALUE)


def _shrunk(formula: Formula, count: Count, mean: Count) -> Fraction:
    """Return the ratio of a count, mixed with that of all; without either 1, which a factor of 0 makes 0."""
    if not mean.n:
        mean = count if count.n else Count(k=1, n=1)
    return (count.k + formula.prior * Fraction(mean.k, mean.n)) / (count.n + formula.prior)


def _factor(formula: Formula, indicator: Indicator, inputs: Inputs) -> Fraction | None:
    """Return the ratio that an indicator's is multiplied with; None if it has none, or that one counts nothing."""
    count = inputs.counts.get(indicator.times, Count(k=0, n=0))
    if not indicator.times or count.n == 0:
        return None
    mean = inputs.means.get(indicator.times, count)
    _check(indicator, count)
    _check(indicator, mean)
    return _shrunk(formula, count, mean)


def _has_mean(indicator: Indicator, inputs: Inputs) -> bool:
    """Return whether an indicator that counts nothing has the mean as its value."""
    other, mean = inputs.counts.get(indicator.mean_if), inputs.means.get(indicator.name)
    return other is not None and other.n > 0 and mean is not None and mean.n > 0


def _check(indicator: Indicator, count: Count) -> None:
    if count.k < 0 or count.n < 0 or (indicator.method != "intensity" and count.k > count.n):
        raise Invalid(f"{indicator.name}: k = {count.k}, n = {count.n}; expected 0 <= k <= n")


def _density(count: Count) -> Fraction:
    return Fraction(count.k * _HUNDRED_HOURS, count.n)


def _decimal(value: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
