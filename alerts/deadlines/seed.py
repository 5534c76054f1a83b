"""Calendars before anybody imports a notice: the package `holidays` contains those of the State Council.

A year for which it knows no make-up days has not been announced when the package was made: it is provisional.
"""

from functools import cache
from importlib.metadata import version

import holidays

from models.catalogue.terms import YearStatus
from models.domain.calendars import Year

FIRST_YEAR, LAST_YEAR = 2020, 2100


@cache
def seeded(number: int) -> Year | None:
    """Return a year from the package; None if the package lacks it."""
    if not FIRST_YEAR <= number <= LAST_YEAR:
        return None
    known = holidays.country_holidays("CN", years=number)
    make_up = frozenset(day for day in known.weekend_workdays if day.year == number)
    status = YearStatus.official if make_up else YearStatus.provisional
    days_off = frozenset(day for day in known if day not in make_up)
    return Year(
        number=number,
        status=status,
        days_off=days_off,
        make_up_days=make_up,
        source=f"系统自带放假安排（holidays {version('holidays')}）",
    )
