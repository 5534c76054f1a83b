"""`mingchu partitions`: into how many shares the intake of messages is divided."""

from pathlib import Path

import click

from deploy.cli.options import data_option, places_of
from deploy.cli.registry import store_of
from ingest.partitions import KIND, MOST, keys_of
from models.base.errors import Conflict
from models.store import leases


@click.command("partitions")
@data_option
@click.argument("count", type=click.IntRange(1, MOST), required=False)
def partitions_command(data_dir: Path | None, count: int | None) -> None:
    """Show the partitions of intake, or divide it into COUNT.

    As many processes `mingchu ingest --replica NAME` as there are partitions can share the work. Stop all of them
    before you change the number. What waits at the broker for the former partitions then is not taken in any more:
    nodes with a spool send it again.
    """
    with store_of(places_of(data_dir)) as store:
        if count is None:
            with store.read() as r:
                click.echo("\n".join(leases.shares(r, kind=KIND)))
            return
        with store.write() as w:
            if leases.living(w, kind=KIND):
                raise Conflict("intake is running; stop every `mingchu ingest` first, and wait some seconds")
            leases.replace_shares(w, kind=KIND, keys=list(map(str, keys_of(count))))
    click.echo(f"intake is divided into {count} partitions")


COMMANDS = (partitions_command,)
