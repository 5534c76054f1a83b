"""Sensor series are judged when they have news, and again when a hold time runs out."""

from datetime import datetime, timedelta

from alerts.breaches import Breach, judge, window_of
from alerts.grouping import Finding, group
from models.clock import rfc3339
from models.codes import SENSOR_CODES
from models.registry import DeviceView
from models.store import intake, registry
from models.store.connect import Write
from models.terms import AlertOrigin, BreachLevel, Severity

RETRY = timedelta(seconds=1)


def check_series(w: Write, *, at: datetime, limit: int = 200) -> int:
    """Judge the series whose check is due; gives how many."""
    due = intake.due_breach_checks(w, at=at, limit=limit)
    for device_id, code, since in due:
        _check(w, device_id=device_id, code=code, since=since, at=at)
    return len(due)


def _check(w: Write, *, device_id: str, code: str, since: datetime, at: datetime) -> None:
    sensor = SENSOR_CODES.get(code)
    device = registry.device(w, device_id)
    if sensor is None or device is None:
        return
    points = intake.series_raw(w, device_id=device_id, code=code, since=since - window_of(sensor))
    outlook = judge(sensor, points, at=at)
    if outlook.breach is not None:
        group(w, _finding(device, code, outlook.breach), at=at, count_again=False)
    if outlook.look_again_at is not None:
        later = max(outlook.look_again_at, at + RETRY)
        intake.check_breach_later(w, device_id=device_id, code=code, since=since, due_at=later)


def _finding(device: DeviceView, code: str, breach: Breach) -> Finding:
    sensor = SENSOR_CODES[code]
    alarm = breach.level is BreachLevel.alarm
    return Finding(
        tenant_id=device.tenant_id,
        entity_id=device.entity_id,
        region_code=device.region_code,
        site_id=device.site_id,
        device_id=device.id,
        code=code,
        zone=device.zone,
        severity=sensor.alarm_severity if alarm else Severity.minor,
        origin=AlertOrigin.breach,
        first_at=breach.since,
        last_at=breach.last_at,
        measured={
            "value": breach.value,
            "unit": sensor.unit,
            "threshold": breach.threshold.limit,
            "hold_s": breach.threshold.hold.total_seconds(),
            "level": breach.level,
            "since": rfc3339(breach.since),
        },
    )
