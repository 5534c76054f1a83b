"""A hostile node, with the credentials of a registered kitchen."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from deploy.embedded.broker import find_mosquitto
from models.store import quarantine
from tests.support.rig import SECRET, Rig, broker, rig
from tests.support.waiting import GENEROUS_S
from tests.support.world import Kitchen

__all__ = ["Attacker", "attacker_of", "broker", "mosquitto_rig", "reasons_of", "rig"]
_NAMES = itertools.count()


class Attacker:
    """A plain MQTT client with a node's user name and password, and a client id of its choice."""

    def __init__(self, rig: Rig, kitchen: Kitchen, *, client_id: str | None = None) -> None:
        self.ended = threading.Event()
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or f"attacker-{next(_NAMES)}",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        self.client.username_pw_set(kitchen.node, SECRET)
        self.client.max_inflight_messages_set(1000)
        self._connected = threading.Event()
        self.client.on_connect = lambda *_: self._connected.set()
        self.client.on_disconnect = lambda *_: self.ended.set()
        self.client.connect("127.0.0.1", rig.broker.port)
        self.client.loop_start()
        assert self._connected.wait(GENEROUS_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, **user: str) -> None:
        """Publish and wait for the broker's acknowledgement."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if user:
            properties.UserProperty = list(user.items())
        self.client.publish(topic, payload, qos=1, retain=retain, properties=properties).wait_for_publish(5)


@contextmanager
def attacker_of(rig: Rig, kitchen: Kitchen, *, client_id: str | None = None) -> Iterator[Attacker]:
    made = Attacker(rig, kitchen, client_id=client_id)
    try:
        yield made
    finally:
        made.client.disconnect()
        made.client.loop_stop()


@pytest.fixture
def mosquitto_rig(rig: Rig) -> Rig:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    return rig


def reasons_of(rig: Rig, *, wait_for: int = 0) -> dict[str, int]:
    """Return the quarantined messages by reason; wait until there are enough."""
    deadline = time.monotonic() + 10
    while True:
        with rig.store.read() as r:
            found: dict[str, int] = {}
            for entry in quarantine.quarantined(r, before=None, limit=1000):
                found[entry.reason] = found.get(entry.reason, 0) + entry.times
        if sum(found.values()) >= wait_for or time.monotonic() > deadline:
            return found
        time.sleep(0.05)
