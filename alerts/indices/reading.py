"""The numbers behind a stored index, indicator by indicator, for those who read it. Pure."""

from dataclasses import dataclass

from alerts.indices.formula_files import Indicator, formula
from models.domain.indices import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One indicator of an index.

    Attributes:
        k, n: what was counted; None if nothing is known.
        value: 0–100 with four decimals, as it was stored; None if the weight does not count.
        mean: percent of all that are compared, with one decimal; None for an intensity.
    """

    indicator: Indicator
    k: int | None
    n: int | None
    value: str | None
    mean: str | None


def lines_of(row: Snapshot) -> list[Line]:
    """Return the indicators of an index in the order of its formula."""
    return [_line(one, row) for one in formula(row.formula).indicators]


def _line(indicator: Indicator, row: Snapshot) -> Line:
    k, n = row.inputs["counts"].get(indicator.name, (None, None))
    mean_k, mean_n = row.inputs["means"].get(indicator.name, (0, 0))
    shown = None if indicator.method == "intensity" or not mean_n else f"{100 * mean_k / mean_n:.1f}"
    return Line(indicator=indicator, k=k, n=n, value=row.result["values"].get(indicator.name), mean=shown)
