"""Raise one alert per cause for devices that are offline or useless, and account for every unseen minute."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from alerts.findings.grouping import Finding, group
from alerts.findings.outages import (
    CAMERA_OFFLINE,
    JUDGE_ALIVE_WITHIN,
    MISSED_REPORTS,
    NOTIFY_AFTER,
    SENSOR_FAULT,
    SENSOR_OFFLINE,
    SILENT_AFTER,
    UNREADABLE,
    Outage,
    outages,
    reason_of_minute,
    severity_of,
    shortest_periods,
)
from alerts.findings.probes import open_fault
from models.base.clock import rfc3339
from models.catalogue.codes import Code, violation_code
from models.catalogue.overrides import Spot
from models.catalogue.resolving import Effective, resolve
from models.catalogue.terms import AlertOrigin, AlertState, Severity
from models.domain.conditions import CameraLine, Condition
from models.domain.devices import DeviceView
from models.domain.ledger import CameraDay, day_and_minute, minutes_until, reason_number, start_of
from models.domain.masking import MOVED, WISH, waits_for_supervisor
from models.domain.place import place_of
from models.store import alerts, catalogue, conditions, devices, heartbeats, ledger
from models.store.connect import Write

OFFLINE = frozenset({CAMERA_OFFLINE, SENSOR_OFFLINE})
USELESS = OFFLINE | {SENSOR_FAULT}
"""Conditions in which a device provides no information about the kitchen."""
CHANGES = frozenset({"camera_masked", "camera_rezoned"})
JUDGE, INTAKE = "vision", "ingest"
SHARED = "shared"
_LATE_FRAMES = timedelta(minutes=1)
"""The judge stores its minutes every few seconds; account for a minute only after it must have done so."""
CAMERAS_A_TURN = 2_000
MOST_TURNS = 12
"""Cameras are accounted for in turns, every 15 seconds one: each camera within three minutes at the latest."""
KEPT_DAYS = 730
LOOK_AGAIN = timedelta(minutes=10)
"""Check a condition that an override switches off again after this long: the override may have ended."""


def watch_devices(w: Write, *, at: datetime) -> int:
    """Open and clear conditions of devices, and raise alerts for lasting ones; return the number of changes."""
    conditions.clear_of_decommissioned(w, at=at)
    overrides = catalogue.overrides_of_report_periods(w, at=at)
    # Of a province most kitchens are fine; only those that may not be are read. What is not among them has recovered.
    sites = conditions.suspects(
        w,
        at=at,
        silent=at - SILENT_AFTER,
        missed=MISSED_REPORTS,
        periods_s=shortest_periods(overrides),
        marks=(WISH, MOVED, "regions"),
    )
    cameras = conditions.cameras(w, sites)
    found = outages(
        cameras,
        at=at,
        judge_at=heartbeats.newest_heartbeat(w, role=JUDGE),
        judge_since=heartbeats.working_since(w, role=JUDGE, heard_from=at - JUDGE_ALIVE_WITHIN),
        sensors=(sensors := conditions.sensors(w, sites)),
        intake_since=heartbeats.working_since(w, role=INTAKE, heard_from=at - JUDGE_ALIVE_WITHIN),
        overrides=overrides,
    )
    codes = {sensor.device_id: sensor.sensor_code for sensor in sensors}
    known = conditions.open_conditions(w)
    # A broken sensor that stops reporting is still the same condition.
    broken = {condition.device_id for condition in known if condition.code == SENSOR_FAULT}
    found = [outage for outage in found if not (outage.device_id in broken and outage.cause.startswith("sensor:"))]
    changed = sum(_open(w, outage, codes.get(outage.device_id), at=at) for outage in found)
    away = {(outage.device_id, outage.code) for outage in found}
    told = [condition for condition in known if condition.alert_id is not None]
    effective = _codes_of(w, told, at=at)
    for condition in known:
        if condition.code in OFFLINE and (condition.device_id, condition.code) not in away:
            changed += conditions.clear_condition(w, device_id=condition.device_id, code=condition.code, at=at)
        elif condition.id in effective:
            changed += _worsen(w, condition, effective[condition.id], at=at)
    changed += _watch_changes(w, cameras, known, at=at)
    return changed + tell_conditions(w, at=at)


def _watch_changes(w: Write, cameras: Sequence[CameraLine], known: Sequence[Condition], *, at: datetime) -> int:
    """Open and clear conditions for changes by owners that wait for a supervisor."""
    waiting = {(camera.device_id, code) for camera in cameras if (code := waits_for_supervisor(camera.config))}
    changed = 0
    for device_id, code in sorted(waiting):
        detail = {"cause": f"change:{device_id}"}
        changed += conditions.open_condition(w, device_id=device_id, code=code, since=at, notify_at=at, detail=detail)
    for condition in known:
        if condition.code in CHANGES and (condition.device_id, condition.code) not in waiting:
            changed += conditions.clear_condition(w, device_id=condition.device_id, code=condition.code, at=at)
    return changed


def _open(w: Write, outage: Outage, sensor_code: str | None, *, at: datetime) -> bool:
    if outage.code == SENSOR_FAULT:
        device = devices.device(w, outage.device_id)
        return device is not None and open_fault(w, device, since=outage.since, detail={"reason": UNREADABLE}, at=at)
    detail = {"reason": outage.reason, "cause": outage.cause}
    return conditions.open_condition(
        w,
        device_id=outage.device_id,
        code=outage.code,
        since=outage.since,
        notify_at=outage.since + NOTIFY_AFTER,
        detail=detail if sensor_code is None else {**detail, "sensor_code": sensor_code},
    )


def _codes_of(w: Write, found: Sequence[Condition], *, at: datetime) -> dict[UUID, Effective[Code]]:
    """Return the values in force of each condition's code at its device, by condition id, without unknown devices."""
    known = devices.devices_named(w, {condition.device_id for condition in found})
    spots = {key: Spot.of(device.place) for key, device in known.items()}
    codes = {condition.code for condition in found}
    overrides = catalogue.overrides_at(w, spots.values(), at=at, codes=codes)
    return {
        condition.id: resolve(
            violation_code(condition.code), spot=spots[condition.device_id], overrides=overrides, at=at
        )
        for condition in found
        if condition.device_id in known
    }


