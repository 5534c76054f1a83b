"""`mingchu feed`: operator's commands for the event feed."""

from pathlib import Path

import click

from deploy.cli.options import data_option, places_of
from deploy.places import database_url_of
from models.base.errors import StoreUnavailable
from models.store import feed
from models.store.connect import write_once


@click.group("feed")
def feed_group() -> None:
    """Manage the event feed that supervision platforms pull."""


@feed_group.command("restored")
@data_option
def feed_restored(data_dir: Path | None) -> None:
    """Announce that you put the database back to an earlier state by copying its files.

    The platform notices a restored dump or base backup by itself. The feed continues with numbers far above any that it
    can have returned, and answers 410 with the address of a snapshot to cursors into the lost part.
    """
    url = database_url_of(places_of(data_dir))
    if url is None:
        raise StoreUnavailable("no stack has run on this data folder yet; start `mingchu up` first")
    with write_once(url) as w:
        began = feed.new_life(w)
    click.echo(f"the feed continues at {began}; platforms with a cursor into the lost part must start from a snapshot")


COMMANDS = (feed_group,)
