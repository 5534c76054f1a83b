"""Judge sensor series when they have new readings, and again when a hold time ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.findings.breaches import Breach, judge, window_of
from alerts.findings.faults import reasons_of, sound
from alerts.findings.grouping import Finding, catch_up, group
from alerts.findings.probes import Probes, Values, check_probe, look_back
from models.base.clock import rfc3339
from models.catalogue.codes import SENSOR_CODES, SensorCode
from models.catalogue.overrides import Spot
from models.catalogue.resolving import Effective, resolve
from models.catalogue.terms import AlertOrigin, BreachLevel, Severity
from models.domain.devices import DeviceView
from models.domain.place import place_of
from models.domain.readings import Point
from models.store import catalogue, devices, readings
from models.store.connect import Write

RETRY = timedelta(seconds=1)
MOST_POINTS = 50_000
"""Most points of a series judged at once, the rest next; the longest window has fewer at 5 readings a second."""
SHORT = 4_000
"""Points of a series that is read together with others; a longer one is read by itself, as a whole."""
AT_ONCE = 50
_STRIDE = timedelta(minutes=1)


def check_series(w: Write, *, at: datetime, limit: int = 200) -> int:
    """Judge the series whose check is due; return how many."""
    due = readings.due_breach_checks(w, at=at, limit=limit)
    known = devices.devices_named(w, {device_id for device_id, _, _ in due})
    codes = {code for _, code, _ in due}
    overrides = catalogue.overrides_at(w, [Spot.of(device.place) for device in known.values()], at=at, codes=codes)
    checks = []
    for device_id, code, since in due:
        shipped, device = SENSOR_CODES.get(code), known.get(device_id)
        if shipped is not None and device is not None:
            sensor = resolve(shipped, spot=Spot.of(device.place), overrides=overrides, at=at)
            checks.append(_Check(device, sensor, since))
    for first in range(0, len(checks), AT_ONCE):
        _check_some(w, checks[first : first + AT_ONCE], at=at)
    return len(due)


@dataclass(frozen=True, slots=True)
class _Check:
    """A series to judge, with its rules, because of values from `since` on."""

    device: DeviceView
    effective: Effective[SensorCode]
    since: datetime

    @property
    def wanted(self) -> tuple[str, str, datetime]:
        """The device, the code, and the moment from which on the rules need values."""
        back = max(window_of(self.effective.entry), look_back(self.effective, self.device))
        return self.device.id, self.effective.entry.code, self.since - back


def _check_some(w: Write, checks: Sequence[_Check], *, at: datetime) -> None:
    """Judge some series; what is stored of them is read for all at once."""
    stored = Probes.of(w, {check.device.id for check in checks})
    short = min(SHORT, MOST_POINTS)
    loaded = readings.several_series(w, [check.wanted for check in checks], limit=short)
    for check, first in zip(checks, loaded, strict=True):
        points = first if len(first) < short else _whole(w, check)
        if points:
            _check(w, check, points, stored, at=at)


def _whole(w: Write, check: _Check) -> list[Point]:
    device_id, code, since = check.wanted
    return readings.series_raw(w, device_id=device_id, code=code, since=since, limit=MOST_POINTS)


def _check(w: Write, check: _Check, points: Sequence[Point], stored: Probes, *, at: datetime) -> None:
    device, effective, since = check.device, check.effective, check.since
    sensor, device_id, code = effective.entry, device.id, effective.entry.code
    newest, more = points[-1].occurred_at, len(points) == MOST_POINTS
    values = Values(points, reasons_of(sensor, points))
    # Nothing is known of a truncated series after its last loaded point: judge it as of that point.
    outlook = judge(sensor, sound(points, values.reasons), at=newest if more else at)
    if not more and device.decommissioned_at is None:
        check_probe(w, device, sensor, values, stored=stored, at=at)
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
        # Breaches that ended earlier have been grouped already.
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
