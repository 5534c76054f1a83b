"""The command group `mingchu model` and the helpers that its commands share."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click

from models.base.errors import Invalid

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
File = click.Path(exists=True, dir_okay=False, path_type=Path)
NEEDS_TORCH = "this command needs torch and ultralytics; install them with: pip install 'mingchu[train]'"


@click.group("model")
def model_group() -> None:
    """Evaluate the trained detector, or train another one."""


def print_classes(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a table of figures by class."""
    click.echo(f"{'class':22}{'AP50':>8}{'AP50-95':>9}{'prec.':>8}{'recall':>8}{'opp.':>6}{'boxes':>8}{'images':>8}")
    for name, f in found.items():
        precision = "–" if f["precision"] is None else f"{f['precision']:.3f}"
        click.echo(
            f"{name:22}{f['ap50']:8.3f}{f['ap50_95']:9.3f}{precision:>8}{f['recall']:8.3f}"
            f"{f['opposite']:6}{f['boxes']:8}{f['images']:8}"
        )


def pairs(values: tuple[str, ...]) -> dict[str, str]:
    """Return KEY=VALUE options as a dictionary.

    Raises:
        Invalid: an option has no "=".
    """
    for value in values:
        if "=" not in value:
            raise Invalid(f"{value!r}: expected KEY=VALUE")
    return dict(value.split("=", 1) for value in values)


def quotas_of(values: tuple[str, ...], data: Path) -> dict[str, int]:
    """Return SOURCE=PICTURES options as a dictionary of numbers.

    Raises:
        Invalid: ``data`` has no such source, or the value is not a number of pictures.
    """
    there, given = sorted(path.name for path in (data / "train").glob("*")), pairs(values)
    for name, value in given.items():
        if name not in there:
            raise Invalid(f"--quota {name}={value}: {data} has {', '.join(there) or 'no pictures to train on'}")
        if not value.isdecimal():
            raise Invalid(f"--quota {name}={value}: expected a number of pictures")
    return {name: int(value) for name, value in given.items()}


def classes_of(values: tuple[str, ...], *, option: str = "--only") -> tuple[str, ...]:
    """Return the CLASS values of an option as they are.

    Raises:
        Invalid: the detector has no such class.
    """
    from vision.training.classes import CLASSES  # noqa: PLC0415 - for this command only

    for name in values:
        if name not in CLASSES:
            raise Invalid(f"{option} {name}: expected one of {', '.join(CLASSES)}")
    return values


def heads_of(values: tuple[str, ...], theirs: Collection[str]) -> dict[str, str]:
    """Return THEIRS=OURS options as a dictionary; ``theirs`` are the classes of the start checkpoint.

    Raises:
        Invalid: the start checkpoint or the detector has no such class.
    """
    from vision.training.classes import CLASSES  # noqa: PLC0415 - for this command only

    given = pairs(values)
    for their_name, our_name in given.items():
        if their_name not in theirs:
            raise Invalid(f"--head {their_name}={our_name}: the start checkpoint has {', '.join(theirs)}")
        if our_name not in CLASSES:
            raise Invalid(f"--head {their_name}={our_name}: expected one of {', '.join(CLASSES)} after the =")
    return given


def scores(values: tuple[str, ...]) -> dict[str, float]:
    """Return CLASS=SCORE options as a dictionary of numbers.

    Raises:
        Invalid: the class does not exist, or the score is not between 0 and 1.
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


def with_torch(run: Any) -> Any:  # noqa: ANN401 - any call and its result
    """Call ``run``, which needs the training libraries, and return its result.

    Raises:
        Invalid: the training libraries are not installed.
    """
    try:
        return run()
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"torch", "ultralytics", "onnx", "nncf"}:
            raise Invalid(NEEDS_TORCH) from error
        raise
