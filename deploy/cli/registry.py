"""Commands that register enterprises, sites, nodes and devices, and the shared access to the registry's database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import click

from alerts.registry import supervision
from alerts.registry.importing import COLUMNS, Outcome, import_lines, read_lines
from alerts.registry.people_import import COLUMNS as PEOPLE_COLUMNS
from alerts.registry.people_import import PeopleOutcome, import_people, read_people
from alerts.registry.registering import register_device, register_entity, register_node, register_site
from alerts.registry.supervision import decommission, move_device, set_report_period
from deploy.cli.options import data_option, places_of
from deploy.onboarding import keep_node_secret, new_node_secret
from deploy.places import Endpoints, Places, database_url_of
from models.base.atomic import write_atomically
from models.base.clock import SystemClock
from models.base.errors import Invalid, StoreUnavailable
from models.base.hours import parse_hours
from models.catalogue.codes import SENSOR_CODES
from models.catalogue.terms import Role
from models.changes import nodes
from models.changes.nodes import revoke_node
from models.domain.access import Actor
from models.domain.identifiers import licence_check_digit_ok
from models.store import Store, Write, audit, devices, registry

SECONDS = click.FloatRange(min=1, max=86_400)
OPERATOR = Actor(name="cli", role=Role.admin)
"""Actor recorded for commands on the platform's own machine."""


def store_of(places: Places) -> Store:
    """Open the database of the stack on this data folder, or the one that MINGCHU_DATABASE_URL names."""
    url = database_url_of(places)
    if url is None:
        raise StoreUnavailable("no stack has run on this data folder yet; start `mingchu up` first")
    return Store(url, size=1, timeout_s=3)


@contextmanager
def writing(places: Places) -> Iterator[Write]:
    """Open one write transaction on the database of the data folder."""
    with store_of(places) as store, store.write() as w:
        audit.act_as(w, OPERATOR.name)
        yield w


def choices(kind: type[StrEnum]) -> click.Choice[str]:
    """Return the members of an enumeration as choices for an option."""
    return click.Choice([member.value for member in kind])


@click.group("entity")
def entity_group() -> None:
    """Manage enterprises (经营主体)."""


@entity_group.command("add")
@data_option
@click.option("--tenant", required=True, help="Tenant id; a new tenant is created.")
@click.option("--name", required=True)
@click.option("--credit-code", required=True, help="统一社会信用代码, 18 characters.")
@click.option("--licence", default=None, help="食品经营许可证号, JY + 14 digits.")
@click.option("--region", required=True, help="Region code (GB/T 2260), 6–12 digits.")
@click.option("--officer", required=True, help="Name of the 食品安全员, who is accountable for tasks.")
def entity_add(
    data_dir: Path | None, tenant: str, name: str, credit_code: str, licence: str | None, region: str, officer: str
) -> None:
    """Register an enterprise and its accountable 食品安全员."""
    if licence and not licence_check_digit_ok(licence):
        click.echo(f"warning: licence {licence} has a wrong check digit; check the number", err=True)
    with writing(places_of(data_dir)) as w:
        registry.add_tenant(w, tenant_id=tenant, name=tenant)
        entity = register_entity(
            w,
            tenant_id=tenant,
            name=name,
            credit_code=credit_code,
            region_code=region,
            officer=officer,
            licence_no=licence,
        )
    click.echo(str(entity.id))


@click.group("site")
def site_group() -> None:
    """Manage kitchens."""


@site_group.command("add")
@data_option
@click.argument("site_id")
@click.option("--entity", "entity_id", type=click.UUID, required=True)
@click.option("--name", required=True)
@click.option("--address", default="")
@click.option("--closed", default=None, help="Closing hours, local time: 22:00-05:00.")
def site_add(data_dir: Path | None, site_id: str, entity_id: UUID, name: str, address: str, closed: str | None) -> None:
    """Register a kitchen of an enterprise."""
    hours = parse_hours(closed or "")
    with writing(places_of(data_dir)) as w:
        entity = registry.entity(w, entity_id)
        if entity is None:
            raise Invalid(f"no enterprise {entity_id}")
        register_site(w, entity, site_id=site_id, name=name, address=address, closed=hours)
    click.echo(f"site {site_id} registered")


