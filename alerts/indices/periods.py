"""The months, quarters and years that indices are computed for, and when a month may be frozen. Pure."""

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


def check_over(text: str, period: Period, *, at: datetime) -> None:
    """Check that everything of a month was due, so that its index may be frozen.

    Raises:
        Invalid: its minutes may still be signed in time.
    """
    over = late_after(ReportKind.month, period.first)
    if at <= over:
        raise Invalid(f"month {text}: it may be frozen after {over:%Y-%m-%d %H:%M}, when its minutes were due")


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
