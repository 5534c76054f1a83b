"""Commands for tenants and access groups."""

from pathlib import Path

import click

from deploy.cli.options import data_option, places_of
from deploy.cli.registry import store_of, writing
from models.catalogue.terms import label
from models.store import groups, registry, tenants

_MOST = 500


@click.group("tenant")
def tenant_group() -> None:
    """Manage tenants: authorities that share the installation and see nothing of each other."""


@tenant_group.command("add")
@data_option
@click.argument("tenant_id")
@click.option("--name", required=True)
def tenant_add(data_dir: Path | None, tenant_id: str, name: str) -> None:
    """Register a tenant; `mingchu user add --role admin --tenant ID` makes its administrator."""
    with writing(places_of(data_dir)) as w:
        registry.add_tenant(w, tenant_id=tenant_id, name=name)
    click.echo(tenant_id)


@tenant_group.command("operate")
@data_option
@click.argument("tenant_id")
def tenant_operate(data_dir: Path | None, tenant_id: str) -> None:
    """Let the administrators of this tenant, and of no other, make tenants over the API."""
    with writing(places_of(data_dir)) as w:
        tenants.operate(w, tenant_id)
    click.echo(f"{tenant_id} operates the platform")


@click.group("group")
def group_group() -> None:
    """Look at access groups; administrators and regulators make them on the page 账号 or over the API."""


@group_group.command("list")
@data_option
def group_list(data_dir: Path | None) -> None:
    """List the access groups, with their ids for `mingchu user add --group` and `mingchu key add --group`."""
    with store_of(places_of(data_dir)) as store, store.read() as r:
        for one in groups.groups(r, after=None, limit=_MOST):
            click.echo(f"{one.id} {one.tenant_id}/{one.region_code} {label(one.kind)} {one.name} ({one.size})")


COMMANDS = (tenant_group, group_group)
