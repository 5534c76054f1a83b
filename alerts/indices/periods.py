"""The weeks, months, quarters and years that indices are computed for, and when one may be frozen. Pure."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise

from alerts.duties.periodic import late_after
from alerts.duties.warnings.rules import due_at
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.duty_terms import ReportKind
from models.domain.indices import Period
from models.domain.ledger import start_of

_YEAR = re.compile(r"20[2-9][0-9]")
_WEEK = re.compile(r"(20[2-9][0-9])-W([0-5][0-9])")
_EVALUATED = re.compile(r"(20[2-9][0-9])(?:-Q([1-4]))?")
_MONTH = re.compile(r"(20[2-9][0-9])-(0[1-9]|1[0-2])")


def month_of(text: str, *, at: datetime) -> Period:
    """Return a month, as far as it is over at a moment.

    Raises:
        Invalid: the text is no month from 2020 on, or the month has not begun.
    """
    found = _MONTH.fullmatch(text)
    if found is None:
        raise Invalid(f"month {text[:20]!r}: expected a month from 2020 on, for example 2026-11")
    first = date(int(found[1]), int(found[2]), 1)
    if first > at.astimezone(SHANGHAI).date():
        raise Invalid(f"month {text}: it has not begun")
    after = (first + timedelta(days=32)).replace(day=1)
    last = after - timedelta(days=1)
    due = due_at(at)
    return Period(
        first=first,
        last=last,
        until=min(last, due.day),
        week=due.week,
        month_due=due.month >= first,
        begin=start_of(first),
        end=min(start_of(after), at),
    )


def week_of(text: str, *, at: datetime) -> Period:
    """Return a week from Monday to Sunday (ISO 8601), as far as it is over at a moment.

    Raises:
        Invalid: the text is no week from 2020 on, or the week has not begun.
    """
    found = _WEEK.fullmatch(text)
    try:
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None:
        raise Invalid(f"week {text[:20]!r}: expected a week from 2020 on, for example 2026-W48")
    if first > at.astimezone(SHANGHAI).date():
        raise Invalid(f"week {text}: it has not begun")
    last, due = first + timedelta(days=6), due_at(at)
    return Period(
        first=first,
        last=last,
        until=min(last, due.day),
        week=due.week,
        month_due=False,
        begin=start_of(first),
        end=min(start_of(first + timedelta(days=7)), at),
    )


def period_of(text: str, *, at: datetime) -> Period:
    """Return a week or a month, as far as it is over at a moment.

    Raises:
        Invalid: as `week_of` or `month_of`.
    """
    return week_of(text, at=at) if is_week(text) else month_of(text, at=at)


def evaluated(text: str, *, at: datetime) -> tuple[list[str], bool]:
    """Return the months of a quarter (`2026-Q4`) or a year (`2026`), and whether it is over at a moment.

    Raises:
        Invalid: it is neither from 2020 on, or it has not begun.
    """
    found = _EVALUATED.fullmatch(text)
    if found is None:
        raise Invalid(f"period {text[:20]!r}: expected a quarter or a year from 2020 on, for example 2026-Q4 or 2026")
    year, quarter = int(found[1]), found[2]
    numbers = range(1, 13) if quarter is None else range(3 * int(quarter) - 2, 3 * int(quarter) + 1)
    today = at.astimezone(SHANGHAI).date()
    if date(year, numbers[0], 1) > today:
        raise Invalid(f"period {text}: it has not begun")
    over = (date(year, numbers[-1], 1) + timedelta(days=32)).replace(day=1) <= today
    return [f"{year}-{number:02}" for number in numbers], over


def is_over(text: str, *, at: datetime) -> bool:
    """Return whether a quarter or a year is over at a moment; False for one that has not begun."""
    try:
        return evaluated(text, at=at)[1]
    except Invalid:
        return False


def is_evaluation(text: str) -> bool:
    """Return whether a period is a quarter or a year, which is evaluated from its months."""
    return _EVALUATED.fullmatch(text) is not None


def is_week(text: str) -> bool:
    """Return whether a period is a week."""
    return "W" in text


def week_name(monday: date) -> str:
    """Return the week of a Monday: `2026-W48`."""
    return f"{monday.isocalendar().year}-W{monday.isocalendar().week:02}"


def check_over(text: str, period: Period, *, at: datetime) -> None:
    """Check that everything of a week or month was due, so that its index may be frozen.

    Raises:
        Invalid: its report or minutes may still be signed in time.
    """
    over = late_after(ReportKind.week if is_week(text) else ReportKind.month, period.first)
    if at <= over:
        raise Invalid(f"period {text}: it may be frozen after {over:%Y-%m-%d %H:%M}, when its report was due")


def year_of(text: str, *, at: datetime) -> Period:
    """Return a year, as far as it is over at a moment.

    Raises:
        Invalid: the text is no year from 2020 on, or the year has not begun.
    """
    if not _YEAR.fullmatch(text):
        raise Invalid(f"year {text[:20]!r}: expected a year from 2020 on, for example 2026")
    first = date(int(text), 1, 1)
    if first > at.astimezone(SHANGHAI).date():
        raise Invalid(f"year {text}: it has not begun")
    return _span(first, date(int(text) + 1, 1, 1), at=at)


def quarters_of(text: str, *, at: datetime) -> dict[str, Period]:
    """Return the quarters `q1` … `q4` of a year that have begun.

    Raises:
        Invalid: as `year_of`.
    """
    year = year_of(text, at=at).first.year
    begins = [date(year, month, 1) for month in (1, 4, 7, 10)] + [date(year + 1, 1, 1)]
    return {
        f"q{number}": _span(first, after, at=at)
        for number, (first, after) in enumerate(pairwise(begins), 1)
        if start_of(first) < at
    }


def _span(first: date, after: date, *, at: datetime) -> Period:
    last = after - timedelta(days=1)
    end = min(start_of(after), at)
    return Period(first=first, last=last, until=last, week=last, month_due=True, begin=start_of(first), end=end)
