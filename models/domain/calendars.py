"""Working calendars (工作日历): the working days and working hours of a jurisdiction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from models.catalogue.terms import YearStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year of a calendar.

    Attributes:
        days_off: days off that are not on a weekend.
        make_up_days: weekend days that are working days (调休).
        source: the source of the days, for people.
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
        jurisdiction: prefix of the region codes to which it applies; empty for the whole country.
        hours: working hours of a working day: (from, to), in order and not overlapping.
        years: the known years. A missing year has only weekends as days off and is provisional.
    """

    jurisdiction: str
    hours: tuple[tuple[time, time], ...]
    years: Mapping[int, Year]
