"""The way of a finding under load: cameras and sensors speak, things happen, a reader waits at the feed.

All roles run as processes on this machine, with the simulated kitchens beside them. A breach is measured from the
moment at which its reading is published, a violation and its alert from the moment of the frame that decides, to the
moment at which a platform that waits at `/v1/events` has the event.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import httpx

from alerts.registry.registering import register_device, register_node, register_site
from deploy.bench.callers import add_key, answers
from deploy.bench.enterprise import one_enterprise
from deploy.bench.processes import Process, running, until
from deploy.embedded.broker import BrokerUser, MosquittoBroker, mosquitto_hash
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.onboarding import new_node_secret
from deploy.stack import metrics_at
from ingest.simulator.script import (
    CameraScript,
    FleetScript,
    NodeScript,
    SensorScript,
    SensorSituation,
    SituationScript,
)
from models.base.atomic import write_atomically
from models.base.clock import parse_rfc3339
from models.base.jsonio import loads
from models.catalogue.terms import Role
from models.store import Store, Write, migrate, readings, registry

TENANT, REGION, USER = "bench", "330602", "mingchu-bench"
SENSORS_A_NODE = 10
SETTLE_S = 20.0
"""Normal work before the first finding: a camera's usual look is learnt, and the engine is warm."""
SHOWN_S = 25.0
"""How long a violation is shown; its rule needs some seconds of it."""
MARGIN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds until an event is visible: how many events, half of them, all but one in a hundred, the slowest."""

    n: int
    p50_s: float
    p99_s: float
    most_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """What `mingchu bench live --json` prints."""

    cameras: int
    readings_per_s: float
    frames_per_s: float
    breaches: Latency
    violations: Latency
    alerts_of_violations: Latency
    frames_dropped: float


@dataclass(slots=True)
class _Heard:
    """Seconds from the device's time of an event to its arrival here, by kind of finding."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"breach": [], "violation": [], "alert": []})
    decided: dict[str, datetime] = field(default_factory=dict)

    def take(self, event: dict[str, object], at: datetime) -> None:
        data = event["data"]
        if not isinstance(data, dict):
            return
        occurred, source = parse_rfc3339(str(event["occurredat"])), str(event["source"])
        if event["type"] == "mingchu.violation.opened":
            self.decided[source] = occurred
            self.seconds["violation"].append((at - occurred).total_seconds())
        elif event["type"] == "mingchu.alert.opened" and data.get("origin") == "breach":
            self.seconds["breach"].append((at - occurred).total_seconds())
        elif event["type"] == "mingchu.alert.opened" and source in self.decided:
            self.seconds["alert"].append((at - self.decided[source]).total_seconds())


def measure(*, cameras: int, rate: int, seconds: float) -> LiveFigures:
    """Run the whole measurement on a temporary data folder. Needs mosquitto.

    Args:
        cameras: cameras at one frame a second, one in each kitchen.
        rate: readings a second.
        seconds: length of the play; each sensor breaches once in it, each camera shows one violation.
    """
    heard, stop = _Heard(), threading.Event()
    with _platform(cameras=cameras, rate=rate, seconds=seconds) as bench, ExitStack() as stack:
        roles = {role: stack.enter_context(bench.process(role, *more)) for role, more in bench.roles().items()}
        for role in ("ingest", "vision", "alerts"):
            roles[role].ready_s()
        until(lambda: answers(bench.address), what="the API is not ready", timeout_s=120)
        reader = threading.Thread(target=bench.listen, args=(heard, stop), daemon=True)
        reader.start()
        before, began = bench.stored(), time.monotonic()
        with bench.process("simulate", str(bench.script), "--ledger", str(bench.ledger)) as fleet:
            until(lambda: bench.is_done() or fleet.child.poll() is not None, what="the fleet does not end", tick_s=1)
            spent = time.monotonic() - began
        time.sleep(SHOWN_S / 5)
        stop.set()
        reader.join(MARGIN_S)
        counted = metrics_at(roles["vision"].port)
        analysed = _sum(counted, "mingchu_vision_frames_analysed_total")
        return LiveFigures(
            cameras=cameras,
            readings_per_s=round((bench.stored() - before) / spent, 1),
            frames_per_s=round(analysed / spent, 1),
            breaches=_latency(heard.seconds["breach"]),
            violations=_latency(heard.seconds["violation"]),
            alerts_of_violations=_latency(heard.seconds["alert"]),
            frames_dropped=_sum(counted, "mingchu_vision_frames_dropped_total"),
        )


def _sum(counted: dict[str, float], name: str) -> float:
    return sum(value for key, value in counted.items() if key.split("{")[0] == name)


def _latency(seconds: list[float]) -> Latency:
    if len(seconds) < 2:  # noqa: PLR2004 - as quantiles need
        raise RuntimeError(f"{len(seconds)} events were heard: too few to say anything")
    cuts = quantiles(seconds, n=100, method="inclusive")
    return Latency(n=len(seconds), p50_s=round(cuts[49], 3), p99_s=round(cuts[98], 3), most_s=round(max(seconds), 3))


