"""Entries of the catalogue as values: a kind of finding, a kind of reading, its limits. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from models.catalogue.duty_terms import Duty
from models.catalogue.terms import Severity, Zone

Lawful = Literal["watched", "severity", "deadline"]
"""The values of an entry that a law can demand; each limit has its own mark."""
Judged = Literal["always", "asked", "elsewhere"]
"""Who finds a violation: the platform always, the platform where an override asks for it, or others alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of finding.

    Attributes:
        duty: whose duty it is in the responsibility matrix.
        severity: the default; `severe_zones` raise it to `severity_in_zones`.
        deadline: the rectification deadline (整改期限), counted from dispatch.
        basis: the provision a regulator can cite.
        advice_elsewhere: outside `severe_zones` the duty is only recommended (宜), so the finding
            is advice and never becomes an alert.
        law: values that only an administrator may loosen by an override.
        judged: `asked`: the shipped rule looks for it only where an override says `watched = true`; `elsewhere`: the
            platform has no rule, so it comes from people, and from cameras and boxes that analyse by themselves.
    """

    code: str
    label: str
    duty: Duty
    basis: str
    severity: Severity
    deadline: timedelta
    severe_zones: frozenset[Zone] = frozenset()
    severity_in_zones: Severity | None = None
    advice_elsewhere: bool = False
    law: frozenset[Lawful] = frozenset()
    judged: Judged = "always"

    def severity_in(self, zone: Zone) -> Severity:
        """Return the severity in `zone`."""
        if self.severity_in_zones is not None and zone in self.severe_zones:
            return self.severity_in_zones
        return self.severity

    def is_advice_in(self, zone: Zone) -> bool:
        """Return whether this is only a recommendation in `zone`."""
        return self.advice_elsewhere and zone not in self.severe_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One limit of a sensor: values beyond `limit` for `hold` are a breach of this level.

    Attributes:
        above: True if values above the limit are a breach, False if values below are.
        hold: how long the value must stay beyond the limit; zero: at once.
        name: the limit's name in an override, for example `alarm` or `warn_low`.
        law: a provision states this value.
    """

    limit: float
    above: bool
    hold: timedelta
    level: str
    name: str
    law: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorCode:
    """One kind of reading: unit (SenML, RFC 8428), plausible range, limits.

    A value outside `plausible` is a sensor fault, not a reading of the kitchen.

    Attributes:
        duty: whose duty it is in the responsibility matrix.
        report_every: its regular reporting period (domain default); None = it reports only when something happens.
        cold_chain: its silence becomes more severe the longer it lasts.
        fault_values: values inside `plausible` that converters and drivers report when the probe does not answer.
        jump: a larger step between two reports is suspect until three reports confirm it; None = any step is possible.
        stuck_after: a value unchanged for longer than this is suspect; None = it may stay the same.
        law: values that only an administrator may loosen by an override; each limit has its own mark.
    """

    code: str
    label: str
    duty: Duty
    unit: str
    plausible: tuple[float, float]
    thresholds: tuple[Threshold, ...]
    basis: str
    hysteresis: float
    deadline: timedelta
    alarm_severity: Severity
    report_every: timedelta | None = None
    cold_chain: bool = False
    fault_values: tuple[float, ...] = ()
    jump: float | None = None
    stuck_after: timedelta | None = None
    law: frozenset[Lawful] = frozenset()


Entry = Code | SensorCode


def problem_of_limits(thresholds: tuple[Threshold, ...], plausible: tuple[float, float]) -> str | None:
    """Return why limits make no sense together; None if they do.

    Every limit must lie inside the plausible range, so that its breach can be measured. On each side, a limit further
    out must be neither milder nor slower than one further in.
    """
    low, high = plausible
    for one in thresholds:
        if not (low <= one.limit < high if one.above else low < one.limit <= high):
            return f"limit {one.name} = {one.limit:g}, expected a value inside the plausible range {low:g} … {high:g}"
    for one in thresholds:
        for other in thresholds:
            if one.above is other.above and one is not other and _contradict(one, other):
                side = "above" if one.above else "below"
                return (
                    f"limits {one.name} = {one.limit:g} and {other.name} = {other.limit:g} ({side}) are in the wrong "
                    f"order: expected {_order(one, other)}"
                )
    return None


def _contradict(one: Threshold, other: Threshold) -> bool:
    """Return whether `one`, an alarm or the outer limit of its level, never finds more than `other`."""
    further = (one.limit - other.limit) * (1 if one.above else -1)
    if one.level != other.level:
        return one.level == "alarm" and (further < 0 or (further == 0 and one.hold < other.hold))
    return further > 0 and one.hold >= other.hold


def _order(one: Threshold, other: Threshold) -> str:
    if one.level == other.level:
        return f"{one.name} to be reached sooner than {other.name}, or not to lie further out"
    return f"{one.name} not to come before {other.name}"
