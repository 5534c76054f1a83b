"""`mingchu model` and `mingchu replay`: what the detector and the rules are worth."""

from dataclasses import asdict
from pathlib import Path

import click

from models.jsonio import dumps
from models.terms import Zone


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


@click.command("replay")
@click.argument("clip", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--rules",
    "paths",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rules files to compare; none = the shipped rules.",
)
@click.option("--zone", type=click.Choice([zone.value for zone in Zone]), default="cooking", show_default=True)
@click.option("--fps", default=1.0, show_default=True, help="Frames judged per second of the clip.")
@click.option("--closed", is_flag=True, help="Judge as in closing hours (rodents).")
def replay_command(clip: Path, paths: tuple[Path, ...], zone: str, fps: float, *, closed: bool) -> None:
    """Show which violations a clip (video or folder of pictures) gives under each rules file."""
    from vision.detector import Detector  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - the same
    from vision.replay import replay  # noqa: PLC0415 - the same
    from vision.rules import default_rules, load_rules  # noqa: PLC0415 - the same
    from vision.weights_catalogue import shipped  # noqa: PLC0415 - the same

    entry = shipped()
    rule_sets = [load_rules(path) for path in paths] or [default_rules()]
    results = replay(clip, Detector(entry, OpenVinoEngine(entry)), rule_sets, zone=Zone(zone), fps=fps, closed=closed)
    for rules, found in zip(rule_sets, results, strict=True):
        click.echo(f"rules {rules.version}: {len(found)} violations")
        for v in found:
            ended = "to the end" if v.ended_s is None else f"to {v.ended_s:.1f} s"
            when = f"from {v.started_s:.1f} s {ended}, opened at {v.opened_s:.1f} s"
            click.echo(f"  {v.rule:16} {when}, score {v.score:.2f}")


COMMANDS = (model_group, replay_command)
