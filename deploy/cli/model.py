"""`mingchu model`: what the detector is worth, and how it is made."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from deploy.cli.options import weights_option
from models.catalogue import PRECISIONS, Precision
from models.errors import Invalid
from models.jsonio import dumps, loads

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
File = click.Path(exists=True, dir_okay=False, path_type=Path)
OF_THE_MACHINE = ("workers",)
"""What a run that is resumed may be given anew."""
NEEDS_TORCH = "this command needs torch and ultralytics; install them with: pip install 'mingchu[train]'"


@click.group("model")
def model_group() -> None:
    """The trained detector: judge it, or make another one."""


@model_group.command("evaluate")
@weights_option
@click.option("--data", "folder", type=Folder, required=True, help="Labelled folder, or a folder of such folders.")
@click.option("--split", default=None, help="Only this split of sources.csv, for example test.")
@click.option("--detail", is_flag=True, help="Also by size, light and film, and what a score is worth.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write the worst mistakes there as a picture (keep it).")
@click.option("--curve", type=click.Path(path_type=Path), help="Write the reliability curve there as a picture.")
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    help="What OpenVINO computes with; default: its own choice (bf16 where the CPU has it). What the service chose "
    "on this machine stands in its log; the card has the figures in int8.",
)
@click.option("--json", "as_json", is_flag=True)
def evaluate_command(
    weights: Path | None,
    folder: Path,
    split: str | None,
    sheet: Path | None,
    curve: Path | None,
    precision: Precision | None,
    *,
    detail: bool,
    as_json: bool,
) -> None:
    """Quality by class on a folder of labelled pictures (images/, labels/, classes.txt); needs no torch."""
    from vision import evaluation  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - the same
    from vision.evaluation import detail as details  # noqa: PLC0415 - the same
    from vision.evaluation import sheets  # noqa: PLC0415 - the same
    from vision.weights_catalogue import load, shipped  # noqa: PLC0415 - the same

    entry = shipped() if weights is None else load(weights)
    records = evaluation.evaluate(entry, OpenVinoEngine(entry, precision=precision), folder, split=split)
    if sheet is not None:
        sheets.contact_sheet(details.mistakes(records, most=12), sheet)
    if curve is not None:
        sheets.reliability_curve(details.reliability(records), curve)
    found = {name: asdict(figures) for name, figures in records.figures().items()}
    more = details.as_json(records) if detail else {}
    if as_json:
        click.echo(dumps({"classes": found, **more}))
        return
    click.echo(f"{entry.name} {entry.version} on {folder.name}")
    _print_classes(found)
    _print_details(more)


def _print_classes(found: Mapping[str, Mapping[str, Any]]) -> None:
    click.echo(f"{'class':22}{'AP50':>8}{'AP50-95':>9}{'prec.':>8}{'recall':>8}{'boxes':>8}{'images':>8}")
    for name, f in found.items():
        precision = "–" if f["precision"] is None else f"{f['precision']:.3f}"
        click.echo(
            f"{name:22}{f['ap50']:8.3f}{f['ap50_95']:9.3f}{precision:>8}{f['recall']:8.3f}{f['boxes']:8}{f['images']:8}"
        )


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


@model_group.command("sequences")
@weights_option
@click.option("--rules", type=File, help="Own rules file; default: the shipped rules.")
@click.option(
    "--cameras",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Cameras for each situation; bins and compliant kitchens take long.",
)
@click.option("--code", "codes", multiple=True, help="Only these situations; default: all, and compliant kitchens.")
@click.option("--footage", multiple=True, type=Folder, help="Stills of real kitchens with labels (0 covered, 1 bare).")
@click.option("--json", "as_json", is_flag=True)
def sequences_command(
    weights: Path | None,
    rules: Path | None,
    cameras: int,
    codes: tuple[str, ...],
    footage: tuple[Path, ...],
    *,
    as_json: bool,
) -> None:
    """Situations found, false alarms per camera-hour and seconds to alert, beside an alarm on every frame."""
    from vision.detector import Detector  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - the same
    from vision.evaluation import sequences  # noqa: PLC0415 - the same
    from vision.rules import default_rules, load_rules  # noqa: PLC0415 - the same
    from vision.weights_catalogue import load, shipped  # noqa: PLC0415 - the same

    entry = shipped() if weights is None else load(weights)
    chosen = codes or sequences.PLAYED
    unknown = set(chosen) - {*sequences.PLAYED}
    if unknown:
        raise Invalid(f"--code {min(unknown)}: expected one of {', '.join(sequences.PLAYED)}")
    judging = default_rules() if rules is None else load_rules(rules, classes=entry.classes)
    detector = Detector(entry, OpenVinoEngine(entry))
    told: dict[str, dict[str, Any]] = {}
    with click.progressbar(chosen, label="sequences", file=sys.stderr) as bar:
        for code in bar:
            seeds = sequences.seeds_of(code, cameras)
            told[code] = sequences.judge_sequences(detector, judging, code=code, seeds=seeds).as_json()
    for folder in footage:
        told[f"stills {folder.name}"] = sequences.judge_stills(detector, judging, folder).as_json()
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


@model_group.command("prepare")
@click.option("--data", type=Folder, help="Folder that holds the sources (hairnet_kitchen, face_mask …).")
@click.option("--own", "own", multiple=True, type=Folder, help="Own pictures: images/, labels/, classes.txt.")
@click.option("--teacher", type=File, help="COCO checkpoint that adds person and phone to what is known.")
@click.option("--teacher-sha256", help="Its sha256, unless it is one that this release knows.")
@click.option(
    "--simulate",
    "cameras",
    type=click.IntRange(0),
    default=0,
    help="Also draw pictures of this many simulated cameras.",
)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def prepare_command(
    data: Path | None,
    own: tuple[Path, ...],
    teacher: Path | None,
    teacher_sha256: str | None,
    cameras: int,
    out: Path,
) -> None:
    """Lay labelled pictures out for training in OUT; may be broken off and done again."""
    from vision.training import prepare, simulate  # noqa: PLC0415 - heavy, for this command only
    from vision.training.trusted import trusted  # noqa: PLC0415 - the same

    if data is None and not own:
        raise click.UsageError("give --data, --own or both")
    if data is not None:
        prepare.lay_out(data, out)
    for folder in own:
        click.echo(f"{folder} → {prepare.lay_out_own(folder, out)}")
    if cameras:
        for split, first in (("train", 10_000), ("val", 20_000)):
            wanted = cameras if split == "train" else max(cameras // 10, 1)
            calm = range(first + 5_000, first + 5_000 + -(-wanted // 3))
            kitchens = [*((seed, False) for seed in range(first, first + wanted)), *((seed, True) for seed in calm)]
            with click.progressbar(kitchens, label=f"kitchens for {split}") as bar:
                drawn = sum(simulate.simulate(out / split, [seed], 10, compliant=right) for seed, right in bar)
            click.echo(f"{split}: {drawn} simulated pictures")
    if teacher is None:
        return
    checked = trusted(teacher, sha256=teacher_sha256)
    with click.progressbar(sorted((out / "train").iterdir()), label="pseudo-labels") as folders:
        for folder in folders:
            if folder.name != "simulated":
                _with_torch(lambda one=folder: prepare.pseudo_label(one, checked))


@model_group.command("train")
@click.argument("data", type=Folder)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--start", type=File, help="Checkpoint (.pt) to start from; default: the shipped weights.")
@click.option("--start-sha256", help="Its sha256, unless it is one that this release knows or a run has written.")
@click.option("--quota", "quotas", multiple=True, help="SOURCE=PICTURES an epoch, instead of the usual number.")
@click.option("--head", "heads", multiple=True, help="THEIRS=OURS: take the rows of a class of the start over.")
@click.option("--epochs", default=12, show_default=True)
@click.option("--hours", type=float, help="Stop after this time; the learning rate falls within it.")
@click.option("--imgsz", default=416, show_default=True)
@click.option("--batch", default=16, show_default=True)
@click.option("--lr", default=1e-3, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--workers", type=int, help="Processes that load pictures; default: 1 on a CPU, up to 8 beside a GPU.")
@click.option("--freeze", default=0, show_default=True, help="Leave the first layers as they are; 5 saves time.")
@click.option("--mosaic", default=0.7, show_default=True, help="Probability of showing four pictures in one.")
@click.option("--int8", is_flag=True, help="Let layers round as in int8, for the last epochs before export --int8.")
@click.option("--loss", type=click.Choice(["masked", "plain"]), default="masked", show_default=True)
@click.option("--resume", is_flag=True, help="Go on after the last finished epoch of OUT, as it was planned.")
def train_command(
    data: Path,
    out: Path,
    start: Path | None,
    start_sha256: str | None,
    quotas: tuple[str, ...],
    heads: tuple[str, ...],
    *,
    resume: bool,
    **plan: Any,  # noqa: ANN401 - the plan's own fields, as the options above name them
) -> None:
    """Train on prepared pictures in DATA; checkpoints, history and a record of the run go to OUT. CPU or CUDA."""
    from vision.training.trusted import trusted  # noqa: PLC0415 - heavy, for this command only
    from vision.weights_catalogue import shipped  # noqa: PLC0415 - the same

    context = click.get_current_context()
    changed = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    kept = set(changed) - {"data", "out", "resume", *OF_THE_MACHINE}
    if resume and kept:
        names = ", ".join(sorted(option.opts[0] for option in context.command.params if option.name in kept))
        raise click.UsageError(f"a run that is resumed keeps its plan: leave out {names}, or begin another run")

    def run() -> Path:
        from vision.training import restored  # noqa: PLC0415 - needs torch
        from vision.training.train import QUOTAS, TrainPlan, planned, train, vacant  # noqa: PLC0415 - the same

        if resume:
            new = {name: plan[name] for name in OF_THE_MACHINE if name in changed}
            return train(replace(planned(out, data=data), **new), resume=True)
        vacant(out)
        wished = {name: int(value) for name, value in pairs(quotas).items()}
        begin = out / "start.pt" if start is None else trusted(start, sha256=start_sha256)
        if start is None:
            restored.start(shipped(), data, begin, seed=plan["seed"])
        full = TrainPlan(
            data=data,
            out=out,
            start=begin,
            heads=pairs(heads),
            quotas={**QUOTAS, **wished},
            **plan,
        )
        return train(full)

    click.echo(f"checkpoints in {_with_torch(run)}")


@model_group.command("restore")
@weights_option
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def restore_command(weights: Path | None, out: Path) -> None:
    """Write the checkpoint OUT (.pt) of weights, to run or export them with ultralytics; training needs none."""
    from vision.weights_catalogue import load, shipped  # noqa: PLC0415 - for this command only

    def run() -> Path:
        from vision.training.restored import restore  # noqa: PLC0415 - needs torch

        return restore(shipped() if weights is None else load(weights), out)

    click.echo(_with_torch(run))


@model_group.command("export")
@click.argument("checkpoint", type=File)
@click.option("--sha256", help="The checkpoint's, unless `mingchu model train` has written it.")
@click.option("--data", type=Folder, required=True, help="Prepared pictures with val/ and test/.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--name", default="kitchen-n", show_default=True)
@click.option("--version", required=True)
@click.option("--imgsz", default=512, show_default=True)
@click.option("--note", "notes", multiple=True, help="KEY=VALUE to write down about the training.")
@click.option("--threshold", "fixed", multiple=True, help="CLASS=SCORE set by hand, and said so in the card.")
@click.option("--fresh", is_flag=True, help="Do not take over the thresholds set by hand in the shipped weights.")
@click.option("--keep-checkpoint", is_flag=True, help="Also for the engine `ultralytics`.")
@click.option("--int8", is_flag=True, help="Also a graph in int8, calibrated on validation pictures.")
def export_command(
    checkpoint: Path,
    sha256: str | None,
    data: Path,
    out: Path,
    name: str,
    version: str,
    imgsz: int,
    notes: tuple[str, ...],
    fixed: tuple[str, ...],
    *,
    fresh: bool,
    keep_checkpoint: bool,
    int8: bool,
) -> None:
    """Write a checkpoint as weights for the product, with thresholds, figures and card measured on them.

    Thresholds that were set by hand in the shipped weights stay, but for classes that own pictures in DATA's val/ show.
    """
    from vision.training.export import Papers, export, taken_over  # noqa: PLC0415 - heavy, for this command only
    from vision.training.trusted import trusted  # noqa: PLC0415 - the same
    from vision.weights_catalogue import folder_of  # noqa: PLC0415 - the same

    before = {} if fresh else loads((folder_of() / "meta.json").read_bytes())
    kept, more = ({}, {}) if fresh else taken_over(before, data)
    papers = Papers(
        name=name,
        version=version,
        imgsz=imgsz,
        training=pairs(notes),
        fixed=kept | scores(fixed),
        more=more,
    )
    checked = trusted(checkpoint, sha256=sha256)
    about = _with_torch(lambda: export(checked, data, out, papers, keep_checkpoint=keep_checkpoint, int8=int8))
    for source, of_class in about["figures"].items():
        click.echo(source)
        _print_classes(of_class)


@model_group.command("card")
@weights_option
@click.option("--add", "added", multiple=True, type=File, help="JSON whose keys go into meta.json before.")
@click.option("--write", is_flag=True, help="Write meta.json and CARD.md instead of printing the card.")
def card_command(weights: Path | None, added: tuple[Path, ...], *, write: bool) -> None:
    """Show the card of weights, or make it anew from their meta.json."""
    from vision.training.card import card  # noqa: PLC0415 - for this command only
    from vision.training.export import write_papers  # noqa: PLC0415 - the same
    from vision.weights_catalogue import load, shipped  # noqa: PLC0415 - the same

    entry = shipped() if weights is None else load(weights)
    about = loads((entry.folder / "meta.json").read_bytes())
    for path in added:
        about |= loads(path.read_bytes())
    if write:
        write_papers(entry.folder, about)
    else:
        click.echo(card(about), nl=False)


def pairs(values: tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE options as a dictionary.

    Raises:
        Invalid: one of them has no "=".
    """
    for value in values:
        if "=" not in value:
            raise Invalid(f"{value!r}: expected KEY=VALUE")
    return dict(value.split("=", 1) for value in values)


def scores(values: tuple[str, ...]) -> dict[str, float]:
    """CLASS=SCORE options as numbers.

    Raises:
        Invalid: no such class, or no score between 0 and 1.
    """
    from vision.training.classes import CLASSES  # noqa: PLC0415 - for this command only

    given = pairs(values)
    for name, value in given.items():
        if name not in CLASSES:
            raise Invalid(f"--threshold {name}={value}: expected one of {', '.join(CLASSES)}")
        try:
            right = 0 < float(value) < 1
        except ValueError:
            right = False
        if not right:
            raise Invalid(f"--threshold {name}={value}: expected a score between 0 and 1")
    return {name: float(value) for name, value in given.items()}


def _with_torch(run: Any) -> Any:  # noqa: ANN401 - a call and what it gives
    try:
        return run()
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"torch", "ultralytics", "onnx", "nncf"}:
            raise Invalid(NEEDS_TORCH) from error
        raise


COMMANDS = (model_group,)
