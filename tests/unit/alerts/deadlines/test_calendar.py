from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.deadlines.calendar import LONGEST, add_working, is_provisional, is_working_day, working_between
from alerts.deadlines.clocks import calendar_for, clock_of, hours_of, office_hours
from alerts.deadlines.seed import seeded
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.terms import DeadlineClock, Severity
from models.domain.calendars import Calendar

YEARS = {number: year for number in (2025, 2026, 2027) if (year := seeded(number)) is not None}
CALENDAR = Calendar(jurisdiction="", hours=office_hours(), years=YEARS)
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 1)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001
SPANS = st.timedeltas(timedelta(0), timedelta(days=20))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 1, 1), False),  # New Year
        (date(2026, 1, 4), True),  # a Sunday, made up
        (date(2026, 2, 14), True),  # a Saturday, made up
        (date(2026, 2, 17), False),  # Spring Festival
        (date(2026, 3, 14), False),  # a Saturday
        (date(2026, 3, 16), True),
    ],
)
def test_holidays_weekends_and_make_up_days(day: date, worked: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_working_day(day, CALENDAR) is worked


@pytest.mark.parametrize(
    ("at", "hours", "due"),
    [
        (local(2026, 3, 16, 9), 3, local(2026, 3, 16, 12)),
        (local(2026, 3, 16, 11), 2, local(2026, 3, 16, 14)),  # over lunch
        (local(2026, 3, 13, 16), 4, local(2026, 3, 16, 12)),  # over a weekend
        (local(2026, 3, 14, 3), 1, local(2026, 3, 16, 10)),  # begun on a Saturday night
        (local(2026, 2, 14, 16), 2, local(2026, 2, 24, 10)),  # over the Spring Festival, begun on a make-up day
        (local(2026, 3, 16, 8), 7, local(2026, 3, 16, 17)),  # a whole day
    ],
)
def test_working_time_passes_in_office_hours_alone(at: datetime, hours: int, due: datetime) -> None:
    assert add_working(at, timedelta(hours=hours), CALENDAR) == due


def test_the_worst_runs_round_the_clock() -> None:
    calendar = calendar_for(clock_of(Severity.critical), CALENDAR)
    at = local(2026, 2, 17, 23)
    assert calendar is None
    assert add_working(at, timedelta(hours=2), calendar) == at + timedelta(hours=2)
    assert clock_of(Severity.minor) is DeadlineClock.office


@given(MOMENTS, SPANS)
def test_the_inverse_returns_the_added_time(at: datetime, span: timedelta) -> None:
    for calendar in (CALENDAR, None):
        assert working_between(at, add_working(at, span, calendar), calendar) == span


@given(MOMENTS, SPANS, SPANS)
def test_adding_twice_is_adding_the_sum(at: datetime, first: timedelta, second: timedelta) -> None:
    once = add_working(at, first + second, CALENDAR)
    twice = add_working(add_working(at, first, CALENDAR), second, CALENDAR)
    assert working_between(at, twice, CALENDAR) == first + second
    assert working_between(*sorted((once, twice)), CALENDAR) == timedelta(0)


@given(MOMENTS, SPANS, SPANS)
def test_more_time_is_never_earlier(at: datetime, some: timedelta, more: timedelta) -> None:
    assert add_working(at, some + more, CALENDAR) >= add_working(at, some, CALENDAR)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up_over_any_cut(a: datetime, b: datetime, c: datetime) -> None:
    start, cut, end = sorted((a, b, c))
    whole = working_between(start, end, CALENDAR)
    assert whole == working_between(start, cut, CALENDAR) + working_between(cut, end, CALENDAR)
    assert whole <= end - start


def test_a_year_without_its_notice_is_provisional() -> None:
    assert is_provisional(date(2027, 3, 1), CALENDAR)
    assert is_provisional(date(2031, 3, 1), CALENDAR)
    assert not is_provisional(date(2026, 3, 2), CALENDAR)


@pytest.mark.parametrize("span", [timedelta(seconds=-1), LONGEST + timedelta(seconds=1)])
def test_an_absurd_duration_is_refused(span: timedelta) -> None:
    with pytest.raises(Invalid, match="expected 0 to"):
        add_working(local(2026, 3, 16), span, CALENDAR)


@pytest.mark.parametrize("pairs", [[], [["12:00", "09:00"]], [["09:00", "12:00"], ["12:00", "13:00"]], [["9", 1]], 3])
def test_hours_that_are_none_are_refused(pairs: object) -> None:
    with pytest.raises(Invalid, match="office hours"):
        hours_of(pairs)


def test_hours_are_read() -> None:
    assert hours_of([["08:30", "11:30"]]) == ((time(8, 30), time(11, 30)),)
