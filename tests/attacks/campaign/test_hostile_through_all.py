"""kill -9 of every process under load, while a kitchen and a stranger attack: nobody else loses anything.

`MINGCHU_CAMPAIGN_ROUNDS` sets how often each process is killed (default 1, about two minutes in total).
"""

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import cv2
import httpx
import numpy as np
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from api.access.credentials import make_api_key
from deploy.embedded.broker import find_mosquitto
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from models.catalogue.terms import Role
from models.domain.access import ApiKey
from models.store import access, alerts, devices, quarantine
from tests.support.platform import SECRET, VICTIMS, Load, Platform, platform_with
from tests.support.waiting import GENEROUS_S, START_S, wait_for
from tests.support.world import TENANT, Kitchen

ROUNDS = int(os.environ.get("MINGCHU_CAMPAIGN_ROUNDS", "1"))
BIGGEST = 2**53 - 1


@pytest.fixture
def platform() -> Iterator[Platform]:
    if find_mosquitto() is None:
        assert not os.environ.get("CI"), "CI installs mosquitto"
        pytest.skip("mosquitto is not installed; iotcore keeps no node from another's topics")
    with platform_with("mosquitto") as running:
        yield running


def picture() -> bytes:
    canvas = np.full((360, 640, 3), 90, np.uint8)
    cv2.circle(canvas, (random.randint(50, 600), 180), 40, (150, 180, 215), -1)
    return bytes(cv2.imencode(".jpg", canvas)[1])


