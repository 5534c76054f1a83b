"""The formulas of indices (指标、计算方法、分值权重): read from `formulas/*.toml` and checked. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

from models.base.errors import Invalid
from models.catalogue.index_terms import IndexBand, IndexKind
from models.catalogue.terms import Severity, label

METHODS = frozenset({"shrunk", "plain", "intensity"})
CURRENT = {
    IndexKind.entity: "entity.2026.2",
    IndexKind.cadre: "cadre.2026.3",
    IndexKind.region: "region.2026.3",
}
"""The formula that a new index of each kind is computed with."""
_HEAD = frozenset({"formula_version", "kind", "standard", "label", "enough", "prior", "indicator", "cap", "band"})
_INDICATOR = frozenset({"name", "label", "weight", "method", "numerator", "denominator"})
_CAP = frozenset({"fact", "label", "least", "at_most"})
_NAME = re.compile(r"[a-z]+\.[0-9]{4}\.[0-9]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator: what k and n are, how they become a value of 0–100, and how much it weighs.

    Attributes:
        least_median: the least median that an intensity is compared with, in points in 100 camera hours.
        points: the points of a violation by severity; empty for ratios.
        times: a count whose ratio this one's is multiplied with, with its label; empty: none. Where it counts nothing,
            this one's ratio stands alone; where this one counts nothing and that one does, the mean stands for it.
        mean_if: an indicator; where it is available and this one has nothing to count, the mean is the value. Empty:
            this one is not available then.
    """

    name: str
    label: str
    weight: int
    method: str
    numerator: str
    denominator: str
    least_median: Decimal
    points: Mapping[str, int]
    mean_if: str
    times: str = ""
    times_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A fact that limits the index: from `least` on it is at most `at_most`."""

    fact: str
    label: str
    least: int
    at_most: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A band of the index, with its Chinese name in this formula."""

    name: IndexBand
    label: str
    least: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One version of a formula.

    Attributes:
        standard: id of the standard that it follows, or `design`.
        enough: the least available weight for an index.
        prior: how many observations of the city's ratio a shrunk ratio is mixed with.
        bands: the best first.
    """

    version: str
    kind: IndexKind
    standard: str
    label: str
    enough: int
    prior: int
    indicators: tuple[Indicator, ...]
    caps: tuple[Cap, ...]
    bands: tuple[Band, ...]

    @property
    def counted(self) -> tuple[str, ...]:
        """The names of everything that its indicators count."""
        return (*(one.name for one in self.indicators), *(one.times for one in self.indicators if one.times))

    def band_label(self, name: IndexBand) -> str:
        """Return what the formula calls a band."""
        return next((one.label for one in self.bands if one.name is name), label(name))


@cache
def formula(version: str) -> Formula:
    """Return a shipped formula.

    Raises:
        Invalid: there is no such version.
    """
    folder = files("alerts.indices").joinpath("formulas")
    file = folder.joinpath(f"{version}.toml")
    if not _NAME.fullmatch(version) or not file.is_file():
        known = sorted(one.name.removesuffix(".toml") for one in folder.iterdir())
        raise Invalid(f"formula {version!r}: expected one of {', '.join(known)}")
    found = read_formula(file.read_text("utf-8"))
    if found.version != version:
        raise Invalid(f"formula {version}: the file says formula_version = {found.version!r}")
    return found


def read_formula(text: str) -> Formula:
    """Read and check a formula.

    Raises:
        Invalid: a key is missing or unknown, a weight is no whole number above 0, a name stands twice, or the bands
            are out of order; the message says which.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"formula: expected TOML: {error}") from None
    _keys("formula", data, _HEAD)
    if data["kind"] not in set(IndexKind):
        raise Invalid(f"kind {data['kind']!r}: expected one of {', '.join(IndexKind)}")
    indicators = tuple(_indicator(row) for row in data["indicator"])
    names = [one.name for one in indicators]
    if not names or len(set(names)) != len(names):
        raise Invalid("indicator: expected at least one, each name once")
    if wrong := {one.mean_if for one in indicators} - {"", *(one.name for one in indicators if not one.mean_if)}:
        raise Invalid(f"mean_if {min(wrong)!r}: expected the name of an indicator that has none itself")
    if any((one.mean_if or one.times) and one.method != "shrunk" for one in indicators):
        raise Invalid("mean_if, times: expected only where the method is shrunk")
    if any(one.times in names for one in indicators):
        raise Invalid("times: expected a count that is no indicator itself")
    enough = _whole("enough", data["enough"])
    if enough > sum(one.weight for one in indicators):
        raise Invalid(f"enough {enough}: more than all weights together")
    return Formula(
        version=str(data["formula_version"]),
        kind=IndexKind(data["kind"]),
        standard=str(data["standard"]),
        label=str(data["label"]),
        enough=enough,
        prior=_whole("prior", data["prior"]),
        indicators=indicators,
        caps=tuple(_cap(row) for row in data["cap"]),
        bands=_bands(data["band"]),
    )


