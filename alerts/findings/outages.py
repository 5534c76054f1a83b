"""Find the cameras and sensors that are offline, with the reason, and group them by cause. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.catalogue.codes import SENSOR_CODES, Code, SensorCode
from models.catalogue.overrides import Changes, Spot
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.resolving import NONE, Effective, Overrides, resolve
from models.catalogue.terms import Severity
from models.domain.conditions import CameraLine, Condition, SensorLine

CAMERA_OFFLINE = "camera_offline"
SENSOR_OFFLINE = "sensor_offline"
SENSOR_FAULT = "sensor_fault"

UNREADABLE = "unreadable_report"
"""Reason of a fault: all recent reports of the sensor were refused."""

SILENT_AFTER = timedelta(seconds=180)
"""A camera without a frame for this long is offline: three missed keep-alives of 60 s."""
UNREADABLE_AFTER = timedelta(seconds=60)
"""A camera is unreadable when refused frames still arrive this long after its last good one."""
NOTIFY_AFTER = timedelta(minutes=10)
"""Shorter outages raise no alert."""
MISSED_REPORTS = 3
"""A sensor that has been silent for more than this many report periods is offline (domain default)."""
COLD_CHAIN_MAJOR_AFTER = timedelta(hours=4)
"""A cold chain without a measurement for this long is major (domain default)."""
JUDGE_ALIVE_WITHIN = timedelta(seconds=60)
"""If the judge has shown no activity for this long, missing frames are the platform's fault, not the cameras'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A camera or sensor that is offline, or a sensor whose reports are unreadable.

    Attributes:
        code: `camera_offline`, `sensor_offline` or `sensor_fault`.
        reason: stable code; `models.domain.ledger.reason_label` has its label.
        cause: `site:<id>`, `node:<id>`, `camera:<id>` or `sensor:<id>`; each cause has one alert.
    """

    device_id: str
    code: str
    reason: str
    cause: str
    since: datetime


def outage_of(
    camera: CameraLine, *, at: datetime, judge_alive: bool, judge_since: datetime | None = None
) -> Outage | None:
    """Return the outage of a camera; None if it is online, its node has never connected, or that is unknown.

    `judge_since` is the start of the judge's uninterrupted work; without it, cameras that have never sent a frame
    are ignored.
    """
    cause, reason, since = f"camera:{camera.device_id}", None, None
    health = camera.health or {}
    if camera.node_revoked_at is not None:
        # The enterprise itself may revoke a node; that is an outage like any other.
        if camera.node_status_at is None and camera.last_frame_at is None:
            return None
        cause, reason, since = f"node:{camera.node_id}", "revoked", camera.node_revoked_at
    elif not camera.node_online and camera.node_status_at is not None:
        cause, reason, since = f"node:{camera.node_id}", "node_offline", camera.node_status_at
    elif health.get("state") == "offline":
        reason, since = str(health.get("reason") or "no_frames"), camera.last_frame_at or camera.health_at
    elif judge_alive and _sends_unreadable(camera, at=at):
        reason, since = camera.refused_reason, camera.last_frame_at or camera.refused_at
    elif judge_alive and camera.last_frame_at is not None and at - camera.last_frame_at > SILENT_AFTER:
        reason, since = "no_frames", camera.last_frame_at
    elif judge_alive and camera.last_frame_at is None and camera.node_status_at is not None and judge_since is not None:
        since = max(camera.created_at, camera.node_status_at)
        reason = "never_reported" if at - max(since, judge_since) > SILENT_AFTER else None
    if reason is None:
        return None
    return Outage(device_id=camera.device_id, code=CAMERA_OFFLINE, reason=reason, cause=cause, since=since or at)


def _sends_unreadable(camera: CameraLine, *, at: datetime) -> bool:
    """Return whether a camera sends frames, but none for a while that could be judged."""
    if camera.refused_at is None or at - camera.refused_at > SILENT_AFTER:
        return False
    return camera.last_frame_at is None or camera.refused_at - camera.last_frame_at > UNREADABLE_AFTER


def report_period(sensor: Effective[SensorCode] | None, report_every_s: float | None) -> timedelta | None:
    """Return how often a working sensor reports; None for one that reports only when something happens.

    A period set at registration takes precedence over every override except one of this device.
    """
    for_device = sensor is not None and sensor.origins["report_every"].level is OverrideLevel.device
    if report_every_s is not None and report_every_s > 0 and not for_device:
        return timedelta(seconds=report_every_s)
    return None if sensor is None else sensor.entry.report_every


def shortest_periods(overrides: Overrides) -> dict[str, float]:
    """Return the shortest reporting period, in seconds, that any sensor of a kind has by its code or by an override."""
    found: dict[str, float] = {}
    shipped = ((code, entry.report_every) for code, entry in SENSOR_CODES.items())
    changed = ((one.code, Changes.of_json(one.changes).report_every) for one in overrides.all())
    for code, period in (*shipped, *changed):
        if period is not None:
            found[code] = min(found.get(code, period.total_seconds()), period.total_seconds())
    return found


def _period_of(sensor: SensorLine, overrides: Overrides, *, at: datetime) -> timedelta | None:
    shipped = SENSOR_CODES.get(sensor.sensor_code)
    spot = Spot.of(sensor)
    kind = None if shipped is None else resolve(shipped, spot=spot, overrides=overrides, at=at)
    return report_period(kind, sensor.report_every_s)


def is_silent(period: timedelta | None, *, heard_at: datetime, at: datetime) -> bool:
    """Return whether a sensor that last reported at `heard_at` has missed too many reports."""
    return period is not None and at - heard_at > MISSED_REPORTS * period


def sensor_outage_of(
    sensor: SensorLine, *, at: datetime, intake_since: datetime | None, overrides: Overrides = NONE
) -> Outage | None:
    """Return the outage of a sensor; None if it is online, has never connected, or that is unknown.

    `intake_since` is the start of the intake's uninterrupted work: silence counts only from then on, and only since
    the sensor's node came back online.
    """
    if sensor.heard_at is None:
        return _never_heard(sensor, at=at, intake_since=intake_since, overrides=overrides)
    if sensor.node_revoked_at is not None:
        cause, reason, since = f"node:{sensor.node_id}", "revoked", sensor.node_revoked_at
    elif not sensor.node_online and sensor.node_status_at is not None:
        cause, reason, since = f"node:{sensor.node_id}", "node_offline", sensor.node_status_at
    else:
        listening = max(sensor.heard_at, intake_since or at, sensor.node_status_at or sensor.heard_at)
        if not is_silent(_period_of(sensor, overrides, at=at), heard_at=listening, at=at):
            return None
        return _mute(sensor, reason="no_readings", since=sensor.heard_at)
    return Outage(device_id=sensor.device_id, code=SENSOR_OFFLINE, reason=reason, cause=cause, since=since)


def _never_heard(
    sensor: SensorLine, *, at: datetime, intake_since: datetime | None, overrides: Overrides
) -> Outage | None:
    """Return the outage of a sensor that has sent nothing since its registration, while node and intake work."""
    if sensor.node_revoked_at is not None or not sensor.node_online or sensor.node_status_at is None:
        return None
    since = max(sensor.created_at, sensor.node_status_at)
    if not is_silent(_period_of(sensor, overrides, at=at), heard_at=max(since, intake_since or at), at=at):
        return None
    return _mute(sensor, reason="never_reported", since=since)


def _mute(sensor: SensorLine, *, reason: str, since: datetime) -> Outage:
    """Return the outage of a silent sensor, or its fault if its reports are unreadable."""
    refused = sensor.refused_at is not None and sensor.refused_at > since
    return Outage(
        device_id=sensor.device_id,
        code=SENSOR_FAULT if refused else SENSOR_OFFLINE,
        reason=UNREADABLE if refused else reason,
        cause=f"sensor:{sensor.device_id}",
        since=since,
    )


def outages(
    cameras: Iterable[CameraLine],
    *,
    at: datetime,
    judge_at: datetime | None,
    sensors: Iterable[SensorLine] = (),
    intake_since: datetime | None = None,
    judge_since: datetime | None = None,
    overrides: Overrides = NONE,
) -> list[Outage]:
    """Return an outage for every device that is offline. A site with all nodes offline is one cause: line or power.

    `overrides` are the overrides of sensors' report periods.
    """
    alive = judge_at is not None and at - judge_at <= JUDGE_ALIVE_WITHIN
    lines, measuring = list(cameras), list(sensors)
    dark = _dark_sites([*lines, *measuring])
    pairs: list[tuple[str, Outage | None]] = [
        (camera.site_id, outage_of(camera, at=at, judge_alive=alive, judge_since=judge_since)) for camera in lines
    ]
    pairs += [
        (sensor.site_id, sensor_outage_of(sensor, at=at, intake_since=intake_since, overrides=overrides))
        for sensor in measuring
    ]
    return [
        replace(outage, cause=f"site:{site_id}") if site_id in dark else outage
        for site_id, outage in pairs
        if outage is not None
    ]


def _dark_sites(lines: Sequence[CameraLine | SensorLine]) -> set[str]:
    lit = {
        line.site_id
        for line in lines
        if line.node_revoked_at is None and (line.node_online or line.node_status_at is None)
    }
    return {line.site_id for line in lines} - lit


def severity_of(condition: Condition, code: Effective[Code], *, at: datetime) -> Severity:
    """Return the severity of a condition: an unmeasured cold chain becomes more severe with time.

    An overridden severity does not change with time.
    """
    if code.is_overridden("severity"):
        return code.entry.severity
    sensor = SENSOR_CODES.get(str(condition.detail.get("sensor_code")))
    if sensor is not None and sensor.cold_chain and at - condition.since > COLD_CHAIN_MAJOR_AFTER:
        return Severity.major
    return code.entry.severity


def reason_of_minute(camera: CameraLine, *, at: datetime, judge_at: datetime | None, age: timedelta) -> str:
    """Return the reason for which a past minute was not seen, judging by the present state.

    `age` is how long ago the minute was: if it was not accounted for at once, the platform itself was offline.
    """
    alive = judge_at is not None and at - judge_at <= JUDGE_ALIVE_WITHIN
    if not alive or age > 2 * SILENT_AFTER:
        return "platform"
    if camera.refused_at is not None and camera.refused_at >= at - age:
        return camera.refused_reason or "unreadable"
    if camera.node_status_at is None and camera.last_frame_at is None:
        return "not_connected"
    outage = outage_of(camera, at=at, judge_alive=alive)
    return "no_frames" if outage is None else outage.reason
