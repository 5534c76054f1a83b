from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.disk import RESERVE_BYTES
from models.domain.capacity import Sample, forecast

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
GB = 10**9


def samples(*sizes: float, every: timedelta = timedelta(days=1), free: int = 100 * GB) -> list[Sample]:
    """Sizes in GB, the last one at AT."""
    return [
        Sample(
            at=AT - every * (len(sizes) - 1 - number),
            database_bytes=0,
            evidence_bytes=round(size * GB),
            here_bytes=round(size * GB),
            free_bytes=free,
        )
        for number, size in enumerate(sizes)
    ]


def test_steady_growth_tells_the_day() -> None:
    found = forecast(samples(10, 15, 20, 25, free=50 * GB + RESERVE_BYTES), at=AT)
    assert found is not None
    assert (found.per_day, found.days, found.is_near) == (pytest.approx(5 * GB), pytest.approx(10), True)


def test_a_full_disk_has_no_days_left() -> None:
    found = forecast(samples(10, 11, free=1000), at=AT)
    assert found is not None
    assert (found.days, found.is_near) == (0, True)


@pytest.mark.parametrize("sizes", [(5, 5, 5), (9, 5, 1)])
def test_what_does_not_grow_is_never_full(sizes: tuple[float, ...]) -> None:
    found = forecast(samples(*sizes), at=AT)
    assert found is not None
    assert (found.days, found.is_near) == (None, False)


def test_less_than_a_day_tells_nothing() -> None:
    assert forecast(samples(1, 2, 3, every=timedelta(hours=11)), at=AT) is None
    assert forecast([], at=AT) is None


def test_what_is_old_or_of_the_future_does_not_count() -> None:
    old = [replace(sample, at=sample.at - timedelta(days=30)) for sample in samples(900, 700, 500)]
    ahead = replace(samples(500)[0], at=AT + timedelta(days=400))
    found = forecast([*old, *samples(10, 11, 12), ahead], at=AT)
    assert found is not None
    assert found.per_day == pytest.approx(1 * GB)


@given(st.lists(st.integers(0, 2**50), min_size=3, max_size=200))
def test_any_sizes_give_an_answer(sizes: list[int]) -> None:
    made = [
        Sample(at=AT - timedelta(hours=12 * n), database_bytes=0, evidence_bytes=0, here_bytes=size, free_bytes=size)
        for n, size in enumerate(sizes)
    ]
    found = forecast(made, at=AT)
    assert found is not None
    assert found.days is None or found.days >= 0
