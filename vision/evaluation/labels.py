"""Folders of labelled pictures: `images/*.jpg`, `labels/*.txt` (class cx cy w h, normalised), `classes.txt`.

An optional `sources.csv` (file, split, source) names the film a picture is from and lets one split be chosen.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.errors import Invalid
from vision.detections import Boxes

ALIASES: Final[Mapping[str, str]] = {
    "hairnet": "head_covered",
    "no_hairnet": "head_bare",
    "garbage_bin": "bin",
    "overflow": "bin_open_or_overflow",
    "with_mask": "mask",
    "without_mask": "no_mask",
    "gloves": "glove",
    "no_gloves": "no_glove",
}
"""Names of public data sets → ours."""
_PICTURES: Final = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A labelled picture: true boxes (T, 4) as normalised corners by class, and the film it is from ("" = unknown)."""

    path: Path
    truth: Mapping[str, Boxes]
    source: str


def known_classes(folder: Path, classes: tuple[str, ...]) -> dict[int, str]:
    """Numbers in the folder's label files → class names that the model has.

    Raises:
        Invalid: no `classes.txt`, or it names nothing that the model knows.
    """
    names = class_names(folder)
    known = {i: name for i, name in enumerate(map(our_name, names)) if name in classes}
    if not known:
        raise Invalid(f"{folder / 'classes.txt'}: {', '.join(names)}; the model knows {', '.join(classes)}")
    return known


def class_names(folder: Path) -> list[str]:
    """The names in a folder's `classes.txt`, one a line, as they stand there.

    Raises:
        Invalid: there is no such file.
    """
    try:
        lines = (folder / "classes.txt").read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{folder}: expected classes.txt, images/ and labels/ ({error})") from error
    return [line.strip() for line in lines if line.strip()]


def our_name(name: str) -> str:
    """What we call a class of another's data: "No Hairnet" is `head_bare`."""
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    return ALIASES.get(plain, plain)


def samples(folder: Path, known: Mapping[int, str], *, split: str | None = None) -> Iterator[Sample]:
    """The folder's pictures (of one split) with their truth about the `known` classes.

    Raises:
        Invalid: there are no pictures, no such split, or a label that can't be read (file and line are named).
    """
    rows = origins(folder, wanted=split is not None)
    paths = sorted(path for path in _listed(folder / "images") if path.suffix.lower() in _PICTURES)
    shown = [path for path in paths if split is None or rows.get(path.stem, ("", ""))[0] == split]
    if not shown:
        raise Invalid(f"{folder}: no pictures" + (f" in split {split!r}" if split else " in images/"))
    for path in shown:
        truth = read_truth(folder / "labels" / f"{path.stem}.txt", known)
        yield Sample(path=path, truth=truth, source=rows.get(path.stem, ("", ""))[1])


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise Invalid(f"{folder.parent}: expected classes.txt, images/ and labels/ ({error})") from error


def origins(folder: Path, *, wanted: bool) -> dict[str, tuple[str, str]]:
    """What `sources.csv` says: file stem → (split, source); nothing if there is none and it is not `wanted`.

    Raises:
        Invalid: it is wanted and not there, or lacks a column.
    """
    try:
        with (folder / "sources.csv").open(encoding="utf-8", newline="") as file:
            return {Path(row["file"]).stem: (row["split"], row.get("source") or "") for row in csv.DictReader(file)}
    except (OSError, KeyError) as error:
        if wanted:
            raise Invalid(f"{folder}: expected sources.csv with the columns file and split ({error!r})") from error
        return {}


def read_truth(label: Path, known: Mapping[int, str]) -> dict[str, Boxes]:
    """True boxes (T, 4) as normalised corners, by class; no file means an empty picture."""
    found: dict[str, list[list[float]]] = {}
    lines = label.read_text(encoding="utf-8").splitlines() if label.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            index, cx, cy, w, h = (float(part) for part in line.split()[:5])
        except ValueError:
            raise Invalid(f"{label}, line {number}: expected `class cx cy w h`, got {line[:80]!r}") from None
        if int(index) in known:
            corners = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
            found.setdefault(known[int(index)], []).append(corners)
    return {name: np.array(boxes, np.float32) for name, boxes in found.items()}
