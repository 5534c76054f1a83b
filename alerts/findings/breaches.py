"""Decide when a sensor series is in breach: a pure function of the series and the moment.

There is no state between calls: the same readings yield the same result, so late data is treated
like punctual data, and a replay reproduces the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.findings.faults import MAX_SILENCE
from models.catalogue.codes import SensorCode, Threshold
from models.catalogue.terms import BreachLevel
from models.domain.readings import Point

CLEAR_AFTER = timedelta(minutes=5)
"""A breach ends after this long back inside the limit (domain default); a shorter dip does not end it."""
_JITTER = timedelta(seconds=30)
"""Tolerance for report times: a sensor that reports every five minutes does not end a breach with one value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A series is, or was, beyond a limit for at least the limit's hold time.

    Attributes:
        last_at: when the last value beyond the limit was measured.
        value: the newest value while the breach lasts, the worst one after its end.
        ended_at: when the series came back inside or stopped; None while the breach lasts.
    """

    level: BreachLevel
    since: datetime
    last_at: datetime
    value: float
    threshold: Threshold
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The worst present breach, and when to check again if no new reading arrives.

    `ended` are the breaches of the series that are over, oldest first; they may not have been checked meanwhile.
    """

    breach: Breach | None
    look_again_at: datetime | None
    ended: tuple[Breach, ...] = ()


def window_of(sensor: SensorCode) -> timedelta:
    """Return how far back the rules of this code need readings."""
    longest = max((threshold.hold for threshold in sensor.thresholds), default=timedelta(0))
    return longest + CLEAR_AFTER + MAX_SILENCE


def judge(sensor: SensorCode, good: Sequence[Point], *, at: datetime) -> Outlook:
    """Judge the sound values of a series (`faults.sound`), oldest first, as of `at`."""
    if not good:
        return Outlook(breach=None, look_again_at=None)
    low, high = min(point.value for point in good), max(point.value for point in good)
    pending: list[datetime] = []
    ended: list[Breach] = []
    worst: Breach | None = None
    for threshold in sensor.thresholds:
        if not _beyond(high if threshold.above else low, threshold, slack=0.0):
            continue
        for run in _runs(good, threshold, hysteresis=sensor.hysteresis):
            if run.until(at) - run.since >= threshold.hold:
                if run.goes_on:
                    worst = worst or run.breach(at)
                else:
                    ended.append(run.breach(at))
            elif run.goes_on and run.since + threshold.hold > at:
                pending.append(run.since + threshold.hold)
    return Outlook(breach=worst, look_again_at=min(pending, default=None), ended=_merged(ended))


@dataclass(slots=True, kw_only=True)
class _Run:
    """A part of a series beyond a limit, including dips too short to end it."""

    threshold: Threshold
    since: datetime
    heard_at: datetime
    last: Point
    worst: float
    # Start of the time beyond the limit without a dip, and start of the time back inside.
    unbroken_since: datetime
    back_at: datetime | None = None
    over: bool = False

    @property
    def goes_on(self) -> bool:
        return self.back_at is None and not self.over

    def until(self, at: datetime) -> datetime:
        """Return the moment until which the run is known to have lasted."""
        return min(at, self.back_at or self.last.occurred_at + MAX_SILENCE)

    def is_over(self, at: datetime) -> bool:
        """Return whether a value measured at `at` is too late to belong to the run.

        Before the hold time has passed, a dip must also be shorter than the time that it interrupts: a door that
        is opened again and again has not been open all the time.
        """
        if self.back_at is None or at - self.heard_at > MAX_SILENCE:
            return at - self.heard_at > MAX_SILENCE
        dip = at - self.back_at
        reached = self.back_at - self.since >= self.threshold.hold
        return dip > CLEAR_AFTER + _JITTER or (not reached and dip > self.back_at - self.unbroken_since)

    def take(self, point: Point, *, hysteresis: float) -> None:
        """Add the next value."""
        self.heard_at = point.occurred_at
        if not _beyond(point.value, self.threshold, slack=hysteresis):
            self.back_at = self.back_at or point.occurred_at
            return
        if self.back_at is not None:
            self.back_at, self.unbroken_since = None, point.occurred_at
        self.last = point
        self.worst = (max if self.threshold.above else min)(self.worst, point.value)

    def breach(self, at: datetime) -> Breach:
        """Return the run as a breach."""
        return Breach(
            level=BreachLevel(self.threshold.level),
            since=self.since,
            last_at=self.last.occurred_at,
            value=self.last.value if self.goes_on else self.worst,
            threshold=self.threshold,
            ended_at=None if self.goes_on else self.until(at),
        )


def _runs(points: Sequence[Point], threshold: Threshold, *, hysteresis: float) -> list[_Run]:
    """Return the runs beyond a limit, oldest first; only the last one may still last."""
    runs: list[_Run] = []
    run: _Run | None = None
    for point in points:
        if run is not None and run.is_over(point.occurred_at):
            run.over, run = True, None
        if run is not None:
            run.take(point, hysteresis=hysteresis)
        elif _beyond(point.value, threshold, slack=0.0):
            run = _Run(
                threshold=threshold,
                since=point.occurred_at,
                heard_at=point.occurred_at,
                last=point,
                worst=point.value,
                unbroken_since=point.occurred_at,
            )
            runs.append(run)
    return runs


def _merged(breaches: Sequence[Breach]) -> tuple[Breach, ...]:
    """Merge breaches that overlap into the worst one of them, over the whole time; the worst comes first."""
    merged: list[Breach] = []
    for breach in breaches:
        for i, known in enumerate(merged):
            if known.since <= breach.last_at and breach.since <= known.last_at:
                merged[i] = replace(
                    known,
                    since=min(known.since, breach.since),
                    last_at=max(known.last_at, breach.last_at),
                    ended_at=max(filter(None, (known.ended_at, breach.ended_at)), default=None),
                )
                break
        else:
            merged.append(breach)
    return tuple(sorted(merged, key=lambda breach: breach.since))


def _beyond(value: float, threshold: Threshold, *, slack: float) -> bool:
    """Return whether a value is beyond the limit; a run ends only `slack` inside it."""
    limit = threshold.limit
    return value > limit - slack if threshold.above else value < limit + slack
