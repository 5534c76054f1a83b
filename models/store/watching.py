"""Storage of what watches over cameras: the ledger of minutes, conditions of devices, heartbeats of roles."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.base.ids import uuid7
from models.catalogue.terms import Severity
from models.domain.conditions import CameraLine, Condition, SensorLine
from models.domain.ledger import CameraDay, mask
from models.store.connect import Read, Write


@dataclass(slots=True)
class Minutes:
    """Minutes of one camera and local day that are to be marked."""

    seen: set[int] = field(default_factory=set)
    analysed: set[int] = field(default_factory=set)


def mark_minutes(w: Write, minutes: Mapping[tuple[str, date], Minutes]) -> None:
    """Mark minutes as seen and analysed, by (device, local day). Marking them again changes nothing."""
    keys = sorted(minutes)
    params = {
        "ids": [device for device, _ in keys],
        "days": [day for _, day in keys],
        "seen": [mask(minutes[key].seen) for key in keys],
        "analysed": [mask(minutes[key].analysed) for key in keys],
    }
    w.run("watching", "mark_minutes", params)


def frames_seen(w: Write, last: Mapping[str, datetime]) -> None:
    """When each camera's last frame came."""
    ids = sorted(last)
    w.run("watching", "frames_seen", {"ids": ids, "ats": [last[device] for device in ids]})


def frames_refused(w: Write, refused: Mapping[str, tuple[int, str, datetime]]) -> None:
    """How many frames of each camera could not be judged, the reason of the last one, and when it came."""
    ids = sorted(refused)
    counts, reasons, ats = zip(*(refused[device] for device in ids), strict=True)
    params = {"ids": ids, "counts": list(counts), "reasons": list(reasons), "ats": list(ats)}
    w.run("watching", "frames_refused", params)


def role_alive(w: Write, *, role: str, replica: str, at: datetime) -> None:
    """A role says that it works."""
    w.run("watching", "role_alive", {"role": role, "replica": replica, "at": at})


def newest_heartbeat(r: Read, *, role: str) -> datetime | None:
    """When any replica of a role last said that it works."""
    found = r.value("watching", "newest_heartbeat", {"role": role})
    return found if isinstance(found, datetime) else None


def working_since(r: Read, *, role: str, heard_from: datetime) -> datetime | None:
    """Since when a role works without a break; None if no replica was heard from `heard_from` on."""
    found = r.value("watching", "working_since", {"role": role, "heard_from": heard_from})
    return found if isinstance(found, datetime) else None


def sensors(r: Read) -> list[SensorLine]:
    """Every supervised sensor, those of revoked nodes too."""
    return r.all(SensorLine, "watching", "sensors")


def heard(r: Read, ids: Collection[str]) -> dict[str, datetime]:
    """When the newest reading of several sensors came, by device."""
    return {str(device): at for device, at in r.tuples("watching", "heard", {"ids": list(ids)})}


def cameras(r: Read) -> list[CameraLine]:
    """Every supervised camera, those of revoked nodes too."""
    return r.all(CameraLine, "watching", "cameras")


def open_days(w: Write, *, day: date, day_ends_at: datetime) -> list[CameraDay]:
    """The days of all cameras up to `day` that are not wholly accounted for."""
    w.run("watching", "unaccounted", {"day": day, "day_ends_at": day_ends_at})
    return w.all(CameraDay, "watching", "open_days", {"day": day})


def account(w: Write, days: Sequence[CameraDay]) -> None:
    """Store the reasons of minutes, and how far each day is accounted for."""
    params = {
        "ids": [day.device_id for day in days],
        "days": [day.day for day in days],
        "reasons": [day.reasons for day in days],
        "accounted": [day.accounted for day in days],
    }
    w.run("watching", "account", params)


def camera_days(r: Read, device_id: str, *, since: date, until: date) -> list[CameraDay]:
    """Some days of a camera, newest first, at most 62."""
    return r.all(CameraDay, "watching", "camera_days", {"device_id": device_id, "since": since, "until": until})


def days_of(r: Read, ids: Collection[str], *, day: date) -> dict[str, CameraDay]:
    """One day of several cameras, by device."""
    return {found.device_id: found for found in r.all(CameraDay, "watching", "days_of", {"ids": list(ids), "day": day})}


def forget_days(w: Write, *, before: date) -> int:
    """Let go of days that are too old."""
    return w.run("watching", "forget_days", {"before": before})


def open_condition(
    w: Write,
    *,
    device_id: str,
    code: str,
    since: datetime,
    notify_at: datetime,
    detail: Mapping[str, Any],
    evidence_ids: Sequence[UUID] = (),
) -> bool:
    """Something is wrong with a camera; False if that is known already."""
    params = {
        "id": uuid7(),
        "device_id": device_id,
        "code": code,
        "since": since,
        "notify_at": notify_at,
        "detail": Jsonb(dict(detail)),
        "evidence_ids": list(evidence_ids),
    }
    return bool(w.run("watching", "open_condition", params))


def clear_condition(w: Write, *, device_id: str, code: str, at: datetime) -> bool:
    """It is right again; False if nothing was wrong."""
    return bool(w.run("watching", "clear_condition", {"device_id": device_id, "code": code, "at": at}))


def clear_of_decommissioned(w: Write, *, at: datetime) -> int:
    """Clear what was wrong with devices that are supervised no more."""
    return w.run("watching", "clear_of_decommissioned", {"at": at})


def clear_of_pictures(w: Write, *, tenant_id: str | None, at: datetime) -> int:
    """Clear what a stopped judge left open about pictures: nobody has looked since."""
    return w.run("watching", "clear_of_pictures", {"tenant_id": tenant_id, "at": at})


def condition_of(w: Write, *, device_id: str, code: str) -> Condition | None:
    """What is wrong with one device under one code; locked."""
    return w.one(Condition, "watching", "condition_of", {"device_id": device_id, "code": code})


def count_change(w: Write, device_id: str) -> int:
    """A device has changed; gives the number of the change."""
    return int(w.value("watching", "count_change", {"id": device_id}))


def open_conditions(r: Read, ids: Collection[str] | None = None) -> list[Condition]:
    """What is wrong now with some cameras, or with all."""
    return r.all(Condition, "watching", "open_conditions", {"ids": None if ids is None else list(ids)})


def due_conditions(w: Write, *, at: datetime, limit: int) -> list[Condition]:
    """What has been wrong for long enough to be told, and was not yet; locked."""
    return w.all(Condition, "watching", "due_conditions", {"at": at, "limit": limit})


def alerts_of_causes(r: Read, causes: Collection[str]) -> dict[str, UUID]:
    """The alert of each cause that was told and goes on."""
    return {str(cause): alert for cause, alert in r.tuples("watching", "alerts_of_causes", {"causes": list(causes)})}


def note_severity(w: Write, condition: Condition, severity: Severity) -> None:
    """How bad something has become in the meantime."""
    w.run("watching", "note_severity", {"id": condition.id, "severity": severity})


def told(w: Write, conditions: Sequence[Condition], *, alert_id: UUID) -> None:
    """These conditions belong to an alert."""
    w.run("watching", "told", {"ids": [condition.id for condition in conditions], "alert_id": alert_id})
