"""Announcing who changed what is supervised: a node's access, a device's zone, regions, node, its end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.base.clock import rfc3339
from models.base.ids import uuid7
from models.catalogue.codes import code_label
from models.catalogue.terms import label
from models.domain.devices import Device, Node
from models.domain.ledger import reason_label
from models.events.envelope import OutboxEvent, source_of
from models.store import conditions, devices, feed
from models.store.announce import entity_state
from models.store.connect import Write


def node_revoked(w: Write, node: Node, *, version: int, actor: dict[str, str], at: datetime) -> None:
    """Announce `mingchu.device.revoked` with the devices that hang behind the node."""
    data = {
        "node_id": node.id,
        "site_id": node.site_id,
        "online": False,
        "session": node.session,
        "version": version,
        "revoked_at": rfc3339(at),
        "devices": devices.devices_of_node(w, node.id),
        "actor": actor,
        "entity": entity_state(w, node.entity_id),
    }
    _announce(w, (node.tenant_id, node.entity_id, node.region_code), (node.site_id, "_"), "revoked", data, at)


def device_changed(
    w: Write, device: Device, *, what: str, actor: dict[str, str], more: dict[str, Any], at: datetime
) -> None:
    """Announce `mingchu.device.{what}`: changed or decommissioned, the whole device and who did it."""
    data = {
        "version": device.version,
        "device_id": device.id,
        "label": label(device.kind) if device.sensor_code is None else code_label(device.sensor_code),
        "site_id": device.site_id,
        **device_state(device),
        "decommissioned_at": None if device.decommissioned_at is None else rfc3339(device.decommissioned_at),
        "actor": actor,
        **more,
        "entity": entity_state(w, device.entity_id),
    }
    _announce(w, (device.tenant_id, device.entity_id, device.region_code), (device.site_id, device.id), what, data, at)


def condition_changed(
    w: Write, device: Device, *, what: str, code: str, since: datetime, detail: dict[str, Any], at: datetime
) -> None:
    """Announce `mingchu.device.{what}`: fault or recovered, the whole device, what is wrong with it and since when."""
    condition: dict[str, Any] = {
        "code": code,
        "label": code_label(code),
        "since": rfc3339(since),
        "cleared_at": rfc3339(at) if what == "recovered" else None,
        "reason": detail.get("reason"),
        "reason_label": reason_label(str(detail.get("reason"))),
        **{name: detail[name] for name in ("value", "unit") if name in detail},
    }
    data: dict[str, Any] = {
        "version": conditions.count_change(w, device.id),
        "device_id": device.id,
        "label": label(device.kind) if device.sensor_code is None else code_label(device.sensor_code),
        "site_id": device.site_id,
        **device_state(device),
        "condition": condition,
        "entity": entity_state(w, device.entity_id),
    }
    _announce(w, (device.tenant_id, device.entity_id, device.region_code), (device.site_id, device.id), what, data, at)
    devices.add_device_history(w, kind=what, detail=condition, at=at, device_id=device.id)


def device_state(device: Device) -> dict[str, Any]:
    """What may be changed about a device: name, zone, node, kind of sensor, drawn regions and other settings."""
    return {
        **device.config,
        **({} if device.sensor_code is None else {"sensor_code": device.sensor_code}),
        "name": device.name,
        "zone": str(device.zone),
        "zone_label": label(device.zone),
        "node_id": device.node_id,
    }


def _announce(
    w: Write, owner: tuple[str, UUID, str], place: tuple[str, str], what: str, data: dict[str, Any], at: datetime
) -> None:
    tenant_id, entity_id, region_code = owner
    event = OutboxEvent(
        event_id=uuid7(),
        tenant_id=tenant_id,
        entity_id=entity_id,
        region_code=region_code,
        source=source_of(tenant_id, *place),
        type=f"mingchu.device.{what}",
        time=at,
        occurred_at=at,
        received_at=at,
        late=False,
        data=data,
    )
    feed.announce(w, event)
