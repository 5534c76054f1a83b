"""`mingchu model prepare`, `train` and `restore`: turn pictures into a checkpoint."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from deploy.cli.model.group import File, Folder, classes_of, heads_of, model_group, quotas_of, with_torch
from deploy.cli.options import weights_option

OF_THE_MACHINE = ("workers",)
"""Options that may change when a run is resumed."""


@model_group.command("prepare")
@click.option("--data", type=Folder, help="Folder that holds the sources (hairnet_kitchen, face_mask …).")
@click.option(
    "--own", "own", multiple=True, type=Folder, help="Folder of your pictures: images/, labels/, classes.txt."
)
@click.option(
    "--collected", "collected", multiple=True, type=Folder, help="Folder that `mingchu model collect` has written."
)
@click.option("--teacher", type=File, help="COCO checkpoint that adds labels for person and phone.")
@click.option("--teacher-sha256", help="sha256 of the teacher; not needed if this release knows the file.")
@click.option(
    "--simulate",
    "cameras",
    type=click.IntRange(0, 5000),
    default=0,
    help="Also draw pictures for this many simulated cameras, a third as many in which nothing is wrong, and a third "
    "as many with what detectors mistake: tall hats, bald heads, pots, whites on hooks …",
)
@click.option(
    "--paste",
    "pasted",
    type=click.IntRange(0, 5000),
    default=0,
    help="Also paste heads of close pictures (chef_heads) at camera size into kitchens: so many pictures for training.",
)
@click.option(
    "--paste-seed", type=click.IntRange(0, 9999), default=1, show_default=True, help="Chooses what is pasted."
)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def prepare_command(
    data: Path | None,
    own: tuple[Path, ...],
    collected: tuple[Path, ...],
    teacher: Path | None,
    teacher_sha256: str | None,
    cameras: int,
    pasted: int,
    paste_seed: int,
    out: Path,
) -> None:
    """Prepare labelled pictures for training in OUT. You may interrupt it and run it again."""
    from vision.training import pasted as pasting  # noqa: PLC0415 - heavy, for this command only
    from vision.training import prepare  # noqa: PLC0415 - heavy, for this command only
    from vision.training.collected import lay_out_collected  # noqa: PLC0415 - heavy, for this command only
    from vision.training.trusted import trusted  # noqa: PLC0415 - heavy, for this command only

    if data is None and not own and not collected:
        raise click.UsageError("pass --data, --own or --collected")
    if data is not None:
        prepare.lay_out(data, out)
    for folder in own:
        click.echo(f"{folder} → {prepare.lay_out_own(folder, out)}")
    for folder in collected:
        click.echo(f"{folder} → {', '.join(lay_out_collected(folder, out))}")
    if cameras:
        _draw_kitchens(out, cameras)
    if pasted:  # after the drawn kitchens, which are rooms for it
        click.echo(f"train: {pasting.paste_heads(out, count=pasted, seed=paste_seed)} pictures with pasted heads")
    if teacher is None:
        return
    checked = trusted(teacher, sha256=teacher_sha256)
    with click.progressbar(sorted((out / "train").iterdir()), label="pseudo-labels") as folders:
        for folder in folders:
            if folder.name != "simulated":
                with_torch(lambda one=folder: prepare.pseudo_label(one, checked))


def _draw_kitchens(out: Path, cameras: int) -> None:
    """Draw ordinary kitchens for training, a third as many compliant and mixed ones, and a tenth of all for `val`."""
    from vision.training import simulate  # noqa: PLC0415 - heavy, for this command only

    for split, first in (("train", 10_000), ("val", 20_000)):
        wanted = cameras if split == "train" else max(cameras // 10, 1)
        kitchens = [(seed, False, False) for seed in range(first, first + wanted)]
        for beyond, right, mixed in ((5_000, True, False), (7_000, False, True)):
            kitchens += [(first + beyond + number, right, mixed) for number in range(-(-wanted // 3))]
        with click.progressbar(kitchens, label=f"kitchens for {split}") as bar:
            drawn = sum(
                simulate.simulate(out / split, [seed], 10, compliant=right, mixed=mixed) for seed, right, mixed in bar
            )
        click.echo(f"{split}: {drawn} simulated pictures")


@model_group.command("train")
@click.argument("data", type=Folder)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--start", type=File, help="Checkpoint (.pt) to start from; default: the shipped weights.")
@click.option(
    "--start-sha256", help="sha256 of the start; not needed if this release knows the file or a run wrote it."
)
@click.option("--quota", "quotas", multiple=True, help="SOURCE=PICTURES per epoch, instead of the default number.")
@click.option(
    "--head", "heads", multiple=True, help="THEIRS=OURS: reuse the output rows of a class of the start checkpoint."
)
@click.option("--epochs", default=12, show_default=True)
@click.option("--hours", type=float, help="Stop after this time; the learning rate falls within it.")
@click.option("--imgsz", default=416, show_default=True)
@click.option("--batch", default=16, show_default=True)
@click.option("--lr", default=1e-3, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--workers", type=int, help="Processes that load pictures; default: 1 on a CPU, up to 8 with a GPU.")
@click.option("--freeze", default=0, show_default=True, help="Number of first layers to leave unchanged; 5 saves time.")
@click.option("--mosaic", default=0.7, show_default=True, help="Probability of combining four pictures into one.")
@click.option(
    "--int8", is_flag=True, help="Round in the layers as int8 does; for the last epochs before export --int8."
)
@click.option("--loss", type=click.Choice(["masked", "plain"]), default="masked", show_default=True)
@click.option(
    "--keep",
    type=click.FloatRange(0.0, 1.0),
    help="Also teach the start's own answers: in full for classes that a picture doesn't label, with this share for "
    "labelled ones of the sources that the shipped weights know. Against forgetting; a third more time.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="CLASS",
    help="Train nothing but what the last layer makes of its features for these classes; all else stays as it was.",
)
@click.option("--resume", is_flag=True, help="Continue after the last finished epoch of OUT, with its plan.")
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
    """Train on prepared pictures in DATA; write checkpoints, history and a record of the run to OUT. CPU or CUDA."""
    from vision.training.trusted import trusted  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import shipped  # noqa: PLC0415 - heavy, for this command only

    context = click.get_current_context()
    changed = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    kept = set(changed) - {"data", "out", "resume", *OF_THE_MACHINE}
    if resume and kept:
        names = ", ".join(sorted(option.opts[0] for option in context.command.params if option.name in kept))
        raise click.UsageError(f"a resumed run keeps its plan: leave out {names}, or start another run")
    if plan["only"] and "freeze" in changed:
        raise click.UsageError("--only trains the last layer alone: leave out --freeze")

    def run() -> Path:
        from vision.training import restored  # noqa: PLC0415 - needs torch
        from vision.training.train import QUOTAS, TrainPlan, names_of, planned, train, vacant  # noqa: PLC0415 - needs torch

        if resume:
            new = {name: plan[name] for name in OF_THE_MACHINE if name in changed}
            return train(replace(planned(out, data=data), **new), resume=True)
        vacant(out)
        wished = quotas_of(quotas, data)
        plan["only"] = classes_of(plan["only"])
        begin = out / "start.pt" if start is None else trusted(start, sha256=start_sha256)
        theirs: Collection[str] = ()
        if heads:  # open the checkpoint for its class names only if --head needs them
            theirs = shipped().classes if start is None else names_of(begin)
        rows = heads_of(heads, theirs)
        if start is None:
            restored.start(shipped(), data, begin, seed=plan["seed"])
        full = TrainPlan(
            data=data,
            out=out,
            start=begin,
            heads=rows,
            quotas={**QUOTAS, **wished},
            **plan,
        )
        return train(full)

    click.echo(f"checkpoints in {with_torch(run)}")


@model_group.command("close-ups")
@click.argument("data", type=Folder)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--version", required=True)
@click.option("--epochs", default=40, show_default=True)
@click.option("--crops", default=6000, show_default=True, help="Crops per epoch.")
@click.option("--seed", default=5, show_default=True)
def close_ups_command(data: Path, out: Path, version: str, epochs: int, crops: int, seed: int) -> None:
    """Train the second look on crops of prepared pictures in DATA; write its weights, figures and card to OUT."""
    from vision.weights.shipped import shipped  # noqa: PLC0415 - for this command only

    def run() -> dict[str, Any]:
        from vision.training.closeups.making import CloseUpPlan, make  # noqa: PLC0415 - needs torch

        plan = CloseUpPlan(data=data, out=out, start=shipped(), version=version, epochs=epochs, each=crops, seed=seed)
        return make(plan, told=click.echo)

    with_torch(run)
    click.echo(f"weights in {out}")


@model_group.command("near-heads")
@click.argument("data", type=Folder)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@weights_option
def near_heads_command(data: Path, out: Path, weights: Path | None) -> None:
    """Cut squares near heads from prepared pictures in DATA into OUT, to train what looks near heads on rounds.

    Then run: mingchu model train OUT RUN --imgsz 320 …
    and: mingchu model export … --data OUT --imgsz 320 --class cigarette --near-heads
    """
    from vision.engines.detector import Detector  # noqa: PLC0415 - heavy, for this command only
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - heavy, for this command only
    from vision.rounds.heads import HEADS  # noqa: PLC0415 - heavy, for this command only
    from vision.training.near_heads import FOUND, cut_near_heads  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - for this command only

    entry = shipped() if weights is None else load(weights)
    detector = Detector(entry, OpenVinoEngine(entry), thresholds=dict.fromkeys(HEADS, FOUND))
    for folder, count in cut_near_heads(data, out, detector).items():
        click.echo(f"{folder}: {count} squares")


@model_group.command("restore")
@weights_option
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def restore_command(weights: Path | None, out: Path) -> None:
    """Write weights as the checkpoint OUT (.pt), to run or export them with ultralytics. Training does not need it."""
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - for this command only

    def run() -> Path:
        from vision.training.restored import restore  # noqa: PLC0415 - needs torch

        return restore(shipped() if weights is None else load(weights), out)

    click.echo(with_torch(run))
