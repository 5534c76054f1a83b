"""Storage of the registry: enterprises, people, sites, nodes, devices."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from models.base.errors import Conflict, Invalid, NotFound
from models.base.ids import is_slug, uuid7
from models.catalogue.terms import FORBIDDEN_ZONES, DeviceKind, Zone
from models.domain.devices import Device, DeviceView, Node
from models.domain.registry import Entity, Person, Site
from models.store.connect import Read, Write

FIRST = ""
MOST_DEVICES = 256
"""Devices behind one node: what a status message has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a device stands: what a topic claims is checked against this."""

    device_id: str
    node_id: str
    site_id: str
    tenant_id: str
    entity_id: UUID
    region_code: str
    kind: DeviceKind
    sensor_code: str | None
    zone: Zone
    config: dict[str, Any]
    closed_from: time | None
    closed_to: time | None
    session: int


@contextmanager
def named(what: str) -> Iterator[None]:
    """Turn the database's named constraints into errors of the domain, about `what`."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(f"{what} is registered already ({error.diag.constraint_name})") from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise NotFound(f"{what} refers to something unknown ({error.diag.constraint_name})") from error
    except psycopg.errors.CheckViolation as error:
        raise Invalid(f"{what} breaks the rule {error.diag.constraint_name}") from error


def require_slug(text: str, what: str) -> str:
    """Check an id that becomes a topic level.

    Raises:
        Invalid: anything but 1–64 of a–z, 0–9, `-`, `_`.
    """
    if not is_slug(text):
        raise Invalid(f"{what} {text!r}: expected 1–64 of a–z, 0–9, '-' and '_'")
    return text


def add_tenant(w: Write, *, tenant_id: str, name: str) -> None:
    """Register a tenant."""
    w.run("registry", "add_tenant", {"id": require_slug(tenant_id, "tenant id"), "name": name})


def add_region(w: Write, *, code: str, name: str) -> None:
    """Name a region (GB/T 2260 and its 12-digit extension)."""
    w.run("registry", "add_region", {"code": code, "name": name})


def add_entity(w: Write, entity: Entity) -> None:
    """Register an enterprise."""
    with named(f"enterprise {entity.name!r}"):
        w.run("registry", "add_entity", asdict(entity))


def add_person(w: Write, person: Person) -> None:
    """Register an accountable person."""
    with named(f"person {person.name!r}"):
        w.run("registry", "add_person", asdict(person))


def add_site(w: Write, site: Site) -> None:
    """Register a kitchen."""
    require_slug(site.id, "site id")
    with named(f"site {site.id!r}"):
        w.run("registry", "add_site", asdict(site))


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
            "registry",
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
    """Give a node another secret."""
    if not w.run("registry", "set_node_hash", {"id": node_id, "mqtt_hash": mqtt_hash}):
        raise NotFound(f"no node {node_id!r} that is not revoked")


def forget_births(w: Write, *, node_id: str, at: datetime) -> int:
    """Take the next birth of a node whatever its number; gives the number of the change.

    Raises:
        NotFound: no such node.
    """
    version = w.value("registry", "forget_births", {"id": node_id, "at": at})
    if version is None:
        raise NotFound(f"no node {node_id!r}")
    w.run("registry", "forget_streams", {"id": node_id})
    return int(version)


def revoke_node(w: Write, *, node_id: str, at: datetime) -> int:
    """Take a node's access away; gives the number of that change, and the one before it is that it went.

    Raises:
        NotFound: no such node, or it is revoked already.
    """
    version = w.value("registry", "revoke_node", {"id": node_id, "at": at})
    if version is None:
        raise NotFound(f"no node {node_id!r} that is not revoked")
    return int(version)


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
            "registry",
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


def one_at_a_time(w: Write, site_id: str) -> None:
    """Whoever registers something at a kitchen waits for those who do so now, and sees what they made."""
    w.value("registry", "lock_site", {"site_id": site_id})


def device_locked(w: Write, device_id: str) -> DeviceView:
    """One device that is to be changed, locked.

    Raises:
        NotFound: no such device.
    """
    found = w.one(DeviceView, "registry", "device_locked", {"id": device_id})
    if found is None:
        raise NotFound(f"no device {device_id!r}")
    return found


def change_device(w: Write, device: Device) -> None:
    """Store a device's name, zone, settings, node, and whether it is supervised; its version moves.

    Raises:
        Invalid: a camera's zone is one where no camera may hang, or the zone is unknown.
        NotFound: no such device, or no such node.
    """
    if device.kind is DeviceKind.camera:
        require_camera_zone(device.zone)
    with named(f"device {device.id!r}"):
        changed = w.run(
            "registry",
            "change_device",
            {
                "id": device.id,
                "name": device.name,
                "zone": device.zone,
                "config": Jsonb(device.config),
                "node_id": device.node_id,
                "decommissioned_at": device.decommissioned_at,
            },
        )
    if not changed:
        raise NotFound(f"no device {device.id!r}")


def add_device_history(
    w: Write,
    *,
    kind: str,
    detail: dict[str, Any],
    at: datetime,
    device_id: str | None = None,
    node_id: str | None = None,
) -> None:
    """A line in the history of one device, or of every device of a node."""
    params = {"device_id": device_id, "node_id": node_id, "at": at, "id": uuid7(), "kind": kind}
    w.value("registry", "add_device_history", params | {"detail": Jsonb(detail)})


