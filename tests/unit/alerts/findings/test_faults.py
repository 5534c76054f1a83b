import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.findings import faults
from alerts.findings.faults import Fault, is_stuck, is_well_known, reasons_of
from models.catalogue.codes import SENSOR_CODES
from models.domain.readings import Point
from tests.support.points import judged, sound

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def series(*values: float, every_s: float = 60) -> list[Point]:
    return [Point(occurred_at=START + timedelta(seconds=every_s * i), value=v) for i, v in enumerate(values)]


def fault(code: str, points: list[Point], *, known: bool = False) -> Fault | None:
    return faults.find(points, reasons_of(SENSOR_CODES[code], points), known=known)


def reason(code: str, points: list[Point], *, known: bool = False) -> str | None:
    found = fault(code, points, known=known)
    return None if found is None else found.reason


@pytest.mark.parametrize("value", [-3276.8, 3276.7, 6553.5, 85.0, -127.0, 999.9, -2048.0, math.nan, math.inf])
def test_values_of_a_dead_fridge_probe_are_a_fault_and_no_breach(value: float) -> None:
    points = series(4.0, 4.2, *[value] * 180, every_s=10)
    assert fault("fridge_temp", points) == Fault(reason="no_probe", since=points[2].occurred_at, value=value) or (
        math.isnan(value) and reason("fridge_temp", points) == "no_probe"
    )
    outlook = judged("fridge_temp", points, at=points[-1].occurred_at)
    assert (outlook.breach, outlook.ended) == (None, ())


@pytest.mark.parametrize("value", [61.0, -41.0, 1234.5, 1e300])
def test_an_implausible_value_is_a_fault(value: float) -> None:
    assert reason("fridge_temp", series(4.0, value, value, value)) == "implausible"


@pytest.mark.parametrize(
    ("code", "points", "expected"),
    [
        # 85 after 63: a DS18B20 after power-on
        ("hot_holding_temp", series(63.2, 63.1, 85.0, 85.0, 85.0), "no_probe"),
        # and nothing but 85 for half an hour
        ("hot_holding_temp", series(*[85.0] * 31), "no_probe"),
        # food that is really at 85: the values before or after are close to it
        ("hot_holding_temp", series(79.0, 82.5, 84.4, 85.0, 85.0, 85.0, 85.0), None),
        ("hot_holding_temp", series(85.0, 85.0, 85.0, 85.1), None),
        ("hot_holding_temp", series(85.1, 84.9, 85.2, 86.0), None),
        # 4–20 mA without current
        ("hot_holding_temp", series(65.0, 0.0, 0.0, 0.0), "no_probe"),
        ("fridge_temp", series(4.0, 0.0, 0.0, 0.0), "no_probe"),
        ("fridge_temp", series(2.0, 1.0, 0.0, 0.0, 0.0, 0.0), None),
        ("freezer_temp", series(-18.0, -45.0, -45.0, -45.0), "no_probe"),
        ("freezer_temp", series(-38.0, -39.0, -40.0, -40.0, -40.0), None),
        ("store_humidity", series(55.0, 0.0, 0.0, 0.0), "no_probe"),
        ("special_room_temp", series(23.0, 0.0, 0.0, 0.0), "no_probe"),
        # a switch is 0 or 1
        ("smoke", series(0, 255, 255, 255), "no_probe"),
        ("smoke", series(0, 1, 1, 1, 1), None),
        # gas may rise as fast as it likes
        ("gas_ch4", series(0, 80, 0, 90, 0, 100, 0, 100), None),
        ("gas_ch4", series(0, 6553.5, 6553.5, 6553.5), "no_probe"),
    ],
)
def test_a_fault_value_inside_the_range_is_recognised_by_its_neighbours(
    code: str, points: list[Point], expected: str | None
) -> None:
    assert reason(code, points) == expected


def test_values_that_jump_to_and_fro_are_a_fault_and_no_breach() -> None:
    points = series(*[4.0, 31.0] * 20)
    assert reason("fridge_temp", points) == "jumping"
    assert judged("fridge_temp", points, at=points[-1].occurred_at).breach is None


def test_three_values_confirm_a_step_and_the_breach_begins_with_the_first() -> None:
    points = series(4.0, 4.0, *[25.0] * 16)
    assert reason("fridge_temp", points) is None
    assert sound("fridge_temp", points[:4]) == points[:2]
    breach = judged("fridge_temp", points, at=points[-1].occurred_at).breach
    assert breach is not None
    assert breach.since == points[2].occurred_at


def test_a_slow_sensor_may_change_a_lot_between_two_reports() -> None:
    points = series(4.0, 25.0, 4.0, 25.0, 4.0, every_s=1800)
    assert sound("fridge_temp", points) == points


def test_one_bad_value_is_no_fault_and_is_ignored() -> None:
    points = series(4.0, 85.0, 4.0, 4.1)
    assert reason("fridge_temp", points) is None
    assert [point.value for point in sound("fridge_temp", points)] == [4.0, 4.0, 4.1]


def test_a_loose_wire_is_one_fault_that_ends_after_five_sound_minutes() -> None:
    loose = [4.0, 85.0, 4.1, 85.0] * 10
    assert reason("fridge_temp", series(*loose, every_s=10)) == "no_probe"
    assert reason("fridge_temp", series(*loose, *[4.0] * 20, every_s=10), known=True) == "no_probe"
    assert reason("fridge_temp", series(*loose, *[4.0] * 31, every_s=10), known=True) is None


def test_a_rare_reporter_is_well_after_three_sound_values() -> None:
    bad = [-127.0] * 4
    assert reason("fridge_temp", series(*bad, 4.0, 4.0, every_s=300), known=True) == "no_probe"
    assert reason("fridge_temp", series(*bad, 4.0, 4.0, 4.0, every_s=300), known=True) is None


def test_stuck_is_longer_than_its_kind_allows() -> None:
    fridge, gas = SENSOR_CODES["fridge_temp"], SENSOR_CODES["gas_ch4"]
    assert not is_stuck(fridge, steady_since=START, newest_at=START + timedelta(hours=6))
    assert is_stuck(fridge, steady_since=START, newest_at=START + timedelta(hours=6, seconds=1))
    assert not is_stuck(gas, steady_since=START, newest_at=START + timedelta(days=30))


def test_ordinary_numbers_are_no_fault_values() -> None:
    assert not any(is_well_known(value / 10) for value in range(-600, 850))


@given(st.lists(st.floats(width=32), max_size=80), st.sampled_from(sorted(SENSOR_CODES)), st.booleans())
def test_any_series_is_accepted_and_no_value_out_of_range_is_sound(values: list[float], code: str, known: bool) -> None:  # noqa: FBT001 - hypothesis
    points = series(*values)
    low, high = SENSOR_CODES[code].plausible
    assert all(low <= point.value <= high for point in sound(code, points))
    found = fault(code, points, known=known)
    assert found is None or START <= found.since <= points[-1].occurred_at
