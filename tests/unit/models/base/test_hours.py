from contextlib import suppress
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import Invalid
from models.base.hours import parse_hours

NIGHT = (time(22), time(5))


@pytest.mark.parametrize(
    "text",
    [
        "22:00-05:00", "22:00-5:00", "22：00－05：00", "２２：００～５：００", "22:00~05:00", "22:00 – 5:00",
        "22:00—05:00",
        "22:00至次日5:00", "22:00到第二天05:00", "22:00-次日05:00", "22点-5点",
        "22点到凌晨5点", "晚上10点至早上5点", "22时-05时",
        "22.00-5.00", "2200-0500", "22-5", "22:00:00-05:00:00", "10:00 PM - 5:00 AM", "10pm-5am", "22:00 to 05:00",
        "22:00〜05:00", " 22:00-05:00 ",
    ],
)  # fmt: skip
def test_a_range_is_read_as_people_write_it(text: str) -> None:
    assert parse_hours(text) == NIGHT


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("21点半-6点30分", (time(21, 30), time(6, 30))),
        ("23:30-24:00", (time(23, 30), time(0))),
        ("12am-5:30", (time(0), time(5, 30))),
        ("14:00-16:30", (time(14), time(16, 30))),
        ("", (None, None)),
        ("无", (None, None)),
        ("不打烊", (None, None)),
    ],
)
def test_half_hours_midnight_and_never_closed_are_read(text: str, hours: tuple[time | None, time | None]) -> None:
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("22:00-05:00-06:00", "one range"),
        ("22:00-05:00+08:00", "time zone"),
        ("22:00Z-05:00Z", "time zone"),
        ("22:00-05:00 UTC", "time zone"),
        ("22:00-05:00,13:00-15:00", "one range"),
        ("25:00-05:00", "not a time of day"),
        ("22:61-05:00", "not a time of day"),
        ("22:00", "one range"),
        ("late", "one range"),
        ("00:00-24:00", "same time"),
        ("22:00-08:00-05:00", "one range"),
    ],
)
def test_anything_but_one_range_is_refused(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        parse_hours(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Invalid):
        parse_hours(text)


@given(st.times(), st.times())
def test_shown_hours_are_read_back(first: time, last: time) -> None:
    first, last = (one.replace(second=0, microsecond=0) for one in (first, last))
    if first != last:
        assert parse_hours(f"{first:%H:%M}-{last:%H:%M}") == (first, last)