def _worsen(w: Write, condition: Condition, code: Effective[Code], *, at: datetime) -> bool:
    """Raise the severity of an alert that waits for review when its condition has become worse."""
    severity = severity_of(condition, code, at=at)
    if severity is not Severity.major or condition.detail.get("severity") == severity or condition.alert_id is None:
        return False
    conditions.note_severity(w, condition, severity)
    alert = alerts.alert(w, condition.alert_id)
    if alert is None or alert.state is not AlertState.pending_review or alert.severity is not Severity.minor:
        return True
    worse = Finding(
        **place_of(alert),
        code=alert.code,
        severity=severity,
        origin=alert.origin,
        first_at=alert.first_at,
        last_at=at,
        measured=alert.measured,
        catalogue=code.remembered(),
    )
    group(w, worse, at=at, count_again=False)
    return True


def tell_conditions(w: Write, *, at: datetime, limit: int = 500) -> int:
    """Raise an alert for each cause that has lasted; return how many."""
    by_cause: dict[tuple[str, str], list[Condition]] = defaultdict(list)
    due = conditions.due_conditions(w, at=at, limit=limit)
    codes = _codes_of(w, due, at=at)
    unwatched = [condition for condition in due if condition.id in codes and not codes[condition.id].is_watched(at)]
    conditions.tell_later(w, unwatched, at=at + LOOK_AGAIN)
    for condition in due:
        if condition in unwatched or condition.id not in codes:
            continue
        cause = str(condition.detail.get("cause", ""))
        # Everything that goes offline with a node or a site is one alert, for cameras and sensors alike.
        key = (SHARED, cause) if cause.startswith(("node:", "site:")) else (condition.code, condition.device_id)
        by_cause[key].append(condition)
    known = conditions.alerts_of_causes(w, [cause for kind, cause in by_cause if kind == SHARED])
    for (kind, cause), lasting in by_cause.items():
        if kind == SHARED and cause in known:
            conditions.told(w, lasting, alert_id=known[cause])
        else:
            _tell(w, lasting, codes, at=at)
    return len(by_cause)


