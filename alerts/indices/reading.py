"""The numbers behind a stored index, indicator by indicator, for those who read it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.indices.formula_files import Indicator, formula
from alerts.indices.ranking import is_last
from models.domain.indices import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One indicator of an index.

    Attributes:
        quarter: `q1` … `q4` for a cadre's year; else empty.
        k, n: what was counted; None if nothing is known.
        value: 0–100 with four decimals, as it was stored; None if the weight does not count.
        times_k, times_n: what was counted of its factor (`Indicator.times`).
        mean: percent of all that are compared, with one decimal; None for an intensity, and where nobody is compared.
    """

    quarter: str
    indicator: Indicator
    k: int | None
    n: int | None
    value: str | None
    mean: str | None
    times_k: int | None = None
    times_n: int | None = None


def place_of(row: Snapshot) -> int | None:
    """Return the place that was stored with a region's index, among the counties of its city; else None."""
    found = row.inputs["facts"].get("place")
    return None if found is None else int(found)


def is_one_of_the_last(row: Snapshot) -> bool:
    """Return whether a region is one of the last three of its city."""
    return is_last(place_of(row), row.inputs["facts"].get("of", 0))


def lines_of(row: Snapshot) -> list[Line]:
    """Return the indicators of an index in the order of its formula; for a year by quarter."""
    if "months" in row.inputs:  # an evaluation is the mean of its months
        return []
    if "quarters" in row.inputs:
        return [
            line
            for quarter, inputs in sorted(row.inputs["quarters"].items())
            for line in _lines(row.formula, inputs, row.result["quarters"][quarter], quarter)
        ]
    return _lines(row.formula, row.inputs, row.result, "")


def _lines(version: str, inputs: Mapping[str, Any], result: Mapping[str, Any], quarter: str) -> list[Line]:
    found = []
    for one in formula(version).indicators:
        k, n = inputs["counts"].get(one.name, (None, None))
        mean_k, mean_n = inputs["means"].get(one.name, (0, 0))
        mean = None if one.method == "intensity" or not mean_n else f"{100 * mean_k / mean_n:.1f}"
        times_k, times_n = inputs["counts"].get(one.times, (None, None))
        value = result["values"].get(one.name)
        line = Line(quarter=quarter, indicator=one, k=k, n=n, value=value, mean=mean, times_k=times_k, times_n=times_n)
        found.append(line)
    return found