def devices_of_node(r: Read, node_id: str) -> list[str]:
    """Ids of the supervised devices behind a node."""
    return [str(device_id) for (device_id,) in r.tuples("registry", "devices_of_node", {"node_id": node_id})]


def require_zone(zone: str, *, kind: DeviceKind) -> Zone:
    """Check where a device is to hang.

    Raises:
        Invalid: an unknown place, or one where no camera may hang and this is one.
    """
    if kind is DeviceKind.camera:
        return require_camera_zone(zone)
    if zone not in set(Zone):
        raise Invalid(f"unknown zone {zone!r}, expected one of: {', '.join(Zone)}")
    return Zone(zone)


def set_sensor_code(w: Write, *, device_id: str, sensor_code: str) -> None:
    """Say that a sensor measures something else."""
    w.run("registry", "set_sensor_code", {"id": device_id, "sensor_code": sensor_code})


def change_entity(w: Write, *, entity_id: UUID, name: str, licence_no: str | None) -> None:
    """Give an enterprise another name or licence."""
    w.run("registry", "change_entity", {"id": entity_id, "name": name, "licence_no": licence_no})


def change_site(w: Write, *, site_id: str, name: str, address: str, closed: tuple[time | None, time | None]) -> None:
    """Give a kitchen another name, address or closing hours."""
    params = {"id": site_id, "name": name, "address": address, "closed_from": closed[0], "closed_to": closed[1]}
    w.run("registry", "change_site", params)


def officer(r: Read, entity_id: UUID) -> Person | None:
    """The food-safety officer of an enterprise who was named last and is in office."""
    return r.one(Person, "registry", "officer", {"entity_id": entity_id})


def end_officers(w: Write, *, entity_id: UUID, at: datetime) -> None:
    """End the office of an enterprise's officers; what they answer for stays theirs."""
    w.run("registry", "end_officers", {"entity_id": entity_id, "at": at})


def require_camera_zone(zone: str) -> Zone:
    """Check where a camera is to hang.

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
    return r.all(Node, "registry", "nodes_of_site", {"site_id": site_id})


def nodes_never_online(r: Read, site_ids: Collection[str]) -> list[Node]:
    """The nodes of several kitchens that are to serve cameras and that nothing has come from yet."""
    return r.all(Node, "registry", "nodes_never_online", {"site_ids": list(site_ids)})


def accountable_person(r: Read, *, entity_id: UUID, at: datetime) -> Person | None:
    """Who answers for a hazard at an enterprise: officer, else director, else principal."""
    return r.one(Person, "registry", "accountable_person", {"entity_id": entity_id, "at": at})


def person(r: Read, person_id: UUID) -> Person | None:
    """One accountable person."""
    return r.one(Person, "registry", "person", {"id": person_id})


def entity(r: Read, entity_id: UUID) -> Entity | None:
    """One enterprise."""
    return r.one(Entity, "registry", "entity", {"id": entity_id})


def entities(r: Read, *, after: UUID | None, limit: int) -> list[Entity]:
    """A page of enterprises."""
    return r.all(Entity, "registry", "entities", {"after": after, "limit": limit})


def site(r: Read, site_id: str) -> Site | None:
    """One kitchen."""
    return r.one(Site, "registry", "site", {"id": site_id})


def sites(r: Read, *, after: str = FIRST, limit: int) -> list[Site]:
    """A page of kitchens."""
    return r.all(Site, "registry", "sites", {"after": after, "limit": limit})


def devices(r: Read, *, after: str = FIRST, limit: int, site_id: str | None = None) -> list[DeviceView]:
    """A page of devices with the state of their node."""
    return r.all(DeviceView, "registry", "devices_after", {"after": after, "limit": limit, "site_id": site_id})


def device(r: Read, device_id: str) -> DeviceView | None:
    """One device."""
    return r.one(DeviceView, "registry", "device", {"id": device_id})


def sites_of(r: Read, ids: Collection[str]) -> dict[str, Site]:
    """Several kitchens by id."""
    return {site.id: site for site in r.all(Site, "registry", "sites_of", {"ids": list(ids)})}


def entities_of(r: Read, ids: Collection[UUID]) -> dict[UUID, Entity]:
    """Several enterprises by id."""
    return {entity.id: entity for entity in r.all(Entity, "registry", "entities_of", {"ids": list(ids)})}


def people_of(r: Read, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Several accountable people by id."""
    return {person.id: person for person in r.all(Person, "registry", "people_of", {"ids": list(ids)})}


def devices_at(r: Read, site_ids: Collection[str]) -> list[DeviceView]:
    """Every supervised device of several kitchens, cameras first."""
    return r.all(DeviceView, "registry", "devices_at", {"site_ids": list(site_ids)})


def regions(r: Read) -> dict[str, str]:
    """Region names by code."""
    return dict(r.tuples("registry", "regions"))


def routes(r: Read) -> dict[str, Route]:
    """Every device by id, with where it stands."""
    return {route.device_id: route for route in r.all(Route, "registry", "routes")}


def node(r: Read, node_id: str) -> Node | None:
    """One node, revoked or not."""
    return r.one(Node, "registry", "node", {"id": node_id})


def nodes(r: Read) -> dict[str, Node]:
    """Every node that is not revoked, by id."""
    return {node.id: node for node in r.all(Node, "registry", "nodes")}


def node_logins(r: Read) -> list[tuple[str, str]]:
    """Node ids and the hashes of their MQTT secrets: what the broker lets in."""
    return [(node_id, mqtt_hash) for node_id, mqtt_hash in r.tuples("registry", "node_logins")]
