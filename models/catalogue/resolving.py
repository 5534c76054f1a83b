"""Resolve the values of the catalogue that apply at a place and a moment, each with its origin. Pure.

Each value is resolved separately, in this order: device, enterprise, nearest region, tenant, catalogue. Of two valid
overrides of one place the newer one applies, and the origin counts the older ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from models.base.hours import is_within
from models.catalogue.areas import Area, Span, holds
from models.catalogue.codes import Code, Entry, SensorCode, version_of
from models.catalogue.overrides import LIMIT, Changes, Hours, Override, Spot, names_of
from models.catalogue.precision_terms import OverrideLevel

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The origin of a value: the catalogue of a version, or an override of it.

    Attributes:
        older: number of older overrides of the same place that also change this value; the newest applies.
    """

    version: str
    override: Override | None = None
    older: int = 0

    @property
    def level(self) -> OverrideLevel | None:
        """The level of the override; None for the catalogue."""
        return None if self.override is None else self.override.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective(Generic[E]):
    """An entry of the catalogue with the values that apply at a place.

    Attributes:
        entry: the entry with its values at this place.
        base: the entry with its shipped values.
        watched: False = switched off here.
        hours: local hours in which the code is watched; None = always.
        min_score: a violation with a lower score raises no alert; None = every score does.
        ignored_area: a violation whose boxes all lie there raises no alert; None = the whole picture counts.
        origins: the origin of each value, by the value's name.
    """

    entry: E
    base: E
    watched: bool
    hours: Hours | None
    origins: Mapping[str, Origin]
    min_score: float | None = None
    ignored_area: Area | None = None

    def is_watched(self, at: datetime) -> bool:
        """Return whether this code may have findings at a moment."""
        return self.watched and (self.hours is None or is_within(*self.hours, at=at))

    def is_heard(self, score: float, *, at: datetime, span: Span | None = None) -> bool:
        """Return whether a violation of a moment and a score raises an alert; `span` is where its boxes are."""
        if not self.is_watched(at) or (self.min_score is not None and score < self.min_score):
            return False
        return self.ignored_area is None or span is None or not holds(self.ignored_area, span)

    @property
    def is_looked_for(self) -> bool:
        """Whether it is watched here, and asked for if the platform looks for it only where it is asked to."""
        asked = not isinstance(self.base, Code) or self.base.judged != "asked" or self.is_overridden("watched")
        return self.watched and asked

    def is_overridden(self, name: str) -> bool:
        """Return whether an override sets a value."""
        return self.origins[name].override is not None

    def remembered(self) -> dict[str, Any]:
        """Return what a finding records: the catalogue's version, and each override with the names it changed."""
        by_id: dict[str, tuple[Override, list[str]]] = {}
        for name, origin in self.origins.items():
            if origin.override is not None:
                by_id.setdefault(str(origin.override.id), (origin.override, []))[1].append(name)
        overrides = [{"id": key, "level": found.level, "values": names} for key, (found, names) in by_id.items()]
        return {"version": version_of(self.base), **({"overrides": overrides} if overrides else {})}


class Overrides:
    """Loaded overrides by place and code."""

    def __init__(self, found: Iterable[Override] = ()) -> None:
        self._found: dict[tuple[str, str], list[tuple[Override, Changes]]] = defaultdict(list)
        for override in sorted(found, key=lambda one: (one.created_at, one.id), reverse=True):
            self._found[override.place, override.code].append((override, Changes.of_json(override.changes)))

    def __bool__(self) -> bool:
        return bool(self._found)

    def with_one(self, more: Override) -> "Overrides":
        """Return these overrides and one more."""
        return Overrides([*self.all(), more])

    def without(self, gone: Override) -> "Overrides":
        """Return these overrides without one."""
        return Overrides([override for override in self.all() if override.id != gone.id])

    def all(self) -> list[Override]:
        """Return every one that was loaded."""
        return [override for found in self._found.values() for override, _ in found]

    def of(self, code: str, place: str, *, at: datetime) -> list[tuple[Override, dict[str, Any]]]:
        """Return the overrides of a code in force at one place, the newest first, with their changed values."""
        found = self._found.get((place, code), ())
        return [(override, changes.values()) for override, changes in found if override.in_force(at)]


NONE = Overrides()


def resolve(entry: E, *, spot: Spot, overrides: Overrides, at: datetime) -> Effective[E]:
    """Return the values of an entry that apply at a place and a moment, each with its origin."""
    origins = dict.fromkeys(names_of(entry), Origin(version=version_of(entry)))
    values: dict[str, Any] = {}
    for place in spot.places() if overrides else ():
        found = overrides.of(entry.code, place, at=at)
        for name in {name for _, changed in found for name in changed}:
            if name in values or name not in origins:
                continue
            setters = [(override, changed[name]) for override, changed in found if name in changed]
            newest, values[name] = setters[0]
            origins[name] = Origin(version=version_of(entry), override=newest, older=len(setters) - 1)
    return Effective(
        entry=_changed(entry, values),
        base=entry,
        watched=values.get("watched", True),
        hours=values.get("hours"),
        origins=origins,
        min_score=values.get("min_score"),
        ignored_area=values.get("ignored_area"),
    )


def as_shipped(entry: E) -> Effective[E]:
    """Return the values of an entry without overrides."""
    origins = dict.fromkeys(names_of(entry), Origin(version=version_of(entry)))
    return Effective(entry=entry, base=entry, watched=True, hours=None, origins=origins)


def _changed(entry: E, values: Mapping[str, Any]) -> E:
    """Return an entry with changed values."""
    if not values:
        return entry
    return cast("E", _of_sensor(entry, values) if isinstance(entry, SensorCode) else _of_code(entry, values))


def _of_sensor(entry: SensorCode, values: Mapping[str, Any]) -> SensorCode:
    limits = tuple(replace(one, limit=values.get(LIMIT + one.name, one.limit)) for one in entry.thresholds)
    return replace(
        entry,
        deadline=values.get("deadline", entry.deadline),
        alarm_severity=values.get("severity", entry.alarm_severity),
        thresholds=limits,
        plausible=values.get("plausible", entry.plausible),
        report_every=values.get("report_every", entry.report_every),
    )


def _of_code(entry: Code, values: Mapping[str, Any]) -> Code:
    deadline = values.get("deadline", entry.deadline)
    if "severity" not in values:
        return replace(entry, deadline=deadline)
    # An overridden severity applies to every room, because the override names its place.
    return replace(entry, deadline=deadline, severity=values["severity"], severity_in_zones=None)


def value_of(effective: "Effective[Any]", name: str) -> Any:  # noqa: ANN401 - as `Effective.value`
    """Return a value of an effective entry by its name; for a limit, the limit's value."""
    entry: Entry = effective.entry
    if name in {"watched", "hours", "min_score", "ignored_area"}:
        return getattr(effective, name)
    if name == "severity":
        return entry.alarm_severity if isinstance(entry, SensorCode) else entry.severity
    if isinstance(entry, SensorCode) and name.startswith(LIMIT):
        return next(limit.limit for limit in entry.thresholds if LIMIT + limit.name == name)
    return getattr(entry, name)


def plain(value: Any) -> Any:  # noqa: ANN401 - any value of an entry
    """Return a value as JSON: a duration in seconds, hours as text."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple) and value and not isinstance(value[0], int | float):
        return "-".join(f"{one:%H:%M}" for one in value)
    return list(value) if isinstance(value, tuple) else value
