"""`mingchu model export`, `gpu` and `card`: turn a checkpoint into weights with figures and a card."""

from pathlib import Path
from typing import Any

import click

from deploy.cli.model.group import File, Folder, classes_of, model_group, pairs, print_classes, scores, with_torch
from deploy.cli.options import weights_option
from models.base.errors import Invalid
from models.base.jsonio import loads


@model_group.command("export")
@click.argument("checkpoint", type=File)
@click.option("--sha256", help="sha256 of the checkpoint; not needed if `mingchu model train` wrote it.")
@click.option("--data", type=Folder, required=True, help="Prepared pictures with val/ and test/.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--name", default="kitchen-n", show_default=True)
@click.option("--version", required=True)
@click.option("--imgsz", default=512, show_default=True)
@click.option(
    "--class",
    "classes",
    multiple=True,
    help="Keep only the outputs of these classes, as weights for rounds; default: all.",
)
@click.option("--near-heads", is_flag=True, help="With --class: weights that look near heads, not over whole frames.")
@click.option("--note", "notes", multiple=True, help="KEY=VALUE to record about the training.")
@click.option("--threshold", "fixed", multiple=True, help="CLASS=SCORE set by hand; the card marks it as such.")
@click.option("--fresh", is_flag=True, help="Do not take over the thresholds set by hand in the shipped weights.")
@click.option("--keep-checkpoint", is_flag=True, help="Also keep the checkpoint, for the engine `ultralytics`.")
@click.option("--int8", is_flag=True, help="Also write an int8 graph, calibrated on validation pictures.")
def export_command(
    checkpoint: Path,
    sha256: str | None,
    data: Path,
    out: Path,
    name: str,
    version: str,
    imgsz: int,
    classes: tuple[str, ...],
    notes: tuple[str, ...],
    fixed: tuple[str, ...],
    *,
    near_heads: bool,
    fresh: bool,
    **parts: bool,
) -> None:
    """Export a checkpoint as weights for the product, with measured thresholds, figures and a card.

    Thresholds set by hand in the shipped weights stay, except for classes that your pictures in DATA's val/ show.
    """
    from vision.training.classes import CLASSES  # noqa: PLC0415 - heavy, for this command only
    from vision.training.export import Papers, export, taken_over  # noqa: PLC0415 - heavy, for this command only
    from vision.training.rounds_card import NEAR_HEADS, ROUNDS  # noqa: PLC0415 - heavy, for this command only
    from vision.training.trusted import trusted  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import folder_of  # noqa: PLC0415 - heavy, for this command only

    before = {} if fresh else loads((folder_of() / "meta.json").read_bytes())
    kept_classes = classes_of(classes, option="--class") or CLASSES
    given = scores(fixed)
    if left_out := set(given) - set(kept_classes):
        raise Invalid(f"--threshold {min(left_out)}={given[min(left_out)]:g}: expected a class that --class keeps")
    kept, more = ({}, {}) if fresh else taken_over(before, data)
    papers = Papers(
        name=name,
        version=version,
        imgsz=imgsz,
        training=pairs(notes),
        fixed={name: score for name, score in (kept | given).items() if name in kept_classes},
        classes=kept_classes,
        more=more | ({"card": NEAR_HEADS if near_heads else ROUNDS} if classes else {}),
    )
    checked = trusted(checkpoint, sha256=sha256)
    about = with_torch(lambda: export(checked, data, out, papers, **parts))
    for source, of_class in about["figures"].items():
        click.echo(source)
        print_classes(of_class)


@model_group.command("gpu")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@weights_option
@click.option("--tensorrt", is_flag=True, help="Also build a TensorRT engine; it runs on this machine's GPU only.")
@click.option(
    "--batch",
    default=16,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Batch size of the TensorRT engine, in pictures.",
)
def gpu_command(out: Path, weights: Path | None, batch: int, *, tensorrt: bool) -> None:
    """Write weights that the engine `ultralytics` runs on a GPU into the folder OUT.

    Then run: mingchu vision --engine ultralytics --weights OUT
    """
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - for this command only

    entry = shipped() if weights is None else load(weights)

    def make() -> dict[str, Any]:
        from vision.training.gpu import for_gpu  # noqa: PLC0415 - needs mingchu[train]

        return for_gpu(entry, out, tensorrt_batch=batch if tensorrt else None)

    for name, told in with_torch(make).items():
        click.echo(f"{out / name}: " + ", ".join(f"{key} {value}" for key, value in told.items()))


@model_group.command("card")
@weights_option
@click.option("--add", "added", multiple=True, type=File, help="JSON file whose keys are added to meta.json first.")
@click.option("--write", is_flag=True, help="Write meta.json and CARD.md instead of printing the card.")
def card_command(weights: Path | None, added: tuple[Path, ...], *, write: bool) -> None:
    """Print the card of weights, or write it again from their meta.json.

    What `mingchu model hours` printed is added to the rows of other folders, if those were played in the same way.
    """
    from vision.evaluation.hours import with_rows_of  # noqa: PLC0415 - for this command only
    from vision.training.card import card  # noqa: PLC0415 - for this command only
    from vision.training.export import write_papers  # noqa: PLC0415 - for this command only
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - for this command only

    entry = shipped() if weights is None else load(weights)
    about = loads((entry.folder / "meta.json").read_bytes())
    for path in added:
        more = loads(path.read_bytes())
        if "hours" in more and "hours" in about:
            more["hours"] = with_rows_of(about["hours"], more["hours"])
        about |= more
    if write:
        write_papers(entry.folder, about)
    else:
        click.echo(card(about), nl=False)
