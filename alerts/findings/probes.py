"""Open, announce and clear the fault of a sensor that reports although it is broken."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.findings import faults
from alerts.findings.outages import NOTIFY_AFTER, SENSOR_FAULT, report_period
from models.catalogue.codes import SensorCode
from models.catalogue.resolving import Effective
from models.changes.devices import clear_fault, note_fault
from models.domain.conditions import Condition
from models.domain.devices import DeviceView
from models.domain.readings import Point
from models.store import conditions, readings
from models.store.connect import Write


def look_back(sensor: Effective[SensorCode], device: DeviceView) -> timedelta:
    """Return how far back the series of a sensor is needed to find a fault."""
    return faults.window_of(_period(sensor, device))


def check_probe(w: Write, device: DeviceView, sensor: SensorCode, points: Sequence[Point], *, at: datetime) -> None:
    """Open or clear the fault of a sensor by its newest values, oldest first."""
    condition = conditions.condition_of(w, device_id=device.id, code=SENSOR_FAULT)
    fault = faults.find(sensor, points, known=condition is not None) or _stuck(w, device, sensor, condition)
    if fault is None:
        clear_fault(w, device, SENSOR_FAULT, at=at)
    elif condition is None:
        detail = {"reason": fault.reason, "value": fault.value, "unit": sensor.unit}
        open_fault(w, device, since=min(fault.since, at), detail=detail, at=at)


def open_fault(w: Write, device: DeviceView, *, since: datetime, detail: dict[str, object], at: datetime) -> bool:
    """Store and announce that a sensor is broken; return False if that is stored already."""
    cause = {"cause": f"sensor:{device.id}", "sensor_code": device.sensor_code}
    notify_at = since + NOTIFY_AFTER
    return note_fault(w, device, SENSOR_FAULT, since=since, notify_at=notify_at, detail=detail, cause=cause, at=at)


def _stuck(w: Write, device: DeviceView, sensor: SensorCode, known: Condition | None) -> faults.Fault | None:
    latest = readings.steady_since(w, device_id=device.id, code=sensor.code)
    if latest is None or not faults.is_stuck(sensor, steady_since=latest.since, newest_at=latest.newest_at):
        return None
    if known is None and not readings.stayed_same(w, device_id=device.id, code=sensor.code, since=latest.since):
        readings.not_steady(w, device_id=device.id, code=sensor.code)
        return None
    return faults.Fault(reason="stuck", since=latest.since, value=latest.value)


def _period(sensor: Effective[SensorCode], device: DeviceView) -> timedelta | None:
    own = device.config.get("report_every_s")
    return report_period(sensor, own if isinstance(own, int | float) else None)
