"""Options that several commands share, and the layout of the data folder for a command."""

from functools import partial
from pathlib import Path

import click

from deploy.embedded.folder import default_data_dir
from deploy.places import Places
from models.catalogue.weights import ENGINES, PRECISIONS

_data = partial(
    click.option,
    "--data",
    "data_dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    envvar="MINGCHU_DATA",
)
data_option = _data(help="Data folder (default: /var/lib/mingchu as root, else ~/.local/share/mingchu).")
demo_data_option = _data(
    help="Data folder (default: mingchu-demo beside the platform's own, /var/lib/mingchu-demo as root, else "
    "~/.local/share/mingchu-demo; with --for a temporary one)."
)
precision_option = click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=None,
    envvar="MINGCHU_PRECISION",
    help="Precision that OpenVINO computes with; default: the fastest on this machine that agrees with f32.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="openvino",
    show_default=True,
    envvar="MINGCHU_ENGINE",
    help="Runtime; ultralytics (CUDA, TensorRT) needs mingchu[train] and weights made by `mingchu model gpu`.",
)
weights_option = click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="MINGCHU_WEIGHTS",
    help="Folder with meta.json and the files that it names; default: the shipped weights.",
)


def places_of(data_dir: Path | None) -> Places:
    """Return the layout of the data folder; None means the default folder."""
    return Places((data_dir or default_data_dir()).expanduser().resolve())
