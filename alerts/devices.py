"""Cameras that are away or show nothing become alerts, one a cause; every minute is accounted for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.grouping import Finding, group
from alerts.outages import NOTIFY_AFTER, Outage, outages, reason_of_minute
from models.clock import rfc3339
from models.codes import violation_code
from models.ledger import CameraDay, minutes_until, place_of, reason_number, start_of
from models.registry import DeviceView
from models.store import registry, watching
from models.store.connect import Write
from models.terms import AlertOrigin
from models.watching import CameraLine, Condition

OFFLINE = "camera_offline"
JUDGE = "vision"
_LATE_FRAMES = timedelta(minutes=1)
"""The judge writes its minutes down every few seconds; a minute is accounted for when that must have happened."""
KEPT_DAYS = 730


def watch_cameras(w: Write, *, at: datetime) -> int:
    """Open and clear what is wrong with lines, tell what has lasted; gives how much changed."""
    watching.clear_of_decommissioned(w, at=at)
    judge_at = watching.newest_heartbeat(w, role=JUDGE)
    away = {outage.device_id: outage for outage in outages(watching.cameras(w), at=at, judge_at=judge_at)}
    changed = sum(_open(w, outage) for outage in away.values())
    for condition in watching.open_conditions(w):
        if condition.code == OFFLINE and condition.device_id not in away:
            changed += watching.clear_condition(w, device_id=condition.device_id, code=OFFLINE, at=at)
    return changed + tell_conditions(w, at=at)


def _open(w: Write, outage: Outage) -> bool:
    return watching.open_condition(
        w,
        device_id=outage.device_id,
        code=OFFLINE,
        since=outage.since,
        notify_at=outage.since + NOTIFY_AFTER,
        detail={"reason": outage.reason, "cause": outage.cause},
    )


def tell_conditions(w: Write, *, at: datetime, limit: int = 500) -> int:
    """Raise an alert for each cause that has lasted; gives how many."""
    by_cause: dict[tuple[str, str], list[Condition]] = defaultdict(list)
    for condition in watching.due_conditions(w, at=at, limit=limit):
        cause = str(condition.detail.get("cause", ""))
        own = cause if cause.startswith(("node:", "site:")) else condition.device_id
        by_cause[condition.code, own].append(condition)
    for (code, _), conditions in by_cause.items():
        _tell(w, code, conditions, at=at)
    return len(by_cause)


def _tell(w: Write, code: str, conditions: Sequence[Condition], *, at: datetime) -> None:
    first = min(conditions, key=lambda condition: condition.device_id)
    device = registry.device(w, first.device_id)
    if device is None:
        return
    alert = group(w, _finding(device, code, first, conditions, at=at), at=at)
    watching.told(w, conditions, alert_id=alert.id)


def _finding(
    device: DeviceView, code: str, first: Condition, conditions: Sequence[Condition], *, at: datetime
) -> Finding:
    since = min(condition.since for condition in conditions)
    return Finding(
        tenant_id=device.tenant_id,
        entity_id=device.entity_id,
        region_code=device.region_code,
        site_id=device.site_id,
        device_id=device.id,
        code=code,
        zone=device.zone,
        severity=violation_code(code).severity_in(device.zone),
        origin=AlertOrigin.device,
        first_at=since,
        last_at=at,
        measured={
            "cause": first.detail.get("cause"),
            # Not `reason`: that is a verdict's, in the same event.
            "outage": first.detail.get("reason"),
            "devices": sorted(condition.device_id for condition in conditions),
            "since": rfc3339(since),
        },
        evidence_ids=tuple(piece for condition in conditions for piece in condition.evidence_ids),
    )


def account_minutes(w: Write, *, at: datetime) -> int:
    """Say of every minute that is over and was not seen why; gives how many days of cameras moved on."""
    day, _ = place_of(at)
    cameras = {camera.device_id: camera for camera in watching.cameras(w)}
    judge_at = watching.newest_heartbeat(w, role=JUDGE)
    opened = watching.open_days(w, day=day, day_ends_at=start_of(day) + timedelta(days=1))
    moved = [
        accounted
        for found in opened
        if found.device_id in cameras
        and (accounted := _accounted(found, cameras[found.device_id], at=at, judge_at=judge_at)) is not None
    ]
    watching.account(w, moved)
    watching.forget_days(w, before=day - timedelta(days=KEPT_DAYS))
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
