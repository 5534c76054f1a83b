"""`mingchu model hours`: false alarms in hours of correct dress."""

import sys
from pathlib import Path
from typing import Any

import click

from deploy.cli.model.group import File, Folder, model_group
from deploy.cli.options import weights_option
from models.base.errors import Invalid
from models.base.jsonio import dumps
from models.catalogue.terms import Zone


@model_group.command("hours")
@weights_option
@click.option("--rules", type=File, help="Your rules file; default: the shipped rules.")
@click.option(
    "--data",
    "folders",
    multiple=True,
    type=Folder,
    help="Data folder: the pictures of its compliant.txt, else those whose labels have covered heads and no bare one.",
)
@click.option("--footage", multiple=True, type=Folder, help="Stills of a real kitchen with labels (0 covered, 1 bare).")
@click.option("--split", "splits", multiple=True, help="Of data folders only these splits; default: all.")
@click.option(
    "--most", type=click.IntRange(1), default=2000, show_default=True, help="Most stills of one film, evenly spaced."
)
@click.option("--minutes", type=click.IntRange(1, 240), default=60, show_default=True, help="How long a still is held.")
@click.option("--fps", type=click.FloatRange(0.1, 5), default=1.0, show_default=True, help="Frames a second.")
@click.option(
    "--pictures", type=click.IntRange(2, 300), default=20, show_default=True, help="Different pictures of a still."
)
@click.option("--zone", type=click.Choice(list(Zone)), default=Zone.cooking, show_default=True)
@click.option("--gate/--no-gate", "gated", default=True, show_default=True, help="Whether the motion gate is asked.")
@click.option(
    "--second-look/--no-second-look",
    "second_look",
    default=True,
    show_default=True,
    help="Whether rules take the second look that they ask for.",
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def hours_command(
    weights: Path | None,
    rules: Path | None,
    folders: tuple[Path, ...],
    footage: tuple[Path, ...],
    splits: tuple[str, ...],
    most: int,
    minutes: int,
    *,
    second_look: bool,
    as_json: bool,
    **course: Any,  # noqa: ANN401 - fields of `Course`, as the options above name them
) -> None:
    """Play frames of correct dress as hours of a camera, by the product's rules; count what is raised, all of it false.

    A frame is held still: it sways, flickers and is noisy as a fixed camera's, and nobody walks in it.
    """
    from vision.closeups.opening import open_closeups  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation import hours  # noqa: PLC0415 - heavy, for this command only
    from vision.judging.rules import default_rules, load_rules  # noqa: PLC0415 - heavy, for this command only
    from vision.rounds.opening import open_looked_over  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - heavy, for this command only

    if not folders and not footage:
        raise click.UsageError("pass --data or --footage")
    stills = [still for folder in folders for still in hours.compliant_in(folder)]
    left_out = set(splits) - {still.split for still in stills}
    if left_out:
        there = ", ".join(sorted({still.split for still in stills})) or "none, for lack of --data"
        raise Invalid(f"--split {min(left_out)}: expected one of the data's splits: {there}")
    stills = [still for still in stills if not splits or still.split in splits]
    stills += [still for folder in footage for still in hours.footage_in(folder)]
    stills = hours.thinned(stills, most=most)
    entry = shipped() if weights is None else load(weights)
    judging = default_rules() if rules is None else load_rules(rules, classes=entry.classes)
    detector = open_looked_over(entry, OpenVinoEngine(entry), judging)
    closeups = open_closeups(judging) if second_look else None
    played = hours.Course(seconds=60 * minutes, **{**course, "zone": Zone(course["zone"])})
    with click.progressbar(stills, label="hours", file=sys.stderr) as bar:
        rows = hours.as_rows([hours.play(detector, judging, still, played, closeups=closeups) for still in bar])
    told = {"rules": judging.version, "second_look": second_look, **course, "minutes": minutes, "rows": rows}
    if as_json:
        click.echo(dumps({"hours": told}))
        return
    click.echo(
        f"{'folder':20}{'split':10}{'camera':10}{'stills':>7}{'hours':>7}{'false':>7}{'a day':>8}  codes, stills"
    )
    for row in rows:
        false = sum(row["false"].values())
        named = ", ".join(f"{code} {count}" for code, count in row["false"].items())
        stems = ", ".join(row["raised_by"])
        click.echo(
            f"{row['folder']:20}{row['split']:10}{row['kind']:10}{row['stills']:7}{row['hours']:7.1f}{false:7}"
            f"{hours.per_day(false, row['hours']):8.2f}  {f'{named}: {stems}' if named else ''}".rstrip()
        )
