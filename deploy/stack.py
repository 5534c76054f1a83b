"""The whole platform on one machine: its children, their order and their environment."""

import os
import ssl
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO
from urllib.parse import urlsplit
from urllib.request import urlopen

from deploy.accounts import Accounts
from deploy.embedded.broker import Broker, Certificate, open_broker
from deploy.embedded.child import ChildSpec
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folder import DataLock
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.supervisor import Periodic, Supervisor
from deploy.listening import Listening, listen_at, require_port
from deploy.places import PLATFORM_USERS, Endpoints, Places, given_database_url
from deploy.tls import TlsFiles, ensure, names_of
from models.base import sealed
from models.base.errors import SchemaNewer
from models.store.connect import API_LOGIN, WORKER_LOGIN
from models.store.migrate import present_revision, require_known

CONSOLE_PORT = 8080
MQTT_PORT = 1883
MQTTS_PORT = 8883
LOOPBACK = "127.0.0.1"
MQTT_V4_PORT = 1884
MQTT_ROLES_PORT = 1885
METRICS_ROLES = ("ingest", "vision", "alerts", "api")
USERS_EVERY_S = 1.0
LOGIN_OF_ROLE = {"api": API_LOGIN, **dict.fromkeys(("ingest", "vision", "alerts"), WORKER_LOGIN)}
"""Database user of each role's process; `migrate` logs in as the owner."""
TLS_CERTIFICATE, TLS_KEY, CA_FILE = "MINGCHU_API_TLS_CERT_FILE", "MINGCHU_API_TLS_KEY_FILE", "MINGCHU_CA_FILE"
_ANY = ssl._create_unverified_context()  # noqa: S323, SLF001 - only asks whether our own server answers; sends no secret
ROLE_TIMEOUT_S = 300.0
"""A role that is not ready and gets on with nothing for so long is started anew. The longest steps on a slow machine
are to load the programs and to compile one network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """Options of the embedded stack that a user may choose.

    A set `console_port` or `mqtt_port` is binding; None takes the usual port or a free one. With `tls` the console and
    the nodes' door at the broker speak TLS, and that door is open at `host` as the console is.
    """

    data_dir: Path
    console_port: int | None = None
    mqtt_port: int | None = None
    host: str = "127.0.0.1"
    rules: Path | None = None
    vision_threads: int = 0
    broker: Literal["auto", "mosquitto", "iotcore"] = "auto"
    tls: bool = False


@dataclass(slots=True)
class Stack:
    """The described stack: its endpoints, and the children to supervise.

    `extra` are further children; `before_alerts` names those that the alerts role waits for.
    """

    options: StackOptions
    places: Places
    endpoints: Endpoints
    postgres: EmbeddedPostgres | None
    broker: Broker | None
    listening: Listening
    tls: TlsFiles | None = None
    extra: list[ChildSpec] = field(default_factory=list)
    before_alerts: tuple[str, ...] = ()

    def supervisor(self, lock: DataLock, *, stream: TextIO | None = None) -> Supervisor:
        """Return a supervisor of all children; the caller holds the lock. The children's lines also go to `stream`."""
        chores = []
        if self.broker is not None:
            chores.append(Periodic(name="broker-users", seconds=USERS_EVERY_S, call=self.broker.refresh))
        return Supervisor(
            self.options.data_dir, [*self._children(), *self.extra], periodic=chores, lock=lock, stream=stream
        )

    def _children(self) -> list[ChildSpec]:
        children: list[ChildSpec] = []
        if self.postgres is not None:
            children.append(self.postgres.command())
        # A child stops after its dependants, so each names the servers that it needs, not only `migrate`.
        database: tuple[str, ...] = ("postgres",) if self.postgres is not None else ()
        children.append(self.role("migrate", (), after=database, once=True, before_start=self._ensure_database))
        database = (*database, "migrate")
        needs = database
        if self.broker is not None:
            children.append(self.broker.command(after=database))
            needs = (*database, "broker")
        vision = ["--threads", str(self.options.vision_threads)]
        if self.options.rules is not None:
            vision += ["--rules", str(self.options.rules)]
        console = ("--host", self.listening.host, "--port", str(self.listening.port))
        return [
            *children,
            self._watched("ingest", (), after=needs),
            self._watched("vision", vision, after=needs),
            self._watched("alerts", (), after=(*database, *self.before_alerts)),
            self.role(
                "api",
                console,
                after=database,
                ready=self._api_ready,
                ready_timeout=ROLE_TIMEOUT_S,
                before_start=self._require_console_port,
            ),
        ]

    def _watched(self, name: str, arguments: Sequence[str], *, after: tuple[str, ...]) -> ChildSpec:
        """Return a role's child whose metrics tell whether it is ready, and until then whether it makes progress."""
        return self.role(
            name,
            arguments,
            after=after,
            ready=lambda: self._role_ready(name),
            progress=lambda: metrics_of(self.endpoints, name).get("mingchu_role_progress"),
            ready_timeout=ROLE_TIMEOUT_S,
        )

    def role(self, name: str, arguments: Sequence[str], **more: object) -> ChildSpec:
        """Return a child that runs one of our own commands."""
        argv = (sys.executable, "-m", "deploy.cli", name, *arguments)
        return ChildSpec(name=name, argv=argv, env=self.environment(name), **more)  # type: ignore[arg-type]

    def environment(self, role: str) -> Mapping[str, str]:
        """Return the environment from which a role reads its settings."""
        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        env["MINGCHU_DATA"] = str(self.places.data_dir)
        env["MINGCHU_DATABASE_URL"] = self._database_url(role)
        env["MINGCHU_MQTT_URL"] = self.endpoints.mqtt_url
        env["MINGCHU_EVIDENCE_DIR"] = str(self.places.evidence)
        env.setdefault("MINGCHU_SIGNING_KEY_FILE", str(self.places.signing_key))
        if sealed.KEYS not in env:
            env.setdefault(sealed.FILE, str(self.places.secret_key))
        env.setdefault("MINGCHU_PUBLIC_URL", self.endpoints.public_url)
        user = f"mingchu-{role}"
        if user in PLATFORM_USERS and self.broker is not None:
            env["MINGCHU_MQTT_URL"] = self.endpoints.roles_mqtt_url
            env["MINGCHU_MQTT_IDS_BOUND"] = str(self.broker.kind == "mosquitto")
            env["MINGCHU_MQTT_USERNAME"] = user
            env["MINGCHU_MQTT_PASSWORD_FILE"] = str(self.places.secrets / user)
        if self.tls is not None:
            env[TLS_CERTIFICATE], env[TLS_KEY] = str(self.tls.certificate), str(self.tls.key)
            env[CA_FILE] = str(self.tls.authority)
        if role in self.endpoints.metrics:
            env["MINGCHU_METRICS_PORT"] = str(self.endpoints.metrics[role])
        return env

    def _database_url(self, role: str) -> str:
        """Return the URL with which a role logs in; on our own server, a user that cannot become another user."""
        login = LOGIN_OF_ROLE.get(role)
        given = os.environ.get("MINGCHU_DATABASE_URL")
        if self.postgres is None and given and role != "migrate":
            return given  # it may lead through a pooler
        if self.postgres is None or login is None:
            return self.endpoints.database_url
        return self.postgres.dsn(user=login)

    def _ensure_database(self) -> None:
        """Create the database of our own server, and check that no newer program has migrated it.

        Raises:
            EmbeddedError: `schema_newer`.
        """
        if self.postgres is not None:
            self.postgres.ensure_database()
        try:
            require_known(present_revision(self.endpoints.database_url))
        except SchemaNewer as error:
            remedy = "Install that version of mingchu, or restore a backup from before the update."
            raise EmbeddedError("schema_newer", str(error), remedy) from error

    def _require_console_port(self) -> None:
        require_port(self.listening.port, host=self.listening.host, what="console", option="--port")

    def _api_ready(self) -> bool:
        return fetch(f"{self.endpoints.console_url}/health") is not None

    def _role_ready(self, role: str) -> bool:
        return metrics_of(self.endpoints, role).get("mingchu_role_ready") == 1


