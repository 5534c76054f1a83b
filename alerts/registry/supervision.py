"""What is supervised, and who may change it: nothing of it goes without an event and a line in the history."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.hazards.lifecycle import Actor
from alerts.registry.second_person import settled, weighed
from models.base.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion
from models.catalogue.codes import SENSOR_CODES
from models.catalogue.terms import DeviceKind, Role, Zone
from models.domain.devices import Device
from models.store import devices
from models.store.announce import node_changed
from models.store.announce_devices import device_changed, device_state, node_revoked
from models.store.connect import Write

MAY_END = frozenset({Role.regulator, Role.admin})
"""Whoever is supervised does not end it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be changed about a device; None stays as it is."""

    name: str | None = None
    zone: str | None = None
    regions: list[dict[str, Any]] | None = None
    node_id: str | None = None
    report_every_s: float | None = None
    sensor_code: str | None = None
    seen: int | None = None
    """The version that it was decided on, where that is known."""


def revoke_node(w: Write, node_id: str, *, by: Actor, at: datetime) -> None:
    """Take a node's access away. Its devices stay supervised: they are away from now on.

    Raises:
        NotFound: no such node, or it is revoked already.
    """
    node = devices.node(w, node_id)
    version = devices.revoke_node(w, node_id=node_id, at=at)
    if node is None:
        raise NotFound(f"no node {node_id!r}")
    devices.add_device_history(w, kind="revoked", detail=_named(by), at=at, node_id=node_id)
    if node.online:
        # Its last will comes under an address that is nobody's any more.
        node_changed(w, node, online=False, session=node.session, version=version - 1, at=at, claimed_at=at)
    node_revoked(w, node, version=version, actor=_named(by), at=at)


def new_secret(w: Write, node_id: str, *, mqtt_hash: str, by: Actor, at: datetime) -> None:
    """Give a node another secret, known by its hash, and forget its births: it starts afresh.

    Raises:
        NotFound: no such node, or it is revoked.
    """
    devices.set_node_hash(w, node_id=node_id, mqtt_hash=mqtt_hash)
    forget_births(w, node_id, by=by, at=at)


def forget_births(w: Write, node_id: str, *, by: Actor, at: datetime) -> None:
    """Take a node's next birth whatever its number: the way back for one whose clock or counter was ahead.

    Raises:
        NotFound: no such node.
    """
    node = devices.node(w, node_id)
    if node is None:
        raise NotFound(f"no node {node_id!r}")
    version = devices.forget_births(w, node_id=node_id, at=at)
    devices.add_device_history(w, kind="births_forgotten", detail=_named(by), at=at, node_id=node_id)
    if node.online:
        node_changed(w, node, online=False, session=node.session, version=version, at=at, claimed_at=at)


def change_camera(w: Write, camera_id: str, change: Change, *, by: Actor, at: datetime) -> None:
    """Give a camera another name, zone, other regions, or another node.

    Raises:
        NotFound: no such camera or node.
        Invalid: a zone where no camera may hang; a node that stands elsewhere.
        Conflict: the node is revoked, or the camera is supervised no more.
        StaleVersion: somebody changed it since `change.seen`.
    """
    known = devices.device_locked(w, camera_id)
    if known.kind is not DeviceKind.camera:
        raise NotFound(f"no camera {camera_id!r}")
    _change(w, known, change, by=by, at=at)


def change_device(w: Write, device_id: str, change: Change, *, by: Actor, at: datetime) -> None:
    """Change a camera or sensor. Raises as `change_camera` does; a kind of sensor that is unknown is `Invalid`, too."""
    known = devices.device_locked(w, device_id)
    if change.sensor_code is not None and change.sensor_code not in SENSOR_CODES:
        raise Invalid(f"sensor {change.sensor_code!r}: expected one of {', '.join(SENSOR_CODES)}")
    _change(w, known, change, by=by, at=at)


def settle_camera(w: Write, camera_id: str, *, approve: bool, reason: str, by: Actor, at: datetime) -> None:
    """Give a supervisor's word on what waits for it: a large mask, or a move to where fewer rules hold.

    Raises:
        NotFound: no such camera.
        NotAllowed: no supervisor, or the person who wished it.
        Conflict: nothing waits, or the camera is supervised no more.
    """
    known = devices.device_locked(w, camera_id)
    if known.kind is not DeviceKind.camera:
        raise NotFound(f"no camera {camera_id!r}")
    _require_supervised(known)
    _store_change(w, known, settled(known, approve=approve, by=by), by=by, at=at, reason=reason)


def move_device(w: Write, device_id: str, *, node_id: str, by: Actor, at: datetime) -> None:
    """Put a camera or sensor behind another node of the same kitchen. Raises as `change_camera` does."""
    _change(w, devices.device_locked(w, device_id), Change(node_id=node_id), by=by, at=at)


def set_report_period(w: Write, device_id: str, *, every_s: float, by: Actor, at: datetime) -> None:
    """Say how often a sensor reports when all is well: three times that without a reading, and it is away.

    Raises:
        NotFound: no such sensor.
        Conflict: it is supervised no more.
    """
    known = devices.device_locked(w, device_id)
    if known.kind is not DeviceKind.sensor:
        raise NotFound(f"no sensor {device_id!r}")
    _change(w, known, Change(report_every_s=every_s), by=by, at=at)


def decommission(w: Write, device_id: str, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> None:
    """End the supervision of a device for good.

    Raises:
        NotAllowed: only a regulator or an administrator may.
        NotFound: no such device.
        Conflict: it is supervised no more.
    """
    if by.role not in MAY_END:
        raise NotAllowed("only a regulator or an administrator ends the supervision of a device")
    known = devices.device_locked(w, device_id)
    _require_supervised(known)
    _require_seen(known, seen)
    devices.change_device(w, replace(known, decommissioned_at=at))
    detail = {**_named(by), "reason": reason}
    devices.add_device_history(w, kind="decommissioned", detail=detail, at=at, device_id=device_id)
    now = devices.device_locked(w, device_id)
    device_changed(w, now, what="decommissioned", actor=_named(by), more={"reason": reason}, at=at)


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
    _store_change(w, known, wished, by=by, at=at)


def _store_change(w: Write, known: Device, wished: Device, *, by: Actor, at: datetime, reason: str = "") -> None:
    """One change: stored, a line in the history, and announced."""
    before, after = device_state(known), device_state(wished)
    changed = sorted(key for key in before | after if after.get(key) != before.get(key) and key != "zone_label")
    if not changed:
        return
    devices.change_device(w, wished)
    if wished.sensor_code is not None and wished.sensor_code != known.sensor_code:
        devices.set_sensor_code(w, device_id=known.id, sensor_code=wished.sensor_code)
    was = {key: before.get(key) for key in changed}
    why = {"reason": reason} if reason else {}
    detail = {**_named(by), "before": was, "after": {key: after.get(key) for key in changed}, **why}
    devices.add_device_history(w, kind="changed", detail=detail, at=at, device_id=known.id)
    now = devices.device_locked(w, known.id)
    device_changed(w, now, what="changed", actor=_named(by), more={"changed": changed, "before": was, **why}, at=at)


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
        raise Invalid(f"node {node_id!r} stands at site {node.site_id!r}, the device at {device.site_id!r}")
    if node.revoked_at is not None:
        raise Conflict(f"node {node_id!r} is revoked")
    return node_id


def _require_supervised(device: Device) -> None:
    if device.decommissioned_at is not None:
        raise Conflict(f"device {device.id!r} is supervised no more")


def _require_seen(device: Device, seen: int | None) -> None:
    if seen is not None and seen != device.version:
        raise StaleVersion


def _named(by: Actor) -> dict[str, str]:
    return {"name": by.name, "role": str(by.role)}
