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
"""Most devices of one node: as many as fit into a status message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Place):
    """The registered place of a device; the claims of topics are checked against it."""

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
        Conflict: the id is in use, at any site.
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
    """Store the hash of a node's new secret.

    Raises:
        NotFound: no such node, or the node is revoked.
    """
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
        Invalid: the zone is unknown or forbids cameras; the id is not a slug.
        NotFound: no such node.
        Conflict: the id is in use, or the node has `MOST_DEVICES` devices.
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
    """Return a device and lock it for a change.

    Raises:
        NotFound: no such device.
    """
    found = w.one(DeviceView, "devices", "device_locked", {"id": device_id})
    if found is None:
        raise NotFound(f"no device {device_id!r}")
    return found


def devices_of_node(r: Read, node_id: str) -> list[str]:
    """Return the ids of a node's supervised devices."""
    return [str(device_id) for (device_id,) in r.tuples("devices", "devices_of_node", {"node_id": node_id})]


def require_zone(zone: str, *, kind: DeviceKind) -> Zone:
    """Return the zone of a device, after checking it.

    Raises:
        Invalid: the zone is unknown, or the device is a camera and the zone forbids cameras.
    """
    if kind is DeviceKind.camera:
        return require_camera_zone(zone)
    if zone not in set(Zone):
        raise Invalid(f"unknown zone {zone!r}, expected one of: {', '.join(Zone)}")
    return Zone(zone)


def require_camera_zone(zone: str) -> Zone:
    """Return the zone of a camera, after checking it.

    Raises:
        Invalid: the zone forbids cameras, or is unknown.
    """
    if zone in FORBIDDEN_ZONES:
        raise Invalid(f"no camera may be installed in zone {zone!r} (公共安全视频图像信息系统管理条例 art. 8)")
    if zone not in set(Zone):
        raise Invalid(f"unknown zone {zone!r}, expected one of: {', '.join(Zone)}")
    return Zone(zone)


def nodes_of_site(r: Read, site_id: str) -> list[Node]:
    """Return the nodes of a kitchen that are not revoked, in the order of their first connection."""
    return r.all(Node, "devices", "nodes_of_site", {"site_id": site_id})


def nodes_never_online(r: Read, site_ids: Collection[str]) -> list[Node]:
    """Return the nodes of several kitchens that have cameras and have never sent anything."""
    return r.all(Node, "devices", "nodes_never_online", {"site_ids": list(site_ids)})


def devices(r: Read, *, after: str = FIRST, limit: int, site_id: str | None = None) -> list[DeviceView]:
    """Return a page of devices with the state of their node."""
    return r.all(DeviceView, "devices", "devices_after", {"after": after, "limit": limit, "site_id": site_id})


def device(r: Read, device_id: str) -> DeviceView | None:
    """Return one device; None if it does not exist."""
    return r.one(DeviceView, "devices", "device", {"id": device_id})


def devices_named(r: Read, ids: Collection[str]) -> dict[str, DeviceView]:
    """Return several devices by id."""
    return {found.id: found for found in r.all(DeviceView, "devices", "devices_named", {"ids": sorted(ids)})}


def devices_finding(r: Read, *, kind: DeviceKind, sensor_code: str | None, limit: int) -> list[DeviceView]:
    """Return the first `limit` supervised devices of a kind, or of a kind of sensor."""
    params = {"kind": kind, "sensor_code": sensor_code, "limit": limit}
    return r.all(DeviceView, "devices", "devices_finding", params)


def devices_at(r: Read, site_ids: Collection[str]) -> list[DeviceView]:
    """Return every supervised device of several kitchens, cameras first."""
    return r.all(DeviceView, "devices", "devices_at", {"site_ids": list(site_ids)})


def routes(r: Read) -> dict[str, Route]:
    """Return the places of all devices, by id."""
    return {route.device_id: route for route in r.all(Route, "devices", "routes")}


def node(r: Read, node_id: str) -> Node | None:
    """One node, revoked or not."""
    return r.one(Node, "devices", "node", {"id": node_id})


def nodes(r: Read) -> dict[str, Node]:
    """Return every node that is not revoked, by id."""
    return {node.id: node for node in r.all(Node, "devices", "nodes")}


def node_logins(r: Read) -> list[tuple[str, str]]:
    """Return (node id, hash of its MQTT secret) of every node that the broker should admit."""
    return [(node_id, mqtt_hash) for node_id, mqtt_hash in r.tuples("devices", "node_logins")]
