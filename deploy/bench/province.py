"""A simulated province: 126,000 kitchens registered, a share of them speaking, the roles as real processes.

The peer of the costs is the same run among few registered kitchens: costs must not grow with what only exists.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from alerts.posts import KIND as POSTS
from deploy.bench.enterprise import one_enterprise
from deploy.bench.processes import Process, running, until
from deploy.bench.speakers import Speakers
from deploy.embedded.broker_mosquitto import MosquittoBroker
from deploy.embedded.broker_users import BrokerUser, mosquitto_hash
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from ingest.partitions import KIND as INTAKE
from ingest.partitions import keys_of
from models.base.atomic import write_atomically
from models.changes.nodes import revoke_node
from models.domain.access import SYSTEM
from models.store import Store, leases, migrate, readings, synthetic, synthetic_province
from models.store.connect import write_once
from vision.pipeline.sites import KIND as JUDGES

log = structlog.get_logger()

TENANT, USER = "province", "mingchu-ingest"
SITES, FEW, CAMERAS, ACTIVE = 126_000, 1_000, 25_000, 1_000
MESSAGES = 40_000
PARTITIONS = (1, 2, 4)
OPEN = "mingchu_ingest_partitions_open"
STORED = 'mingchu_ingest_readings_total{outcome="stored"}'
CHUNK = 10_000


@dataclass(slots=True, kw_only=True)
class RoleFigures:
    """Of one role: seconds until it is ready, MiB resident, seconds until a change is known and a death made good.

    None: not measured for this role.
    """

    ready_s: float
    rss_mb: float
    change_known_s: float | None = None
    takeover_s: float | None = None


@dataclass(slots=True, kw_only=True)
class ProvinceFigures:
    """What `mingchu bench province --json` prints. `cpu_ms_per_message` is of intake, by number of kitchens."""

    sites: int
    devices: int
    active_sites: int
    register_s: float = 0.0
    roles: dict[str, RoleFigures] = field(default_factory=dict)
    readings_per_s: dict[str, float] = field(default_factory=dict)
    cpu_ms_per_message: dict[str, float] = field(default_factory=dict)
    cost_ratio_126k_to_1k: float = 0.0


def measure(*, sites: int = SITES, few: int = FEW, messages: int = MESSAGES, vision: bool = True) -> ProvinceFigures:
    """Run the whole measurement on temporary data folders. Needs mosquitto.

    Args:
        sites: kitchens registered in the end.
        few: kitchens registered for the comparison; as many speak in every measurement, if there are so many.
        messages: readings of each measurement.
        vision: whether to measure the judge, too.
    """
    with _bench() as bench:
        figures = ProvinceFigures(
            sites=sites, devices=sites * synthetic_province.DEVICES, active_sites=min(few, ACTIVE)
        )
        bench.speakers.sites = figures.active_sites
        bench.register(0, few - 1, cameras=min(few, CAMERAS * few // SITES))
        figures.cpu_ms_per_message[str(few)] = bench.cost(messages)
        began = time.monotonic()
        bench.register(few, sites - 1, cameras=CAMERAS * sites // SITES)
        figures.register_s = round(time.monotonic() - began, 1)
        figures.cpu_ms_per_message[str(sites)] = bench.cost(messages)
        small, large = figures.cpu_ms_per_message[str(few)], figures.cpu_ms_per_message[str(sites)]
        figures.cost_ratio_126k_to_1k = round(large / small, 3)
        for count in PARTITIONS:
            figures.readings_per_s[str(count)] = bench.throughput(messages, count)
        figures.roles["ingest"] = bench.intake_role()
        figures.roles["alerts"] = bench.shared_role("alerts", POSTS)
        if vision:
            figures.roles["vision"] = bench.shared_role("vision", JUDGES, "--threads", "1")
        return figures


@contextmanager
def _bench() -> Iterator["_Bench"]:
    secret = secrets.token_urlsafe(16)
    user = BrokerUser(name=USER, mosquitto_hash=mosquitto_hash(secret), platform=True)
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_data_dir())
        postgres = stack.enter_context(EmbeddedPostgres(folder).running())
        postgres.ensure_database()
        url = postgres.dsn()
        migrate(url)
        port = free_port()
        broker = MosquittoBroker(folder, lambda: [user], port=port, roles_port=free_port(avoid=[port]))
        stack.enter_context(broker.running())
        store = stack.enter_context(Store(url))
        with store.write() as w:
            entity = one_enterprise(w, tenant=TENANT, region=synthetic_province.REGION)
        write_atomically(folder / "secret", secret)
        mqtt_url = f"mqtt://127.0.0.1:{broker.roles_port}"
        yield _Bench(store, url, entity.id, folder, mqtt_url, Speakers(mqtt_url, USER, secret, tenant=TENANT))


@dataclass(slots=True)
class _Bench:
    store: Store
    url: str
    entity_id: UUID
    folder: Path
    mqtt_url: str
    speakers: Speakers
    _hash: str = field(default_factory=lambda: mosquitto_hash(secrets.token_urlsafe(16)))

    def register(self, first: int, last: int, *, cameras: int) -> None:
        for begin in range(first, last + 1, CHUNK):
            with write_once(self.url) as w:
                synthetic_province.add_sites(
                    w,
                    tenant_id=TENANT,
                    entity_id=self.entity_id,
                    first=begin,
                    last=min(begin + CHUNK - 1, last),
                    cameras=cameras,
                    mqtt_hash=self._hash,
                )
        synthetic.tidy(self.url)
        log.info("registered", sites=last + 1)

    def process(self, role: str, name: str, *more: str) -> AbstractContextManager[Process]:
        env = {
            "MINGCHU_DATABASE_URL": self.url,
            "MINGCHU_MQTT_URL": self.mqtt_url,
            "MINGCHU_MQTT_IDS_BOUND": "true",
            "MINGCHU_MQTT_USERNAME": USER,
            "MINGCHU_MQTT_PASSWORD_FILE": str(self.folder / "secret"),
            "MINGCHU_EVIDENCE_DIR": str(self.folder / "evidence"),
            "MINGCHU_DATA": str(self.folder),
            "MINGCHU_BUDGET_READING_PER_S": "0",
            "MINGCHU_BUDGET_BYTES_PER_S": "0",
        }
        return running(role, name, *more, env=env)

    def stored(self) -> int:
        with self.store.read() as r:
            return readings.count_readings(r)[0]

    def partition(self, count: int) -> None:
        until(lambda: not self._living(INTAKE), what="intake did not end")
        with self.store.write() as w:
            leases.replace_shares(w, kind=INTAKE, keys=list(map(str, keys_of(count))))

    def _living(self, kind: str) -> int:
        with self.store.read() as r:
            return len(leases.living(r, kind=kind))

    def cost(self, messages: int) -> float:
        """Processor milliseconds of intake for each message, from its connection on, in one partition."""
        self.partition(1)
        with self.process("ingest", "a") as one:
            one.ready_s()
            before, began = self.stored(), one.cpu_s()
            self.speakers.speak(messages)
            until(lambda: self.stored() >= before + messages, what="messages are not stored", tick_s=0.5)
            spent: float = round((one.cpu_s() - began) * 1000 / messages, 3)
        log.info("cost", cpu_ms_per_message=spent)
        return spent

    def throughput(self, messages: int, count: int) -> float:
        """Readings a second of as many processes as partitions, of messages that wait at the broker."""
        self.partition(count)
        with self._intakes(count):
            pass  # every session is open, with its filters
        self.speakers.speak(messages)
        with self._intakes(count, ready=False) as some:

            def stored() -> float:
                return sum(one.metric(STORED) for one in some)

            first = until(stored, what="nothing is stored")
            began = time.monotonic()
            until(lambda: stored() >= messages, what="messages are not stored", tick_s=0.1)
            rate: float = round((messages - first) / (time.monotonic() - began), 1)
        log.info("throughput", partitions=count, readings_per_s=rate)
        return rate

    @contextmanager
    def _intakes(self, count: int, *, ready: bool = True) -> Iterator[list[Process]]:
        with ExitStack() as stack:
            some = [stack.enter_context(self.process("ingest", f"p{n}")) for n in range(count)]
            if ready:
                for one in some:
                    one.ready_s()
                until(lambda: self._spread(INTAKE) == count, what="the partitions are not spread")
                until(lambda: sum(one.metric(OPEN) for one in some) == count, what="partitions are not open", tick_s=1)
            yield some

    def _spread(self, kind: str) -> int:
        """How many living processes hold something."""
        with self.store.read() as r:
            return sum(holder.held > 0 for holder in leases.living(r, kind=kind))

    def intake_role(self) -> RoleFigures:
        self.partition(4)
        with self.process("ingest", "a") as one:
            figures = RoleFigures(ready_s=one.ready_s(), rss_mb=0.0)
            until(lambda: self._all_held(INTAKE), what="partitions are not held")
            until(lambda: one.metric(OPEN) == 4, what="partitions are not open", tick_s=1)  # noqa: PLR2004 - as divided
            self.speakers.speak(MESSAGES // 4)
            until(lambda: one.metric(STORED) >= MESSAGES // 4, what="messages are not stored")
            figures.rss_mb = one.rss_mb()
            figures.change_known_s = self._change_known_s()
            figures.takeover_s = self._takeover_s("ingest", INTAKE, one)
        return figures

    def shared_role(self, role: str, kind: str, *more: str) -> RoleFigures:
        with self.process(role, "a", *more) as one:
            figures = RoleFigures(ready_s=one.ready_s(), rss_mb=0.0)
            until(lambda: self._all_held(kind), what=f"{role} does not hold everything")
            figures.rss_mb = one.rss_mb()
            figures.takeover_s = self._takeover_s(role, kind, one, *more)
        log.info("role", role=role, **asdict(figures))
        return figures

    def _all_held(self, kind: str) -> bool:
        with self.store.read() as r:
            return bool(leases.living(r, kind=kind)) and leases.free(r, kind=kind) == 0

    def _takeover_s(self, role: str, kind: str, dying: Process, *more: str) -> float:
        """Seconds from the death of one of two processes until the other holds everything."""
        with self.process(role, "b", *more) as heir:
            heir.ready_s()
            until(lambda: self._spread(kind) == 2, what="the work is not spread")  # noqa: PLR2004 - both
            time.sleep(2)
            dying.kill()
            began = time.monotonic()
            until(lambda: self._living(kind) == 1 and self._all_held(kind), what="nothing was taken over")
            return round(time.monotonic() - began, 2)

    def _change_known_s(self) -> float:
        """Seconds until a reading of a node just registered is stored, or one of a node just revoked refused.

        The longer of the two, from the commit on.
        """
        number = 999_999
        with write_once(self.url) as w:
            synthetic_province.add_sites(
                w,
                tenant_id=TENANT,
                entity_id=self.entity_id,
                first=number,
                last=number,
                cameras=0,
                mqtt_hash=self._hash,
            )
        began, before = time.monotonic(), self.stored()
        until(lambda: self._spoken(number) and self.stored() > before, what="a new node is not heard")
        known = time.monotonic() - began
        with self.store.write() as w:
            revoke_node(w, f"n{number:06}", by=SYSTEM, at=datetime.now(UTC))
        began = time.monotonic()
        until(lambda: self._is_refused(number), what="a revoked node is still heard")
        return round(max(known, time.monotonic() - began), 2)

    def _spoken(self, number: int) -> bool:
        self.speakers.say(number, at=datetime.now(UTC))
        return True

    def _is_refused(self, number: int) -> bool:
        before = self.stored()
        self.speakers.say(number, at=datetime.now(UTC) + timedelta(milliseconds=1))
        time.sleep(0.5)
        return self.stored() == before
