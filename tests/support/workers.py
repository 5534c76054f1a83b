"""Real processes of a role that share work by leases, for tests that kill or freeze them."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.broker import Broker
from ingest.partitions import KIND, keys_of
from models.catalogue.terms import DeviceKind
from models.store import Store, devices, leases
from tests.support.waiting import START_S
from tests.support.world import seed_world

SECRET = secrets.token_urlsafe(16)
USER = "mingchu-ingest"
"""The account of all roles at the test's broker."""


@contextmanager
def worker(
    role: str,
    name: str,
    *more: str,
    database_url: str,
    folder: Path,
    broker: Broker | None = None,
    brokers: Sequence[Broker] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `mingchu ROLE --replica NAME`, with its lines in `NAME.log` of the folder; end it, also if it is frozen."""
    ports = [one.roles_port for one in (broker, *brokers) if one is not None]
    secret = folder / "secret"
    secret.write_text(SECRET)
    env = {
        **os.environ,
        "MINGCHU_DATABASE_URL": database_url,
        "MINGCHU_MQTT_URL": ",".join(f"mqtt://127.0.0.1:{port}" for port in ports or [9]),
        "MINGCHU_MQTT_IDS_BOUND": "true",
        "MINGCHU_MQTT_USERNAME": USER,
        "MINGCHU_MQTT_PASSWORD_FILE": str(secret),
        "MINGCHU_EVIDENCE_DIR": str(folder / "evidence"),
        "MINGCHU_DATA": str(folder / "data"),
        "MINGCHU_BUDGET_READING_PER_S": "0",
        "MINGCHU_BUDGET_BYTES_PER_S": "0",
    }
    argv: Sequence[str] = (sys.executable, "-m", "deploy.cli", role, "--replica", name, *more)
    with (folder / f"{name}.log").open("w") as log, subprocess.Popen(argv, env=env, stdout=log, stderr=log) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGCONT)
            child.terminate()
            child.wait(START_S)


def owners(store: Store, kind: str) -> dict[str, int]:
    """How many shares of a kind of work each living process holds, by its name's last part."""
    with store.read() as r:
        rows = r.raw.execute(
            "SELECT h.name, count(l.key) FROM lease_holder h LEFT JOIN lease l ON l.holder = h.id"
            " WHERE h.kind = %s AND h.until > clock_timestamp() GROUP BY h.name",
            [kind],
        ).fetchall()
    return {name.rpartition("-")[2]: held for name, held in rows}


def with_fridges(store: Store, nodes: Sequence[str], *, partitions: int) -> Store:
    """Register nodes with a fridge each in kitchen A, and divide intake into so many partitions."""
    kitchen, _ = seed_world(store)
    with store.write() as w:
        leases.replace_shares(w, kind=KIND, keys=list(map(str, keys_of(partitions))))
        for node in nodes:
            devices.add_node(w, node_id=node, site_id=kitchen.site, mqtt_hash="$7$1$AA==$AA==")
            devices.add_device(
                w,
                device_id=f"{node}-fridge",
                node_id=node,
                kind=DeviceKind.sensor,
                zone="storage",
                name="f",
                sensor_code="fridge_temp",
            )
    return store
