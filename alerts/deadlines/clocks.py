"""The clock of a deadline: all hours for critical hazards, office hours for the others. Data: `clocks.toml`."""

import tomllib
from datetime import time, timedelta
from functools import cache
from importlib.resources import files

from models.base.errors import Invalid
from models.catalogue.entries import Entry, SensorCode
from models.catalogue.terms import DeadlineClock, Severity, label
from models.catalogue.words import span_text
from models.domain.calendars import Calendar

_WORDS = {DeadlineClock.always: "连续", DeadlineClock.office: "工作时间"}


@cache
def _data() -> dict[str, dict[str, object]]:
    text = (files("alerts.deadlines") / "clocks.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, object]] = tomllib.loads(text)
    return found


def clock_of(severity: Severity) -> DeadlineClock:
    """Return the clock on which a deadline of this severity runs."""
    return DeadlineClock(str(_data()["clock"][severity.value]))


def deadline_text(entry: Entry) -> str:
    """Return the deadline of a code with the clock that it runs on: `24 小时（工作时间）`.

    Findings of one code may differ in severity and then in clock: `2 小时（严重：连续；一般：工作时间）`.
    """
    severities = [one for one in Severity if one in _severities(entry)]
    clocks = {one: clock_of(one) for one in severities}
    if len(set(clocks.values())) == 1:
        said = _WORDS[clocks[severities[0]]]
    else:
        said = "；".join(f"{label(one)}：{_WORDS[clock]}" for one, clock in clocks.items())
    return f"{_length(entry.deadline, set(clocks.values()))}（{said}）"


def _severities(entry: Entry) -> set[Severity]:
    if isinstance(entry, SensorCode):
        return {entry.alarm_severity, Severity.minor}  # a warning is minor
    raised = set() if entry.severity_in_zones is None else {entry.severity_in_zones}
    return raised if entry.advice_elsewhere and raised else {entry.severity, *raised}


def _length(length: timedelta, clocks: set[DeadlineClock]) -> str:
    """Write a deadline; in office time by hours, because 72 hours of it are ten working days and not three days."""
    hours = length / timedelta(hours=1)
    return f"{hours:g} 小时" if DeadlineClock.office in clocks and hours == int(hours) else span_text(length)


def lookback_rule(severity: Severity) -> tuple[int, int]:
    """After how many days a closed hazard is looked at again, and for how many of a hundred tasks."""
    rule = _data()["lookback"][severity.value]
    if not isinstance(rule, dict):
        raise Invalid(f"clocks.toml: lookback.{severity.value}: expected days and percent")
    return int(rule["days"]), int(rule["percent"])


def calendar_for(clock: DeadlineClock, calendar: Calendar) -> Calendar | None:
    """Return the calendar for the arithmetic: None if all time counts."""
    return calendar if clock is DeadlineClock.office else None


@cache
def office_hours() -> tuple[tuple[time, time], ...]:
    """Return the office hours of a working day: (from, to) in local time, in order."""
    return hours_of(_data()["office"]["hours"])


def hours_of(pairs: object) -> tuple[tuple[time, time], ...]:
    """Read `[["09:00", "12:00"], …]`.

    Raises:
        Invalid: another form, or intervals that are empty, overlap or are out of order.
    """
    try:
        found = tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise Invalid(
            f'office hours {pairs!r}: expected pairs of local times, for example [["09:00", "12:00"]]'
        ) from None
    moments = [moment for pair in found for moment in pair]
    if not moments or moments != sorted(set(moments)):
        raise Invalid(f"office hours {pairs!r}: expected intervals in order that do not touch or overlap")
    return found
