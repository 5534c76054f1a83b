"""Changes of cameras and sensors: one call stores each, adds it to the device's history, and announces it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from models.base.clock import rfc3339
from models.base.errors import NotFound
from models.catalogue.codes import code_label
from models.catalogue.terms import DeviceKind
from models.changes.announcing import announce
from models.changes.history import add_history
from models.changes.states import actor_data, device_settings, device_state, time_or_none
from models.domain.access import Actor
from models.domain.devices import Device
from models.domain.ledger import reason_label
from models.events.device_payloads import ConditionData
from models.events.types import EventType
from models.store import conditions, devices
from models.store.connect import Write
from models.store.devices import require_camera_zone
from models.store.registry import named


def change_device(w: Write, known: Device, wished: Device, *, by: Actor, at: datetime, reason: str = "") -> bool:
    """Store a changed name, zone, node, kind of sensor or settings of a device; return False if nothing changed.

    Raises:
        Invalid: no camera may hang in the zone, or the zone is unknown.
        NotFound: the device or the node does not exist.
    """
    before, after = device_settings(known), device_settings(wished)
    changed = sorted(key for key in before | after if after.get(key) != before.get(key) and key != "zone_label")
    if not changed:
        return False
    _store(w, wished)
    if wished.sensor_code is not None and wished.sensor_code != known.sensor_code:
        w.run("devices", "set_sensor_code", {"id": known.id, "sensor_code": wished.sensor_code})
    was = {key: before.get(key) for key in changed}
    why = {"reason": reason} if reason else {}
    detail = {**actor_data(by), "before": was, "after": {key: after.get(key) for key in changed}, **why}
    add_history(w, kind="changed", detail=detail, at=at, device_id=known.id)
    now = devices.device_locked(w, known.id)
    more = {"changed": changed, "before": was, **why}
    _announce(w, EventType.device_changed, now, _ended(now) | {"actor": actor_data(by)} | more, at=at)
    return True


def decommission_device(w: Write, known: Device, *, by: Actor, at: datetime, reason: str) -> None:
    """End the supervision of a device for good.

    Raises:
        NotFound: no such device.
    """
    _store(w, replace(known, decommissioned_at=at))
    add_history(w, kind="decommissioned", detail={**actor_data(by), "reason": reason}, at=at, device_id=known.id)
    now = devices.device_locked(w, known.id)
    more = {"actor": actor_data(by), "reason": reason}
    _announce(w, EventType.device_decommissioned, now, _ended(now) | more, at=at)


def note_fault(
    w: Write,
    device: Device,
    code: str,
    *,
    since: datetime,
    notify_at: datetime,
    detail: Mapping[str, Any],
    cause: Mapping[str, Any],
    at: datetime,
) -> bool:
    """Store that a sensor is broken; return False if that is stored already.

    Args:
        w: the caller's transaction.
        device: the sensor.
        code: the condition's code.
        since: when it began.
        notify_at: the platform opens an alert if the fault lasts until then.
        detail: the reason, and the value that shows it; the event contains it.
        cause: further values that the condition stores.
        at: the platform's clock.
    """
    stored = {**detail, **cause}
    opened = conditions.open_condition(
        w, device_id=device.id, code=code, since=since, notify_at=notify_at, detail=stored
    )
    if opened:
        _announce_condition(w, EventType.device_fault, device, code, since=since, detail=detail, at=at)
    return opened


def clear_fault(w: Write, device: Device, code: str, *, at: datetime) -> bool:
    """Store that a sensor works again; return False if it was not broken."""
    known = conditions.condition_of(w, device_id=device.id, code=code)
    if known is None or not conditions.clear_condition(w, device_id=device.id, code=code, at=at):
        return False
    _announce_condition(w, EventType.device_recovered, device, code, since=known.since, detail=known.detail, at=at)
    return True


def _announce_condition(
    w: Write, event: EventType, device: Device, code: str, *, since: datetime, detail: Mapping[str, Any], at: datetime
) -> None:
    condition = ConditionData(
        code=code,
        label=code_label(code),
        since=rfc3339(since),
        cleared_at=rfc3339(at) if event is EventType.device_recovered else None,
        reason=detail.get("reason"),
        reason_label=reason_label(str(detail.get("reason"))),
    )
    if "value" in detail:
        condition["value"] = detail["value"]
    if "unit" in detail:
        condition["unit"] = detail["unit"]
    version = int(w.value("conditions", "count_change", {"id": device.id}))
    _announce(w, event, replace(device, version=version), {"condition": condition}, at=at)
    kind = event.rsplit(".", 1)[1]
    add_history(w, kind=kind, detail=condition, at=at, device_id=device.id)


def _ended(device: Device) -> dict[str, object]:
    return {"decommissioned_at": time_or_none(device.decommissioned_at)}


def _announce(w: Write, event: EventType, device: Device, more: Mapping[str, object], *, at: datetime) -> None:
    data = {**device_state(w, device), **more}
    announce(w, event, device, data, site_id=device.site_id, device_id=device.id, at=at)


def _store(w: Write, device: Device) -> None:
    if device.kind is DeviceKind.camera:
        require_camera_zone(device.zone)
    params = {
        "id": device.id,
        "name": device.name,
        "zone": device.zone,
        "config": Jsonb(device.config),
        "node_id": device.node_id,
        "decommissioned_at": device.decommissioned_at,
    }
    with named(f"device {device.id!r}"):
        changed = w.run("devices", "change_device", params)
    if not changed:
        raise NotFound(f"no device {device.id!r}")
