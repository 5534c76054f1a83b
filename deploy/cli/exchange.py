"""`mingchu exchange`: the three national data sets (主体、干部、督导) as files, both ways."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from alerts.exchange.applying import apply
from alerts.exchange.comparing import compare
from alerts.exchange.listing import rows
from alerts.exchange.reading import digest_of, read_lines
from alerts.exchange.sets import FIELDS
from api.documents.tables import Column, TableFormat, blocks
from deploy.cli.options import data_option, places_of
from deploy.cli.registry import OPERATOR, choices, store_of
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.exchange_terms import DataSet, LineResult
from models.catalogue.terms import label
from models.domain.exchange import ExchangeReport, LineFinding
from models.store.exchange import Within

MOST_LINES = 200_000
BATCH = 1000
"""Lines that one transaction applies; a command that is broken off is run again and goes on."""

tenant_option = click.option("--tenant", required=True, help="Tenant id.")
region_option = click.option("--region", default="", help="Region code that the rows lie in; default: all.")
set_argument = click.argument("data_set", type=choices(DataSet))
file_argument = click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("exchange")
def exchange_group() -> None:
    """Exchange enterprises, cadres and visits (主体、干部、督导) as csv, xlsx or json."""


@exchange_group.command("export")
@data_option
@set_argument
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@tenant_option
@region_option
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Visits from this day on.")
def exchange_export(
    data_dir: Path | None, data_set: str, out: Path, tenant: str, region: str, since: datetime | None
) -> None:
    """Write a data set to OUT, whose ending names the format."""
    known = DataSet(data_set)
    ending = out.suffix.removeprefix(".").lower()
    if ending not in set(TableFormat):
        raise Invalid(f"{out}: expected a name that ends with {', '.join('.' + form for form in TableFormat)}")
    form = TableFormat(ending)
    columns = [Column(name=field.name, heading=field.heading) for field in FIELDS[known]]
    of = Within(tenant_id=tenant, within=region)
    day = None if since is None else since.date()
    with store_of(places_of(data_dir)) as store, out.open("wb") as file:
        found = rows(store.read, known, of=of, since=day, words=form is not TableFormat.json)
        for block in blocks(form, columns, found):
            file.write(block)
    click.echo(f"{out}: {out.stat().st_size} bytes")


@exchange_group.command("check")
@data_option
@set_argument
@file_argument
@tenant_option
@region_option
def exchange_check(data_dir: Path | None, data_set: str, path: Path, tenant: str, region: str) -> None:
    """Compare a file with the registry, and change nothing; exit with 1 if lines are unknown or invalid."""
    known, of = DataSet(data_set), Within(tenant_id=tenant, within=region)
    lines = read_lines(path, known, most=MOST_LINES)
    with store_of(places_of(data_dir)) as store, store.read() as r:
        report = compare(r, known, lines, of=of, file_sha256=digest_of(path), today=_today())
    for finding in report.findings:
        if finding.result is not LineResult.same:
            click.echo(_said(finding), err=finding.result in {LineResult.unknown, LineResult.invalid})
    if report.absent:
        click.echo(f"{report.absent} registered rows are not in the file: {', '.join(report.absent_keys)}", err=True)
    _sum({result: report.count(result) for result in LineResult})


@exchange_group.command("apply")
@data_option
@set_argument
@file_argument
@tenant_option
@region_option
@click.option("--reason", required=True, help="Where the file is from; stored in the log and in histories.")
def exchange_apply(data_dir: Path | None, data_set: str, path: Path, tenant: str, region: str, reason: str) -> None:
    """Apply a file: new and changed lines; nothing is deleted. Exit with 1 if lines are unknown or invalid."""
    known, of = DataSet(data_set), Within(tenant_id=tenant, within=region)
    lines = read_lines(path, known, most=MOST_LINES)
    sha256, counts = digest_of(path), dict.fromkeys(LineResult, 0)
    with store_of(places_of(data_dir)) as store:
        for start in range(0, len(lines), BATCH):
            with store.write() as w:
                report, _ = apply(
                    w,
                    known,
                    lines[start : start + BATCH],
                    of=of,
                    file_name=path.name,
                    file_sha256=sha256,
                    digest=None,
                    reason=reason,
                    by=OPERATOR,
                    at=datetime.now(UTC),
                )
            _told(report)
            counts = {result: counts[result] + report.count(result) for result in LineResult}
    _sum(counts)


def _told(report: ExchangeReport) -> None:
    for finding in report.findings:
        if finding.result in {LineResult.unknown, LineResult.invalid}:
            click.echo(_said(finding), err=True)


def _said(finding: LineFinding) -> str:
    what = [f"{one.name}: {one.was!r} → {one.now!r}" for one in finding.changes]
    what += [f"{one.name}: {one.found!r}, expected {one.expected}" for one in finding.faults]
    return f"line {finding.number}: {finding.result} {finding.key}: {'; '.join(what)}"


def _sum(counts: dict[LineResult, int]) -> None:
    click.echo(", ".join(f"{counts[result]} {result} ({label(result)})" for result in LineResult))
    if counts[LineResult.unknown] or counts[LineResult.invalid]:
        raise SystemExit(1)


def _today() -> date:
    return datetime.now(SHANGHAI).date()


COMMANDS = (exchange_group,)
