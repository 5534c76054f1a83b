"""`mingchu bench`: figures of this machine, as ratios against a named peer in the same run."""

import click


@click.group("bench")
def bench_group() -> None:
    """Measure this machine."""


COMMANDS = (bench_group,)
