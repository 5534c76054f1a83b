"""`mingchu model`: what the detector is worth, and how it is made."""

from dataclasses import asdict
from pathlib import Path

import click

from models.jsonio import dumps


@click.group("model")
def model_group() -> None:
    """The trained detector."""


@model_group.command("evaluate")
@click.option("--weights", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Default: the shipped.")
@click.option("--data", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--split", default=None, help="Only this split of sources.csv, for example test.")
@click.option("--json", "as_json", is_flag=True)
def evaluate_command(weights: Path | None, folder: Path, split: str | None, *, as_json: bool) -> None:
    """Quality by class on a folder of labelled pictures (images/, labels/, classes.txt); needs no torch."""
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation import evaluate  # noqa: PLC0415 - the same
    from vision.weights_catalogue import load, shipped  # noqa: PLC0415 - the same

    entry = shipped() if weights is None else load(weights)
    figures = evaluate(entry, OpenVinoEngine(entry), folder, split=split)
    if as_json:
        click.echo(dumps({"classes": {name: asdict(found) for name, found in figures.items()}}))
        return
    click.echo(f"{entry.name} {entry.version} on {folder.name}")
    click.echo(f"{'class':22}{'AP50':>8}{'AP50-95':>9}{'prec.':>8}{'recall':>8}{'boxes':>8}{'images':>8}")
    for name, f in figures.items():
        precision = "–" if f.precision is None else f"{f.precision:.3f}"
        click.echo(f"{name:22}{f.ap50:8.3f}{f.ap50_95:9.3f}{precision:>8}{f.recall:8.3f}{f.boxes:8}{f.images:8}")


COMMANDS = (model_group,)
