"""Check sensor series when new readings arrive, and again when a hold time ends."""

from datetime import datetime, timedelta

from alerts.findings.breaches import Breach, judge, window_of
from alerts.findings.grouping import Finding, catch_up, group
from alerts.findings.probes import check_probe, look_back
from models.base.clock import rfc3339
from models.catalogue.codes import SENSOR_CODES, SensorCode
from models.catalogue.overrides import Spot
from models.catalogue.resolving import Effective, resolve
from models.catalogue.terms import AlertOrigin, BreachLevel, Severity
from models.domain.devices import DeviceView
from models.domain.place import place_of
from models.store import catalogue, devices, readings
from models.store.connect import Write

RETRY = timedelta(seconds=1)
MOST_POINTS = 50_000
"""How much of a series is judged at once; the rest has its turn next. The longest window holds less at 5 a second."""
_STRIDE = timedelta(minutes=1)


def check_series(w: Write, *, at: datetime, limit: int = 200) -> int:
    """Check the series that are due; return how many."""
    due = readings.due_breach_checks(w, at=at, limit=limit)
    known = devices.devices_named(w, {device_id for device_id, _, _ in due})
    codes = {code for _, code, _ in due}
    overrides = catalogue.overrides_at(w, [Spot.of(device.place) for device in known.values()], at=at, codes=codes)
    for device_id, code, since in due:
        shipped, device = SENSOR_CODES.get(code), known.get(device_id)
        if shipped is not None and device is not None:
            sensor = resolve(shipped, spot=Spot.of(device.place), overrides=overrides, at=at)
            _check(w, device, sensor, since=since, at=at)
    return len(due)


def _check(w: Write, device: DeviceView, effective: Effective[SensorCode], *, since: datetime, at: datetime) -> None:
    sensor, device_id, code = effective.entry, device.id, effective.entry.code
    back = max(window_of(sensor), look_back(effective, device))
    points = readings.series_raw(w, device_id=device_id, code=code, since=since - back, limit=MOST_POINTS)
    if not points:
        return
    newest, more = points[-1].occurred_at, len(points) == MOST_POINTS
    # Of a series that is cut off nothing is known behind the cut: it is judged as it was then.
    outlook = judge(sensor, points, at=newest if more else at)
    if not more and device.decommissioned_at is None:
        check_probe(w, device, sensor, points, at=at)
    if not effective.is_watched(at):
        return
    for ended in outlook.ended:
        if ended.ended_at is not None and ended.ended_at >= since:
            catch_up(w, _finding(device, effective, ended), at=at)
    if outlook.breach is not None:
        group(w, _finding(device, effective, outlook.breach), at=at, count_again=False)
    if more:
        since, due_at = max(newest, since + _STRIDE), at
    elif outlook.look_again_at is not None:
        # What ended before has been told by now.
        since, due_at = max(newest, since), max(outlook.look_again_at, at + RETRY)
    else:
        return
    readings.check_breach_later(w, device_id=device_id, code=code, since=since, due_at=due_at)


def _finding(device: DeviceView, effective: Effective[SensorCode], breach: Breach) -> Finding:
    sensor = effective.entry
    alarm = breach.level is BreachLevel.alarm
    return Finding(
        **place_of(device.place),
        code=sensor.code,
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
            **({} if breach.ended_at is None else {"ended": rfc3339(breach.ended_at)}),
        },
        catalogue=effective.remembered(),
    )
