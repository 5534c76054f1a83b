"""`mingchu up` and `mingchu doctor`: run the platform on one machine, and diagnose it."""

import threading
from pathlib import Path
from typing import Literal

import click

from deploy.cli.options import data_option, places_of
from deploy.doctor.checks import examine
from deploy.embedded.broker import INSTALL_MOSQUITTO, IOTCORE_LIMITS
from deploy.embedded.folder import DataLock, prepare_data_dir
from deploy.embedded.supervisor import Supervisor
from deploy.stack import Stack, StackOptions, prepare_stack
from deploy.welcome import first_link
from models.base.errors import StoreUnavailable
from models.store import Store

READY_WITHIN_S = 600.0


@click.command("up")
@data_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address or name of this machine that the console listens on.",
)
@click.option("--port", type=int, default=None, help="Console port (default: 8080 or a free one).")
@click.option("--mqtt-port", type=int, default=None, help="Broker port (default: 1883 or a free one).")
@click.option("--broker", type=click.Choice(["auto", "mosquitto", "iotcore"]), default="auto", show_default=True)
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your rules file.")
@click.option("--tls", is_flag=True, help="Serve console and nodes by TLS, with certificates of our own.")
def up_command(
    data_dir: Path | None,
    host: str,
    port: int | None,
    mqtt_port: int | None,
    broker: Literal["auto", "mosquitto", "iotcore"],
    rules: Path | None,
    *,
    tls: bool,
) -> None:
    """Run the whole platform on this machine until Ctrl-C."""
    places = places_of(data_dir)
    prepare_data_dir(places.data_dir)
    options = StackOptions(
        data_dir=places.data_dir,
        host=host,
        console_port=port,
        mqtt_port=mqtt_port,
        rules=rules,
        broker=broker,
        tls=tls,
    )
    with DataLock(places.data_dir) as lock:
        stack = prepare_stack(options)
        click.echo(f"data     {places.data_dir}")
        click.echo(f"console  {stack.endpoints.console_url}")
        if stack.endpoints.public_url != stack.endpoints.console_url:
            click.echo(f"         {stack.endpoints.public_url} for other machines")
        click.echo(f"broker   {stack.endpoints.mqtt_url}")
        if stack.endpoints.broker == "iotcore":
            click.echo(f"         iotcore, for demos only: {IOTCORE_LIMITS}")
            click.echo(f"         {INSTALL_MOSQUITTO}")
        if stack.tls is not None:
            click.echo(f"trust    {stack.tls.authority} on nodes and in browsers")
        click.echo("starting; the supervisor says when everything is ready")
        supervisor = stack.supervisor(lock)
        threading.Thread(target=_greet, args=(supervisor, stack), name="greeting", daemon=True).start()
        supervisor.run()


def _greet(supervisor: Supervisor, stack: Stack) -> None:
    """Print the first administrator's link once everything is ready, if nobody can log in yet."""
    if not supervisor.wait_ready(READY_WITHIN_S):
        return
    try:
        with Store(stack.endpoints.database_url, size=1, timeout_s=3) as store:
            link = first_link(store, stack.endpoints.public_url or stack.endpoints.console_url)
    except StoreUnavailable:
        return  # `mingchu user first` prints it later
    if link is not None:
        click.echo(f"\nNobody can log in yet. Open this link within a day; it works once:\n\n    {link}\n")


@click.command("doctor")
@data_option
def doctor_command(data_dir: Path | None) -> None:
    """Diagnose the platform: print each problem and its remedy. Exits with 1 if there is a problem."""
    findings = examine(places_of(data_dir))
    for finding in findings:
        click.echo(f"{'✓' if finding.good else '✗'} {finding.what}")
        if finding.remedy:
            click.echo(f"    → {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise SystemExit(1)


COMMANDS = (up_command, doctor_command)
