"""`mingchu simulate-duties`: a synthetic province of duties in an empty database."""

import os
from datetime import UTC, datetime

import click

from deploy.bench.duties import generate
from models.base.errors import Invalid
from models.store import migrate


@click.command("simulate-duties")
@click.option("--entities", default=126_000, show_default=True, type=click.IntRange(1, 1_000_000), help="Enterprises.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 730), help="Days of history of each.")
def simulate_duties_command(entities: int, days: int) -> None:
    """Fill an empty database with enterprises, cadres and a history of duties, to try boards and reports at size.

    MINGCHU_DATABASE_URL names the database, which may have no enterprise. A year of 126,000 enterprises has 46 million
    day records: some 25 GB.
    """
    url = os.environ.get("MINGCHU_DATABASE_URL")
    if not url:
        raise Invalid("MINGCHU_DATABASE_URL: expected an empty PostgreSQL database; never the one of your platform")
    migrate(url)
    generate(url, entities=entities, days=days, at=datetime.now(UTC))
    click.echo(f"{entities} enterprises with {days} days of history")


COMMANDS = (simulate_duties_command,)
