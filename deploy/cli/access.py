"""Commands that add and disable users and API keys."""

import os
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click

from alerts.duties.posts import person_named
from alerts.registry.groups import require_fitting
from api.access.credentials import hash_password, make_api_key
from deploy.cli.options import data_option, places_of
from deploy.cli.registry import choices, store_of, writing
from deploy.places import Endpoints
from deploy.welcome import first_link
from models.base.clock import SystemClock
from models.base.errors import Conflict
from models.base.ids import uuid7
from models.catalogue.terms import Role
from models.domain.access import ApiKey, User, rights_of
from models.store import access

KEY_DAYS = 365


@click.group("user")
def user_group() -> None:
    """Manage the people who log in."""


@user_group.command("add")
@data_option
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", type=choices(Role), required=True)
@click.option("--tenant", required=True)
@click.option("--region", default=None, help="Region prefix; a regulator or platform sees only this region.")
@click.option(
    "--entity", "entity_id", type=click.UUID, default=None, help="Enterprise that an enterprise user belongs to."
)
@click.option("--group", "group_id", type=click.UUID, default=None, help="Access group that narrows it.")
@click.option(
    "--person",
    default=None,
    help="Name of the person of the enterprise whose own account it is: it has the pages of their post and no other.",
)
def user_add(
    data_dir: Path | None,
    login: str,
    name: str,
    role: str,
    tenant: str,
    region: str | None,
    entity_id: UUID | None,
    group_id: UUID | None,
    person: str | None,
) -> None:
    """Register a user and print the first password, once."""
    password = secrets.token_urlsafe(12)
    user = User(
        id=uuid7(),
        login=login,
        name=name,
        password_hash=hash_password(password),
        role=Role(role),
        tenant_id=tenant,
        region_prefix=region,
        entity_id=entity_id,
        person_id=None,
        disabled_at=None,
        group_id=group_id,
    )
    with writing(places_of(data_dir)) as w:
        if group_id is not None:
            require_fitting(w, rights_of(user))
        if person is not None:
            user = replace(user, person_id=person_named(w, entity_id, person, at=SystemClock().now()).id)
        access.add_user(w, user)
    click.echo(f"login     {login}")
    click.echo(f"password  {password}")


@user_group.command("first")
@data_option
def user_first(data_dir: Path | None) -> None:
    """Print the link at which the first administrator sets a password; it works once, for a day."""
    places = places_of(data_dir)
    endpoints = Endpoints.load(places)
    url = os.environ.get("MINGCHU_PUBLIC_URL") or (endpoints and (endpoints.public_url or endpoints.console_url))
    with store_of(places) as store:
        link = first_link(store, url or "http://127.0.0.1:8080")
    if link is None:
        raise Conflict("there are users already; an administrator can add more, or `mingchu user add`")
    click.echo(link)


@user_group.command("list")
@data_option
def user_list(data_dir: Path | None) -> None:
    """List users with role and scope, and mark the disabled ones."""
    with store_of(places_of(data_dir)) as store, store.read() as r:
        for user in access.users(r):
            scope = user.region_prefix or user.entity_id or "all"
            ended = f"  disabled {user.disabled_at:%Y-%m-%d %H:%M}" if user.disabled_at else ""
            click.echo(f"{user.login:24} {user.role:10} {user.tenant_id}/{scope}{ended}")


@user_group.command("password")
@data_option
@click.argument("login")
def user_password(data_dir: Path | None, login: str) -> None:
    """Set a new password, print it once, and end the user's sessions."""
    password = secrets.token_urlsafe(12)
    with writing(places_of(data_dir)) as w:
        access.set_password(w, login=login, password_hash=hash_password(password))
    click.echo(f"login     {login}")
    click.echo(f"password  {password}")


@user_group.command("disable")
@data_option
@click.argument("login")
def user_disable(data_dir: Path | None, login: str) -> None:
    """Disable a user's login and end the user's sessions at once."""
    with writing(places_of(data_dir)) as w:
        access.disable_user(w, login=login, at=SystemClock().now())
    click.echo(f"{login} can't log in any more")


@user_group.command("enable")
@data_option
@click.argument("login")
def user_enable(data_dir: Path | None, login: str) -> None:
    """Let a disabled user log in again."""
    with writing(places_of(data_dir)) as w:
        access.enable_user(w, login=login)
    click.echo(f"{login} can log in again")


@user_group.command("sessions")
@data_option
@click.argument("login")
@click.option("--end", is_flag=True, help="Log the user out everywhere.")
def user_sessions(data_dir: Path | None, login: str, *, end: bool) -> None:
    """Show where a user is logged in; with --end, log the user out everywhere."""
    with writing(places_of(data_dir)) as w:
        for session in access.sessions_of(w, login=login, at=SystemClock().now()):
            click.echo(f"since {session.created_at:%Y-%m-%d %H:%M} UTC from {session.address or 'unknown'}")
        ended = access.end_sessions_of(w, login=login) if end else 0
    if end:
        click.echo(f"{ended} sessions ended")


@click.group("key")
def key_group() -> None:
    """Manage API keys for machines."""


@key_group.command("add")
@data_option
@click.option("--name", required=True)
@click.option("--role", type=choices(Role), required=True)
@click.option("--tenant", required=True)
@click.option("--region", default=None)
@click.option("--entity", "entity_id", type=click.UUID, default=None)
@click.option("--group", "group_id", type=click.UUID, default=None, help="Access group that narrows it.")
@click.option("--days", default=KEY_DAYS, show_default=True)
def key_add(
    data_dir: Path | None,
    name: str,
    role: str,
    tenant: str,
    region: str | None,
    entity_id: UUID | None,
    group_id: UUID | None,
    days: int,
) -> None:
    """Create an API key and print it, once."""
    prefix, digest, shown = make_api_key()
    key = ApiKey(
        prefix=prefix,
        secret_sha256=digest,
        name=name,
        role=Role(role),
        tenant_id=tenant,
        region_prefix=region,
        entity_id=entity_id,
        expires_at=SystemClock().now() + timedelta(days=days),
        revoked_at=None,
        group_id=group_id,
    )
    with writing(places_of(data_dir)) as w:
        if group_id is not None:
            require_fitting(w, rights_of(key))
        access.add_key(w, key)
    click.echo(shown)


@key_group.command("revoke")
@data_option
@click.argument("prefix")
def key_revoke(data_dir: Path | None, prefix: str) -> None:
    """Revoke an API key."""
    with writing(places_of(data_dir)) as w:
        access.revoke_key(w, prefix=prefix, at=SystemClock().now())
    click.echo(f"key {prefix} is revoked")


COMMANDS = (user_group, key_group)
