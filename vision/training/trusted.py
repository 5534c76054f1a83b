"""Open only known checkpoints, because they are pickles, which can run any code while they load."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from models.base.errors import WeightsRefused

KNOWN: Final[Mapping[str, str]] = {
    "628018fe8cec4f0dbc4fdc0bc18631edde852ff3c244160e0cc1e78e007c53cc": "YOLO11n of COCO-80",
    "7c44222b12599df774015bae64d574e7ebe3bbda1a95c726fc9c8cf32eb8a5dd": "YOLO11n of covered and bare heads",
}
"""sha256 of the checkpoints from which this release was trained → their description."""
WRITTEN: Final = "sha256.json"
NEW: Final = ".new"
"""Suffix of files until they are complete."""


def trusted(checkpoint: Path, *, sha256: str | None) -> Path:
    """Return the checkpoint if its sha256 is the given one, a known one, or one that `remember` wrote beside it.

    Raises:
        WeightsRefused: its sha256 is none of these.
    """
    actual = digest(checkpoint)
    written = checkpoint.parent / WRITTEN
    beside = json.loads(written.read_text(encoding="utf-8")) if written.exists() else {}
    if actual in {sha256, *beside.values()} or (sha256 is None and actual in KNOWN):
        return checkpoint
    raise WeightsRefused(
        f"{checkpoint} has the unknown sha256 {actual}; a checkpoint can run code when it is opened, "
        "so state its sha256 only if you trust its origin"
    )


def remember(folder: Path) -> None:
    """Store the sha256 of a run's checkpoints, and of those that are about to replace them."""
    made = sorted(path for path in folder.iterdir() if path.suffix in {".pt", NEW})
    text, new = json.dumps({path.name: digest(path) for path in made}, indent=2), folder / f"{WRITTEN}{NEW}"
    new.write_text(text, encoding="utf-8")
    new.replace(folder / WRITTEN)


def digest(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
