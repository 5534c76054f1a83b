"""What a campaign registers: its kitchens, with more nodes, and the key of the platform that reads the feed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.embedded.broker import mosquitto_hash
from ingest.simulator.kitchen import KitchenCamera
from ingest.simulator.kitchen.scene import Situation
from models.catalogue.terms import DeviceKind, Role
from models.store import Store, devices
from tests.support.people import add_key
from tests.support.platform import SECRET
from tests.support.world import Kitchen, seed_world
from vision.pictures.decode import encode

EXTRA_NODES, PICTURES = 6, 20
KEY_LIFE = timedelta(days=30)
"""The reader's key is valid for the longest campaign, with its pauses."""


def register(store: Store) -> tuple[str, list[dict[str, Any]]]:
    """Register everything in an empty platform; return the reader's key and the nodes of the kitchens' plan."""
    hashed = mosquitto_hash(SECRET)
    a, b = seed_world(store, mqtt_hash=hashed)
    key = add_key(store, Role.platform, region="3306", life=KEY_LIFE)
    return key, [_node_of(a), _node_of(b), *_register_more(store, a, hashed)]


def film(folder: Path) -> list[str]:
    """Pictures of a drawn kitchen with bare heads, as files."""
    files = [folder / f"{number}.jpg" for number in range(PICTURES)]
    bare = [Situation(code="no_chef_hat", start_s=0, end_s=10_000)]
    camera = KitchenCamera(seed=7000, name="campaign", cooks=1, night=False, situations=bare)
    clock = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
    for number, file in enumerate(files):
        picture, _ = camera.render(30.0 + number, wall_clock=clock + timedelta(seconds=number))
        file.write_bytes(encode(picture))
    return [str(file) for file in files]


def _register_more(store: Store, kitchen: Kitchen, hashed: str) -> list[dict[str, Any]]:
    """More nodes at a kitchen, each with a fridge and a gas sensor."""
    nodes = []
    with store.write() as w:
        for number in range(EXTRA_NODES):
            node = f"node-{number}"
            devices.add_node(w, node_id=node, site_id=kitchen.site, mqtt_hash=hashed)
            sensors = {f"{node}-{code.partition('_')[0]}": code for code in ("fridge_temp", "gas_ch4")}
            for device, code in sensors.items():
                devices.add_device(
                    w,
                    device_id=device,
                    node_id=node,
                    kind=DeviceKind.sensor,
                    zone="storage",
                    name=code,
                    sensor_code=code,
                )
            nodes.append({"node": node, "site": kitchen.site, "sensors": sensors, "camera": None})
    return nodes


def _node_of(kitchen: Kitchen) -> dict[str, Any]:
    sensors = {kitchen.fridge: "fridge_temp", kitchen.gas: "gas_ch4"}
    return {"node": kitchen.node, "site": kitchen.site, "sensors": sensors, "camera": kitchen.camera}
