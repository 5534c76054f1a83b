"""Working calendars (工作日历): which days are worked in a jurisdiction, and when in a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class YearStatus(StrEnum):
    """Whether a year's days off are known."""

    official = "official"
    """The State Council's notice is in: days off and make-up days."""
    provisional = "provisional"
    """Only the statutory holidays are known; the notice moves some days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year of a calendar.

    Attributes:
        days_off: days that are not worked though they are no weekend.
        make_up_days: weekend days that are worked (调休).
        source: where it comes from, for people.
    """

    number: int
    status: YearStatus
    days_off: frozenset[date]
    make_up_days: frozenset[date]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Days and hours that count for deadlines in one jurisdiction, local time.

    Attributes:
        jurisdiction: prefix of the region codes it is for; empty for the whole country.
        hours: when a working day is worked: (from, to) in order, apart from each other.
        years: what is known, by year. A year that is missing has weekends alone and is provisional.
    """

    jurisdiction: str
    hours: tuple[tuple[time, time], ...]
    years: Mapping[int, Year]
