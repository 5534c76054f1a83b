"""Load the shipped weights, after checking their sha256."""

import hashlib
from importlib.resources import files
from pathlib import Path

from models.base.errors import Invalid, WeightsRefused
from models.catalogue.weights import ModelEntry, read_entry

DEFAULT = "kitchen-n"
NAMES = (DEFAULT, "closeup-n", "animals-n", "cigarette-n")
"""All weights that are shipped: the detector, the second look, the rounds over frames and near heads."""


def shipped(name: str = DEFAULT) -> ModelEntry:
    """Return the catalogue entry of shipped weights."""
    return load(folder_of(name))


def folder_of(name: str = DEFAULT) -> Path:
    """Return the folder of shipped weights."""
    return Path(str(files("vision"))) / "weights" / name


def named(name: str) -> ModelEntry:
    """Return the catalogue entry of the weights in a folder, or of shipped ones by their name.

    Raises:
        Invalid: there is no such folder, and no weights of that name are shipped.
        WeightsRefused: as `load`.
    """
    if Path(name).is_dir():
        return load(Path(name))
    if name not in NAMES:
        raise Invalid(f"{name}: expected a folder of weights or one of {', '.join(NAMES)}")
    return shipped(name)


def load(folder: Path) -> ModelEntry:
    """Read an entry and check every file it names.

    Raises:
        WeightsRefused: the entry is unreadable, a file is missing, or a file has another sha256.
    """
    entry = read_entry(folder)
    for name, expected in entry.sha256.items():
        path = folder / name
        if not path.is_file():
            raise WeightsRefused(f"weights {entry.name}: {path} is missing")
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if actual != expected:
            raise WeightsRefused(f"weights {entry.name}: {name} has sha256 {actual}, expected {expected}")
    return entry