def _indicator(row: dict[str, Any]) -> Indicator:
    where = f"indicator {row.get('name')!r}"
    with_median = row.get("method") == "intensity"
    more = {"least_median", "points"} if with_median else {"mean_if"} & set(row)
    more |= {"times", "times_label"} if "times" in row else set()
    _keys(where, row, _INDICATOR | more)
    if row["method"] not in METHODS:
        raise Invalid(f"{where}: method {row['method']!r}, expected one of {', '.join(sorted(METHODS))}")
    least = _number(where, row["least_median"]) if with_median else Decimal(0)
    if with_median and least <= 0:
        raise Invalid(f"{where}: least_median must be above 0")
    points = row.get("points", {})
    if with_median and set(points) != set(Severity):
        raise Invalid(f"{where}: points, expected one number for each of {', '.join(Severity)}")
    texts = {name: str(row[name]) for name in ("name", "label", "method", "numerator", "denominator")}
    return Indicator(
        **texts,
        weight=_whole(f"{where}: weight", row["weight"]),
        least_median=least,
        mean_if=str(row.get("mean_if", "")),
        times=str(row.get("times", "")),
        times_label=str(row.get("times_label", "")),
        points={name: _whole(f"{where}: points", value) for name, value in points.items()},
    )


def _cap(row: dict[str, Any]) -> Cap:
    where = f"cap {row.get('fact')!r}"
    _keys(where, row, _CAP)
    at_most = _number(where, row["at_most"])
    if not 0 <= at_most <= 100:  # noqa: PLR2004 - the range of an index
        raise Invalid(f"{where}: at_most {at_most}, expected 0–100")
    return Cap(fact=row["fact"], label=row["label"], least=_whole(f"{where}: least", row["least"]), at_most=at_most)


def _bands(rows: list[dict[str, Any]]) -> tuple[Band, ...]:
    for row in rows:
        _keys(f"band {row.get('name')!r}", row, frozenset({"name", "label", "least"}))
        if row["name"] not in set(IndexBand) - {IndexBand.insufficient}:
            raise Invalid(f"band {row['name']!r}: expected one of {', '.join(IndexBand)}")
    found = tuple(
        Band(name=IndexBand(row["name"]), label=str(row["label"]), least=_number("band", row["least"])) for row in rows
    )
    limits = [one.least for one in found]
    if not limits or limits != sorted(set(limits), reverse=True) or limits[-1] != 0:
        raise Invalid("band: expected the best first, each `least` once, the last one 0")
    return found


def _keys(where: str, row: dict[str, Any], expected: frozenset[str]) -> None:
    if wrong := set(row) ^ expected:
        raise Invalid(f"{where}: wrong or missing {', '.join(sorted(wrong))}")


def _whole(where: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:  # noqa: PLR2004 - sane bounds
        raise Invalid(f"{where} {value!r}: expected a whole number of 1–1000")
    return value


def _number(where: str, value: object) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Invalid(f"{where}: {value!r} is no number")
    return found
