from datetime import UTC, datetime, timedelta

import pytest

from models.domain.readings import Point
from tests.support.points import judged

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def series(*values: tuple[float, float]) -> list[Point]:
    """(minute, value) pairs."""
    return [Point(occurred_at=START + timedelta(minutes=minute), value=value) for minute, value in values]


def level(code: str, points: list[Point], *, minute: float) -> str | None:
    breach = judged(code, points, at=START + timedelta(minutes=minute)).breach
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


def steady(*stretches: tuple[int, float], every: int = 1) -> list[Point]:
    """A reading a minute, or one every few; a stretch is (minutes, value)."""
    values = [value for minutes, value in stretches for _ in range(minutes)]
    return series(*[(minute, values[minute]) for minute in range(0, len(values), every)])


def over(code: str, points: list[Point]) -> list[tuple[str, float, float, float]]:
    """(level, minute it began, minute it ended, value) of what is over by the end of the series."""
    outlook = judged(code, points, at=points[-1].occurred_at)
    return [
        (breach.level.value, minutes(breach.since), minutes(breach.ended_at or START), breach.value)
        for breach in outlook.ended
    ]


def minutes(at: datetime) -> float:
    return (at - START).total_seconds() / 60


@pytest.mark.parametrize(
    ("code", "points", "expected"),
    [
        # two hours at 14, seen in one batch when all is well again
        ("fridge_temp", steady((5, 4), (120, 14), (30, 4)), [("alarm", 5, 125, 14)]),
        # its worst value counts, and the milder limit it exceeded at the same time is told with it
        ("fridge_temp", steady((20, 14), (20, 15), (30, 9), (30, 4)), [("alarm", 0, 70, 15)]),
        # shorter than any limit's time
        ("fridge_temp", steady((14, 14), (30, 4)), []),
        # twice
        ("fridge_temp", steady((40, 9), (20, 4), (20, 9), (10, 4)), [("alarm", 0, 40, 9), ("warn", 60, 80, 9)]),
        # over because the sensor fell silent: beyond for as long as its last value counts
        ("fridge_temp", [*steady((5, 11)), *series((60, 4))], [("alarm", 0, 19, 11)]),
        ("gas_ch4", series((0, 60), (0.1, 2), (30, 2)), [("alarm", 0, 0.1, 60)]),
        # still going on: no end
        ("fridge_temp", steady((40, 9)), []),
    ],
)
def test_ended_breaches_are_found_too(
    code: str, points: list[Point], expected: list[tuple[str, float, float, float]]
) -> None:
    assert over(code, points) == expected


@pytest.mark.parametrize("every", [1, 5])
def test_a_value_inside_now_and_then_ends_no_breach(every: int) -> None:
    points = steady(*[(14, 9.5), (1, 7.4)] * 24) if every == 1 else steady(*[(10, 9.5), (5, 7.4)] * 24, every=every)
    points += series((360, 9.5))
    breach = judged("fridge_temp", points, at=START + timedelta(hours=6)).breach
    assert breach is not None
    assert (breach.level, breach.since) == ("alarm", START)


def test_a_door_that_is_opened_again_and_again_has_not_been_open() -> None:
    open_for_ten_seconds = [(minute + second / 60, float(second == 0)) for minute in range(60) for second in (0, 10)]
    assert over("door", series(*open_for_ten_seconds)) == []


def test_back_inside_for_five_minutes_and_the_next_breach_is_another() -> None:
    points = steady((20, 9), (7, 7.4), (10, 9))
    outlook = judged("fridge_temp", points, at=points[-1].occurred_at)
    assert (outlook.breach, [minutes(breach.since) for breach in outlook.ended]) == (None, [0])


def test_it_returns_when_to_check_again_without_a_new_reading() -> None:
    outlook = judged("water_leak", series((0, 1)), at=START)
    assert outlook.look_again_at == START + timedelta(minutes=1)


def test_an_empty_series_is_no_breach() -> None:
    outlook = judged("gas_ch4", [], at=START)
    assert (outlook.breach, outlook.look_again_at) == (None, None)


def test_late_data_has_the_same_result_as_data_in_time() -> None:
    in_time = series((0, 9), (5, 9), (10, 9), (15, 9))
    shuffled_in = sorted([in_time[0], in_time[3], *in_time[1:3]], key=lambda point: point.occurred_at)
    assert level("fridge_temp", shuffled_in, minute=15) == level("fridge_temp", in_time, minute=15) == "warn"
