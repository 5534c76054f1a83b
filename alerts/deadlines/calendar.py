"""Arithmetic of working time: `add_working` and its inverse are the only ones. Pure.

Working time passes in the office hours of working days, Asia/Shanghai, which has no daylight saving. A calendar of
`None` is a clock that never stops: time passes round the clock.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.terms import YearStatus
from models.domain.calendars import Calendar

_SATURDAY = 5
LONGEST = timedelta(days=400)
"""Longest deadline in working time; a longer one is a mistake."""
_NOTHING = timedelta(0)
_FURTHEST_DAYS = 366 * 12
"""A calendar without a working day in twelve years is also a mistake."""


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Return whether a day is a working day: neither weekend nor day off, or a make-up day."""
    year = calendar.years.get(day.year)
    if year is not None and day in year.make_up_days:
        return True
    return day.weekday() < _SATURDAY and (year is None or day not in year.days_off)


def is_provisional(day: date, calendar: Calendar) -> bool:
    """Return whether the notice of a day's year is not imported yet."""
    year = calendar.years.get(day.year)
    return year is None or year.status is YearStatus.provisional


def add_working(at: datetime, duration: timedelta, calendar: Calendar | None) -> datetime:
    """Return the moment at which `duration` of working time has passed since `at`.

    Raises:
        Invalid: the duration is negative or longer than any deadline.
    """
    if not _NOTHING <= duration <= LONGEST:
        raise Invalid(f"a duration of {duration}: expected 0 to {LONGEST.days} days of working time")
    if calendar is None:
        return at + duration
    left = duration
    for begin, end in _intervals(at, calendar):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise Invalid(f"the calendar of {calendar.jurisdiction or 'the country'} has no working time left")


def working_between(start: datetime, end: datetime, calendar: Calendar | None) -> timedelta:
    """Return the working time from `start` to `end`; zero if `end` is not later."""
    if calendar is None:
        return max(_NOTHING, end - start)
    total = _NOTHING
    for begin, stop in _intervals(start, calendar):
        if begin >= end:
            break
        total += min(stop, end) - begin
    return total


def working_day(calendar: Calendar) -> timedelta:
    """How much working time a working day has."""
    return sum(
        (datetime.combine(date.min, closes) - datetime.combine(date.min, opens) for opens, closes in calendar.hours),
        start=_NOTHING,
    )


def _intervals(at: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield the periods of working time from `at` on, in the time zone of `at`; the first may have begun before."""
    first = at.astimezone(SHANGHAI).date()
    for number in range(_FURTHEST_DAYS):
        day = first + timedelta(days=number)
        if not is_working_day(day, calendar):
            continue
        for opens, closes in calendar.hours:
            begin = datetime.combine(day, opens, SHANGHAI).astimezone(at.tzinfo)
            end = datetime.combine(day, closes, SHANGHAI).astimezone(at.tzinfo)
            if end > at:
                yield max(begin, at), end
