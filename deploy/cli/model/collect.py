"""`mingchu model collect`: write what people judged as labelled pictures."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from deploy.cli.model.group import model_group
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.base.jsonio import dumps
from models.base.settings import PlatformSettings
from models.evidence.opening import open_evidence
from models.store import Store

DAYS = 90


@model_group.command("collect")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--by", required=True, help="Who collects; each file is logged as exported by them.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"Verdicts from this day on, Asia/Shanghai; default: the last {DAYS} days.",
)
@click.option("--code", help="Only this code, for example no_mask.")
@click.option("--device", "device_id", help="Only this camera.")
@click.option("--limit", type=click.IntRange(1, 20_000), default=1_000, show_default=True, help="New pictures at most.")
@click.option("--originals", is_flag=True, help="Pictures as they were stored, with faces; default: with hidden faces.")
@click.option("--json", "as_json", is_flag=True)
def collect_command(
    out: Path,
    by: str,
    since: datetime | None,
    code: str | None,
    device_id: str | None,
    limit: int,
    *,
    originals: bool,
    as_json: bool,
) -> None:
    """Write judged violations to the folder OUT: pictures, label files by class, and manifest.jsonl.

    Boxes of confirmed ones become labels; rejected ones are negatives. Pictures have hidden faces unless you pass
    --originals. Run it again to add what is new, and what waits for its copy. Then run, for each class:
    mingchu model prepare --own OUT/CLASS PREPARED
    """
    from alerts.precision.collecting import Wish, collect  # noqa: PLC0415 - a command loads only what it needs
    from vision.training.classes import CLASSES  # noqa: PLC0415 - for this command only

    settings, at = PlatformSettings.read(), datetime.now(UTC)
    try:
        begin = at - timedelta(days=DAYS) if since is None else since.replace(tzinfo=SHANGHAI).astimezone(UTC)
    except OverflowError:
        raise Invalid("--since: expected a day after 0001-01-01") from None
    wish = Wish(by=by, since=begin, code=code, device_id=device_id, originals=originals, limit=limit)
    files = open_evidence(settings)
    with Store(settings.direct_url) as store:
        report = collect(store, files, out, wish, classes=CLASSES, at=at)
    if as_json:
        click.echo(dumps(asdict(report)))
        return
    click.echo(f"{out}: {report.pictures} pictures; {report.new} violations new, {report.changed} judged anew")
    for count, said in (
        (report.waiting, "wait for a copy with hidden faces, which `mingchu vision` makes; run this again in minutes"),
        (report.gone, "left out: their picture was deleted or can't be read"),
        (report.unlabelled, "left out: no box of a class that the detector has"),
    ):
        if count:
            click.echo(f"{count} {said}")
    if report.more:
        click.echo("there are more: run this again; if the folder holds 50,000 violations, with another folder")
