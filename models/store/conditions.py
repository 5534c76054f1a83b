"""Storage of the conditions (faults) of cameras and sensors."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.base.ids import uuid7
from models.catalogue.terms import Severity
from models.domain.conditions import CameraLine, Condition, SensorLine
from models.store.connect import Read, Write


def frames_seen(w: Write, last: Mapping[str, datetime]) -> None:
    """Store when each camera's last frame arrived."""
    ids = sorted(last)
    w.run("conditions", "frames_seen", {"ids": ids, "ats": [last[device] for device in ids]})


def frames_refused(w: Write, refused: Mapping[str, tuple[int, str, datetime]]) -> None:
    """Store frames that could not be analysed: for each camera their number, and the last one's reason and time."""
    ids = sorted(refused)
    counts, reasons, ats = zip(*(refused[device] for device in ids), strict=True)
    params = {"ids": ids, "counts": list(counts), "reasons": list(reasons), "ats": list(ats)}
    w.run("conditions", "frames_refused", params)


def suspects(
    r: Read, *, at: datetime, silent: datetime, missed: int, periods_s: Mapping[str, float], marks: Sequence[str]
) -> list[str]:
    """Return the kitchens at which a camera or sensor may be away, or a change of a camera may wait for a supervisor.

    A camera without a frame since `silent` may be away, and a sensor that missed `missed` reports of the shortest
    period of its kind (`periods_s`, seconds; a kind without one reports only when something happens). `marks` are keys
    of a camera's configuration that may tell of such a change.
    """
    params = {"at": at, "silent": silent, "missed": missed, "marks": list(marks)}
    kinds = {"codes": list(periods_s), "periods_s": list(periods_s.values())}
    return [str(site) for (site,) in r.tuples("conditions", "suspects", {**params, **kinds})]


def sensors(r: Read, sites: Sequence[str] | None = None) -> list[SensorLine]:
    """Return the supervised sensors of some kitchens, or all, including those of revoked nodes."""
    return r.all(SensorLine, "conditions", "sensors", {"sites": None if sites is None else list(sites)})


def heard(r: Read, ids: Collection[str]) -> dict[str, datetime]:
    """Return when the newest reading of several sensors arrived, by device."""
    return {str(device): at for device, at in r.tuples("conditions", "heard", {"ids": list(ids)})}


def cameras(r: Read, sites: Sequence[str] | None = None, *, ids: Collection[str] | None = None) -> list[CameraLine]:
    """Return the supervised cameras of some kitchens, with some ids, or all, including those of revoked nodes."""
    params = {"sites": None if sites is None else list(sites), "ids": None if ids is None else list(ids)}
    return r.all(CameraLine, "conditions", "cameras", params, prepare=False)


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
    """Open a condition of a device; return False if it is open already."""
    params = {
        "id": uuid7(),
        "device_id": device_id,
        "code": code,
        "since": since,
        "notify_at": notify_at,
        "detail": Jsonb(dict(detail)),
        "evidence_ids": list(evidence_ids),
    }
    return bool(w.run("conditions", "open_condition", params))


def clear_condition(w: Write, *, device_id: str, code: str, at: datetime) -> bool:
    """Clear a condition; return False if it was not open."""
    return bool(w.run("conditions", "clear_condition", {"device_id": device_id, "code": code, "at": at}))


def clear_of_decommissioned(w: Write, *, at: datetime) -> int:
    """Clear the conditions of devices whose supervision ended; return how many."""
    return w.run("conditions", "clear_of_decommissioned", {"at": at})


def pictures_at_sites(r: Read, sites: Collection[str]) -> list[Condition]:
    """Return the open conditions of the pictures of cameras at several sites."""
    return r.all(Condition, "conditions", "pictures_at_sites", {"sites": sorted(sites)})


def condition_of(w: Write, *, device_id: str, code: str) -> Condition | None:
    """Return the open condition of one device and code; the row is locked."""
    return w.one(Condition, "conditions", "condition_of", {"device_id": device_id, "code": code})


def open_conditions(r: Read, ids: Collection[str] | None = None) -> list[Condition]:
    """Return the open conditions of some devices, or of all."""
    return r.all(Condition, "conditions", "open_conditions", {"ids": None if ids is None else list(ids)})


def due_conditions(w: Write, *, at: datetime, limit: int) -> list[Condition]:
    """Return the conditions that have lasted long enough for an alert and have none; the rows are locked."""
    return w.all(Condition, "conditions", "due_conditions", {"at": at, "limit": limit})


def tell_later(w: Write, conditions: Sequence[Condition], *, at: datetime) -> None:
    """Postpone these conditions to a later moment."""
    w.run("conditions", "tell_later", {"ids": [condition.id for condition in conditions], "at": at})


def alerts_of_causes(r: Read, causes: Collection[str]) -> dict[str, UUID]:
    """Return the alert of each cause that still lasts."""
    return {str(cause): alert for cause, alert in r.tuples("conditions", "alerts_of_causes", {"causes": list(causes)})}


def note_severity(w: Write, condition: Condition, severity: Severity) -> None:
    """Store the present severity of a condition."""
    w.run("conditions", "note_severity", {"id": condition.id, "severity": severity})


def told(w: Write, conditions: Sequence[Condition], *, alert_id: UUID) -> None:
    """Assign these conditions to an alert."""
    w.run("conditions", "told", {"ids": [condition.id for condition in conditions], "alert_id": alert_id})
