"""Measure readings stored per second, acknowledged after the commit, against a bare paho consumer in the same run.

Both receive the same messages from the same broker, one after the other. Each has a session in which the broker
queued all messages before the clock starts, so the publisher's speed does not count.
"""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from alerts.registry.registering import register_device, register_site
from deploy.bench.enterprise import one_enterprise
from deploy.embedded.broker import Broker, BrokerUser, mosquitto_hash, open_broker
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.stack import metrics_at
from ingest.mqtt import Login, MqttLink
from ingest.partitions import whole_filters
from ingest.payloads.senml import Reading, render
from ingest.topics import Topic
from models.base.atomic import write_atomically
from models.store import Store, devices, migrate, readings

SENSORS = 40
TENANT, SITE, NODE = "bench", "bench-site", "bench-node"
USER = "mingchu-ingest"
BARE = "bench-bare"
BARE_FILTER = "mingchu/v1/+/+/+/+/reading"
TIMEOUT_S = 180.0
Preference = Literal["auto", "mosquitto", "iotcore"]
BURST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestFigures:
    """Figures that `mingchu bench ingest --json` prints."""

    messages: int
    readings_stored: int
    readings_per_s: float
    bare_messages_per_s: float
    ratio_to_bare_consumer: float
    broker: str


def measure(messages: int, *, prefer: Preference = "auto") -> IngestFigures:
    """Run the whole measurement on temporary data folders and return its figures."""
    secret = secrets.token_urlsafe(16)
    hashed = mosquitto_hash(secret)
    users = [BrokerUser(name=n, mosquitto_hash=hashed, secret=secret, platform=n == USER) for n in (USER, NODE)]
    with temporary_data_dir() as folder, EmbeddedPostgres(folder).running() as postgres:
        postgres.ensure_database()
        migrate(postgres.dsn())
        port = free_port()
        v4 = free_port(avoid=[port])
        roles_port = free_port(avoid=[port, v4])
        described = open_broker(folder, lambda: users, prefer=prefer, port=port, port_v4=v4, roles_port=roles_port)
        with described.running() as broker, Store(postgres.dsn()) as store:
            _register(store)
            return _Run(broker, store, postgres.dsn(), secret, folder).figures(messages)


def _register(store: Store) -> None:
    with store.write() as w:
        entity = one_enterprise(w, tenant=TENANT, region="330602")
        register_site(w, entity, site_id=SITE, name=SITE)
        devices.add_node(w, node_id=NODE, site_id=SITE, mqtt_hash="$7$1$AA==$AA==")
        for i in range(SENSORS):
            register_device(
                w, device_id=f"bench-{i}", node_id=NODE, zone="storage", name=f"{i}", sensor_code="fridge_temp"
            )


def _wait_for(done: threading.Semaphore) -> None:
    if not done.acquire(timeout=TIMEOUT_S):
        raise RuntimeError(f"the broker acknowledged nothing for {TIMEOUT_S:g} s")


@dataclass(frozen=True, slots=True)
class _Run:
    broker: Broker
    store: Store
    database_url: str
    secret: str
    folder: Path

    def figures(self, messages: int) -> IngestFigures:
        self._open_sessions()
        self._publish(messages)
        bare_s = self._drain_bare(messages)
        ingest_s = self._drain_ingest(messages)
        with self.store.read() as r:
            stored, _ = readings.count_readings(r)
        return IngestFigures(
            messages=messages,
            readings_stored=stored,
            readings_per_s=round(messages / ingest_s, 1),
            bare_messages_per_s=round(messages / bare_s, 1),
            ratio_to_bare_consumer=round(bare_s / ingest_s, 3),
            broker=self.broker.kind,
        )

    def _login(self, client_id: str, user: str) -> Login:
        port = self.broker.roles_port if user == USER else self.broker.port
        url = f"mqtt://127.0.0.1:{port}"
        return Login(url=url, client_id=client_id, username=user, password=self.secret)

    def _open_sessions(self) -> None:
        """Open a session for both consumers, so that the broker queues messages for them."""
        own = tuple(whole_filters().items())
        for client_id, filters in ((f"{USER}-0", own), (BARE, ((BARE_FILTER, 1),))):
            settled = threading.Event()
            link = MqttLink(self._login(client_id, USER), subscriptions=filters, on_connected=settled.set)
            with link:
                if not settled.wait(10):
                    raise RuntimeError(f"the broker did not accept the session of {client_id}: {link.refusals}")

    def _publish(self, messages: int) -> None:
        done = threading.Semaphore(0)
        link = MqttLink(self._login(NODE, NODE), on_published=lambda _mid, _ok: done.release(), keep_session=False)
        begin = datetime.now(UTC)
        with link:
            if not link.connected.wait(10):
                raise RuntimeError(f"the broker refuses the publisher: {link.refusals}")
            for i in range(messages):
                device = f"bench-{i % SENSORS}"
                topic = Topic(tenant=TENANT, site=SITE, node=NODE, device=device, kind="reading")
                at = begin + timedelta(milliseconds=i // SENSORS)
                payload = render([Reading("fridge_temp", at, 4.0 + i % 7 / 10)], session=1, seq=i + 1)
                link.publish(str(topic), payload, qos=1)
                if i >= BURST:
                    _wait_for(done)
            for _ in range(min(BURST, messages)):
                _wait_for(done)

    def _drain_bare(self, messages: int) -> float:
        argv = [sys.executable, "-m", "deploy.bench.bare", "127.0.0.1", str(self.broker.roles_port), USER, BARE_FILTER]
        env = {**os.environ, "MINGCHU_BENCH_SECRET": self.secret}
        ran = subprocess.run(
            [*argv, str(messages)], env=env, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
        )
        return float(ran.stdout)

    def _drain_ingest(self, messages: int) -> float:
        metrics_port = free_port()
        secret_file = self.folder / "secret"
        write_atomically(secret_file, self.secret)
        env = {
            **os.environ,
            "MINGCHU_DATABASE_URL": self.database_url,
            "MINGCHU_MQTT_URL": f"mqtt://127.0.0.1:{self.broker.roles_port}",
            "MINGCHU_MQTT_IDS_BOUND": "true",
            **{f"MINGCHU_BUDGET_{kind}_PER_S": "0" for kind in ("READING", "BYTES")},
            "MINGCHU_MQTT_USERNAME": USER,
            "MINGCHU_MQTT_PASSWORD_FILE": str(secret_file),
            "MINGCHU_EVIDENCE_DIR": str(self.folder / "evidence"),
            "MINGCHU_METRICS_PORT": str(metrics_port),
        }
        argv = [sys.executable, "-m", "deploy.cli", "ingest"]
        with subprocess.Popen(argv, env=env) as child:
            try:
                ended = self._wait_stored(metrics_port, messages)
            finally:
                child.send_signal(signal.SIGTERM)
        with self.store.read() as r:
            began = r.value("readings", "first_received")
        return float((ended - began).total_seconds())

    def _wait_stored(self, metrics_port: int, messages: int) -> datetime:
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            stored = metrics_at(metrics_port).get('mingchu_ingest_readings_total{outcome="stored"}', 0)
            if stored >= messages:
                return datetime.now(UTC)
            time.sleep(0.05)
        raise RuntimeError(f"the intake stored less than {messages} readings within {TIMEOUT_S:g} s")