@dataclass(slots=True, kw_only=True)
class _Bench:
    store: Store
    url: str
    folder: Path
    broker: MosquittoBroker
    port: int
    key: str
    script: Path
    ledger: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def roles(self) -> dict[str, tuple[str, ...]]:
        return {"ingest": (), "vision": ("--threads", "2"), "alerts": (), "api": ("--port", str(self.port))}

    def process(self, role: str, *more: str) -> AbstractContextManager[Process]:
        port = self.broker.port if role == "simulate" else self.broker.roles_port
        env = {
            "MINGCHU_DATABASE_URL": self.url,
            "MINGCHU_MQTT_URL": f"mqtt://127.0.0.1:{port}",
            "MINGCHU_MQTT_IDS_BOUND": "true",
            "MINGCHU_MQTT_USERNAME": USER,
            "MINGCHU_MQTT_PASSWORD_FILE": str(self.folder / "secret"),
            "MINGCHU_EVIDENCE_DIR": str(self.folder / "evidence"),
            "MINGCHU_DATA": str(self.folder),
            "MINGCHU_PUBLIC_URL": self.address,
        }
        named = role if role in {"ingest", "vision", "alerts"} else ""
        return running(role, named, *more, env=env)

    def stored(self) -> int:
        with self.store.read() as r:
            return readings.count_readings(r)[0]

    def is_done(self) -> bool:
        try:
            return bool(loads(self.ledger.read_bytes()).get("done"))
        except (OSError, ValueError):
            return False

    def listen(self, heard: _Heard, stop: threading.Event) -> None:
        headers, cursor = {"Authorization": f"Bearer {self.key}"}, 0
        with httpx.Client(base_url=self.address, headers=headers, timeout=30) as http:
            while not stop.is_set():
                page = http.get("/v1/events", params={"cursor": cursor, "limit": 500, "wait": 2}).raise_for_status()
                at = datetime.now(UTC)
                for event in page.json()["data"]:
                    heard.take(event, at)
                cursor = page.json()["next_cursor"]


@contextmanager
def _platform(*, cameras: int, rate: int, seconds: float) -> Iterator[_Bench]:
    secret, port = secrets.token_urlsafe(16), free_port()
    users = [BrokerUser(name=USER, mosquitto_hash=mosquitto_hash(secret), platform=True)]
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_data_dir())
        postgres = stack.enter_context(EmbeddedPostgres(folder).running())
        postgres.ensure_database()
        url = postgres.dsn()
        migrate(url)
        store = stack.enter_context(Store(url))
        with store.write() as w:
            nodes = _register(w, cameras=cameras, rate=rate, seconds=seconds)
            key = add_key(w, tenant_id=TENANT, role=Role.admin)
        users += [BrokerUser(name=n.node, mosquitto_hash=mosquitto_hash(n.password), platform=False) for n in nodes]
        nodes_port = free_port(avoid=[port])
        broker = MosquittoBroker(folder, lambda: users, port=nodes_port, roles_port=free_port(avoid=[port, nodes_port]))
        stack.enter_context(broker.running())
        write_atomically(folder / "secret", secret)
        script = folder / "fleet.json"
        write_atomically(script, FleetScript(nodes=nodes, duration_s=seconds).model_dump_json())
        ledger = folder / "ledger.json"
        yield _Bench(
            store=store, url=url, folder=folder, broker=broker, port=port, key=key, script=script, ledger=ledger
        )


def _register(w: Write, *, cameras: int, rate: int, seconds: float) -> list[NodeScript]:
    registry.add_region(w, code=REGION, name=REGION)
    entity = one_enterprise(w, tenant=TENANT, region=REGION)
    found = []
    for number in range(cameras):
        site, node = f"bench-{number}", f"bench-{number}-node"
        register_site(w, entity, site_id=site, name=site)
        _, secret = register_node(w, node_id=node, site_id=site, new_secret=new_node_secret)
        script = NodeScript(
            tenant=TENANT,
            site=site,
            node=node,
            password=secret,
            cameras=[_camera(number, cameras, seconds)],
            sensors=[_sensor(number, n, cameras, rate, seconds) for n in range(SENSORS_A_NODE)],
        )
        for camera in script.cameras:
            register_device(w, device_id=camera.device, node_id=node, zone="cooking", name=camera.device)
        for sensor in script.sensors:
            register_device(
                w, device_id=sensor.device, node_id=node, zone="cooking", name=sensor.device, sensor_code=sensor.code
            )
        found.append(script)
    return found


def _camera(number: int, of: int, seconds: float) -> CameraScript:
    """A drawn kitchen in which a cook takes the hat off for a while; the cameras take turns."""
    start = SETTLE_S + (seconds - SETTLE_S - SHOWN_S) * number / of
    shown = SituationScript(code="no_chef_hat", start_s=start, end_s=start + SHOWN_S)
    return CameraScript(device=f"bench-{number}-cam", seed=number, situations=[shown])


def _sensor(number: int, which: int, of: int, rate: int, seconds: float) -> SensorScript:
    """A gas sensor that alarms once; the sensors take turns."""
    start = SETTLE_S + (seconds - 2 * SETTLE_S) * (number * SENSORS_A_NODE + which) / (of * SENSORS_A_NODE)
    every_s = of * SENSORS_A_NODE / rate
    return SensorScript(
        device=f"bench-{number}-gas{which}",
        code="gas_ch4",
        normal=0.0,
        every_s=every_s,
        situations=[SensorSituation(value=60.0, start_s=start, end_s=start + 3 * every_s)],
    )
