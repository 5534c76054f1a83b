"""When a sensor series is in breach: a pure function of the series and the moment.

Nothing is remembered between calls: the same readings give the same answer, so late data is judged
like data in time and a replay proves the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.codes import SensorCode, Threshold
from models.readings import Point
from models.terms import BreachLevel

CLEAR_AFTER = timedelta(minutes=5)
"""Back inside the limit for this long ends a breach (domain default)."""
MAX_SILENCE = timedelta(minutes=15)
"""A longer gap between readings proves nothing about the time in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A series is beyond a limit for as long as the limit allows, or longer."""

    level: BreachLevel
    since: datetime
    last_at: datetime
    value: float
    threshold: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The worst breach at the moment, and when to look again if nothing new comes."""

    breach: Breach | None
    look_again_at: datetime | None


def window_of(sensor: SensorCode) -> timedelta:
    """How far back the rules of this code need to look."""
    longest = max((threshold.hold for threshold in sensor.thresholds), default=timedelta(0))
    return longest + CLEAR_AFTER + MAX_SILENCE


def judge(sensor: SensorCode, points: Sequence[Point], *, at: datetime) -> Outlook:
    """Judge a series, oldest first, as of `at`; implausible values are sensor faults and left out."""
    low, high = sensor.plausible
    good = [point for point in points if low <= point.value <= high]
    pending: list[datetime] = []
    worst: Breach | None = None
    for threshold in sensor.thresholds:
        run = _run_beyond(good, threshold, hysteresis=sensor.hysteresis)
        if run is None:
            continue
        since, last = run
        held_until = min(at, last.occurred_at + MAX_SILENCE)
        if held_until - since >= threshold.hold:
            worst = worst or Breach(
                level=BreachLevel(threshold.level),
                since=since,
                last_at=last.occurred_at,
                value=last.value,
                threshold=threshold,
            )
        elif since + threshold.hold > at:
            pending.append(since + threshold.hold)
    return Outlook(breach=worst, look_again_at=min(pending, default=None))


def _run_beyond(points: Sequence[Point], threshold: Threshold, *, hysteresis: float) -> tuple[datetime, Point] | None:
    """Where the last run beyond the limit began and its last point, if it still goes on at the end."""
    since: datetime | None = None
    previous: Point | None = None
    for point in points:
        if previous is not None and point.occurred_at - previous.occurred_at > MAX_SILENCE:
            since = None
        beyond = _beyond(point.value, threshold, slack=hysteresis if since is not None else 0.0)
        since = (since or point.occurred_at) if beyond else None
        previous = point
    return None if since is None or previous is None else (since, previous)


def _beyond(value: float, threshold: Threshold, *, slack: float) -> bool:
    """Tell whether a value is beyond the limit; a run ends only `slack` back inside it."""
    limit = threshold.limit
    return value > limit - slack if threshold.above else value < limit + slack
