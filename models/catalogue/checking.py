"""Check overrides: their values must make sense and must not loosen what a law demands. Pure."""

import math
from collections.abc import Iterator
from datetime import timedelta

from models.base.errors import Invalid, LawDemands
from models.catalogue.areas import is_area
from models.catalogue.entries import Code, Entry, SensorCode, problem_of_limits
from models.catalogue.overrides import LIMIT, Changes, names_of
from models.catalogue.terms import Role, Severity

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=365)
MOST_PERIOD = timedelta(days=1)
MOST_LAWFUL_SCORE = 0.9
"""A higher least score hardly leaves a finding, so it counts as switching a code off (domain default)."""
_RANK = {Severity.minor: 0, Severity.major: 1, Severity.critical: 2}


def require_sensible(entry: Entry, changes: Changes) -> None:
    """Refuse changes that are not possible for a code.

    Raises:
        Invalid: the message names the value and what was expected.
    """
    values = changes.values()
    if not values:
        raise Invalid(
            f"请至少填写一项要调整的内容 nothing is changed; expected at least one of {', '.join(names_of(entry))}"
        )
    unknown = [name for name in values if name not in names_of(entry)]
    if unknown:
        raise Invalid(f"{entry.code} has no {unknown[0]}; it has {', '.join(names_of(entry))}")
    if changes.deadline is not None and not SHORTEST <= changes.deadline <= LONGEST:
        raise Invalid(f"deadline = {changes.deadline}, expected one minute to 365 days")
    if changes.report_every is not None and not timedelta(seconds=1) <= changes.report_every <= MOST_PERIOD:
        raise Invalid(f"report_every = {changes.report_every}, expected one second to one day")
    if changes.hours is not None and changes.hours[0] == changes.hours[1]:
        raise Invalid("监看时段的起止不能相同 hours begin and end at the same time; leave them out for the whole day")
    if changes.min_score is not None and not 0 < changes.min_score < 1:
        raise Invalid(f"最低置信度应在 0 与 1 之间 min_score = {changes.min_score}, expected a score between 0 and 1")
    if changes.ignored_area is not None and not is_area(changes.ignored_area):
        raise Invalid(
            f"屏蔽区域应在画面之内 ignored_area = {list(changes.ignored_area)}, expected left, top, width and height "
            "as shares of the picture that stay inside it"
        )
    numbers = [*changes.limits.values(), *(changes.plausible or ())]
    if not all(map(math.isfinite, numbers)):
        raise Invalid("limits and plausible range: expected finite numbers")
    if changes.plausible is not None and changes.plausible[0] >= changes.plausible[1]:
        raise Invalid(
            f"可信范围的最低值应小于最高值 plausible = {list(changes.plausible)}, expected the lower value first"
        )


def require_ordered(changes: Changes, *, after: Entry) -> None:
    """Refuse limits that contradict each other or can't be reached; `after` holds all values with the changes made.

    Raises:
        Invalid: the message names the limits and what was expected.
    """
    if isinstance(after, SensorCode) and (changes.limits or changes.plausible):
        problem = problem_of_limits(after.thresholds, after.plausible)
        if problem is not None:
            raise Invalid(f"限值超出可信范围，或先后颠倒 {after.code}: {problem}")


def require_lawful(entry: Entry, changes: Changes, *, role: Role) -> None:
    """Refuse to loosen what a law demands, except for an administrator.

    Raises:
        LawDemands: the message states what the law demands and who may loosen it.
    """
    if role is Role.admin:
        return
    reasons = list(loosened(entry, changes))
    if reasons:
        raise LawDemands(
            f"法律法规要求的内容只有管理员可以放宽（{entry.basis}） {entry.code}: {reasons[0]} ({entry.basis}); "
            "only an administrator may loosen that"
        )


def loosened(entry: Entry, changes: Changes) -> Iterator[str]:
    """Yield a reason for each change that loosens a demand of the law."""
    if "watched" in entry.law:
        if changes.watched is False:
            yield "the law demands this check, so it can't be switched off"
        if changes.hours is not None:
            yield "the law demands this check at all hours"
        if changes.min_score is not None and changes.min_score > MOST_LAWFUL_SCORE:
            yield f"the law demands this check, so min_score is at most {MOST_LAWFUL_SCORE:g}"
        if changes.ignored_area is not None:
            yield "the law demands this check in the whole picture"
    if "severity" in entry.law and changes.severity is not None and _RANK[changes.severity] < _RANK[_worst(entry)]:
        yield f"the law demands at least {_worst(entry)}"
    if "deadline" in entry.law and changes.deadline is not None and changes.deadline > entry.deadline:
        yield f"the law demands a deadline of at most {entry.deadline}"
    if isinstance(entry, SensorCode):
        yield from _loosened_limits(entry, changes)


def _loosened_limits(sensor: SensorCode, changes: Changes) -> Iterator[str]:
    for limit in sensor.thresholds:
        wished = changes.limits.get(limit.name)
        if not limit.law or wished is None:
            continue
        if wished > limit.limit if limit.above else wished < limit.limit:
            side = "at most" if limit.above else "at least"
            yield f"{LIMIT}{limit.name} = {wished:g}, and the law demands {side} {limit.limit:g}"
    (low, high), wished_range = sensor.plausible, changes.plausible
    if "watched" in sensor.law and wished_range is not None and (wished_range[0] > low or wished_range[1] < high):
        # Values outside it count as faults of the sensor, so a narrow range hides breaches.
        yield (
            f"the law demands this check, so plausible = {list(wished_range)} can't be narrower than {low:g} … {high:g}"
        )


def _worst(entry: Entry) -> Severity:
    if isinstance(entry, Code):
        return max(filter(None, (entry.severity, entry.severity_in_zones)), key=_RANK.__getitem__)
    return entry.alarm_severity