def fetch(url: str) -> bytes | None:
    """Return the answer of one of our own addresses; None on an error status or no answer."""
    try:
        with urlopen(url, timeout=1, context=_ANY if url.startswith("https:") else None) as answer:  # noqa: S310 - our own
            return bytes(answer.read())
    except OSError:
        return None


def metrics_of(endpoints: Endpoints, role: str) -> dict[str, float]:
    """Return a role's current metrics, by name with labels as Prometheus writes them; empty if it does not answer."""
    return metrics_at(endpoints.metrics[role]) if role in endpoints.metrics else {}


def metrics_at(port: int) -> dict[str, float]:
    """Return the metrics served at a port of this machine; empty if nothing answers."""
    text = fetch(f"http://127.0.0.1:{port}/metrics")
    lines = [] if text is None else text.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def _refuse_unfinished(places: Places) -> None:
    """Refuse a folder into which a restore was broken off: it may look like an installation without its data.

    Raises:
        EmbeddedError: `restore_unfinished`.
    """
    if places.restoring.exists():
        raise EmbeddedError(
            "restore_unfinished",
            f"a restore into {places.data_dir} has not ended",
            "Run `mingchu restore` again; it begins anew.",
        )


def _given_certificate() -> tuple[Path, Path] | None:
    """Return the certificate and key that the environment names."""
    chain, key = os.environ.get(TLS_CERTIFICATE), os.environ.get(TLS_KEY)
    return (Path(chain), Path(key)) if chain and key else None


