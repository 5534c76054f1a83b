"""Change what is supervised: check who may, and store each change with an event and an entry in the history."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.registry.second_person import settled, weighed
from models.base.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion
from models.catalogue.codes import SENSOR_CODES
from models.catalogue.terms import DeviceKind, Role, Zone
from models.changes import devices as device_changes
from models.changes import nodes
from models.domain.access import Actor
from models.domain.devices import Device
from models.store import devices
from models.store.connect import Write

MAY_END = frozenset({Role.regulator, Role.admin})
"""Roles that may end the supervision of a device; the supervised enterprise may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The requested changes of a device; None leaves a field unchanged."""

    name: str | None = None
    zone: str | None = None
    regions: list[dict[str, Any]] | None = None
    node_id: str | None = None
    report_every_s: float | None = None
    sensor_code: str | None = None
    seen: int | None = None
    """The version on which the change was decided, if known."""


def new_secret(w: Write, node_id: str, *, mqtt_hash: str, by: Actor, at: datetime) -> None:
    """Store the hash of a node's new secret and forget its births, so that it starts afresh.

    Raises:
        NotFound: no such node, or the node is revoked.
    """
    devices.set_node_hash(w, node_id=node_id, mqtt_hash=mqtt_hash)
    nodes.forget_births(w, node_id, by=by, at=at)


def change_camera(w: Write, camera_id: str, change: Change, *, by: Actor, at: datetime) -> None:
    """Change the name, zone, drawn regions or node of a camera.

    Raises:
        NotFound: no such camera or node.
        Invalid: the zone forbids cameras, or the node belongs to another site.
        Conflict: the node is revoked, or the camera is no longer supervised.
        StaleVersion: somebody changed it since `change.seen`.
    """
    known = devices.device_locked(w, camera_id)
    if known.kind is not DeviceKind.camera:
        raise NotFound(f"no camera {camera_id!r}")
    _change(w, known, change, by=by, at=at)


def change_device(w: Write, device_id: str, change: Change, *, by: Actor, at: datetime) -> None:
    """Change a camera or sensor. Raises as `change_camera` does, and `Invalid` for an unknown kind of sensor."""
    known = devices.device_locked(w, device_id)
    if change.sensor_code is not None and change.sensor_code not in SENSOR_CODES:
        raise Invalid(f"sensor {change.sensor_code!r}: expected one of {', '.join(SENSOR_CODES)}")
    _change(w, known, change, by=by, at=at)


def settle_camera(w: Write, camera_id: str, *, approve: bool, reason: str, by: Actor, at: datetime) -> None:
    """Approve or refuse a change that waits for a supervisor: a large mask, or a move to a zone with fewer rules.

    Raises:
        NotFound: no such camera.
        NotAllowed: the role may not approve, or the actor requested the mask.
        Conflict: nothing waits for approval, or the camera is no longer supervised.
    """
    known = devices.device_locked(w, camera_id)
    if known.kind is not DeviceKind.camera:
        raise NotFound(f"no camera {camera_id!r}")
    _require_supervised(known)
    wished = settled(known, approve=approve, by=by)
    device_changes.change_device(w, known, wished, by=by, at=at, reason=reason)


def move_device(w: Write, device_id: str, *, node_id: str, by: Actor, at: datetime) -> None:
    """Move a camera or sensor to another node of the same kitchen. Raises as `change_camera` does."""
    _change(w, devices.device_locked(w, device_id), Change(node_id=node_id), by=by, at=at)


def set_report_period(w: Write, device_id: str, *, every_s: float, by: Actor, at: datetime) -> None:
    """Set the report period of a sensor in seconds; after three periods without a reading it counts as offline.

    Raises:
        NotFound: no such sensor.
        Conflict: it is no longer supervised.
    """
    known = devices.device_locked(w, device_id)
    if known.kind is not DeviceKind.sensor:
        raise NotFound(f"no sensor {device_id!r}")
    _change(w, known, Change(report_every_s=every_s), by=by, at=at)


def decommission(w: Write, device_id: str, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> None:
    """End the supervision of a device for good.

    An enterprise may take back a camera of which no frame has ever come: nothing was supervised yet.

    Raises:
        NotAllowed: the role is neither regulator nor administrator, and the device has been seen or is a sensor.
        NotFound: no such device.
        Conflict: it is no longer supervised.
    """
    known = devices.device_locked(w, device_id)
    unseen = known.kind is DeviceKind.camera and known.last_frame_at is None
    if by.role not in MAY_END and not (by.role is Role.enterprise and unseen):
        raise NotAllowed("only a regulator or an administrator may end the supervision of a device")
    _require_supervised(known)
    _require_seen(known, seen)
    device_changes.decommission_device(w, known, by=by, at=at, reason=reason)


def _change(w: Write, known: Device, change: Change, *, by: Actor, at: datetime) -> None:
    _require_supervised(known)
    _require_seen(known, change.seen)
    zone = known.zone if change.zone is None else devices.require_zone(change.zone, kind=known.kind)
    wished = replace(
        known,
        name=change.name or known.name,
        zone=Zone(zone),
        sensor_code=known.sensor_code if known.sensor_code is None else change.sensor_code or known.sensor_code,
        config={**known.config, **_settings(change)},
        node_id=_node_for(w, known, change.node_id),
    )
    if known.kind is DeviceKind.camera:
        wished = weighed(known, wished, by=by, at=at)
    device_changes.change_device(w, known, wished, by=by, at=at)


def _settings(change: Change) -> dict[str, Any]:
    settings = {"regions": change.regions, "report_every_s": change.report_every_s}
    return {name: value for name, value in settings.items() if value is not None}


def _node_for(w: Write, device: Device, node_id: str | None) -> str:
    if node_id is None or node_id == device.node_id:
        return device.node_id
    node = devices.node(w, node_id)
    if node is None:
        raise NotFound(f"no node {node_id!r}")
    if node.site_id != device.site_id:
        raise Invalid(f"node {node_id!r} belongs to site {node.site_id!r}, the device to {device.site_id!r}")
    if node.revoked_at is not None:
        raise Conflict(f"node {node_id!r} is revoked")
    return node_id


def _require_supervised(device: Device) -> None:
    if device.decommissioned_at is not None:
        raise Conflict(f"device {device.id!r} is no longer supervised")


def _require_seen(device: Device, seen: int | None) -> None:
    if seen is not None and seen != device.version:
        raise StaleVersion
