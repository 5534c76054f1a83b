"""Replays: what stays away, what is lost, and that no verdict counts twice."""

from datetime import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.precision.replay import Replay, hour_is_watched, replay
from models.catalogue.areas import Span
from models.catalogue.overrides import Changes
from models.domain.precision import Verdict


def verdict(
    number: int, *, confirmed: bool, score: float = 0.5, hours: tuple[int, ...] = (9,), span: Span | None = None
) -> Verdict:
    return Verdict(alert_id=UUID(int=number), confirmed=confirmed, score=score, hours=hours, span=span)


SOME = [
    verdict(1, confirmed=True, score=0.9, hours=(9,)),
    verdict(2, confirmed=True, score=0.55, hours=(2,), span=(0.5, 0.5, 1.0, 1.0)),
    verdict(3, confirmed=False, score=0.5, hours=(2, 3), span=(0.1, 0.1, 0.2, 0.2)),
    verdict(4, confirmed=False, score=0.6, hours=(3, 9), span=(0.1, 0.1, 0.3, 0.2)),
]


@pytest.mark.parametrize(
    ("changes", "lost", "gone"),
    [
        (Changes(min_score=0.5), 0, 0),  # a score of exactly the least one is heard
        (Changes(min_score=0.51), 0, 1),
        (Changes(min_score=0.6), 1, 1),
        (Changes(hours=(time(4), time(2))), 1, 1),  # 02:00 to 04:00 is not watched; 4 was seen at 9 as well
        (Changes(hours=(time(6), time(20))), 1, 1),
        (Changes(watched=False), 2, 2),
        (Changes(ignored_area=(0.0, 0.0, 0.25, 0.25)), 0, 1),  # 4 was seen outside too, and 1 shows no box
        (Changes(ignored_area=(0.0, 0.0, 1.0, 1.0)), 1, 2),
        (Changes(), 0, 0),
    ],
)
def test_what_an_override_would_have_done(changes: Changes, lost: int, gone: int) -> None:
    assert replay(SOME, changes) == Replay(trues=2, falses=2, trues_lost=lost, falses_gone=gone)


verdicts = st.lists(
    st.builds(
        verdict,
        st.integers(0, 20),
        confirmed=st.booleans(),
        score=st.floats(0, 1),
        hours=st.lists(st.integers(0, 23), min_size=1, max_size=4).map(tuple),
    ),
    unique_by=lambda one: one.alert_id,
    max_size=20,
)
changed = st.one_of(
    st.builds(Changes, min_score=st.floats(0.01, 0.99)),
    st.builds(Changes, hours=st.tuples(st.integers(0, 23).map(time), st.integers(0, 23).map(time))),
    st.just(Changes(watched=False)),
)


@given(verdicts, changed, st.integers(1, 3))
def test_no_verdict_counts_twice(known: list[Verdict], changes: Changes, times: int) -> None:
    found = replay(known, changes)
    assert replay(known * times, changes) == found
    assert found.trues + found.falses == len(known)
    assert 0 <= found.trues_lost <= found.trues
    assert 0 <= found.falses_gone <= found.falses


def test_watched_hours_may_span_midnight() -> None:
    assert [hour for hour in range(24) if not hour_is_watched(hour, (time(6), time(2)))] == [2, 3, 4, 5]
    assert [hour for hour in range(24) if hour_is_watched(hour, (time(6), time(8)))] == [6, 7]
