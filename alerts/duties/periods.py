"""Periods of supervision by tier and preset: which one a moment lies in. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from models.base.clock import SHANGHAI
from models.base.errors import Invalid

_MONTHS = {"quarter": 3, "half": 6, "year": 12}
_LETTER = {"quarter": "Q", "half": "H"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A quarter, half-year or year of local time, from `start` to before `end`."""

    key: str
    start: datetime
    end: datetime


def period_of(at: datetime, *, preset: str, tier: str) -> Period:
    """Return the period of a tier that a moment lies in.

    Raises:
        Invalid: there is no such preset or tier.
    """
    every = preset_of(preset).get(tier)
    if every not in _MONTHS:
        raise Invalid(f"tier {tier!r}: expected A, B, C or D")
    local, months = at.astimezone(SHANGHAI), _MONTHS[every]
    first, after = months_around(local.date(), months)
    start, end = (datetime(one.year, one.month, one.day, tzinfo=SHANGHAI) for one in (first, after))
    letter, number = _LETTER.get(every), (local.month - 1) // months + 1
    return Period(key=f"{local.year}" if letter is None else f"{local.year}{letter}{number}", start=start, end=end)


def months_around(day: date, months: int) -> tuple[date, date]:
    """Return the first day of the month, quarter, half-year or year that a day lies in, and the first day after it."""
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    ends = first.month - 1 + months
    return first, date(first.year + ends // 12, ends % 12 + 1, 1)


def is_worth_a_visit(period: Period, *, at: datetime) -> bool:
    """Return whether enough of a period is left for a visit to be planned in it."""
    return period.end - at >= timedelta(days=int(settings()["least_days"]))


def preset_of(name: str) -> dict[str, str]:
    """Return the frequency of each tier of a preset.

    Raises:
        Invalid: there is no such preset.
    """
    found: dict[str, str] | None = settings()["preset"].get(name)
    if found is None:
        raise Invalid(f"preset {name!r}: expected one of {', '.join(settings()['preset'])}")
    return found


@cache
def settings() -> dict[str, Any]:
    """Return the periods and presets of `supervision.toml`."""
    return tomllib.loads(files("alerts.duties").joinpath("supervision.toml").read_text("utf-8"))