@site_group.command("import", help=f"Register many devices from CSV or Excel. Columns: {', '.join(COLUMNS)}.")
@data_option
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", required=True)
@click.option(
    "--credentials", type=click.Path(path_type=Path), required=True, help="File to write new nodes' passwords to."
)
@click.option("--update", is_flag=True, help="Overwrite the registry where the file differs.")
def site_import(data_dir: Path | None, path: Path, tenant: str, credentials: Path, *, update: bool) -> None:
    """Import devices, show progress, and print the rejected and the differing lines with reasons."""
    places, lines, outcome = places_of(data_dir), read_lines(path), Outcome()
    with store_of(places) as store:
        steps = import_lines(
            store,
            lines,
            tenant=tenant,
            new_secret=new_node_secret,
            keep_secret=lambda node, secret: keep_node_secret(places, node, secret),
            outcome=outcome,
            update=update,
        )
        with click.progressbar(steps, length=len(lines), label="importing", file=sys.stderr) as bar:
            for _number in bar:
                pass
    if outcome.secrets:
        rows = [f"{node},{secret}\n" for node, secret in outcome.secrets.items()]
        write_atomically(credentials, "node,password\n" + "".join(rows))
    click.echo(f"{outcome.devices} devices registered, {outcome.unchanged} unchanged")
    for number, reason in outcome.warnings:
        click.echo(f"line {number}: warning: {reason}", err=True)
    for number, reason, _line in outcome.rejected:
        click.echo(f"line {number}: rejected: {reason}", err=True)
    for number, difference in outcome.differing:
        click.echo(f"line {number}: {'changed' if update else 'differs'}: {difference}", err=True)
    if outcome.differing and not update:
        click.echo("the registry keeps its values; run again with --update to overwrite them", err=True)
    if outcome.rejected or (outcome.differing and not update):
        raise SystemExit(1)


@click.group("people")
def people_group() -> None:
    """Manage accountable people."""


@people_group.command("import", help=f"Name people from CSV or Excel. Columns: {', '.join(PEOPLE_COLUMNS)}.")
@data_option
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", required=True)
def people_import(data_dir: Path | None, path: Path, tenant: str) -> None:
    """Name people to posts and give them places; print the rejected lines with reasons."""
    lines, outcome = read_people(path), PeopleOutcome()
    with store_of(places_of(data_dir)) as store:
        steps = import_people(store, lines, tenant=tenant, at=datetime.now(UTC), outcome=outcome)
        with click.progressbar(steps, length=len(lines), label="importing", file=sys.stderr) as bar:
            for _number in bar:
                pass
    click.echo(f"{outcome.named} people named, {outcome.placed} places given, {outcome.unchanged} unchanged")
    for number, reason in outcome.rejected:
        click.echo(f"line {number}: rejected: {reason}", err=True)
    if outcome.rejected:
        raise SystemExit(1)


@click.group("node")
def node_group() -> None:
    """Manage nodes, which hold MQTT connections: edge agents, gateways, smart cameras."""


def _show(places: Places, tenant: str, site: str, node_id: str, secret: str) -> None:
    endpoints = Endpoints.load(places)
    click.echo(f"broker    {endpoints.mqtt_url if endpoints else 'see `mingchu up`'}")
    click.echo(f"user      {node_id}")
    click.echo(f"password  {secret}")
    click.echo(f"topics    mingchu/v1/{tenant}/{site}/{node_id}/<device>/frame|reading|event")
    click.echo("This is the only time the password is shown. It works at the broker within two seconds.", err=True)


@node_group.command("add")
@data_option
@click.argument("node_id")
@click.option("--site", required=True)
def node_add(data_dir: Path | None, node_id: str, site: str) -> None:
    """Register a node and print its credentials, once."""
    places = places_of(data_dir)
    with writing(places) as w:
        node, secret = register_node(w, node_id=node_id, site_id=site, new_secret=new_node_secret)
    keep_node_secret(places, node_id, secret)
    _show(places, node.tenant_id, node.site_id, node_id, secret)


