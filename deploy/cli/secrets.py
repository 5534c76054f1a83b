"""`mingchu secrets`: the keys that encrypt secrets in the database."""

import os
from pathlib import Path

import click

from deploy.cli.options import data_option, places_of
from deploy.cli.registry import store_of
from deploy.places import Places
from deploy.secret_keys import box_of
from models.base.errors import Invalid
from models.base.sealed import FILE, KEYS, SecretBox, add_key, keys_of, make_keys
from models.store import secrets as stored


@click.group("secrets")
def secrets_group() -> None:
    """Manage the keys that encrypt the secrets in the database."""


@secrets_group.command("status")
@data_option
def status(data_dir: Path | None) -> None:
    """Count the secrets in the database: encrypted with the first key, with an older one, and not encrypted."""
    places = places_of(data_dir)
    with store_of(places) as store, store.read() as r:
        found = stored.count(r, _box(places))
    click.echo(f"encrypted with the first key   {found.current}")
    click.echo(f"encrypted with an older key    {found.older}")
    click.echo(f"not encrypted                  {found.plain}")
    click.echo(f"no key decrypts it             {found.lost}")
    if found.lost:
        raise SystemExit(1)


@secrets_group.command("rotate")
@data_option
def rotate(data_dir: Path | None) -> None:
    """Make a new key and encrypt every secret with it. Running roles take it up by themselves.

    The key before stays in the file, for what is being stored meanwhile; the next rotation drops it.
    """
    places = places_of(data_dir)
    if os.environ.get(KEYS):
        raise Invalid(f"{KEYS} holds the keys: put a new one first, restart the roles, then `mingchu secrets renew`")
    path = Path(os.environ.get(FILE) or places.secret_key)
    if path.exists():
        add_key(path)
    else:
        make_keys(path)
    _renew(places, SecretBox(keys_of({FILE: str(path)})))


@secrets_group.command("renew")
@data_option
def renew(data_dir: Path | None) -> None:
    """Encrypt every secret with the first key."""
    places = places_of(data_dir)
    _renew(places, _box(places))


def _renew(places: Places, box: SecretBox) -> None:
    with store_of(places) as store, store.write() as w:
        click.echo(f"{stored.renew(w, box)} secrets encrypted anew")


def _box(places: Places) -> SecretBox:
    box = box_of(places)
    if not box.locked:
        raise Invalid(f"no keys: start `mingchu up` once, or set {FILE}")
    return box


COMMANDS = (secrets_group,)
