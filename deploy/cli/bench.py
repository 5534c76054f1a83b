"""`mingchu bench`: figures of this machine, as ratios against a named peer in the same run."""

from dataclasses import asdict

import click

from deploy.bench.ingest import measure
from models.jsonio import dumps


@click.group("bench")
def bench_group() -> None:
    """Measure this machine."""


@bench_group.command("ingest")
@click.option("--messages", default=40_000, show_default=True, help="How many readings, one a message.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_ingest(messages: int, *, as_json: bool) -> None:
    """Readings stored per second, and the ratio to a bare paho consumer of the same messages."""
    figures = asdict(measure(messages))
    if as_json:
        click.echo(dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:24} {value}")


COMMANDS = (bench_group,)
