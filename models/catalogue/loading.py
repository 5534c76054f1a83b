"""Read a catalogue file strictly: every mistake is an error that names file, code, key and the expected value.

Pure: text goes in, entries come out.
"""

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, get_args

from models.base.errors import Invalid
from models.catalogue.duty_terms import Duty
from models.catalogue.entries import Code, Judged, Lawful, SensorCode, Threshold, problem_of_limits
from models.catalogue.terms import BreachLevel, Severity, Zone

T = TypeVar("T", Code, SensorCode)
_CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")
_NAME = re.compile(r"[a-z][a-z_]{1,20}")
_MISSING: Any = object()
MOST_HOURS = 24 * 365
_DAY_S = 86_400


def violations_of(text: str, *, file: str) -> tuple[str, dict[str, Code]]:
    """Return the version and the entries of a file of violations.

    Raises:
        Invalid: the file has a mistake.
    """
    return _load(text, file, _violation)


def sensors_of(text: str, *, file: str) -> tuple[str, dict[str, SensorCode]]:
    """The version and the entries of a file of sensors. Raises the errors of `violations_of`."""
    return _load(text, file, _sensor)


def _load(text: str, file: str, make: Callable[["_Table", str], T]) -> tuple[str, dict[str, T]]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{file}: {error}") from error
    version = raw.pop("version", None)
    if not isinstance(version, str) or not version.strip():
        raise Invalid(f'{file}: version = {version!r}, expected text, for example version = "2026.11.1"')
    found: dict[str, T] = {}
    for code, given in raw.items():
        if not _CODE.fullmatch(code):
            raise Invalid(f"{file}: code {code!r}, expected lower-case letters, digits and _, for example no_mask")
        if not isinstance(given, dict):
            raise Invalid(f"{file}, code {code!r}: {given!r}, expected a table [{code}]")
        table = _Table(given, f"{file}, code {code!r}")
        found[code] = make(table, code)
        table.done()
    if not found:
        raise Invalid(f"{file}: no codes, expected one table per code")
    labels: dict[str, str] = {}
    for code, entry in found.items():
        if (first := labels.setdefault(entry.label, code)) != code:
            raise Invalid(f"{file}, code {code!r}: label = {entry.label!r}, expected one that {first!r} does not have")
    return version, found


def _violation(table: "_Table", code: str) -> Code:
    zones = frozenset(Zone(zone) for zone in table.words("severe_zones", tuple(Zone)))
    in_zones = table.choice("severity_in_zones", tuple(Severity), default=None)
    advice = table.flag("advice_elsewhere")
    if (in_zones is not None or advice) and not zones:
        raise table.wrong("severe_zones", [], "the zones for severity_in_zones and advice_elsewhere")
    if zones and in_zones is None:
        raise table.wrong("severity_in_zones", None, f"one of {', '.join(Severity)}, because there are severe_zones")
    return Code(
        code=code,
        label=table.text("label"),
        duty=Duty(table.choice("duty", tuple(Duty))),
        basis=table.text("basis"),
        severity=Severity(table.choice("severity", tuple(Severity))),
        deadline=table.hours("deadline_h"),
        severe_zones=zones,
        severity_in_zones=None if in_zones is None else Severity(in_zones),
        advice_elsewhere=advice,
        law=table.law(),
        judged=table.choice("judged", get_args(Judged), default="always"),
    )


def _sensor(table: "_Table", code: str) -> SensorCode:
    low, high = table.pair("plausible")
    limits = tuple(_limit(one) for one in table.tables("limit"))
    names = [one.name for one in limits]
    if len(set(names)) < len(names):
        raise table.wrong("limit", names, "limits of different names")
    problem = problem_of_limits(limits, (low, high))
    if problem is not None:
        raise Invalid(f"{table.where}: {problem}")
    return SensorCode(
        code=code,
        label=table.text("label"),
        duty=Duty(table.choice("duty", tuple(Duty))),
        unit=table.text("unit"),
        plausible=(low, high),
        thresholds=limits,
        basis=table.text("basis"),
        hysteresis=table.number("hysteresis", least=0),
        deadline=table.hours("deadline_h"),
        alarm_severity=Severity(table.choice("severity", tuple(Severity))),
        report_every=table.seconds("report_every_s", default=None, least=1),
        cold_chain=table.flag("cold_chain"),
        fault_values=table.numbers("fault_values"),
        jump=table.number("jump", default=None, least=0),
        stuck_after=table.hours("stuck_after_h", default=None),
        law=table.law(),
    )


