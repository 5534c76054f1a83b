"""Periods of supervision: every moment lies in exactly one, and they follow one another without a gap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.duties.periods import is_worth_a_visit, period_of, settings
from models.base.errors import Invalid

MOMENTS = st.datetimes(datetime(2022, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
PRESETS = st.sampled_from(sorted(settings()["preset"]))
TIERS = st.sampled_from("ABCD")


@pytest.mark.parametrize(
    ("at", "preset", "tier", "key", "end"),
    [
        # 16:00 UTC is midnight in Shanghai.
        (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), "q2022", "A", "2026Q4", datetime(2026, 12, 31, 16, tzinfo=UTC)),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), "q2022", "A", "2027Q1", datetime(2027, 3, 31, 16, tzinfo=UTC)),
        (datetime(2026, 6, 30, 15, tzinfo=UTC), "q2022", "D", "2026H1", datetime(2026, 6, 30, 16, tzinfo=UTC)),
        (datetime(2026, 7, 1, tzinfo=UTC), "opt2024", "C", "2026H2", datetime(2026, 12, 31, 16, tzinfo=UTC)),
        (datetime(2026, 7, 1, tzinfo=UTC), "opt2024", "D", "2026", datetime(2026, 12, 31, 16, tzinfo=UTC)),
    ],
)
def test_a_period_is_one_of_local_time(at: datetime, preset: str, tier: str, key: str, end: datetime) -> None:
    found = period_of(at, preset=preset, tier=tier)
    assert (found.key, found.end) == (key, end)


@given(MOMENTS, PRESETS, TIERS)
def test_every_moment_lies_in_one_period_and_the_next_begins_where_it_ends(
    at: datetime, preset: str, tier: str
) -> None:
    found = period_of(at, preset=preset, tier=tier)
    assert found.start <= at < found.end
    after = period_of(found.end, preset=preset, tier=tier)
    assert (after.start, after.key == found.key) == (found.end, False)
    assert period_of(found.start, preset=preset, tier=tier) == found


def test_the_last_days_of_a_period_are_left_to_the_next() -> None:
    found = period_of(datetime(2026, 11, 1, tzinfo=UTC), preset="q2022", tier="A")
    assert is_worth_a_visit(found, at=found.end - timedelta(days=15))
    assert not is_worth_a_visit(found, at=found.end - timedelta(days=15) + timedelta(seconds=1))


def test_an_unknown_preset_or_tier_is_refused() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with pytest.raises(Invalid, match="expected one of q2022, opt2024"):
        period_of(at, preset="q2099", tier="A")
    with pytest.raises(Invalid, match="expected A, B, C or D"):
        period_of(at, preset="q2022", tier="label")
