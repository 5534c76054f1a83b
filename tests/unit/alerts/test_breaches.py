from datetime import UTC, datetime, timedelta

import pytest

from alerts.breaches import judge
from models.codes import SENSOR_CODES
from models.readings import Point

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def series(*values: tuple[float, float]) -> list[Point]:
    """(minute, value) pairs."""
    return [Point(occurred_at=START + timedelta(minutes=minute), value=value) for minute, value in values]


def level(code: str, points: list[Point], *, minute: float) -> str | None:
    breach = judge(SENSOR_CODES[code], points, at=START + timedelta(minutes=minute)).breach
    return None if breach is None else breach.level.value


@pytest.mark.parametrize(
    ("code", "points", "minute", "expected"),
    [
        ("fridge_temp", series((0, 4), (5, 5)), 5, None),
        # above 8 for 15 minutes warns, for 30 alarms; above 10 for 15 alarms
        ("fridge_temp", series((0, 9), (10, 9)), 10, None),
        ("fridge_temp", series((0, 9), (10, 9), (15, 9)), 15, "warn"),
        ("fridge_temp", series((0, 9), (10, 9), (20, 9), (30, 9)), 30, "alarm"),
        ("fridge_temp", series((0, 11), (10, 11), (15, 11)), 15, "alarm"),
        # half a degree of hysteresis: 7.8 does not end it, 7.4 does
        ("fridge_temp", series((0, 9), (7, 7.8), (15, 9)), 15, "warn"),
        ("fridge_temp", series((0, 9), (7, 7.4), (15, 9)), 15, None),
        # a silence longer than a quarter of an hour proves nothing
        ("fridge_temp", series((0, 9), (20, 9)), 20, None),
        ("fridge_temp", series((0, 9)), 40, "warn"),
        # below 0 for half an hour warns
        ("fridge_temp", series((0, -2), (10, -2), (20, -2), (30, -2)), 30, "warn"),
        # implausible values are sensor faults, not readings
        ("fridge_temp", series((0, 999), (15, 999), (30, 999)), 30, None),
        # gas alarms at once
        ("gas_ch4", series((0, 26)), 0, "alarm"),
        ("gas_ch4", series((0, 12)), 0, None),
        ("gas_ch4", series((0, 12), (0.5, 12)), 0.5, "warn"),
        ("gas_ch4", series((0, 60), (1, 2)), 1, None),
        ("smoke", series((0, 1)), 0, "alarm"),
        ("water_leak", series((0, 1)), 0.5, None),
        ("water_leak", series((0, 1)), 1, "alarm"),
        ("hot_holding_temp", series((0, 50), (10, 50)), 10, "warn"),
    ],
)
def test_a_breach_is_a_limit_and_a_time(code: str, points: list[Point], minute: float, expected: str | None) -> None:
    assert level(code, points, minute=minute) == expected


def test_it_says_when_to_look_again_though_nothing_new_comes() -> None:
    outlook = judge(SENSOR_CODES["water_leak"], series((0, 1)), at=START)
    assert outlook.look_again_at == START + timedelta(minutes=1)


def test_an_empty_series_is_no_breach() -> None:
    outlook = judge(SENSOR_CODES["gas_ch4"], [], at=START)
    assert (outlook.breach, outlook.look_again_at) == (None, None)


def test_late_data_is_judged_like_data_in_time() -> None:
    in_time = series((0, 9), (5, 9), (10, 9), (15, 9))
    shuffled_in = sorted([in_time[0], in_time[3], *in_time[1:3]], key=lambda point: point.occurred_at)
    assert level("fridge_temp", shuffled_in, minute=15) == level("fridge_temp", in_time, minute=15) == "warn"
