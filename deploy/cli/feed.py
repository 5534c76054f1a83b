"""What an operator may have to do about the event feed."""

from pathlib import Path

import click

from deploy.cli.options import data_option, places_of
from deploy.places import database_url_of
from models.base.errors import StoreUnavailable
from models.store import feed
from models.store.connect import write_once


@click.group("feed")
def feed_group() -> None:
    """The event feed that supervision platforms pull."""


@feed_group.command("restored")
@data_option
def feed_restored(data_dir: Path | None) -> None:
    """Say that the database was put back to an earlier state by copying its files.

    Restoring a dump or a base backup is noticed without this. The feed numbers on far above everything it can have
    given out, and answers 410 with the address of a snapshot to cursors of what is lost.
    """
    url = database_url_of(places_of(data_dir))
    if url is None:
        raise StoreUnavailable("no stack has run on this data folder yet; start `mingchu up` first")
    with write_once(url) as w:
        began = feed.new_life(w)
    click.echo(f"the feed goes on at {began}; platforms behind what is lost are told to start from a snapshot")


COMMANDS = (feed_group,)