def _certificates(options: StackOptions, places: Places, reached: str) -> tuple[TlsFiles | None, Certificate]:
    """Return the certificate for the doors: the given one, else one of our own authority for the names we are known by.

    Raises:
        EmbeddedError: `tls_unreadable`, `tls_name_refused`.
    """
    given = _given_certificate()
    if given is not None:
        return None, _certificate(*given)
    files = TlsFiles(places.tls)
    ensure(files, names_of(options.host, reached), at=datetime.now(UTC))
    return files, _certificate(files.certificate, files.key)


def _certificate(chain: Path, key: Path) -> Certificate:
    """Read a certificate and its key.

    Raises:
        EmbeddedError: `tls_unreadable`.
    """
    try:
        return Certificate(chain=chain.read_text("utf-8"), key=key.read_text("utf-8"))
    except (OSError, UnicodeError) as error:
        remedy = f"Correct {TLS_CERTIFICATE} and {TLS_KEY}."
        raise EmbeddedError("tls_unreadable", f"the certificate can't be read: {error}", remedy) from None


def prepare_stack(options: StackOptions) -> Stack:
    """Create the folders, the cluster and the secrets, and choose ports and addresses.

    `MINGCHU_DATABASE_URL` and `MINGCHU_MQTT_URL` name real servers instead of the embedded ones.
    """
    places = Places(options.data_dir)
    _refuse_unfinished(places)
    places.prepare()
    database_url, mqtt_url = given_database_url(), os.environ.get("MINGCHU_MQTT_URL")
    postgres = None
    if not database_url:
        postgres = EmbeddedPostgres(options.data_dir)
        postgres.prepare()
        database_url = postgres.dsn()
    taken: list[int] = []

    def port(usual: int) -> int:
        taken.append(free_port(usual, avoid=taken))
        return taken[-1]

    secured = options.tls or _given_certificate() is not None
    listening = listen_at(options.host, options.console_port, usual=CONSOLE_PORT, taken=taken, secured=secured)
    taken.append(listening.port)
    reached = urlsplit(listening.public_url).hostname or listening.asked
    files, certificate = _certificates(options, places, reached) if secured else (None, None)
    broker, roles_mqtt_url = None, mqtt_url or ""
    if not mqtt_url:
        mqtt_port = options.mqtt_port or port(MQTT_PORT if certificate is None else MQTTS_PORT)
        mqtt_host = LOOPBACK if certificate is None else listening.host
        if options.mqtt_port is not None:
            taken.append(require_port(mqtt_port, host=mqtt_host, what="broker", option="--mqtt-port"))
        broker = open_broker(
            options.data_dir,
            Accounts(places, database_url),
            prefer=options.broker,
            host=mqtt_host,
            port=mqtt_port,
            port_v4=port(MQTT_V4_PORT),
            roles_port=port(MQTT_ROLES_PORT),
            certificate=certificate,
        )
        mqtt_url = f"mqtt://{LOOPBACK}:{mqtt_port}"
        if certificate is not None:
            mqtt_url = f"mqtts://{f'[{reached}]' if ':' in reached else reached}:{mqtt_port}"
        roles_mqtt_url = f"mqtt://{LOOPBACK}:{broker.roles_port}"
    endpoints = Endpoints(
        database_url=database_url,
        mqtt_url=mqtt_url,
        roles_mqtt_url=roles_mqtt_url,
        broker="external" if broker is None else broker.kind,
        console_url=listening.url,
        public_url=listening.public_url,
        metrics={role: port(9400 + i) for i, role in enumerate(METRICS_ROLES)},
    )
    endpoints.save(places)
    return Stack(
        options=options,
        places=places,
        endpoints=endpoints,
        postgres=postgres,
        broker=broker,
        listening=listening,
        tls=files,
    )
