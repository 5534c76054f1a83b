"""Storage of nodes and of the devices behind them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from typing import Any

from psycopg.types.json import Jsonb

from models.base.errors import Conflict, Invalid, NotFound
from models.catalogue.terms import FORBIDDEN_ZONES, DeviceKind, Zone
from models.domain.devices import DeviceView, Node
from models.domain.place import Place
from models.domain.registry import Site
from models.store.connect import Read, Write
from models.store.registry import FIRST, named, require_slug

MOST_DEVICES = 256
"""Most devices of one node: a status message has room for no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Place):
    """The place of a device; intake checks the topics of messages against it."""

    node_id: str
    kind: DeviceKind
    sensor_code: str | None
    config: dict[str, Any]
    closed_from: time | None
    closed_to: time | None
    session: int


def add_node(w: Write, *, node_id: str, site_id: str, mqtt_hash: str) -> Node:
    """Register a node at a site with the hash of its MQTT secret.

    Raises:
        NotFound: no such site.
        Conflict: the id is taken, by whatever site.
    """
    site = w.one(Site, "registry", "site", {"id": site_id})
    if site is None:
        raise NotFound(f"no site {site_id!r}; register it first with `mingchu site add`")
    with named(f"node {node_id!r}"):
        added = w.run(
            "devices",
            "add_node",
            {
                "id": require_slug(node_id, "node id"),
                "site_id": site.id,
                "tenant_id": site.tenant_id,
                "entity_id": site.entity_id,
                "region_code": site.region_code,
                "mqtt_hash": mqtt_hash,
            },
        )
    found = node(w, node_id)
    if not added or found is None:
        raise Conflict(f"node {node_id!r} is registered already")
    return found


def set_node_hash(w: Write, *, node_id: str, mqtt_hash: str) -> None:
    """Store the hash of a node's new secret."""
    if not w.run("devices", "set_node_hash", {"id": node_id, "mqtt_hash": mqtt_hash}):
        raise NotFound(f"no node {node_id!r} that is not revoked")


def add_device(
    w: Write,
    *,
    device_id: str,
    node_id: str,
    kind: DeviceKind,
    zone: str,
    name: str,
    sensor_code: str | None = None,
    config: dict[str, Any] | None = None,
) -> None:
    """Register a camera or sensor behind a node.

    Raises:
        Invalid: the zone is one where no camera may hang, or unknown; the id is no slug.
        NotFound: no such node.
        Conflict: the id is taken, or the node has `MOST_DEVICES` devices.
    """
    require_zone(zone, kind=kind)
    if len(devices_of_node(w, node_id)) >= MOST_DEVICES:
        raise Conflict(f"node {node_id!r} has {MOST_DEVICES} devices; register another node for more")
    with named(f"device {device_id!r}"):
        added = w.run(
            "devices",
            "add_device",
            {
                "id": require_slug(device_id, "device id"),
                "node_id": node_id,
                "kind": kind,
                "sensor_code": sensor_code,
                "zone": zone,
                "name": name,
                "config": Jsonb(config or {}),
            },
        )
    if not added:
        if node(w, node_id) is None:
            raise NotFound(f"no node {node_id!r}")
        raise Conflict(f"device {device_id!r} is registered already")


def device_locked(w: Write, device_id: str) -> DeviceView:
    """Return one device for a change; the row is locked.

    Raises:
        NotFound: no such device.
    """
    found = w.one(DeviceView, "devices", "device_locked", {"id": device_id})
    if found is None:
        raise NotFound(f"no device {device_id!r}")
    return found


def devices_of_node(r: Read, node_id: str) -> list[str]:
    """Ids of the supervised devices behind a node."""
    return [str(device_id) for (device_id,) in r.tuples("devices", "devices_of_node", {"node_id": node_id})]


def require_zone(zone: str, *, kind: DeviceKind) -> Zone:
    """Check the zone of a device.

    Raises:
        Invalid: an unknown place, or one where no camera may hang and this is one.
    """
    if kind is DeviceKind.camera:
        return require_camera_zone(zone)
    if zone not in set(Zone):
        raise Invalid(f"unknown zone {zone!r}, expected one of: {', '.join(Zone)}")
    return Zone(zone)


def require_camera_zone(zone: str) -> Zone:
    """Check the zone of a camera.

    Raises:
        Invalid: a place where no camera may hang, or an unknown one.
    """
    if zone in FORBIDDEN_ZONES:
        raise Invalid(f"no camera may be installed in zone {zone!r} (公共安全视频图像信息系统管理条例 art. 8)")
    if zone not in set(Zone):
        raise Invalid(f"unknown zone {zone!r}, expected one of: {', '.join(Zone)}")
    return Zone(zone)


def nodes_of_site(r: Read, site_id: str) -> list[Node]:
    """The nodes of a kitchen that are not revoked, the first connected first."""
    return r.all(Node, "devices", "nodes_of_site", {"site_id": site_id})


def nodes_never_online(r: Read, site_ids: Collection[str]) -> list[Node]:
    """Return the nodes of several kitchens that serve cameras and have never connected."""
    return r.all(Node, "devices", "nodes_never_online", {"site_ids": list(site_ids)})


def nodes_awaiting_cameras(r: Read, site_ids: Collection[str]) -> list[Node]:
    """Return the nodes of several kitchens that serve a camera of which no frame has ever come."""
    return r.all(Node, "devices", "nodes_awaiting_cameras", {"site_ids": list(site_ids)})


def devices(r: Read, *, after: str = FIRST, limit: int, site_id: str | None = None) -> list[DeviceView]:
    """A page of devices with the state of their node."""
    return r.all(DeviceView, "devices", "devices_after", {"after": after, "limit": limit, "site_id": site_id})


def device(r: Read, device_id: str) -> DeviceView | None:
    """One device."""
    return r.one(DeviceView, "devices", "device", {"id": device_id})


def devices_named(r: Read, ids: Collection[str]) -> dict[str, DeviceView]:
    """Several devices by id."""
    return {found.id: found for found in r.all(DeviceView, "devices", "devices_named", {"ids": sorted(ids)})}


def devices_finding(r: Read, *, kind: DeviceKind, sensor_code: str | None, limit: int) -> list[DeviceView]:
    """The first supervised devices of a kind, or of a kind of sensor."""
    params = {"kind": kind, "sensor_code": sensor_code, "limit": limit}
    return r.all(DeviceView, "devices", "devices_finding", params)


def devices_at(r: Read, site_ids: Collection[str]) -> list[DeviceView]:
    """Every supervised device of several kitchens, cameras first."""
    return r.all(DeviceView, "devices", "devices_at", {"site_ids": list(site_ids)})


def routes(r: Read) -> dict[str, Route]:
    """Return every device's place, by id."""
    return {route.device_id: route for route in r.all(Route, "devices", "routes")}


def node(r: Read, node_id: str) -> Node | None:
    """One node, revoked or not."""
    return r.one(Node, "devices", "node", {"id": node_id})


def nodes(r: Read) -> dict[str, Node]:
    """Every node that is not revoked, by id."""
    return {node.id: node for node in r.all(Node, "devices", "nodes")}


def node_logins(r: Read) -> list[tuple[str, str]]:
    """Return the ids of the nodes that the broker admits, with the hashes of their MQTT secrets."""
    return [(node_id, mqtt_hash) for node_id, mqtt_hash in r.tuples("devices", "node_logins")]
