"""Frigate at a real broker and a Hikvision alertStream over real HTTP become violations of the platform."""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ingest.adapters.frigate import parse_review
from ingest.adapters.hikvision import parse_all
from ingest.agent import config
from ingest.agent.vendors import TopicVendors, VendorDesk, Vendors
from ingest.mqtt import Login, MqttLink
from models.base.errors import Invalid
from models.store import quarantine, violations
from tests.integration.ingest.agent.test_sensors import local_broker
from tests.support.paths import ROOT
from tests.support.rig import SECRET, Rig, broker, rig
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.world import TENANT

__all__ = ["broker", "rig"]
RECORDED = ROOT / "tests" / "unit" / "ingest" / "adapters" / "recorded"


DIGEST = 'Digest realm="IPC", qop="auth", nonce="abc", algorithm={}'
BASIC = 'Basic realm="IPC"'


class Camera(BaseHTTPRequestHandler):
    """Requires a log-in of its first method, then sends one event and keeps the connection open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        challenges = self.server.challenges  # type: ignore[attr-defined]
        given = self.headers.get("Authorization", "")
        if not ('username="admin"' in given or given == "Basic " + b64encode(b"admin:s3cret").decode()):
            self.send_response(401)
            for challenge in challenges:
                self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/mixed; boundary=MIME_boundary")
        self.end_headers()
        body = (RECORDED / "hikvision_field.xml").read_bytes()
        self.wfile.write(
            b"--MIME_boundary\r\nContent-Type: application/xml\r\n\r\n" + body + b"\r\n--MIME_boundary\r\n"
        )
        self.wfile.flush()
        self.server.hold.wait(20)  # type: ignore[attr-defined]
        self.close_connection = True

    def log_message(self, *_of_request: object) -> None:
        """Quiet."""


@contextmanager
def hikvision(*challenges: str) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.challenges = challenges or (DIGEST.format("MD5"),)  # type: ignore[attr-defined]
    server.hold = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.hold.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join(GENEROUS_S)
    server.server_close()


def config_of(tmp_path: Path, vendor: str, *, url: str, local: str) -> tuple[config.AgentConfig, Path]:
    for name, text in {"node.password": SECRET, "cam.password": "s3cret"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "agent.toml"
    path.write_text(
        f'[platform]\nbroker="{url}"\ntenant="{TENANT}"\nsite="site-a"\nnode="node-a"\npassword_file="node.password"\n'
        f'state_dir="state"\n[local]\nbroker="{local}"\n{vendor}'
    )
    return config.load(path), path


def codes(rig: Rig) -> list[str]:
    with rig.store.read() as r:
        return [violation.code for violation in violations.violations(r, limit=10)]


@pytest.mark.parametrize(
    "challenges",
    [(DIGEST.format("MD5"),), (DIGEST.format("SHA-256"),), (BASIC,), (BASIC, DIGEST.format("MD5"))],
    ids=["md5", "sha256", "basic", "both"],
)
def test_an_alarm_of_a_hikvision_camera_is_a_violation_of_its_device(
    rig: Rig, tmp_path: Path, challenges: tuple[str, ...]
) -> None:
    with hikvision(*challenges) as port, rig.node(rig.kitchens[0]) as node:
        vendor = (
            f'[[vendor]]\nkind="hikvision"\nhost="127.0.0.1"\nport={port}\nusername="admin"\n'
            'password_file="cam.password"\ncameras={"3"="cam-a"}\n'
        )
        read, path = config_of(tmp_path, vendor, url=rig.url, local=rig.url)
        said: list[Any] = []
        vendors = Vendors(read, path, report=lambda device, event: said.append((device, event)))
        vendors.start()
        device, event = wait_for(lambda: said[0] if said else None)
        vendors.stop()
        # The recorded event is from another day; send it with today's date.
        assert (device, event["data"]["code"]) == ("cam-a", "unauthorized_person")
        wait_for(lambda: node.connected)


def test_an_object_tracked_by_frigate_is_sent_to_the_platform_once(rig: Rig, tmp_path: Path) -> None:
    kitchen = rig.kitchens[0]
    vendor = '[[vendor]]\nkind="frigate"\ntopic="frigate/events"\ndetect_size=[1280,720]\ncameras={kitchen="cam-a"}\n'
    with (
        local_broker() as local,
        rig.node(kitchen) as node,
        MqttLink(Login(url=local, client_id="frigate", username=None, password=None), keep_session=False) as box,
    ):
        read, path = config_of(tmp_path, vendor, url=rig.url, local=local)
        wait_for(lambda: node.connected and box.connected.is_set())
        vendors = Vendors(read, path, report=node.event)
        vendors.start()
        now = time.time()
        body = (RECORDED / "frigate_event_new.json").read_text().replace("1607123955.475377,", f"{now},")
        wait_for(lambda: _published(box, "frigate/events", body) and (codes(rig) or None))
        vendors.stop()
        wait_for(lambda: node.wait_empty(0.1))
    assert codes(rig) == ["animal_intrusion"]


def test_a_late_end_corrects_the_end_that_the_platform_assumed(rig: Rig) -> None:
    kitchen = rig.kitchens[0]
    with rig.node(kitchen) as node:
        wait_for(lambda: node.connected)
        desk = VendorDesk(report=node.event, tenant=TENANT, site="site-a")
        began = time.time() - 60

        def frigate(change: str, **more: float) -> None:
            after = {"id": "1.1-rv", "camera": "kitchen", "start_time": began, "severity": "alert", **more}
            body = json.dumps({"type": change, "after": {**after, "data": {"objects": ["dog"]}}})
            event = parse_review(body.encode())
            desk.heard(event, {"kitchen": kitchen.camera})

        frigate("new")
        wait_for(lambda: codes(rig) == ["animal_intrusion"])
        desk.gone("frigate", {"kitchen": kitchen.camera})
        guessed = wait_for(lambda: ends(rig)[0])
        frigate("end", end_time=began + 50)
        wait_for(lambda: ends(rig)[0] not in {None, guessed})
    (end,) = ends(rig)
    assert end is not None
    assert abs(end.timestamp() - (began + 50)) < 0.01
    with rig.store.read() as r:
        (violation,) = violations.violations(r, limit=10)
    assert violation.version == 3


def ends(rig: Rig) -> list[datetime | None]:
    with rig.store.read() as r:
        return [violation.ended_at for violation in violations.violations(r, limit=10)]


def test_an_unreadable_message_is_quarantined_once(rig: Rig) -> None:
    kitchen = rig.kitchens[0]
    with rig.node(kitchen) as node:
        wait_for(lambda: node.connected)
        desk = VendorDesk(report=node.event, tenant=TENANT, site="site-a")
        for _ in range(5):
            desk.unread("hikvision", {"1": kitchen.camera}, b"\xff\xfe", why="no XML")
        desk.heard(parse_all(STRANGE, received_at=datetime.now(UTC))[0], {"1": kitchen.camera}, STRANGE)
        desk.heard(parse_all(FIELD, received_at=datetime.now(UTC))[0], {"7": kitchen.camera}, FIELD)
        assert node.wait_empty(GENEROUS_S)
    with rig.store.read() as r:
        details = sorted(entry.detail for entry in quarantine.quarantined(r, before=None, limit=10))
    assert details == [
        "an alarm of hikvision can't be read: channel '1' is not configured; `cameras` has 7",
        "an alarm of hikvision can't be read: no XML",
        "an alarm of hikvision can't be read: unknown event 'brandNewDetection'",
    ]


FIELD = (
    b"<EventNotificationAlert><channelID>1</channelID><eventType>fielddetection</eventType>"
    b"<eventState>active</eventState></EventNotificationAlert>"
)
STRANGE = FIELD.replace(b"fielddetection", b"brandNewDetection")


def _published(box: MqttLink, topic: str, body: str) -> bool:
    box.publish(topic, body.encode(), qos=1)
    return True


def test_a_vendor_at_the_local_broker_needs_one(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(
        '[platform]\nbroker="mqtt://h"\ntenant="t"\nsite="s"\nnode="n"\npassword_file="p"\nstate_dir="st"\n'
        '[[vendor]]\nkind="frigate"\ntopic="frigate/events"\ncameras={kitchen="cam"}\n'
    )
    with pytest.raises(Invalid, match="local"):
        config.load(path)


def test_two_tables_with_one_topic_both_receive_their_cameras() -> None:
    def vendor(**cameras: str) -> config.TopicVendor:
        return config.TopicVendor(kind="frigate", topic="frigate/events", cameras=cameras)

    heard: list[str] = []
    desk = VendorDesk(report=lambda device, _event: heard.append(device), tenant="t", site="s")
    login = Login(url="mqtt://127.0.0.1:1", client_id="x", username=None, password=None)
    listener = TopicVendors(login, [vendor(kitchen="cam-a"), vendor(hall="cam-b")], desk)
    body = (RECORDED / "frigate_event_new.json").read_text().replace("1607123955.475377,", f"{time.time()},")
    for name in ("kitchen", "hall", "garden"):
        listener._event("frigate/events", body.replace('"kitchen"', f'"{name}"').encode())
    assert heard == ["cam-a", "cam-b"]
