"""Open, announce and clear the fault condition of sensors that report but are broken."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.findings import faults
from alerts.findings.outages import NOTIFY_AFTER, SENSOR_FAULT, report_period
from models.catalogue.codes import SensorCode
from models.catalogue.resolving import Effective
from models.changes.devices import clear_fault, note_fault
from models.domain.devices import DeviceView
from models.domain.readings import Point
from models.store import conditions, readings
from models.store.connect import Read, Write
from models.store.readings import Steady


def look_back(sensor: Effective[SensorCode], device: DeviceView) -> timedelta:
    """Return how far back the check for a broken sensor needs its series."""
    return faults.window_of(_period(sensor, device))


@dataclass(frozen=True, slots=True)
class Values:
    """A series, oldest first, and the fault of each of its values (`faults.reasons_of`)."""

    points: Sequence[Point]
    reasons: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Probes:
    """What is stored of several sensors besides their series: who is known to be broken, and since when values stay.

    Whoever takes a series out of the queue is the only one to check it, so it may be read for all of them at once.
    """

    broken: frozenset[str]
    steady: Mapping[tuple[str, str], Steady]

    @classmethod
    def of(cls, r: Read, device_ids: Collection[str]) -> "Probes":
        """Read it for some sensors."""
        opened = conditions.open_conditions(r, device_ids)
        return cls(
            frozenset(condition.device_id for condition in opened if condition.code == SENSOR_FAULT),
            readings.steady_of(r, device_ids),
        )


def check_probe(
    w: Write, device: DeviceView, sensor: SensorCode, values: Values, *, stored: Probes, at: datetime
) -> None:
    """Open or clear the fault of a sensor according to its newest values."""
    known = device.id in stored.broken
    fault = faults.find(values.points, values.reasons, known=known) or _stuck(w, device, sensor, stored, known=known)
    if fault is None and known:
        clear_fault(w, device, SENSOR_FAULT, at=at)
    elif fault is not None and not known:
        detail = {"reason": fault.reason, "value": fault.value, "unit": sensor.unit}
        open_fault(w, device, since=min(fault.since, at), detail=detail, at=at)


def open_fault(w: Write, device: DeviceView, *, since: datetime, detail: dict[str, object], at: datetime) -> bool:
    """Store and announce that a sensor is broken; return False if its fault is open already."""
    cause = {"cause": f"sensor:{device.id}", "sensor_code": device.sensor_code}
    notify_at = since + NOTIFY_AFTER
    return note_fault(w, device, SENSOR_FAULT, since=since, notify_at=notify_at, detail=detail, cause=cause, at=at)


def _stuck(w: Write, device: DeviceView, sensor: SensorCode, stored: Probes, *, known: bool) -> faults.Fault | None:
    latest = stored.steady.get((device.id, sensor.code))
    if latest is None or not faults.is_stuck(sensor, steady_since=latest.since, newest_at=latest.newest_at):
        return None
    if not known and not readings.stayed_same(w, device_id=device.id, code=sensor.code, since=latest.since):
        readings.not_steady(w, device_id=device.id, code=sensor.code)
        return None
    return faults.Fault(reason="stuck", since=latest.since, value=latest.value)


def _period(sensor: Effective[SensorCode], device: DeviceView) -> timedelta | None:
    own = device.config.get("report_every_s")
    return report_period(sensor, own if isinstance(own, int | float) else None)
