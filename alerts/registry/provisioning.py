"""Register and change enterprises, kitchens, nodes and devices by whom may, within what they may see."""

from datetime import time
from typing import Any
from uuid import UUID

from alerts.registry.registering import Hours, NewSecret, register_device, register_entity, register_node, register_site
from models.base.errors import Conflict, NotAllowed, NotFound, RateLimited
from models.catalogue.terms import DeviceKind, Role
from models.domain.access import Rights
from models.domain.devices import Node
from models.domain.registry import Entity, Site
from models.store import Write, devices, registry

MAY_REGISTER = frozenset({Role.regulator, Role.admin})
MAY_CONNECT = frozenset({Role.enterprise, Role.regulator, Role.admin})
MOST_NODES = 20
"""Nodes of one kitchen that are not revoked."""


def add_entity(
    w: Write, *, name: str, credit_code: str, licence_no: str | None, region_code: str, officer: str, by: Rights
) -> Entity:
    """Register an enterprise in the caller's region, with its food safety officer.

    Raises:
        NotAllowed: the role may not, or the region is not the caller's.
        Invalid: the credit code or region code is wrong.
        Conflict: the enterprise is registered already.
    """
    _require(by, MAY_REGISTER)
    if not region_code.startswith(by.region_prefix or ""):
        raise NotAllowed(f"region {region_code} is not within yours")
    return register_entity(
        w,
        tenant_id=by.tenant_id,
        name=name.strip(),
        credit_code=credit_code,
        region_code=region_code,
        officer=officer.strip(),
        licence_no=licence_no,
    )


def change_entity(w: Write, entity_id: UUID, *, name: str, licence_no: str | None, by: Rights) -> Entity:
    """Change an enterprise's name and licence.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such enterprise in what the caller may see.
    """
    _require(by, MAY_REGISTER)
    entity_of(w, entity_id)
    registry.change_entity(w, entity_id=entity_id, name=name.strip(), licence_no=licence_no)
    return entity_of(w, entity_id)


def add_site(w: Write, *, entity_id: UUID, site_id: str, name: str, address: str, closed: Hours, by: Rights) -> Site:
    """Register a kitchen of an enterprise; `closed` is local time. Raises as `change_entity` and `register_site` do."""
    _require(by, MAY_REGISTER)
    entity = entity_of(w, entity_id)
    return register_site(w, entity, site_id=site_id, name=name.strip(), address=address.strip(), closed=closed)


def change_site(
    w: Write, site_id: str, *, name: str, address: str, closed: tuple[time | None, time | None], by: Rights
) -> Site:
    """Change a kitchen's name, address and closing hours.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such kitchen in what the caller may see.
    """
    _require(by, MAY_REGISTER)
    site_of(w, site_id)
    registry.change_site(w, site_id=site_id, name=name.strip(), address=address.strip(), closed=closed)
    return site_of(w, site_id)


def add_node(w: Write, *, site_id: str, node_id: str, new_secret: NewSecret, by: Rights) -> tuple[Node, str]:
    """Register a node at a kitchen; return it and its MQTT secret.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such kitchen in what the caller may see.
        Conflict: the id is in use.
        RateLimited: the kitchen has the most nodes that it may have.
    """
    _require(by, MAY_CONNECT)
    site_of(w, site_id)
    registry.one_at_a_time(w, site_id)
    if len(devices.nodes_of_site(w, site_id)) >= MOST_NODES:
        raise RateLimited(f"kitchen {site_id!r} has {MOST_NODES} nodes; revoke one first")
    return register_node(w, node_id=node_id, site_id=site_id, new_secret=new_secret)


def add_device(
    w: Write,
    *,
    device_id: str,
    node_id: str,
    zone: str,
    name: str,
    sensor_code: str | None,
    report_every_s: float | None,
    by: Rights,
) -> DeviceKind:
    """Register a camera or sensor behind a node of the caller's.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such node in what the caller may see.
        Conflict: the node is revoked, or the id is in use. Otherwise as `register_device`.
    """
    _require(by, MAY_CONNECT)
    node = devices.node(w, node_id)
    if node is None:
        raise NotFound(f"no node {node_id!r}")
    if node.revoked_at is not None:
        raise Conflict(f"node {node_id!r} is revoked")
    settings: dict[str, Any] | None = None if report_every_s is None else {"report_every_s": report_every_s}
    return register_device(
        w,
        device_id=device_id,
        node_id=node_id,
        zone=zone,
        name=name.strip(),
        sensor_code=sensor_code,
        settings=settings,
    )


def name_region(w: Write, *, code: str, name: str, by: Rights) -> None:
    """Name a region that has no name yet.

    Raises:
        NotAllowed: the caller is no administrator, or the region is not within the caller's.
        Conflict: it has a name.
    """
    if by.role is not Role.admin or not code.startswith(by.region_prefix or ""):
        raise NotAllowed("only an administrator of the region may name it")
    if not registry.name_region(w, code=code, name=name.strip()):
        raise Conflict(f"region {code} has a name")


def entity_of(w: Write, entity_id: UUID) -> Entity:
    """Return an enterprise that the caller may see.

    Raises:
        NotFound: there is none.
    """
    found = registry.entity(w, entity_id)
    if found is None:
        raise NotFound(f"no enterprise {entity_id}")
    return found


def site_of(w: Write, site_id: str) -> Site:
    """Return a kitchen that the caller may see.

    Raises:
        NotFound: there is none.
    """
    found = registry.site(w, site_id)
    if found is None:
        raise NotFound(f"no site {site_id!r}")
    return found


def _require(by: Rights, roles: frozenset[Role]) -> None:
    if by.role not in roles:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(roles))}; your role is {by.role}")
