from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.domain.ledger import (
    _OF_SENSORS,
    MINUTES,
    REASONS,
    CameraDay,
    day_and_minute,
    gaps,
    mask,
    minutes_until,
    reason_label,
    reason_number,
    share,
    start_of,
)

DAY = date(2026, 9, 1)


def day_of(seen: set[int], reasons: dict[int, str], accounted: int) -> CameraDay:
    stored = bytearray(MINUTES)
    for minute, code in reasons.items():
        stored[minute] = reason_number(code)
    return CameraDay(
        device_id="cam",
        day=DAY,
        seen=mask(seen),
        analysed=mask(seen),
        recorded=mask(set()),
        reasons=bytes(stored),
        accounted=accounted,
    )


def test_a_day_is_a_local_day() -> None:
    assert day_and_minute(datetime(2026, 8, 31, 16, 0, tzinfo=UTC)) == (DAY, 0)
    assert day_and_minute(datetime(2026, 9, 1, 15, 59, 59, tzinfo=UTC)) == (DAY, 1439)


def test_minutes_that_are_over_are_counted_within_the_day() -> None:
    assert minutes_until(DAY, at=start_of(DAY)) == 0
    assert minutes_until(DAY, at=start_of(DAY) + timedelta(minutes=7, seconds=59)) == 7
    assert minutes_until(DAY, at=start_of(DAY) + timedelta(days=3)) == MINUTES
    assert minutes_until(DAY, at=start_of(DAY) - timedelta(days=3)) == 0


def test_neighbouring_minutes_of_one_reason_are_one_gap() -> None:
    found = gaps(day_of({0, 1, 5}, {2: "stalled", 3: "stalled", 4: "node_offline"}, accounted=6))
    assert [(g.first, g.last, g.reason, g.minutes) for g in found] == [(2, 3, "stalled", 2), (4, 4, "node_offline", 1)]


def test_minutes_that_are_not_over_are_no_gap() -> None:
    assert gaps(day_of({0}, {}, accounted=1)) == []


@given(st.sets(st.integers(0, MINUTES - 1)), st.integers(0, MINUTES))
def test_every_accounted_minute_is_seen_or_in_a_gap(seen: set[int], accounted: int) -> None:
    day = day_of(seen, {}, accounted)
    assert share(day)["seen"] + sum(gap.minutes for gap in gaps(day)) == accounted


def test_every_reason_has_its_own_label_and_number() -> None:
    assert len({reason_number(code) for code, _ in REASONS}) == len(REASONS)
    assert all(reason_label(code) != code for code, _ in REASONS)
    assert reason_number("something new") == reason_number("no_frames")


def test_no_code_has_two_meanings() -> None:
    assert not {code for code, _ in REASONS} & set(_OF_SENSORS)
