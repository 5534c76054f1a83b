from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notices.timing import (
    MOST_ATTEMPTS,
    Standing,
    again_at,
    held_until,
    plan,
    quiet_until,
    rests_until,
)
from models.base.clock import SHANGHAI
from models.catalogue.notices import TEST
from models.catalogue.terms import Severity
from tests.support.notices import a_channel, a_notice

AT = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
moments = st.integers(0, 365 * 86_400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
times = st.times()
quiet = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]) | st.just((None, None))


@given(moments, quiet, st.integers(0, 50))
def test_nothing_holds_a_critical_or_a_test_message_back(
    at: datetime, hours: tuple[time | None, time | None], sent: int
) -> None:
    channel = a_channel(quiet_from=hours[0], quiet_to=hours[1], cap_per_hour=1)
    assert held_until(a_notice(severity=Severity.critical), channel, sent_this_hour=sent, at=at) is None
    assert held_until(a_notice(occasion=TEST), channel, sent_this_hour=sent, at=at) is None
    duty = a_notice(severity=Severity.critical, subject_kind="warning")
    minor = held_until(a_notice(), channel, sent_this_hour=sent, at=at)
    assert held_until(duty, channel, sent_this_hour=sent, at=at) == minor, "a duty waits, however urgent"


@given(moments, quiet, st.integers(0, 50), st.integers(1, 50))
def test_a_held_message_waits_for_a_later_moment_outside_the_quiet_hours(
    at: datetime, hours: tuple[time | None, time | None], sent: int, cap: int
) -> None:
    channel = a_channel(quiet_from=hours[0], quiet_to=hours[1], cap_per_hour=cap)
    until = held_until(a_notice(), channel, sent_this_hour=sent, at=at)
    if until is None:
        assert sent < cap
        assert quiet_until(channel, at=at) is None
    else:
        assert at < until <= at + timedelta(hours=25)
        assert quiet_until(channel, at=until) is None


@pytest.mark.parametrize(
    ("day", "hour", "minute", "quiet"), [(28, 21, 59, False), (28, 22, 0, True), (29, 6, 59, True), (29, 7, 0, False)]
)
def test_quiet_hours_may_span_midnight(day: int, hour: int, minute: int, *, quiet: bool) -> None:
    channel = a_channel(quiet_from=time(22), quiet_to=time(7))
    end = datetime(2026, 11, 29, 7, tzinfo=SHANGHAI) if quiet else None
    at = datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)
    assert quiet_until(channel, at=at) == end


def test_the_cap_holds_until_the_next_hour_or_the_end_of_the_quiet_hours_then() -> None:
    notice, at = a_notice(), datetime(2026, 11, 28, 3, 20, tzinfo=UTC)
    assert held_until(notice, a_channel(cap_per_hour=2), sent_this_hour=1, at=at) is None
    then = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
    assert held_until(notice, a_channel(cap_per_hour=2), sent_this_hour=2, at=at) == then
    noon = a_channel(cap_per_hour=2, quiet_from=time(12), quiet_to=time(13, 30))
    assert held_until(notice, noon, sent_this_hour=2, at=at) == datetime(2026, 11, 28, 5, 30, tzinfo=UTC)


@given(st.lists(st.booleans(), max_size=20))
def test_each_notice_is_sent_carried_or_cancelled_and_none_is_dropped(over: list[bool]) -> None:
    rows = [
        Standing(notice=a_notice(id=UUID(int=number)), over="x" if ended else None) for number, ended in enumerate(over)
    ]
    made = plan(rows)
    sent = [] if made.send is None else [made.send]
    found = [*sent, *made.carried, *(one.notice for one in made.cancelled)]
    assert sorted(one.id for one in found) == [row.notice.id for row in rows]
    assert len(found) == len(set(found))
    assert {one.notice.id for one in made.cancelled} == {row.notice.id for row in rows if row.over}


def test_attempts_end_and_each_wait_is_longer_than_a_moment_and_shorter_than_an_hour() -> None:
    waits = [again_at(number, at=AT) for number in range(1, MOST_ATTEMPTS)]
    assert all(AT + timedelta(seconds=15) <= wait <= AT + timedelta(hours=1) for wait in waits if wait is not None)
    assert None not in waits
    assert again_at(MOST_ATTEMPTS, at=AT) is None
    assert rests_until(1, at=AT) < rests_until(100, at=AT) <= AT + timedelta(minutes=5)
