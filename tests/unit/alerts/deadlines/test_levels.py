from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.deadlines.levels import LEVELS, level_at, level_label, next_level_at

DUE = datetime(2026, 9, 1, 8, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_a_level_rises_right_after_its_moment_and_not_at_it(level: int) -> None:
    at = next_level_at(DUE, level=level)
    assert at is not None
    assert level_at(DUE, at=at) == level
    assert level_at(DUE, at=at + MOMENT) == level + 1


def test_nothing_is_above_the_highest_level() -> None:
    assert next_level_at(DUE, level=len(LEVELS)) is None


def test_every_level_except_zero_has_a_label() -> None:
    assert level_label(0) == ""
    assert len({level_label(number) for number in range(1, len(LEVELS) + 1)}) == len(LEVELS)


@given(st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=30)))
def test_the_next_moment_lies_ahead(passed: timedelta) -> None:
    at = DUE + passed
    coming = next_level_at(DUE, level=level_at(DUE, at=at))
    assert coming is None or coming >= at
