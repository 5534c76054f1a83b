"""`mingchu calendar`: show which days count for deadlines, and import the yearly notice."""

from datetime import UTC, datetime
from pathlib import Path

import click

from alerts.deadlines.notice import read_notice
from alerts.hazards.deadlines import calendar_at, import_notice
from deploy.cli.options import data_option, places_of
from deploy.cli.registry import OPERATOR, store_of, writing
from models.base.clock import SystemClock
from models.base.errors import NotFound
from models.base.jsonio import dumps
from models.base.textio import read_text
from models.catalogue.terms import label
from models.domain.calendars import Year


@click.group("calendar")
def calendar_group() -> None:
    """Manage working calendars (工作日历): holidays and make-up days that shift deadlines."""


@calendar_group.command("show")
@data_option
@click.option("--tenant", required=True)
@click.option("--region", default="", help="Region code; empty: the whole tenant.")
@click.option("--year", type=click.IntRange(2020, 2100), default=None, help="Default: this year.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def calendar_show(data_dir: Path | None, tenant: str, region: str, year: int | None, *, as_json: bool) -> None:
    """Show the days off and make-up days of a year."""
    now = datetime.now(UTC)
    with store_of(places_of(data_dir)) as store, store.read() as r:
        years = calendar_at(r, tenant_id=tenant, region_code=region, at=now).years
    found = years.get(year or now.year)
    if found is None:
        raise NotFound(f"no calendar for {year}; stored years: {', '.join(map(str, sorted(years)))}")
    _print(found, as_json=as_json)


@calendar_group.command("import")
@data_option
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", required=True)
@click.option("--region", default="", help="Region code prefix that the notice applies to; empty: the whole tenant.")
@click.option("--source", default="", help="Where the notice was published; stored with the year.")
@click.option("--dry-run", is_flag=True, help="Show the days that the notice names, and store nothing.")
def calendar_import(data_dir: Path | None, path: Path, tenant: str, region: str, source: str, *, dry_run: bool) -> None:
    """Import the yearly notice of the State Council from a text file, as it was published.

    Open deadlines that the notice affects move later within a minute, never earlier; each move makes an event.
    """
    text = read_text(path)
    if dry_run:
        _print(read_notice(text, source=source), as_json=False)
        return
    with writing(places_of(data_dir)) as w:
        year = import_notice(
            w, text, tenant_id=tenant, jurisdiction=region, source=source, by=OPERATOR, at=SystemClock().now()
        )
    click.echo(f"{year.number} imported: {len(year.days_off)} days off, {len(year.make_up_days)} make-up days")


def _print(year: Year, *, as_json: bool) -> None:
    off, made_up = sorted(year.days_off), sorted(year.make_up_days)
    if as_json:
        shown = {"year": year.number, "status": year.status, "source": year.source}
        days = {"days_off": [str(day) for day in off], "make_up_days": [str(day) for day in made_up]}
        click.echo(dumps({**shown, **days}))
        return
    click.echo(f"{year.number}  {year.status} ({label(year.status)})  {year.source}")
    click.echo("days off      " + ", ".join(f"{day:%m-%d}" for day in off))
    click.echo("make-up days  " + ", ".join(f"{day:%m-%d}" for day in made_up))


COMMANDS = (calendar_group,)
