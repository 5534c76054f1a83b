"""Doctor names each broken part of a platform, with its remedy; every part is really broken here."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from alerts.evidence.retention import FULL_IN, measure
from deploy.doctor.broker import broker, certificate
from deploy.doctor.checks import examine
from deploy.doctor.platform import platform
from deploy.places import Places
from deploy.tls import SERVER_LIFE, TlsFiles, ensure
from models.base.jsonio import dumps
from models.domain.capacity import LOOK_BACK, forecast
from models.evidence.files import EvidenceFiles
from models.store import Store, leases, space
from tests.support.world import TENANT, seed_world

GB = 10**9


@pytest.fixture
def places(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.delenv("MINGCHU_MQTT_URL", raising=False)
    return Places(tmp_path)


@pytest.fixture
def world(store: Store, database_url: str) -> str:
    """A platform at which every share of work is held."""
    seed_world(store)
    with store.write() as w:
        for kind in ("alerts", "intake", "vision"):
            holder = leases.begin(w, kind=kind, name="a", life_s=3600, first=True)
            leases.take(w, kind=kind, holder=holder, at_most=1000)
    return database_url


def bad(places: Places) -> list[str]:
    return [check.what for check in platform(places) if not check.good]


def test_a_platform_at_work_has_no_problem(places: Places, world: str) -> None:
    assert bad(places) == []


def test_a_certificate_that_ends_soon_or_is_damaged_is_named(places: Places) -> None:
    assert certificate(places) == []
    files, now = TlsFiles(places.tls), datetime.now(UTC)
    ensure(files, ("localhost",), at=now)
    (held,) = certificate(places)
    assert (held.good, "holds for 396 days" in held.what) == (True, True)
    shutil.rmtree(files.folder)
    ensure(files, ("localhost",), at=now - SERVER_LIFE + timedelta(days=10))
    (ending,) = certificate(places)
    assert (ending.good, "mingchu up --tls" in ending.remedy) == (False, True)
    files.certificate.write_text("no certificate")
    (damaged,) = certificate(places)
    assert (damaged.good, str(files.certificate) in damaged.what) == (False, True)


_OUTBOX = (
    "INSERT INTO outbox (event_id, tenant_id, entity_id, region_code, source, type, time, occurred_at, received_at, "
    "late, data) SELECT gen_random_uuid(), tenant_id, id, region_code, 's', 't', now() - interval '5 minutes', now(), "
    "now(), false, '{}' FROM entity LIMIT 1"
)
_ENDPOINT = (
    "INSERT INTO webhook_endpoint (id, tenant_id, region_code, url, types, description, secret, cursor, created_by, "
    f"created_at, disabled_reason) VALUES ('{uuid4()}', '{TENANT}', '3306', 'https://x.cn/h', '{{}}', '', 'whsec_1', "
    "0, 'x', now(), 'gone')"
)
BROKEN = {
    "nobody numbers the feed": (
        "UPDATE lease_holder SET until = now() - interval '1 minute' WHERE kind = 'alerts'",
        "posts of the alerts role are held by nobody",
    ),
    "intake is dead": (
        "UPDATE lease SET holder = NULL WHERE kind = 'intake'",
        "partitions of intake are owned by nobody",
    ),
    "no judge": ("UPDATE lease SET holder = NULL WHERE kind = 'vision'", "sites with a camera are judged by nobody"),
    "the feed stands still": (_OUTBOX, "s for its number: the feed stands still"),
    "an endpoint was given up": (_ENDPOINT, "1 webhook endpoints were given up"),
    "all nodes are gone": (
        "UPDATE node SET online = false, last_seen_at = now() - interval '1 hour'",
        "2 of 2 nodes are offline",
    ),
    "a node's clock is wrong": (
        "UPDATE node SET online = true, last_seen_at = now(), clock_skew_s = -4000 WHERE id = 'node-a'",
        "the clocks of 1 nodes are off",
    ),
}


@pytest.mark.parametrize("part", BROKEN)
def test_it_is_named(part: str, places: Places, world: str) -> None:
    statement, said = BROKEN[part]
    with psycopg.connect(world) as owner:
        owner.execute(statement)
    found = [check for check in examine(places) if said in check.what]
    assert [(check.good, bool(check.remedy)) for check in found] == [(False, True)]


def test_connections_that_run_out_are_named(places: Places, world: str) -> None:
    with ExitStack() as several:
        first = several.enter_context(psycopg.connect(world))
        row = first.execute("SELECT current_setting('max_connections')::int").fetchone()
        assert row is not None
        used = first.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").fetchone()
        assert used is not None
        for _ in range(row[0] - used[0] - 4):
            several.enter_context(psycopg.connect(world, autocommit=True))
        found = bad(places)
    assert [what for what in found if "connections of the database are in use" in what], found


def test_growth_that_fills_the_disk_is_told_in_days(places: Places, world: str, store: Store, tmp_path: Path) -> None:
    at, free = datetime.now(UTC), 60 * GB
    with psycopg.connect(world) as owner:
        for day in range(7):
            sample = (at - timedelta(days=day), 0, (10 - day) * 6 * GB, (10 - day) * 6 * GB, free)
            owner.execute("INSERT INTO space_sample VALUES (%s, %s, %s, %s, %s)", sample)
    (found,) = (what for what in bad(places) if "the disk is full" in what)
    assert found == "by the growth of the last week (6.00 GB a day) the disk is full in 10 days"


def test_samples_are_measured_stored_and_forgotten(store: Store, database_url: str, tmp_path: Path) -> None:
    files = EvidenceFiles(tmp_path / "evidence")
    files.put(b"x" * 1000)
    at = datetime.now(UTC)
    assert measure(store, files, evidence_bytes=1000, database_here=True, at=at - timedelta(days=40)) is None
    assert measure(store, files, evidence_bytes=1000, database_here=True, at=at - timedelta(days=2)) is None
    found = measure(store, files, evidence_bytes=50 * GB, database_here=True, at=at)
    assert found is not None
    assert found.per_day == pytest.approx(25 * GB, rel=0.05)
    assert FULL_IN._value.get() == found.days
    with store.read() as r:
        kept = space.since(r, at - timedelta(days=365))
    assert [sample.evidence_bytes for sample in kept] == [1000, 50 * GB], "what is older than a month is forgotten"
    assert forecast(kept, at=at) == found
    assert kept[0].here_bytes == kept[0].database_bytes + 1000
    assert at - kept[0].at < LOOK_BACK


def test_an_old_backup_is_told(places: Places, world: str) -> None:
    places.last_backup.write_text(dumps({"at": datetime.now(UTC) - timedelta(days=3), "folder": "/b/x"}))
    found = [check for check in examine(places) if "the last backup was made" in check.what]
    assert [(check.good, "3.0 days ago: /b/x" in check.what) for check in found] == [(False, True)]


def test_a_database_of_ones_own_that_is_away_is_named(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", f"postgresql://127.0.0.1:{closed_port()}/x")
    (found,) = (check for check in examine(places) if "the database does not answer" in check.what)
    assert (found.good, found.remedy) == (False, "Start that server; the roles go on by themselves.")


def test_the_disk_of_evidence_elsewhere_is_looked_at(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGCHU_EVIDENCE_DIR", str(tmp_path / "evidence"))
    assert len([check for check in examine(places) if "of disk are free" in check.what]) == 2
    monkeypatch.setenv("MINGCHU_EVIDENCE_DIR", "/proc/nowhere")
    assert [check.good for check in examine(places) if "the disk is full" in check.what] == [False]


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_broker_that_is_away_is_named(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGCHU_MQTT_URL", f"mqtt://127.0.0.1:{closed_port()}")
    (found,) = broker(places)
    assert (found.good, "the broker does not answer" in found.what) == (False, True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"mqtt://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("MINGCHU_MQTT_URL", f"{there},mqtt://127.0.0.1:{closed_port()}")
        assert [check.good for check in broker(places)] == [True, False], "of several, the one that is away"
    monkeypatch.setenv("MINGCHU_MQTT_URL", "mqtt://user:secret@127.0.0.1")
    (found,) = broker(places)
    assert (found.good, "secret" in found.what.replace("without user or secret", "")) == (False, False)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize("days", [3, 300])
def test_a_certificate_that_ends_soon_or_is_not_trusted_is_named(
    days: int, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", str(days)]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*request, *names], check=True, capture_output=True)
    with listening(key, certificate) as port:
        monkeypatch.setenv("MINGCHU_MQTT_URL", f"mqtts://localhost:{port}")
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        (stranger,) = broker(places)
        assert (stranger.good, "is refused" in stranger.what) == (False, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        (known,) = broker(places)
        assert (known.good, "its certificate holds for" in known.what) == (days > 14, True), known


@contextmanager
def listening(key: Path, certificate: Path) -> Iterator[int]:
    """A server that speaks TLS and says nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_greet, args=(server, context), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _greet(server: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            client.settimeout(5)
            try:
                context.wrap_socket(client, server_side=True).close()
            except OSError:
                continue
