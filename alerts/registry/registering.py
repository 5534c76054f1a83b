"""Register enterprises, kitchens, nodes and devices, for the command line, imports, the console and the demo."""

from collections.abc import Callable
from datetime import time
from typing import Any

from models.base.errors import Invalid
from models.base.ids import uuid7
from models.catalogue.codes import SENSOR_CODES
from models.catalogue.terms import DeviceKind, Post
from models.domain.devices import Node
from models.domain.identifiers import require_credit_code
from models.domain.place import owner_of
from models.domain.registry import Entity, Person, Site
from models.store import Write, devices, registry

Hours = tuple[time | None, time | None]
ALWAYS_OPEN: Hours = (None, None)
NewSecret = Callable[[], tuple[str, str]]
"""Makes a node's MQTT secret: (the secret, its hash)."""


def register_entity(
    w: Write,
    *,
    tenant_id: str,
    name: str,
    credit_code: str,
    region_code: str,
    officer: str,
    licence_no: str | None = None,
    guarantee_tier: str | None = None,
    risk_grade: str | None = None,
) -> Entity:
    """Register an enterprise (经营主体) and its food safety officer, who answers for its tasks.

    Raises:
        Invalid: the credit code has a wrong check digit, or the region code no shape of one.
        Conflict: the tenant has an enterprise with this credit code.
    """
    entity = Entity(
        id=uuid7(),
        tenant_id=tenant_id,
        name=name,
        credit_code=require_credit_code(credit_code),
        licence_no=licence_no,
        region_code=region_code,
        guarantee_tier=guarantee_tier,
        risk_grade=risk_grade,
    )
    registry.add_entity(w, entity)
    register_officer(w, entity, name=officer)
    return entity


def register_officer(w: Write, entity: Entity, *, name: str) -> Person:
    """Register a food safety officer (食品安全员) of an enterprise."""
    officer = Person(id=uuid7(), **owner_of(entity.owner), name=name, post=Post.officer)
    registry.add_person(w, officer)
    return officer


def register_site(
    w: Write, entity: Entity, *, site_id: str, name: str, address: str = "", closed: Hours = ALWAYS_OPEN
) -> Site:
    """Register a kitchen of an enterprise; `closed` is local time.

    Raises:
        Invalid: the id is no slug.
        Conflict: the id is taken.
    """
    site = Site(
        id=site_id,
        **owner_of(entity.owner),
        name=name,
        address=address,
        closed_from=closed[0],
        closed_to=closed[1],
    )
    registry.add_site(w, site)
    return site


def register_node(w: Write, *, node_id: str, site_id: str, new_secret: NewSecret) -> tuple[Node, str]:
    """Register a node, which holds an MQTT connection at a kitchen; return it and its secret, which is stored nowhere.

    Raises:
        NotFound: no such kitchen.
        Conflict: the id is taken.
    """
    secret, hashed = new_secret()
    return devices.add_node(w, node_id=node_id, site_id=site_id, mqtt_hash=hashed), secret


def register_device(
    w: Write,
    *,
    device_id: str,
    node_id: str,
    zone: str,
    name: str,
    sensor_code: str | None = None,
    settings: dict[str, Any] | None = None,
) -> DeviceKind:
    """Register a camera, or with a `sensor_code` a sensor; return its kind.

    Raises:
        Invalid: the zone is unknown or one where no camera may hang; the kind of sensor is unknown; the id is no slug.
        NotFound: no such node.
        Conflict: the id is taken, or the node has as many devices as it may.
    """
    if sensor_code is not None and sensor_code not in SENSOR_CODES:
        raise Invalid(f"sensor {sensor_code!r}: expected one of {', '.join(SENSOR_CODES)}, or nothing for a camera")
    kind = DeviceKind.camera if sensor_code is None else DeviceKind.sensor
    devices.add_device(
        w,
        device_id=device_id,
        node_id=node_id,
        kind=kind,
        zone=zone,
        name=name,
        sensor_code=sensor_code,
        config=settings,
    )
    return kind