def _limit(table: "_Table") -> Threshold:
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.wrong("name", name, "lower-case letters and _, for example warn_low")
    above, below = table.number("above", default=None), table.number("below", default=None)
    if (above is None) == (below is None):
        raise table.wrong("above", above, "exactly one of above and below")
    limit = Threshold(
        limit=above if above is not None else below,
        above=above is not None,
        hold=table.seconds("hold_s", least=0),
        level=str(table.choice("level", tuple(BreachLevel))),
        name=name,
        law=table.flag("law"),
    )
    table.done()
    return limit


class _Table:
    """One table of a file; it remembers which keys were read, so that `done` can refuse the others."""

    def __init__(self, given: Mapping[str, Any], where: str) -> None:
        self._given, self._asked, self.where = given, set[str](), where

    def wrong(self, key: str, given: object, expected: str) -> Invalid:
        """Return the error for a key."""
        shown = "is missing" if given is _MISSING else f"= {given!r}"
        return Invalid(f"{self.where}: {key} {shown}, expected {expected}")

    def done(self) -> None:
        """Refuse keys that were not read."""
        unknown = sorted(set(self._given) - self._asked)
        if unknown:
            raise self.wrong(unknown[0], self._given[unknown[0]], f"one of the keys {', '.join(sorted(self._asked))}")

    def _take(self, key: str, default: Any = _MISSING) -> Any:  # noqa: ANN401 - TOML is of any type until it is checked
        self._asked.add(key)
        return self._given.get(key, default)

    def text(self, key: str) -> str:
        given = self._take(key)
        if not isinstance(given, str) or not given.strip():
            raise self.wrong(key, given, "text")
        return given

    def flag(self, key: str) -> bool:
        given = self._take(key, False)
        if not isinstance(given, bool):
            raise self.wrong(key, given, "true or false")
        return given

    def choice(self, key: str, members: tuple[str, ...], *, default: Any = _MISSING) -> Any:  # noqa: ANN401 - as `_take`
        given = self._take(key, default)
        if given is default and default is not _MISSING:
            return given
        if given not in members or not isinstance(given, str):
            raise self.wrong(key, given, f"one of {', '.join(members)}")
        return given

    def words(self, key: str, members: tuple[str, ...]) -> list[str]:
        given = self._take(key, [])
        if not isinstance(given, list) or not all(isinstance(one, str) and one in members for one in given):
            raise self.wrong(key, given, f"a list of {', '.join(members)}")
        return given

    def law(self) -> frozenset[Lawful]:
        return frozenset(self.words("law", get_args(Lawful)))  # type: ignore[arg-type] # they are members, checked above

    def number(self, key: str, *, default: Any = _MISSING, least: float = -math.inf) -> Any:  # noqa: ANN401 - as `_take`
        given = self._take(key, default)
        if given is default and default is not _MISSING:
            return given
        if not _is_number(given) or given < least:
            raise self.wrong(key, given, "a number" if least == -math.inf else f"a number of at least {least:g}")
        return float(given)

    def numbers(self, key: str) -> tuple[float, ...]:
        given = self._take(key, [])
        if not isinstance(given, list) or not all(_is_number(one) for one in given):
            raise self.wrong(key, given, "a list of numbers")
        return tuple(map(float, given))

    def pair(self, key: str) -> tuple[float, float]:
        given = self._take(key)
        if not isinstance(given, list) or len(given) != 2 or not all(map(_is_number, given)) or given[0] >= given[1]:  # noqa: PLR2004 - two ends
            raise self.wrong(key, given, "two numbers, the lower one first, for example [-40, 60]")
        return float(given[0]), float(given[1])

    def hours(self, key: str, *, default: Any = _MISSING) -> Any:  # noqa: ANN401 - as `_take`
        given = self._take(key, default)
        if given is default and default is not _MISSING:
            return given
        if not _is_number(given) or not 0 < given <= MOST_HOURS:
            raise self.wrong(key, given, f"hours, more than 0 and at most {MOST_HOURS}")
        return timedelta(hours=given)

    def seconds(self, key: str, *, default: Any = _MISSING, least: float) -> Any:  # noqa: ANN401 - as `_take`
        given = self._take(key, default)
        if given is default and default is not _MISSING:
            return given
        if not _is_number(given) or not least <= given <= _DAY_S:
            raise self.wrong(key, given, f"seconds, {least:g} to {_DAY_S}")
        return timedelta(seconds=given)

    def tables(self, key: str) -> list["_Table"]:
        given = self._take(key)
        if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
            raise self.wrong(key, given, "a list of at least one { name, level, above or below, hold_s }")
        return [_Table(one, f"{self.where}, limit {one.get('name', number)!r}") for number, one in enumerate(given, 1)]


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
