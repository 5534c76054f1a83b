"""Months of indices: what was due by when, and when one may be frozen."""

from datetime import UTC, date, datetime

import pytest

from alerts.indices.periods import check_over, month_of
from models.base.clock import SHANGHAI
from models.base.errors import Invalid


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_a_month_that_is_over_is_whole() -> None:
    found = month_of("2026-10", at=local("2026-11-10 12:00"))
    assert (found.first, found.last, found.until) == (date(2026, 10, 1), date(2026, 10, 31), date(2026, 10, 31))
    assert (found.begin, found.end) == (local("2026-10-01 00:00"), local("2026-11-01 00:00"))
    assert found.month_due


def test_a_month_that_runs_counts_what_was_due() -> None:
    at = local("2026-10-20 09:00")
    found = month_of("2026-10", at=at)
    assert (found.until, found.week, found.end, found.month_due) == (date(2026, 10, 18), date(2026, 10, 12), at, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-13", "expected a month"),
        ("2019-01", "expected a month"),
        ("2026-1", "expected a month"),
        ("x" * 99, "expected a month"),
        ("2026-12", "has not begun"),
    ],
)
def test_what_is_no_month_is_refused(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        month_of(text, at=datetime(2026, 11, 10, tzinfo=UTC))


def test_a_month_is_frozen_after_its_minutes_were_due() -> None:
    period = month_of("2026-10", at=local("2026-11-10 12:00"))
    with pytest.raises(Invalid, match="may be frozen after 2026-11-06"):
        check_over("2026-10", period, at=local("2026-11-06 00:00"))
    check_over("2026-10", period, at=local("2026-11-06 00:01"))
