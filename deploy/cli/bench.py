"""`mingchu bench`: measure this machine and print ratios against a named peer of the same run."""

import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from deploy.bench.ingest import measure
from models.base.jsonio import dumps


@click.group("bench")
def bench_group() -> None:
    """Measure how fast this machine is."""


@bench_group.command("ingest")
@click.option("--messages", default=40_000, show_default=True, help="Number of readings; each message carries one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_ingest(messages: int, *, as_json: bool) -> None:
    """Measure readings stored per second, and the ratio to a bare paho consumer of the same messages."""
    show(asdict(measure(messages)), as_json=as_json)


@bench_group.command("deadlines")
@click.option("--closed", default=3_000_000, show_default=True, help="How many closed tasks lie beside the open ones.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_deadlines(closed: int, *, as_json: bool) -> None:
    """Seconds to raise 100 overdue tasks among 1,000, 10,000 and 300,000 open ones, and of a plain scan."""
    from deploy.bench import deadlines  # noqa: PLC0415 - for this command only

    show(asdict(deadlines.measure(closed=closed)), as_json=as_json)


@bench_group.command("duties")
@click.option("--days", default=60, show_default=True, help="Days of history of each enterprise.")
@click.option(
    "--entities", "sizes", multiple=True, type=click.IntRange(100, 1_000_000), help="Sizes; repeat the option."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_duties(days: int, sizes: tuple[int, ...], *, as_json: bool) -> None:
    """Seconds of a night's run over the duties of 1,000, 10,000 and 126,000 enterprises, and the time per due item."""
    from deploy.bench import duties  # noqa: PLC0415 - for this command only

    show(asdict(duties.measure(sizes=tuple(sorted(sizes)) or duties.SIZES, days=days)), as_json=as_json)


@bench_group.command("feed")
@click.option("--events", default=10_000_000, show_default=True, help="How many events the large feed has.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_feed(events: int, *, as_json: bool) -> None:
    """Milliseconds of a page of 100 events by scope, among 10,000 events and many; ratios to bare SQL."""
    from deploy.bench import feed  # noqa: PLC0415 - for this command only

    show(asdict(feed.measure(events=events)), as_json=as_json)


@bench_group.command("live")
@click.option(
    "--cameras", default=20, show_default=True, type=click.IntRange(2, 200), help="Cameras, a frame a second."
)
@click.option("--readings", "rate", default=200, show_default=True, type=click.IntRange(2), help="Readings a second.")
@click.option("--seconds", default=180.0, show_default=True, type=click.FloatRange(70), help="Length of the play.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_live(cameras: int, rate: int, seconds: float, *, as_json: bool) -> None:
    """Seconds from a reading or a deciding frame to its event at a platform that waits at the feed, under load."""
    from deploy.bench import live  # noqa: PLC0415 - for this command only

    show(asdict(live.measure(cameras=cameras, rate=rate, seconds=seconds)), as_json=as_json)


@bench_group.command("pages")
@click.option("--entities", default=126_000, show_default=True, type=click.IntRange(100), help="Enterprises.")
@click.option("--alerts", default=1_000_000, show_default=True, type=click.IntRange(1_000), help="Alerts of a year.")
@click.option("--only", default="", help="Measure the paths that contain this text.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_pages(entities: int, alerts: int, only: str, *, as_json: bool) -> None:
    """Milliseconds of every list of the API and every page of the console, by role, in a full province."""
    from deploy.bench import pages  # noqa: PLC0415 - for this command only

    show(asdict(pages.measure(entities=entities, alerts=alerts, only=only)), as_json=as_json)


@bench_group.command("province")
@click.option("--sites", default=126_000, show_default=True, type=click.IntRange(10), help="Registered kitchens.")
@click.option("--few", default=1_000, show_default=True, type=click.IntRange(1), help="Kitchens of the comparison.")
@click.option("--messages", default=40_000, show_default=True, help="Readings of each measurement.")
@click.option("--vision/--no-vision", default=True, help="Whether to measure the judge, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_province(sites: int, few: int, messages: int, *, vision: bool, as_json: bool) -> None:
    """Register a province and measure the roles: start, memory, changes, takeover, readings a second, cost by size."""
    from deploy.bench import province  # noqa: PLC0415 - for this command only

    show(asdict(province.measure(sites=sites, few=few, messages=messages, vision=vision)), as_json=as_json)


@bench_group.command("series")
@click.option(
    "--sensors", default=1_000, show_default=True, type=click.IntRange(5), help="Sensors, a reading a minute."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_series(sensors: int, *, as_json: bool) -> None:
    """Milliseconds to judge a sensor's series when it has a new reading, and the ratio to merely reading the series."""
    from deploy.bench import series  # noqa: PLC0415 - for this command only

    show(asdict(series.measure(sensors=sensors)), as_json=as_json)


@bench_group.command("writers")
@click.option("--events", default=1_000_000, show_default=True, type=click.IntRange(100), help="Events to be written.")
@click.option("--writers", default=8, show_default=True, type=click.IntRange(1, 64), help="Processes that write.")
@click.option("--seed", default=1, show_default=True, help="Seed of delays and kills.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_writers(events: int, writers: int, seed: int, *, as_json: bool) -> None:
    """Count what a reader that is killed again and again misses or has twice while many write the feed."""
    from deploy.bench import writers as bench  # noqa: PLC0415 - for this command only

    show(asdict(bench.measure(events=events, writers=writers, seed=seed)), as_json=as_json)


@bench_group.command("vision")
@click.option(
    "--data",
    "labelled",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Labelled pictures; compares AP50 with PyTorch's on them.",
)
@click.option("--split", default=None, help="Only this split of their sources.csv, for example test.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_vision(labelled: Path | None, split: str | None, *, as_json: bool) -> None:
    """Measure JPEGs detected per second, and the ratio to ultralytics' predict() on the same weights and frames."""
    from deploy.bench import vision  # noqa: PLC0415 - heavy, for this command only

    with redirect_stdout(sys.stderr):  # ultralytics prints export progress; keep it out of the figures
        figures = asdict(vision.measure(labelled, split=split))
    show(figures, as_json=as_json)


def show(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print figures as one JSON object or as lines."""
    if as_json:
        click.echo(dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:36} {value}")


COMMANDS = (bench_group,)
