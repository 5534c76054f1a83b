"""Sensors of the site: a real Modbus/TCP server, a real local broker, readings in the database."""

import json
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from pymodbus.server import ServerStop, StartTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from deploy.embedded.broker import find_mosquitto
from deploy.embedded.ports import free_port
from ingest.agent import config
from ingest.agent.local_broker import LocalListener
from ingest.agent.run import Agent
from ingest.mqtt import Login, MqttLink
from models.base.errors import Invalid
from tests.integration.ingest.agent.conftest import Ear, Site
from tests.support.rig import Rig
from tests.support.waiting import GENEROUS_S, wait_for

MINUS_18_4 = 65536 - 184
FLOAT_25 = [0x41C8, 0x0000]


@contextmanager
def modbus_server(port: int) -> Iterator[None]:
    """Unit 1: a freezer at register 0 (tenths), a gas value as float32 at 10."""
    values = [MINUS_18_4, *[0] * 9, *FLOAT_25]
    device = SimDevice(1, [SimData(0, values=values, datatype=DataType.REGISTERS)])
    arguments = {"context": device, "address": ("127.0.0.1", port)}
    thread = threading.Thread(target=StartTcpServer, kwargs=arguments, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ServerStop()
        thread.join(GENEROUS_S)


@contextmanager
def local_broker() -> Iterator[str]:
    """The site's own broker without users, as in Zigbee2MQTT's documentation."""
    found = find_mosquitto()
    if found is None:
        pytest.skip("needs mosquitto (Debian: apt-get install mosquitto)")
    port = free_port()
    process = subprocess.Popen([str(found), "-p", str(port)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(GENEROUS_S)


def run(site: Site, sensors: list[dict[str, object]], *, local: str | None = None) -> Agent:
    path = site.write([])
    lines = [path.read_text()]
    if local is not None:
        lines += ["[local]", f'broker = "{local}"']
    for sensor in sensors:
        lines += ["[[sensor]]", *(f"{key} = {json.dumps(value)}" for key, value in sensor.items())]
    path.write_text("\n".join(lines))
    return site.stack.enter_context(Agent(config.load(path), path))


def stored(rig: Rig) -> dict[str, float]:
    """The newest value of every sensor."""
    with rig.store.read() as r:
        rows = r.raw.execute(
            "SELECT DISTINCT ON (device_id) device_id, value FROM reading ORDER BY 1, occurred_at DESC"
        )
        return dict(rows.fetchall())


def heard(ear: Ear, device: str) -> tuple[str, str, str | None] | None:
    """Kind, state and reason of a device in the newest status."""
    told = ear.health(device)
    return None if told is None else (told.kind, told.state, told.reason)


def test_registers_become_readings_and_a_dead_device_is_named(rig: Rig, site: Site, ear: Ear) -> None:
    port, dead = free_port(), free_port()
    common = {"codec": "modbus", "host": "127.0.0.1", "every_s": 1}
    fridge = {**common, "device": "fridge-a", "code": "fridge_temp", "port": port, "register": 0, "scale": 0.1}
    gas = {**common, "device": "gas-a", "code": "gas_ch4", "port": port, "register": 10, "type": "float32"}
    lost = {**common, "device": "lost", "code": "fridge_temp", "port": dead, "register": 0}
    with modbus_server(port):
        time.sleep(0.5)
        run(site, [fridge, gas, lost])
        wait_for(lambda: stored(rig) == {"fridge-a": -18.4, "gas-a": 25.0})
        # Each change has its own status message, and a value may be stored before that arrives.
        wait_for(lambda: heard(ear, "fridge-a") == ("sensor", "online", None))
        wait_for(lambda: heard(ear, "lost") == ("sensor", "offline", "unreachable"))


def test_a_device_that_comes_back_is_read_again(rig: Rig, site: Site) -> None:
    port = free_port()
    sensor = {"codec": "modbus", "host": "127.0.0.1", "every_s": 1, "port": port, "register": 0, "scale": 0.1}
    agent = run(site, [{**sensor, "device": "fridge-a", "code": "fridge_temp"}])
    wait_for(lambda: agent.health()[0].reason == "unreachable")
    with modbus_server(port):
        wait_for(lambda: stored(rig) == {"fridge-a": -18.4})
    wait_for(lambda: agent.health()[0].state == "offline")


@contextmanager
def resetting(port: int) -> Iterator[None]:
    """A gateway that resets the connection after every request."""
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(0.1)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    client, _ = server.accept()
                    client.recv(64)
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(GENEROUS_S)


def test_a_gateway_that_resets_the_connection_is_reported_and_read_again(rig: Rig, site: Site) -> None:
    port = free_port()
    sensor = {"codec": "modbus", "host": "127.0.0.1", "every_s": 1, "port": port, "register": 0, "scale": 0.1}
    with resetting(port):
        agent = run(site, [{**sensor, "device": "fridge-a", "code": "fridge_temp"}])
        wait_for(lambda: agent.health()[0].reason == "unreachable")
    with modbus_server(port):
        wait_for(lambda: stored(rig) == {"fridge-a": -18.4})


def test_a_message_that_can_not_be_handled_does_not_stop_the_listener() -> None:
    heard: list[bytes] = []

    def handle(_: str, payload: bytes) -> None:
        heard.append(payload)
        if payload == b"odd":
            raise RecursionError

    with local_broker() as url:
        listener = LocalListener(
            Login(url=url, client_id="agent", username=None, password=None), ["t"], handle, name="t"
        )
        listener.start()
        home = MqttLink(Login(url=url, client_id="device", username=None, password=None))
        with home:
            wait_for(lambda: home.connected.is_set() and listener._link.connected.is_set())
            home.publish("t", b"odd", qos=1)
            home.publish("t", b"fine", qos=1)
            wait_for(lambda: heard == [b"odd", b"fine"])
        listener.stop()


def test_messages_of_zigbee2mqtt_and_tasmota_become_readings(rig: Rig, site: Site) -> None:
    with local_broker() as url:
        zigbee = {"codec": "zigbee2mqtt", "topic": "zigbee2mqtt/fridge", "field": "temperature", "every_s": 60}
        tasmota = {"codec": "tasmota", "topic": "tele/gas/SENSOR", "field": "MQ.Level", "every_s": 60}
        sensors = [
            {**zigbee, "device": "fridge-a", "code": "fridge_temp"},
            {**tasmota, "device": "gas-a", "code": "gas_ch4"},
        ]
        home = MqttLink(Login(url=url, client_id="zigbee2mqtt", username=None, password=None))
        with home:
            wait_for(home.connected.is_set)
            home.publish("zigbee2mqtt/fridge", b'{"temperature":99}', qos=1, retain=True)  # of yesterday
            agent = run(site, sensors, local=url)
            wait_for(lambda: all(listener._link.connected.is_set() for listener in agent._listeners))  # type: ignore[union-attr]
            home.publish("zigbee2mqtt/fridge", b'{"temperature":4.21,"battery":97}', qos=1)
            home.publish("tele/gas/SENSOR", b'{"Time":"2024-04-08T21:21:36","MQ":{"Level":12}}', qos=1)
            wait_for(lambda: stored(rig) == {"fridge-a": 4.21, "gas-a": 12.0})
            home.publish("zigbee2mqtt/fridge", b'{"temperature":4.21}', qos=1)  # unchanged, and too soon
            home.publish("zigbee2mqtt/fridge", b'{"temperature":9.5}', qos=1)
            wait_for(lambda: stored(rig)["fridge-a"] == 9.5)
            home.publish("zigbee2mqtt/fridge", b'{"battery":97}', qos=1)  # of another device on this topic
            home.publish("zigbee2mqtt/fridge", b'{"temperature":null}', qos=1)
            home.publish("zigbee2mqtt/fridge", b'{"temperature":9.75,"linkquality":NaN}', qos=1)
            wait_for(lambda: stored(rig)["fridge-a"] == 9.75)
            assert agent.health()[0].state == "online"
            for _ in range(3):
                home.publish("zigbee2mqtt/fridge", b'{"temperature":null}', qos=1)
            wait_for(lambda: agent.health()[0].reason == "not_found")
    with rig.store.read() as r:
        rows = r.raw.execute("SELECT value FROM reading WHERE device_id = 'fridge-a' ORDER BY occurred_at").fetchall()
    assert rows == [(4.21,), (9.5,), (9.75,)]


def test_the_sensors_need_their_local_broker_in_the_configuration(site: Site) -> None:
    topic = {"codec": "tasmota", "topic": "t", "field": "f", "device": "fridge-a", "code": "fridge_temp"}
    with pytest.raises(Invalid, match="need \\[local\\]"):
        run(site, [topic])
    with pytest.raises(Invalid, match="unknown sensor code"):
        run(site, [topic | {"code": "warp_core"}], local="mqtt://127.0.0.1:1")
