"""`mingchu model evaluate`, `sequences` and `mistakes`: measure the quality of the detector."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from deploy.cli.model.group import File, Folder, model_group, print_classes
from deploy.cli.options import engine_option, weights_option
from models.base.errors import Invalid
from models.base.jsonio import dumps
from models.catalogue.weights import PRECISIONS, EngineName, ModelEntry, Precision


@model_group.command("evaluate")
@weights_option
@click.option("--data", "folder", type=Folder, required=True, help="Labelled folder, or a folder of such folders.")
@click.option("--split", default=None, help="Only this split of sources.csv, for example test.")
@click.option(
    "--detail", is_flag=True, help="Also show figures by size, light and film, and the calibration of scores."
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    help="Write a picture of the worst mistakes to this file. Do not publish it.",
)
@click.option("--curve", type=click.Path(path_type=Path), help="Write a picture of the reliability curve to this file.")
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    help="Precision that OpenVINO computes with; default: its choice (bf16 where the CPU has it). The service's choice "
    "on this machine is in its log; the card has the figures in int8.",
)
@click.option(
    "--against",
    help="Other weights, a folder or a shipped name such as kitchen-n: also tell which classes these find better or "
    "worse on the same pictures, and which differ by chance.",
)
@click.option("--second-look", is_flag=True, help="Also look at a crop of every detection, as rules do.")
@click.option(
    "--rounds/--no-rounds",
    default=True,
    show_default=True,
    help="Whether the network of the rounds answers for the classes that are left to it, as in operation.",
)
@engine_option
@click.option("--json", "as_json", is_flag=True)
def evaluate_command(
    weights: Path | None,
    folder: Path,
    split: str | None,
    sheet: Path | None,
    curve: Path | None,
    precision: Precision | None,
    engine: EngineName,
    against: str | None,
    *,
    detail: bool,
    second_look: bool,
    rounds: bool,
    as_json: bool,
) -> None:
    """Measure quality by class on a folder of labelled pictures (images/, labels/, classes.txt). Needs no torch.

    With --engine ultralytics and weights from `mingchu model gpu`, measures the results of the GPU.
    """
    from vision import evaluation  # noqa: PLC0415 - heavy, for this command only
    from vision.closeups.opening import open_shipped  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.opening import open_named  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation import compared, sheets  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation import detail as details  # noqa: PLC0415 - heavy, for this command only
    from vision.rounds.opening import open_rounds  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import load, named, shipped  # noqa: PLC0415 - heavy, for this command only

    for path in filter(None, (sheet, curve)):
        sheets.writable(path)
    entry = shipped() if weights is None else load(weights)
    other = None if against is None else named(against)
    left_out = set(evaluation.folders_of(folder)) - set(evaluation.folders_of(folder, split=split))
    if left_out:
        names = ", ".join(sorted(path.name for path in left_out))
        click.echo(f"skipped, because they have no split {split!r}: {names}", err=True)
    closeups = open_shipped() if second_look else None

    def records_of(entry: ModelEntry) -> evaluation.Records:
        opened, on_rounds = open_named(engine, entry, precision=precision), open_rounds(entry) if rounds else None
        return evaluation.evaluate(entry, opened, folder, split=split, closeups=closeups, rounds=on_rounds)

    records = records_of(entry)
    found = {name: asdict(figures) for name, figures in records.figures().items()}
    more = details.as_json(records) if detail else {}
    if other is not None:
        differences = compared.compared(records, records_of(other))
        more["against"] = {
            "weights": f"{other.name} {other.version}",
            "classes": {name: difference.as_json() for name, difference in differences.items()},
        }
    if as_json:
        click.echo(dumps({"classes": found, **more}))
    else:
        click.echo(f"{entry.name} {entry.version} on {folder.name}")
        print_classes(found)
        _print_details(more)
    if sheet is not None:  # last, so that a full disk does not lose the figures
        sheets.contact_sheet(details.mistakes(records, most=12), sheet)
    if curve is not None:
        sheets.reliability_curve(details.reliability(records), curve)


def _print_details(more: Mapping[str, Any]) -> None:
    for key in ("by_size", "by_light", "by_film"):
        for name, parts in more.get(key, {}).items():
            for part, f in parts.items():
                line = f"AP50 {f['ap50']:.3f}  found at any score {f['recall_at_any_score']:.3f}  {f['boxes']} boxes"
                click.echo(f"{key[3:]:6}{name:22}{part:28}{line}")
    if "reliability" in more:
        click.echo(f"expected calibration error {more['reliability']['error']:.3f}")
        for b in more["reliability"]["bins"]:
            click.echo(f"  score {b['score']:.2f}: {b['precision']:.2f} right of {b['count']}")
    if "against" in more:
        click.echo(f"AP50 against {more['against']['weights']}; the interval holds 95 % of draws of films")
        click.echo(f"{'class':22}{'other':>8}{'diff.':>8}  {'interval':18}{'verdict':8}films")
        for name, d in more["against"]["classes"].items():
            between = "–" if d["low"] is None else f"{d['low']:+.3f} to {d['high']:+.3f}"
            figures = f"{name:22}{d['other']:8.3f}{d['difference']:+8.3f}"
            click.echo(f"{figures}  {between:18}{d['verdict']:8}{d['films']}")


@model_group.command("sequences")
@weights_option
@click.option("--rules", type=File, help="Your rules file; default: the shipped rules.")
@click.option(
    "--cameras",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Number of cameras for each situation; bins and compliant kitchens take long.",
)
@click.option("--code", "codes", multiple=True, help="Only these situations; default: all, and compliant kitchens.")
@click.option(
    "--second-look/--no-second-look",
    "second_look",
    default=True,
    show_default=True,
    help="Whether rules take the second look that they ask for.",
)
@click.option("--footage", multiple=True, type=Folder, help="Stills of real kitchens with labels (0 covered, 1 bare).")
@click.option("--json", "as_json", is_flag=True)
def sequences_command(
    weights: Path | None,
    rules: Path | None,
    cameras: int,
    codes: tuple[str, ...],
    footage: tuple[Path, ...],
    *,
    second_look: bool,
    as_json: bool,
) -> None:
    """Measure situations found, false alarms per camera-hour and seconds to alert, beside an alarm on every frame."""
    from vision.closeups.opening import open_closeups  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation import sequences  # noqa: PLC0415 - heavy, for this command only
    from vision.judging.rules import default_rules, load_rules  # noqa: PLC0415 - heavy, for this command only
    from vision.rounds.opening import open_looked_over  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - heavy, for this command only

    entry = shipped() if weights is None else load(weights)
    chosen = codes or sequences.PLAYED
    unknown = set(chosen) - {*sequences.PLAYED}
    if unknown:
        raise Invalid(f"--code {min(unknown)}: expected one of {', '.join(sequences.PLAYED)}")
    judging = default_rules() if rules is None else load_rules(rules, classes=entry.classes)
    detector = open_looked_over(entry, OpenVinoEngine(entry), judging)
    closeups = open_closeups(judging) if second_look else None
    # Play the user's footage first, because its labels may be wrong and the drawn sequences take minutes.
    stills = {
        f"stills {path.name}": sequences.judge_stills(detector, judging, path, closeups=closeups).as_json()
        for path in footage
    }
    told: dict[str, dict[str, Any]] = {}
    with click.progressbar(chosen, label="sequences", file=sys.stderr) as bar:
        for code in bar:
            seeds = sequences.seeds_of(code, cameras)
            told[code] = sequences.judge_sequences(
                detector, judging, code=code, seeds=seeds, closeups=closeups
            ).as_json()
    told |= stills
    if as_json:
        click.echo(dumps({"sequences": told, "rules": judging.version, "cameras": cameras}))
        return
    click.echo(
        f"{'situation':24}{'found':>8}{'seconds':>9}{'false/h':>9}{'naive found':>13}{'naive false/h':>15}  false codes"
    )
    for code, f in told.items():
        share, naive = f"{f['found']}/{f['situations']}", f"{f['naive_found']}/{f['situations']}"
        wait = "–" if f["seconds"] is None else f"{f['seconds']:.1f}"
        click.echo(
            f"{code:24}{share:>8}{wait:>9}{f['false_per_hour']:9.1f}{naive:>13}{f['naive_false_per_hour']:15.1f}"
            f"  {', '.join(f'{name} {count}' for name, count in f['false_codes'].items())}".rstrip()
        )


@model_group.command("mistakes")
@weights_option
@click.option("--cameras", type=click.IntRange(1), default=20, show_default=True, help="Drawn cameras of each kind.")
@click.option("--kind", "kinds", multiple=True, help="Only these kinds; default: all, and kitchens without any.")
@click.option("--json", "as_json", is_flag=True)
def mistakes_command(weights: Path | None, cameras: int, kinds: tuple[str, ...], *, as_json: bool) -> None:
    """Measure false heads on drawn pots, signs and hooks, and hats or bald heads that are called the opposite."""
    from ingest.simulator.kitchen.variety import Kind  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.detector import Detector  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation.mistakes import NONE, about, judge_kind  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - heavy, for this command only

    known = (NONE, *Kind)
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise Invalid(f"--kind {unknown[0]}: expected one of {', '.join(known)}")
    entry = shipped() if weights is None else load(weights)
    detector = Detector(entry, OpenVinoEngine(entry))
    told: dict[str, dict[str, Any]] = {}
    with click.progressbar(kinds or known, label="kinds", file=sys.stderr) as bar:
        for kind in bar:
            told[kind] = judge_kind(detector, None if kind == NONE else Kind(kind), cameras=cameras).as_json()
    if as_json:
        click.echo(dumps({"mistakes": told}))
        return
    click.echo(f"{'kind':16}{'pictures':>9}{'heads':>7}{'right':>7}{'opposite':>10}{'false heads':>13}  about")
    for kind, f in told.items():
        figures = f"{f['pictures']:9}{f['heads']:7}{f['right']:7}{f['wrong']:10}{f['false']:13}"
        click.echo(f"{kind:16}{figures}  {about(None if kind == NONE else Kind(kind))}")


@model_group.command("assembled")
@weights_option
@click.option("--data", type=Folder, required=True, help="Folder that holds cigarette_wide and phone_in_hand.")
@click.option(
    "--footage", type=Folder, required=True, help="Stills (x.jpg) of a real kitchen where nobody does either."
)
@click.option("--side", "sides", multiple=True, type=click.IntRange(40), default=(240, 480), show_default=True)
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="Most pictures of a code.")
@click.option("--json", "as_json", is_flag=True)
def assembled_command(
    weights: Path | None, data: Path, footage: Path, sides: tuple[int, ...], most: int, *, as_json: bool
) -> None:
    """Measure smoking and phones pasted into real footage, with and without the second look."""
    from vision.closeups.opening import open_closeups  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation import assembled  # noqa: PLC0415 - heavy, for this command only
    from vision.judging.rules import default_rules  # noqa: PLC0415 - heavy, for this command only
    from vision.pictures.decode import MAX_SIDE, read_picture  # noqa: PLC0415 - heavy, for this command only
    from vision.rounds.opening import open_looked_over  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - heavy, for this command only

    entry, rules = shipped() if weights is None else load(weights), default_rules()
    stills = [read_picture(path, long_side=MAX_SIDE) for path in sorted(footage.glob("*.jpg"))]
    closeups = open_closeups(rules)
    if not stills or closeups is None:
        raise Invalid(f"{footage}: expected stills x.jpg")
    detector = open_looked_over(entry, OpenVinoEngine(entry), rules)
    calm = assembled.play_calm(detector, rules, stills, closeups)
    told: dict[str, dict[str, Any]] = {}
    for code, (folder, label) in assembled.SOURCES.items():
        pictures = assembled.pictures_of(data / folder, label, classes=entry.classes, most=most)
        for side in sides:
            plain, looked = assembled.judge_assembled(
                detector,
                rules,
                code=code,
                pictures=pictures,
                stills=stills,
                calm=calm,
                side=side,
                closeups=closeups,
            )
            told |= {f"{code} {side} px": plain.as_json(), f"{code} {side} px, second look": looked.as_json()}
            click.echo(f"{code} {side} px: {plain.found}, {looked.found} of {plain.situations}", err=True)
    if as_json:
        click.echo(dumps({"assembled": told}))
        return
    click.echo(f"{'situation':32}{'found':>9}{'false':>7}{'hours':>7}")
    for key, f in told.items():
        click.echo(f"{key:32}{str(f['found']) + '/' + str(f['situations']):>9}{f['false']:7}{f['hours']:7.2f}")