def hostile_messages(kitchen: Kitchen, victim: Kitchen) -> Iterator[tuple[str, bytes]]:
    """Repeat every attack that once affected others."""
    own = f"mingchu/v1/{TENANT}/{kitchen.site}/{kitchen.node}"
    scans = b"".join(b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00" * 20 for _ in range(3000))
    small = picture()
    for i in range(10**9):
        at = datetime.now(UTC).isoformat()
        event = {
            "specversion": "1.0",
            "id": f"h{i}",
            "source": f"/t/{TENANT}/s/{kitchen.site}/d/{kitchen.camera}",
            "type": random.choice(("mingchu.violation.opened", "mingchu.violation.closed")),
            "time": at,
            "data": {"code": "smoking", "start": at, "model": {"x": "y" * 900}},
        }
        yield (
            f"{own}/{kitchen.fridge}/reading",
            json.dumps([{"n": "fridge_temp", "u": "Cel", "v": 4, "session": 10 + i, "seq": BIGGEST}]).encode(),
        )
        yield f"{own}/{kitchen.fridge}/reading", b'[{"bv":1.7e308,"n":"fridge_temp","u":"Cel","v":1.7e308}]'
        yield f"{own}/_/status", json.dumps({"online": i % 2 == 0, "session": 10 + i}).encode()
        yield f"{own}/_/status", json.dumps({"online": True, "session": BIGGEST}).encode()
        yield f"{own}/{kitchen.fridge}/nonsense/{i}", b"garbage" * 1000
        yield f"{own}/{kitchen.camera}/event", json.dumps(event).encode()
        yield f"mingchu/v1/{TENANT}/{victim.site}/{victim.node}/{victim.fridge}/reading", b"forged"
        yield f"mingchu/v1/{TENANT}/{victim.site}/{kitchen.node}/{victim.fridge}/reading", b"forged"
        yield f"{own}/{kitchen.camera}/frame", b"\xff\xd8\xff"
        yield f"{own}/{kitchen.camera}/frame", small[:-2] + scans + b"\xff\xd9"
        yield f"{own}/{kitchen.camera}/frame", small[: len(small) // 2]


def attack_by_mqtt(platform: Platform, stop: threading.Event) -> None:
    """The neighbour's own credentials, under client ids that belong to others."""
    port = int(platform.endpoints.mqtt_url.rsplit(":", 1)[1])
    ids = ("mingchu-ingest-0", platform.kitchen.node, "mingchu-vision-0", "attacker")
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=random.choice(ids), protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(platform.neighbour.node, SECRET)
    client.reconnect_delay_set(min_delay=1, max_delay=2)
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    for topic, payload in hostile_messages(platform.neighbour, platform.kitchen):
        if stop.wait(0.004):
            break
        if client.is_connected():
            client.publish(topic, payload, qos=1)
    client.disconnect()
    client.loop_stop()


def attack_by_http(platform: Platform, stop: threading.Event) -> None:
    """A stranger without any credentials."""
    with httpx.Client(base_url=platform.endpoints.console_url, timeout=5) as http:
        i = 0
        while not stop.wait(0.1):
            i += 1
            try:
                http.post("/login", data={"login": f"made-up-{i}", "password": "x"})
                http.put(f"/v1/uploads/{'t' * 32}", content=b"x" * 200_000)
                http.get("/v1/events", headers={"Authorization": "Bearer mk_x_y"})
            except httpx.HTTPError:
                continue


def key_of(platform: Platform) -> str:
    prefix, digest, shown = make_api_key()
    key = ApiKey(
        prefix=prefix,
        secret_sha256=digest,
        name="reader",
        role=Role.platform,
        tenant_id=TENANT,
        region_prefix="3306",
        entity_id=None,
        expires_at=datetime.now(UTC) + timedelta(days=1),
        revoked_at=None,
    )
    with platform.store.write() as w:
        access.add_key(w, key)
    return shown


class Reader:
    """A supervision platform that pulls the feed during the campaign."""

    def __init__(self, platform: Platform, key: str) -> None:
        self.http = httpx.Client(
            base_url=platform.endpoints.console_url, headers={"Authorization": f"Bearer {key}"}, timeout=10
        )
        self.seen: list[tuple[int, str]] = []
        self.cursor = 0

    def pull(self) -> bool:
        """Pull one page; return False if the API is unavailable."""
        try:
            answer = self.http.get("/v1/events", params={"cursor": self.cursor, "limit": 500})
        except httpx.HTTPError:
            return False
        if answer.status_code != 200:
            return False
        page = answer.json()
        self.seen += [(event["seq"], event["id"]) for event in page["data"]]
        self.cursor = page["next_cursor"]
        return True

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(0.2):
            self.pull()


def send_frames(node: NodeClient, camera: str, stop: threading.Event) -> None:
    while not stop.wait(1):
        node.frame(camera, picture(), at=datetime.now(UTC))


def test_a_hostile_node_causes_no_loss_for_others(platform: Platform) -> None:
    kitchen, stop = platform.kitchen, threading.Event()
    login = Login(url=platform.endpoints.mqtt_url, client_id=kitchen.node, username=kitchen.node, password=SECRET)
    address = NodeAddress(tenant=TENANT, site=kitchen.site, node=kitchen.node)
    reader = Reader(platform, key_of(platform))
    with NodeClient(login, address, session=1, devices=[kitchen.camera]) as node:
        wait_for(lambda: node.connected)
        load = Load(node, kitchen)
        threads = [
            threading.Thread(target=load.run),
            threading.Thread(target=attack_by_mqtt, args=(platform, stop)),
            threading.Thread(target=attack_by_http, args=(platform, stop)),
            threading.Thread(target=reader.run, args=(stop,)),
            threading.Thread(target=send_frames, args=(node, kitchen.camera, stop)),
        ]
        for thread in threads:
            thread.start()
        time.sleep(5)
        before = platform.rss_mib()
        for victim in VICTIMS * ROUNDS:
            time.sleep(1)
            restarts = platform.children()[victim]["restarts"]
            platform.kill(victim)
            wait_for(lambda name=victim, n=restarts: platform.children()[name]["restarts"] != n)  # type: ignore[misc]
        wait_for(platform.all_ready, timeout_s=START_S)
        frames_still_seen(platform)  # under attack, all roles up
        assert is_online(platform, kitchen.node)
        load.stop.set()
        stop.set()
        for thread in threads:
            thread.join(GENEROUS_S)
        assert node.wait_empty(START_S), f"{node.spooled} messages still wait for their receipt"
        assert node.dropped == 0
    assert load.sent > 500
    nothing_lost_or_doubled(platform, load)
    feed_is_whole(platform, reader)
    pages_open(platform, reader)
    reader.http.close()
    after = platform.rss_mib()
    grown = {
        name: (round(before[name]), round(after[name])) for name in before if after[name] > 1.5 * before[name] + 150
    }
    assert grown == {}, f"memory before and after in MiB: {grown}"


def frames_still_seen(platform: Platform) -> None:
    began = datetime.now(UTC)

    def seen() -> bool:
        with platform.store.read() as r:
            camera = devices.device(r, platform.kitchen.camera)
        return camera is not None and camera.last_frame_at is not None and camera.last_frame_at > began

    wait_for(seen)


def nothing_lost_or_doubled(platform: Platform, load: Load) -> None:
    kitchen = platform.kitchen
    with platform.store.read() as r:
        rows = r.raw.execute(
            "SELECT count(*), count(DISTINCT (device_id, occurred_at)) FROM reading WHERE device_id = ANY(%s)",
            [[kitchen.fridge, kitchen.gas]],
        ).fetchone()
        raised = [alert for alert in alerts.alerts(r, limit=100) if alert.code == "gas_ch4"]
        left_out = quarantine.excesses(r, since=datetime.now(UTC) - timedelta(hours=1))
    assert rows == (load.sent, load.sent)
    assert [alert.device_id for alert in raised] == [kitchen.gas]
    wait_for(lambda: not is_online(platform, kitchen.node))  # by its own disconnect; nobody else's counted before
    assert {found.node_id for found in left_out} <= {platform.neighbour.node}


def is_online(platform: Platform, node_id: str) -> bool:
    with platform.store.read() as r:
        return devices.nodes(r)[node_id].online


def feed_is_whole(platform: Platform, reader: Reader) -> None:
    def all_read() -> bool:
        with platform.store.read() as r:
            waiting = r.raw.execute("SELECT count(*) FROM outbox").fetchone()
            newest = r.raw.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        return reader.pull() and waiting == (0,) and newest is not None and reader.cursor >= newest[0]

    wait_for(all_read)
    with platform.store.read() as r:
        stored = r.raw.execute("SELECT seq, event_id::text FROM event ORDER BY seq").fetchall()
    assert reader.seen == stored


def pages_open(platform: Platform, reader: Reader) -> None:
    for path in (
        "/v1/sites",
        "/v1/devices",
        "/v1/alerts",
        "/v1/violations",
        "/v1/quarantine",
        "/v1/snapshot",
        "/ready",
    ):
        answer = reader.http.get(path)
        assert answer.status_code in {200, 403}, (path, answer.text)
    assert httpx.get(f"{platform.endpoints.console_url}/console/login").status_code == 200