@node_group.command("rotate")
@data_option
@click.argument("node_id")
def node_rotate(data_dir: Path | None, node_id: str) -> None:
    """Set a new password for a node and print it, once."""
    places = places_of(data_dir)
    secret, hashed = new_node_secret()
    with writing(places) as w:
        supervision.new_secret(w, node_id, mqtt_hash=hashed, by=OPERATOR, at=SystemClock().now())
        node = devices.node(w, node_id)
    keep_node_secret(places, node_id, secret)
    if node is not None:
        _show(places, node.tenant_id, node.site_id, node_id, secret)


@node_group.command("reset")
@data_option
@click.argument("node_id")
def node_reset(data_dir: Path | None, node_id: str) -> None:
    """Accept a node's next birth message whatever its number. For an offline node whose clock was ahead."""
    with writing(places_of(data_dir)) as w:
        nodes.forget_births(w, node_id, by=OPERATOR, at=SystemClock().now())
    click.echo(f"node {node_id} is reset: restart the node, or wait for its next status message")


@node_group.command("revoke")
@data_option
@click.argument("node_id")
def node_revoke(data_dir: Path | None, node_id: str) -> None:
    """Revoke a node's access."""
    with writing(places_of(data_dir)) as w:
        revoke_node(w, node_id, by=OPERATOR, at=SystemClock().now())
    click.echo(f"node {node_id} is revoked; its devices stay offline until you move them (`mingchu device move`)")


@click.group("device")
def device_group() -> None:
    """Manage cameras and sensors behind a node."""


@device_group.command("add")
@data_option
@click.argument("device_id")
@click.option("--node", required=True)
@click.option("--zone", required=True, help="Zone of the device, for example cooking or special_room.")
@click.option("--name", required=True)
@click.option("--sensor", default=None, type=click.Choice(sorted(SENSOR_CODES)), help="Sensor kind; none = a camera.")
@click.option(
    "--report-every",
    type=SECONDS,
    default=None,
    help="Seconds between a sensor's reports; default: its kind's. Three missing reports make it offline.",
)
def device_add(
    data_dir: Path | None,
    device_id: str,
    node: str,
    zone: str,
    name: str,
    sensor: str | None,
    report_every: float | None,
) -> None:
    """Register a camera, or with --sensor a sensor."""
    if report_every is not None and sensor is None:
        raise click.UsageError("--report-every applies to sensors only; a camera is offline after 3 silent minutes")
    with writing(places_of(data_dir)) as w:
        kind = register_device(
            w,
            device_id=device_id,
            node_id=node,
            zone=zone,
            name=name,
            sensor_code=sensor,
            settings=None if report_every is None else {"report_every_s": report_every},
        )
    click.echo(f"{kind} {device_id} registered")


@device_group.command("period")
@data_option
@click.argument("device_id")
@click.argument("seconds", type=SECONDS)
def device_period(data_dir: Path | None, device_id: str, seconds: float) -> None:
    """Set the seconds between a sensor's reports; default: its kind's. Three missing reports make it offline."""
    with writing(places_of(data_dir)) as w:
        set_report_period(w, device_id, every_s=seconds, by=OPERATOR, at=SystemClock().now())
    click.echo(f"{device_id} is offline after {3 * seconds:g} s without a reading")


@device_group.command("move")
@data_option
@click.argument("device_id")
@click.option("--node", required=True, help="Another node of the same kitchen.")
def device_move(data_dir: Path | None, device_id: str, node: str) -> None:
    """Move a camera or sensor to another node of its kitchen, for example after a replacement."""
    with writing(places_of(data_dir)) as w:
        move_device(w, device_id, node_id=node, by=OPERATOR, at=SystemClock().now())
    click.echo(f"{device_id} is behind {node} now")


@device_group.command("decommission")
@data_option
@click.argument("device_id")
@click.option("--reason", required=True, help="Reason; stored in the device's history and its event.")
def device_decommission(data_dir: Path | None, device_id: str, reason: str) -> None:
    """End the supervision of a camera or sensor for good."""
    with writing(places_of(data_dir)) as w:
        decommission(w, device_id, reason=reason, by=OPERATOR, at=SystemClock().now())
    click.echo(f"{device_id} is no longer supervised")


COMMANDS = (entity_group, site_group, people_group, node_group, device_group)
