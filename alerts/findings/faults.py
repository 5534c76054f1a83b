"""Decide from a sensor's values whether the sensor is broken: a pure function of the series.

With a dead probe, converters and drivers still report a fixed number. Such a value is a fault of the device and no
information about the kitchen, so it neither opens a breach nor counts as a sign of life.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from models.catalogue.codes import SensorCode
from models.domain.readings import Point

MAX_SILENCE = timedelta(minutes=15)
"""A longer gap between readings proves nothing about the time in between."""
CLEAR_AFTER = timedelta(minutes=5)
"""At least three sound values over this long end a fault (domain default)."""
_ENOUGH = 3
"""Faulty values that make a fault, and sound ones that confirm a step (domain default: three samples)."""
_LOOKED_AT = 12
"""Number of newest values among which faulty ones are counted."""
_NEAR = 3.0
"""A fault value counts as measured if the series comes this close to it, in the sensor's unit."""
_NEVER_ELSE = timedelta(minutes=30)
"""A series of nothing but one fault value for this long counts as not measured."""

_WELL_KNOWN = (85.0, -127.0, 127.0, 128.0, -128.0, 255.0, -255.0, 999.0, 999.9, -999.0, -999.9, 9999.0, -9999.0)
"""DS18B20 after power-on and unplugged, 8-bit fill values, and values of transmitters for an open circuit."""
_WORDS = (32767.0, 32768.0, -32768.0, 65535.0, 65534.0, 2147483647.0, -2147483648.0, 4294967295.0)
"""Register values for "no value": 0x7FFF, 0x8000, 0xFFFF and their 32-bit counterparts, at any scale."""
_SCALES = (1.0, 0.1, 0.01, 0.001, 0.0625, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A sensor that is broken.

    Attributes:
        reason: `no_probe`, `implausible`, `jumping` or `stuck`; see `models.domain.ledger.reason_label`.
        value: the newest faulty value.
    """

    reason: str
    since: datetime
    value: float


def window_of(period: timedelta | None) -> timedelta:
    """Return how far back `find` needs values of a sensor with this report period."""
    return max(_NEVER_ELSE, 2 * _ENOUGH * (period or timedelta(0)))


def sound(points: Sequence[Point], reasons: Sequence[str | None]) -> list[Point]:
    """Return the points that are information about the kitchen, oldest first, without unconfirmed steps."""
    return [point for point, reason in zip(points, reasons, strict=True) if reason is None]


def find(points: Sequence[Point], reasons: Sequence[str | None], *, known: bool) -> Fault | None:
    """Return the fault that the newest values of a sensor show, or None.

    Args:
        points: the series up to now, oldest first.
        reasons: the fault of each value, see `reasons_of`.
        known: whether a fault is open; it ends later than it begins, so that a loose wire does not make it flap.
    """
    if not any(reasons):
        return None
    judged = [(point, reason) for point, reason in zip(points, reasons, strict=True) if reason != _UNCONFIRMED]
    newest = judged[-max(_LOOKED_AT, _since(judged, CLEAR_AFTER) if known else 0) :]
    faulty = [(point, reason) for point, reason in newest if reason is not None]
    if not faulty or not _still(newest) or (not known and len(faulty) < _ENOUGH):
        return None
    point, _ = faulty[-1]
    told = [reason for _, reason in faulty]
    return Fault(reason=max(told, key=told.count), since=_began(judged), value=point.value)


def is_stuck(sensor: SensorCode, *, steady_since: datetime, newest_at: datetime) -> bool:
    """Return whether a series has kept one value for longer than its kind allows."""
    return sensor.stuck_after is not None and newest_at - steady_since > sensor.stuck_after


def _since(judged: Sequence[tuple[Point, str | None]], age: timedelta) -> int:
    """Return how many of the newest values are at most `age` older than the last one."""
    return sum(judged[-1][0].occurred_at - point.occurred_at <= age for point, _ in judged)


def _still(newest: Sequence[tuple[Point, str | None]]) -> bool:
    """Return whether the fault lasts: too few sound values, or over too short a time, have followed."""
    since = 0
    for number, (_, reason) in enumerate(newest):
        since = number + 1 if reason is not None else since
    well = newest[since:]
    return len(well) < _ENOUGH or newest[-1][0].occurred_at - newest[since - 1][0].occurred_at < CLEAR_AFTER


def _began(judged: Sequence[tuple[Point, str | None]]) -> datetime:
    """Return when the present run of faulty values began; too few sound values do not interrupt it."""
    began, well = judged[-1][0].occurred_at, 0
    for point, reason in reversed(judged):
        well = 0 if reason is not None else well + 1
        if well >= _ENOUGH * 2:
            break
        began = point.occurred_at if reason is not None else began
    return began


_UNCONFIRMED = "unconfirmed"
_SAME = 1e-6


def reasons_of(sensor: SensorCode, points: Sequence[Point]) -> list[str | None]:
    """Return the fault of each value, oldest first; None for a sound one."""
    low, high = sensor.plausible
    reasons: list[str | None] = [None if low <= point.value <= high else _implausible(point.value) for point in points]
    for first, last in _same_value(points, sensor.fault_values):
        if _made_up(points, first, last, reasons):
            reasons[first : last + 1] = ["no_probe"] * (last + 1 - first)
    _mark_steps(sensor, points, reasons)
    return reasons


def _implausible(value: float) -> str:
    return "no_probe" if is_well_known(value) else "implausible"


def is_well_known(value: float) -> bool:
    """Return whether drivers and converters report this number for a probe that does not answer."""
    if not math.isfinite(value):
        return True
    words = (word * scale for word in _WORDS for scale in _SCALES)
    return any(math.isclose(value, known, rel_tol=1e-6) for known in (*_WELL_KNOWN, *words))


def _same_value(points: Sequence[Point], values: Sequence[float]) -> list[tuple[int, int]]:
    """Return the runs of points that show one of `values`: the indices of the first and the last point."""
    stretches: list[tuple[int, int]] = []
    values = _within(points, values)
    if not values:
        return stretches
    for place, point in enumerate(points):
        if not any(math.isclose(point.value, value, abs_tol=_SAME) for value in values):
            continue
        if stretches and stretches[-1][1] == place - 1 and points[place - 1].value == point.value:
            stretches[-1] = (stretches[-1][0], place)
        else:
            stretches.append((place, place))
    return stretches


def _within(points: Sequence[Point], values: Sequence[float]) -> list[float]:
    """Return those of `values` that lie between the lowest and the highest value of a series: most series have none."""
    measured = [point.value for point in points if not math.isnan(point.value)]
    if not values or not measured:
        return []
    low, high = min(measured) - _SAME, max(measured) + _SAME
    return [value for value in values if low <= value <= high]


def _made_up(points: Sequence[Point], first: int, last: int, reasons: Sequence[str | None]) -> bool:
    """Return whether a fault value was not measured: the series was near it neither before nor after."""
    value = points[first].value
    beside = [
        points[place].value
        for place in (_neighbour(reasons, range(first - 1, -1, -1)), _neighbour(reasons, range(last + 1, len(points))))
        if place is not None
    ]
    if beside:
        return all(abs(other - value) > _NEAR for other in beside)
    lasted = points[last].occurred_at - points[first].occurred_at
    return last - first >= _ENOUGH - 1 and (lasted >= _NEVER_ELSE or len(points) > last - first + 1)


def _neighbour(reasons: Sequence[str | None], places: range) -> int | None:
    return next((place for place in places if reasons[place] is None), None)


def _mark_steps(sensor: SensorCode, points: Sequence[Point], reasons: list[str | None]) -> None:
    """Mark values after a jump: three confirm a new level, a return to the old level makes them faulty."""
    if sensor.jump is None or (not any(reasons) and _smooth(points, sensor.jump)):
        return
    level: Point | None = None
    away: list[int] = []
    for place, point in enumerate(points):
        if reasons[place] is not None:
            continue
        if level is None or _follows(level, point, sensor.jump):
            _mark(reasons, away, "jumping")
            level, away = point, []
            continue
        if away and not _follows(points[away[-1]], point, sensor.jump):
            _mark(reasons, away, "jumping")
            away = []
        away.append(place)
        if len(away) == _ENOUGH:
            level, away = point, []
    _mark(reasons, away, _UNCONFIRMED)


def _smooth(points: Sequence[Point], jump: float) -> bool:
    """Return whether no value is further than `jump` from the one before, as in most series."""
    return all(abs(after.value - before.value) <= jump for before, after in pairwise(points))


def _follows(before: Point, after: Point, jump: float) -> bool:
    return abs(after.value - before.value) <= jump or after.occurred_at - before.occurred_at > MAX_SILENCE


def _mark(reasons: list[str | None], places: Sequence[int], reason: str) -> None:
    for place in places:
        reasons[place] = reason
