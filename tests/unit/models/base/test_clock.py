"""Periodic work."""

from datetime import UTC, datetime, timedelta

import pytest

from models.base.clock import is_due

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "every_s", "due"),
    [
        (None, 30, True),
        (AT - timedelta(seconds=29), 30, False),
        (AT - timedelta(seconds=30), 30, True),
        (AT, 0, True),
        # A small PC without a clock battery starts in the future, and NTP corrects it.
        (AT + timedelta(days=40), 30, True),
        (AT + timedelta(days=40), 0, True),
    ],
)
def test_periodic_work_is_due_even_if_the_clock_is_set_back(
    last: datetime | None, every_s: float, *, due: bool
) -> None:
    assert is_due(last, AT, every=timedelta(seconds=every_s)) == due
