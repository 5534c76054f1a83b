"""The months that indices are computed for, and when one may be frozen. Pure."""

import re
from datetime import date, datetime, timedelta

from alerts.duties.periodic import late_after
from alerts.duties.warnings.rules import due_at, midnight
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.terms import ReportKind
from models.domain.indices import Period

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
        begin=midnight(first),
        end=min(midnight(after), at),
    )


def check_over(text: str, period: Period, *, at: datetime) -> None:
    """Check that everything of a month was due, so that its index may be frozen.

    Raises:
        Invalid: its minutes may still be signed in time.
    """
    over = late_after(ReportKind.month, period.first)
    if at <= over:
        raise Invalid(f"month {text}: it may be frozen after {over:%Y-%m-%d %H:%M}, when its minutes were due")