def _tell(w: Write, lasting: Sequence[Condition], codes: Mapping[UUID, Effective[Code]], *, at: datetime) -> None:
    # Codes are in order: if cameras are offline too, the alert is about them.
    first = min(lasting, key=lambda condition: (condition.code, condition.device_id))
    device = devices.device(w, first.device_id)
    if device is None:
        return
    alert = group(w, _finding(device, first, lasting, codes, at=at), at=at)
    conditions.told(w, lasting, alert_id=alert.id)


def _finding(
    device: DeviceView,
    first: Condition,
    conditions: Sequence[Condition],
    codes: Mapping[UUID, Effective[Code]],
    *,
    at: datetime,
) -> Finding:
    since = min(condition.since for condition in conditions)
    code = codes[first.id]
    lasting = [severity_of(condition, codes[condition.id], at=at) for condition in conditions]
    severity = code.entry.severity_in(device.zone)
    return Finding(
        **place_of(device.place),
        code=first.code,
        severity=Severity.major if Severity.major in lasting and severity is Severity.minor else severity,
        origin=AlertOrigin.device,
        first_at=since,
        last_at=at,
        measured={
            "cause": first.detail.get("cause"),
            # Not `reason`: the same event has that key for the reason of a verdict.
            "outage": first.detail.get("reason"),
            **{name: first.detail[name] for name in ("value", "unit") if name in first.detail},
            "devices": sorted(condition.device_id for condition in conditions),
            "since": rfc3339(since),
        },
        evidence_ids=tuple(piece for condition in conditions for piece in condition.evidence_ids),
        catalogue=code.remembered(),
    )


def account_minutes(w: Write, *, at: datetime, turn: int = 0) -> int:
    """Store a reason for every past minute that was not seen; return how many camera days changed.

    Of many cameras a part has its turn at each call: `turn` counts the calls. A turn comes again before an old minute
    would count as one in which the platform itself was away (`reason_of_minute`).
    """
    day, _ = day_and_minute(at)
    turns = min(MOST_TURNS, 1 + ledger.cameras_watched(w) // CAMERAS_A_TURN)
    judge_at = heartbeats.newest_heartbeat(w, role=JUDGE)
    day_ends_at = start_of(day) + timedelta(days=1)
    opened = ledger.open_days(w, day=day, day_ends_at=day_ends_at, turns=turns, turn=turn % turns)
    cameras = {one.device_id: one for one in conditions.cameras(w, ids={found.device_id for found in opened})}
    moved = [
        accounted
        for found in opened
        if found.device_id in cameras
        and (accounted := _accounted(found, cameras[found.device_id], at=at, judge_at=judge_at)) is not None
    ]
    ledger.account(w, moved)
    ledger.forget_days(w, before=day - timedelta(days=KEPT_DAYS))
    return len(moved)


def _accounted(day: CameraDay, camera: CameraLine, *, at: datetime, judge_at: datetime | None) -> CameraDay | None:
    until = minutes_until(day.day, at=at - _LATE_FRAMES)
    born = max(0, minutes_until(day.day, at=camera.created_at))
    if until <= day.accounted:
        return None
    reasons = bytearray(day.reasons)
    for minute in range(day.accounted, until):
        if day.seen[minute] == "1":
            continue
        age = at - (start_of(day.day) + timedelta(minutes=minute))
        code = "not_connected" if minute < born else reason_of_minute(camera, at=at, judge_at=judge_at, age=age)
        reasons[minute] = reason_number(code)
    return CameraDay(
        device_id=day.device_id,
        day=day.day,
        seen=day.seen,
        analysed=day.analysed,
        recorded=day.recorded,
        reasons=bytes(reasons),
        accounted=until,
    )
