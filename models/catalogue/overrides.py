"""Overrides of the catalogue for a tenant, region, enterprise or device, with their reason and validity.

Pure values. An override never changes the shipped values; `models.catalogue.resolving` returns the values that apply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Protocol, Self
from uuid import UUID

from models.base.hours import parse_hours
from models.catalogue.areas import Area
from models.catalogue.entries import Entry, SensorCode
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.terms import Role, Severity

LIMIT = "limits."
"""Prefix of a limit's name among an entry's values: `limits.alarm`."""
Hours = tuple[time, time]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The values that an override changes; a value of None, or a limit that is not named, stays unchanged.

    Attributes:
        watched: False = switched off: the code has no findings. True switches it on again for a narrower place,
            or on at all if the platform looks for it only where it is asked to.
        hours: local hours in which the code is watched; outside them it has no findings. Codes of cameras only.
        limits: new value of a sensor's limit, by the limit's name.
        min_score: a violation with a lower score raises no alert. Codes of cameras only.
        ignored_area: a violation whose boxes all have their centre there raises no alert. For one camera only.
    """

    watched: bool | None = None
    severity: Severity | None = None
    deadline: timedelta | None = None
    hours: Hours | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    plausible: tuple[float, float] | None = None
    report_every: timedelta | None = None
    min_score: float | None = None
    ignored_area: Area | None = None

    def values(self) -> dict[str, Any]:
        """Return each changed value by its name; a limit is `limits.<name>`."""
        single = {name: getattr(self, name) for name in PLAIN}
        limits = {LIMIT + name: value for name, value in self.limits.items()}
        return {name: value for name, value in (single | limits).items() if value is not None}

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read stored changes; keys that this release does not know are left out."""
        hours = parse_hours(raw["hours"]) if raw.get("hours") else (None, None)
        return cls(
            watched=raw.get("watched"),
            severity=None if raw.get("severity") is None else Severity(raw["severity"]),
            deadline=_span(raw.get("deadline_s")),
            hours=None if hours[0] is None or hours[1] is None else (hours[0], hours[1]),
            limits={str(name): float(value) for name, value in (raw.get("limits") or {}).items()},
            plausible=None
            if raw.get("plausible") is None
            else (float(raw["plausible"][0]), float(raw["plausible"][1])),
            report_every=_span(raw.get("report_every_s")),
            min_score=None if raw.get("min_score") is None else float(raw["min_score"]),
            ignored_area=_area(raw.get("ignored_area")),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the changes in the form that is stored and shown."""
        found = {
            "watched": self.watched,
            "severity": self.severity,
            "deadline_s": None if self.deadline is None else self.deadline.total_seconds(),
            "hours": None if self.hours is None else hours_text(self.hours),
            "limits": dict(self.limits) or None,
            "plausible": None if self.plausible is None else list(self.plausible),
            "report_every_s": None if self.report_every is None else self.report_every.total_seconds(),
            "min_score": self.min_score,
            "ignored_area": None if self.ignored_area is None else list(self.ignored_area),
        }
        return {name: value for name, value in found.items() if value is not None}


PLAIN = ("watched", "severity", "deadline", "hours", "plausible", "report_every", "min_score", "ignored_area")
"""The values of an entry that can be overridden, without the limits."""


def names_of(entry: Entry) -> tuple[str, ...]:
    """Return the names of an entry's values that can be overridden, in the order in which they are shown."""
    if isinstance(entry, SensorCode):
        limits = (LIMIT + limit.name for limit in entry.thresholds)
        return ("watched", "severity", "deadline", *limits, "plausible", "report_every")
    return ("watched", "severity", "deadline", "hours", "min_score", "ignored_area")


def hours_text(hours: Hours) -> str:
    """Return hours in the form that is stored and shown: `06:00-20:00`."""
    return f"{hours[0]:%H:%M}-{hours[1]:%H:%M}"


def _area(raw: Sequence[float] | None) -> Area | None:
    return None if raw is None else (float(raw[0]), float(raw[1]), float(raw[2]), float(raw[3]))


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An override of one code at one place.

    Attributes:
        region_code: the region of the override; for an enterprise or a device, the region where it lies.
        entity_id: the enterprise of the override, or the enterprise that the device belongs to.
        changes: a `Changes` as JSON.
        valid_until: when it ends by itself; None = it applies until somebody ends it.
        ended_at: when somebody ended it.
    """

    id: UUID
    tenant_id: str
    level: OverrideLevel
    region_code: str | None
    entity_id: UUID | None
    device_id: str | None
    code: str
    changes: dict[str, Any]
    reason: str
    actor: str
    actor_role: Role
    valid_from: datetime
    valid_until: datetime | None
    created_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None

    @property
    def place(self) -> str:
        """The key under which it is stored: exactly one of those that `Spot.places` returns."""
        return {
            OverrideLevel.device: f"device:{self.device_id}",
            OverrideLevel.entity: f"entity:{self.entity_id}",
            OverrideLevel.region: f"region:{self.tenant_id}/{self.region_code}",
            OverrideLevel.tenant: f"tenant:{self.tenant_id}",
        }[self.level]

    def in_force(self, at: datetime) -> bool:
        """Return whether it applies at a moment."""
        ends = min(filter(None, (self.valid_until, self.ended_at)), default=None)
        return self.valid_from <= at and (ends is None or at < ends)


class Located(Protocol):
    """Anything with the place of a device: a violation, an alert, a route."""

    @property
    def tenant_id(self) -> str: ...  # noqa: D102 - named by the values themselves
    @property
    def entity_id(self) -> UUID: ...  # noqa: D102
    @property
    def region_code(self) -> str: ...  # noqa: D102
    @property
    def device_id(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place for which values are resolved; fields of None make it less specific."""

    tenant_id: str
    region_code: str | None = None
    entity_id: UUID | None = None
    device_id: str | None = None

    @classmethod
    def of(cls, thing: Located) -> Self:
        """Return the place of something."""
        return cls(
            tenant_id=thing.tenant_id,
            region_code=thing.region_code,
            entity_id=thing.entity_id,
            device_id=thing.device_id,
        )

    def places(self) -> tuple[str, ...]:
        """Return the keys of the overrides that apply here, the most specific first."""
        region = self.region_code or ""
        regions = [f"region:{self.tenant_id}/{region[:length]}" for length in range(len(region), 1, -1)]
        own = [] if self.device_id is None else [f"device:{self.device_id}"]
        entity = [] if self.entity_id is None else [f"entity:{self.entity_id}"]
        return (*own, *entity, *regions, f"tenant:{self.tenant_id}")
