"""A small registry: two districts, an enterprise in each, a node, a camera and a sensor in each."""

from dataclasses import dataclass
from datetime import time
from uuid import UUID

from models.base.ids import uuid7
from models.catalogue.terms import DeviceKind, Post
from models.domain.registry import Entity, Person, Site
from models.store import Store, devices, registry

TENANT = "shaoxing"
DISTRICT_A, DISTRICT_B = "330602", "330603"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """Ids of one enterprise, its site, node and devices."""

    entity: UUID
    region: str
    site: str
    node: str
    camera: str
    fridge: str
    gas: str
    secret: str


def seed_world(store: Store, *, mqtt_hash: str = "$7$1$AA==$AA==", secret: str = "") -> tuple[Kitchen, Kitchen]:
    """Register both kitchens; return (A, B)."""
    with store.write() as w:
        registry.add_tenant(w, tenant_id=TENANT, name="绍兴")
        registry.add_region(w, code=DISTRICT_A, name="越城区")
        registry.add_region(w, code=DISTRICT_B, name="柯桥区")
    a = _kitchen(store, "a", DISTRICT_A, "92330602MA00TEX117", mqtt_hash, secret)
    b = _kitchen(store, "b", DISTRICT_B, "92330603MA2XK7QP97", mqtt_hash, secret)
    return a, b


def _kitchen(store: Store, key: str, region: str, credit_code: str, mqtt_hash: str, secret: str) -> Kitchen:
    entity_id, site, node = uuid7(), f"site-{key}", f"node-{key}"
    with store.write() as w:
        registry.add_entity(
            w,
            Entity(
                id=entity_id,
                tenant_id=TENANT,
                name=f"企业{key}",
                credit_code=credit_code,
                licence_no=None,
                region_code=region,
                guarantee_tier=None,
                risk_grade=None,
            ),
        )
        registry.add_person(
            w,
            Person(
                id=uuid7(), tenant_id=TENANT, entity_id=entity_id, region_code=region, name="安全员", post=Post.officer
            ),
        )
        w.raw.execute("UPDATE person SET valid_from = '2020-01-01'")  # in office long before any test's clock
        registry.add_site(
            w,
            Site(
                id=site,
                tenant_id=TENANT,
                entity_id=entity_id,
                region_code=region,
                name=f"厨房{key}",
                address="",
                closed_from=time(22),
                closed_to=time(5),
            ),
        )
        devices.add_node(w, node_id=node, site_id=site, mqtt_hash=mqtt_hash)
        devices.add_device(
            w, device_id=f"cam-{key}", node_id=node, kind=DeviceKind.camera, zone="cooking", name="烹饪区"
        )
        for code in ("fridge_temp", "gas_ch4"):
            devices.add_device(
                w,
                device_id=f"{code.split('_')[0]}-{key}",
                node_id=node,
                kind=DeviceKind.sensor,
                zone="storage",
                name=code,
                sensor_code=code,
            )
    return Kitchen(
        entity=entity_id,
        region=region,
        site=site,
        node=node,
        camera=f"cam-{key}",
        fridge=f"fridge-{key}",
        gas=f"gas-{key}",
        secret=secret,
    )
