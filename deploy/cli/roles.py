"""One command per role; the supervisor and scaled deployments start roles with them."""

import hmac
import signal
import threading
from pathlib import Path

import click

from deploy.cli.options import data_option, places_of
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.places import given_database_url
from ingest.broker_address import addresses_of
from ingest.mqtt import Login
from models.base.logs import configure_logs
from models.base.metrics import serve
from models.base.settings import PlatformSettings
from models.domain.notices import NoticeSettings
from models.domain.retention import KeepingSettings
from models.evidence.opening import open_evidence
from models.evidence.signing import Signer
from models.store import Store, migrate
from models.store.following import CHANNEL as REGISTRY
from models.store.listen import Listener
from models.store.sharing import FROZEN_S
from models.store.space import is_here

INTAKE_CONNECTIONS = 20
"""Connections that intake opens at most: one for each partition at work, and some for its other threads."""

THINKING_S = 60.0
"""Within a transaction the alerts role computes for a while; one that does so for longer is frozen."""


def begin(role: str) -> tuple[PlatformSettings, threading.Event]:
    """Read settings, set up logs and metrics, and return the settings with the stop signal of the role's process."""
    settings = PlatformSettings.read()
    configure_logs(role=role, level=settings.log_level)
    if settings.metrics_port is not None:
        serve(settings.metrics_port, host=settings.metrics_host)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return settings, stop


def login_of(settings: PlatformSettings, *, replica: str) -> Login:
    """Return the role's login at the broker. Each process has its own client id; replicas add their name.

    A broker that does not bind client ids to users would let a node connect with a role's client id and take the role's
    messages. So the id contains a part that nobody can guess.
    """
    named, password = f"{settings.mqtt_username or 'mingchu'}-{replica}", settings.mqtt_password()
    bound = settings.mqtt_ids_bound or password is None
    return Login(
        url=settings.mqtt_url,
        client_id=named if bound or password is None else f"{named}-{_unguessable(named, password)}",
        username=settings.mqtt_username,
        password=password,
        former_id=None if bound else named,
        authority=settings.authority(),
    )


def _unguessable(named: str, password: str) -> str:
    return hmac.new(password.encode(), f"client id {named}".encode(), "sha256").hexdigest()[:16]


replica_option = click.option(
    "--replica", default="0", show_default=True, help="Name of this replica, unique per role."
)


@click.command("ingest")
@replica_option
def ingest_command(replica: str) -> None:
    """Receive readings, events and status from the broker and store them."""
    from ingest import role  # noqa: PLC0415 - a role loads only what it needs

    settings, stop = begin("ingest")
    pooled = settings.database_pooled
    with (
        Store(settings.database_url, size=INTAKE_CONNECTIONS, idle_s=FROZEN_S, pooled=pooled) as store,
        Listener(settings.direct_url, (REGISTRY,)) as listener,
    ):
        login = login_of(settings, replica="0")  # one session for each partition, whoever owns it
        role.run(store, login, public_url=settings.public_url, stop=stop, listener=listener, replica=replica)


@click.command("alerts")
@replica_option
def alerts_command(replica: str) -> None:
    """Group findings into alerts, watch series and deadlines, and number the feed."""
    from alerts import role  # noqa: PLC0415 - a role loads only what it needs
    from alerts.evidence.retention import Keeper  # noqa: PLC0415 - a role loads only what it needs
    from alerts.evidence.timestamps import (  # noqa: PLC0415 - a role loads only what it needs
        Authority,
        Stamper,
        StampSettings,
    )
    from alerts.notices.sending import Sender  # noqa: PLC0415 - a role loads only what it needs

    settings, stop = begin("alerts")
    with (
        Store(settings.database_url, size=8, idle_s=THINKING_S, pooled=settings.database_pooled) as store,
        Listener(settings.direct_url, role.CHANNELS) as listener,
    ):
        here = is_here(settings.direct_url)
        keeper = Keeper(store, open_evidence(settings), KeepingSettings(), database_here=here)
        authority = Authority.of(StampSettings())
        stamper = None if authority is None else Stamper(store, authority)
        sender = Sender(store=store, settings=NoticeSettings(), public_url=settings.public_url)
        signer = None if settings.signing_key_file is None else Signer.read(settings.signing_key_file)
        role.run(
            store, listener, stop=stop, keeper=keeper, stamper=stamper, sender=sender, signer=signer, replica=replica
        )


@click.command("api")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
def api_command(host: str, port: int) -> None:
    """Serve the HTTP API and the console."""
    from api import role  # noqa: PLC0415 - a role loads only what it needs
    from deploy.onboarding import Workshop  # noqa: PLC0415 - a role loads only what it needs

    settings, stop = begin("api")
    role.run(
        database_url=settings.database_url,
        pooled=settings.database_pooled,
        listen_url=settings.direct_url,
        files=open_evidence(settings),
        workshop=Workshop(places_of(None).data_dir, addresses_of(settings.mqtt_url)[0], settings.authority()),
        host=host,
        port=port,
        public_url=settings.public_url,
        stop=stop,
    )


@click.command("migrate")
@data_option
def migrate_command(data_dir: Path | None) -> None:
    """Migrate a database to the newest schema: MINGCHU_DATABASE_URL if set, else the data folder's own."""
    configure_logs(role="migrate")
    url = given_database_url()
    if url:
        click.echo(f"database is at revision {migrate(url)}")
        return
    with EmbeddedPostgres(places_of(data_dir).data_dir).running() as server:
        server.ensure_database()
        click.echo(f"database is at revision {migrate(server.dsn())}")


@click.command("simulate")
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File that records each sent message.",
)
def simulate_command(script: Path, ledger: Path) -> None:
    """Play a fleet script: simulated cameras and sensors."""
    from ingest.simulator import fleet  # noqa: PLC0415 - a role loads only what it needs
    from ingest.simulator.script import load  # noqa: PLC0415 - a role loads only what it needs

    settings, stop = begin("simulate")
    fleet.play(load(script), mqtt_url=settings.mqtt_url, ledger=ledger, stop=stop)


COMMANDS = (simulate_command, ingest_command, alerts_command, api_command, migrate_command)
