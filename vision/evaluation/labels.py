"""Folders of labelled pictures: `images/*.jpg`, `labels/*.txt` (class cx cy w h, normalised), `classes.txt`.

A row of more numbers is an outline (class x1 y1 x2 y2 x3 y3 …), which is read as its bounding box. An optional
`sources.csv` (file, split, source) names the film of each picture, and its split.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.base.errors import Invalid
from models.base.textio import read_text
from vision.judging.detections import Boxes

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
PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
"""Suffixes of pictures in `images/`."""
_BOX, _OUTLINE = 5, 7
"""Count of numbers in the row of a box, and the least in that of an outline."""
_OVER: Final = 0.01
"""How far a box may extend beyond the picture, as a share of it, since some tools round so; it is cropped."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a label file: class number, and the box's centre and size as shares (0–1) of the picture."""

    number: int
    cx: float
    cy: float
    w: float
    h: float

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1, as shares of the picture."""
        return self.cx - self.w / 2, self.cy - self.h / 2, self.cx + self.w / 2, self.cy + self.h / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A labelled picture: true boxes (T, 4) as normalised corners by class, and the film it is from ("" = unknown)."""

    path: Path
    truth: Mapping[str, Boxes]
    source: str


def known_classes(folder: Path, classes: tuple[str, ...]) -> dict[int, str]:
    """Return the numbers in the folder's label files → class names, for the classes that the model has.

    Raises:
        Invalid: there is no `classes.txt`, or it names no class that the model has.
    """
    names = class_names(folder)
    known = {i: name for i, name in enumerate(map(our_name, names)) if name in classes}
    if not known:
        there = ", ".join(filter(None, names)) or "nothing"
        raise Invalid(f"{folder / 'classes.txt'}: {there}; the model knows {', '.join(classes)}")
    return known


def class_names(folder: Path) -> list[str]:
    """Return the names in a folder's `classes.txt`, which has one per line.

    Raises:
        Invalid: there is no such file.
    """
    try:
        lines = read_text(folder / "classes.txt").splitlines()
    except OSError as error:
        raise Invalid(f"{folder}: expected classes.txt, images/ and labels/ ({error})") from error
    while lines and not lines[-1].strip():
        lines.pop()  # only at the end: an empty line between others takes a class number
    return [line.strip() for line in lines]


def our_name(name: str) -> str:
    """Return our name for a class of a foreign data set: "No Hairnet" is `head_bare`."""
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    return ALIASES.get(plain, plain)


def samples(folder: Path, known: Mapping[int, str], *, split: str | None = None) -> Iterator[Sample]:
    """Yield the folder's pictures (of one split) with their true boxes of the `known` classes.

    Raises:
        Invalid: there are no pictures, no such split, or an unreadable label; the message names file and line.
    """
    rows = origins(folder, wanted=split is not None)
    paths = pictures_of(folder)
    shown = [path for path in paths if split is None or rows.get(path.stem, ("", ""))[0] == split]
    if not shown:
        raise Invalid(f"{folder}: no pictures" + (f" in split {split!r}" if split else " in images/"))
    if not (folder / "labels").is_dir():
        raise Invalid(f"{folder}: expected labels/ beside images/; a picture without objects needs no file there")
    for path in shown:
        truth = read_truth(folder / "labels" / f"{path.stem}.txt", known)
        yield Sample(path=path, truth=truth, source=rows.get(path.stem, ("", ""))[1])


def pictures_of(folder: Path) -> list[Path]:
    """Return the pictures in a folder's `images/`.

    Raises:
        Invalid: there is no such folder.
    """
    try:
        return sorted(path for path in (folder / "images").iterdir() if path.suffix.lower() in PICTURES)
    except OSError as error:
        raise Invalid(f"{folder}: expected classes.txt, images/ and labels/ ({error})") from error


def origins(folder: Path, *, wanted: bool) -> dict[str, tuple[str, str]]:
    """Read `sources.csv`: file stem → (split, source); empty if the file is missing and not `wanted`.

    Raises:
        Invalid: the file is wanted but missing, or lacks a column or a value.
    """
    path, found = folder / "sources.csv", {}
    if not path.exists() and not wanted:
        return {}
    try:
        reader = csv.DictReader(read_text(path).splitlines())
    except OSError as error:
        raise Invalid(f"{folder}: expected sources.csv with the columns file and split ({error})") from error
    for row in reader:
        file, split = row.get("file"), row.get("split")
        if file and split:
            found[Path(file).stem] = (split, row.get("source") or "")
        elif wanted:
            raise Invalid(f"{path}, line {reader.line_num}: expected a value in the columns file and split")
    return found


def splits_of(folder: Path) -> set[str]:
    """Return the splits that `sources.csv` names; none if there is no such file."""
    return {split for split, _ in origins(folder, wanted=False).values()}


def read_truth(label: Path, known: Mapping[int, str]) -> dict[str, Boxes]:
    """Return the true boxes (T, 4) as normalised corners, by class; no file means an empty picture.

    Raises:
        Invalid: a row can't be read; file and line are named.
    """
    found: dict[str, list[list[float]]] = {}
    for row in read_rows(label):
        if row.number in known:
            corners = [*row.corners]
            found.setdefault(known[row.number], []).append(corners)
    return {name: np.array(boxes, np.float32) for name, boxes in found.items()}


def read_rows(label: Path) -> list[Row]:
    """Return the rows of a label file; no file means an empty picture.

    Raises:
        Invalid: a row can't be read; file and line are named.
    """
    lines = read_text(label).splitlines() if label.exists() else []
    return [_row(line, f"{label}, line {number}") for number, line in enumerate(lines, start=1) if line.strip()]


def _row(line: str, where: str) -> Row:
    try:
        first, *numbers = (float(part) for part in line.split())
    except ValueError:
        first, numbers = math.nan, []
    if not (first >= 0 and first.is_integer()) or not _is_box_or_outline(1 + len(numbers)):
        raise Invalid(f"{where}: expected `class cx cy w h` or `class x1 y1 x2 y2 x3 y3 …`, got {line[:80]!r}")
    if 1 + len(numbers) == _BOX:
        cx, cy, w, h = numbers
        x0, y0, x1, y1 = cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2
    else:
        x0, y0, x1, y1 = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    if not all(-_OVER <= edge <= 1 + _OVER for edge in (x0, y0, x1, y1)) or not (x0 < x1 and y0 < y1):
        raise Invalid(f"{where}: expected a box inside the picture, in shares of it from 0 to 1, got {line[:80]!r}")
    x0, y0, x1, y1 = (min(max(edge, 0.0), 1.0) for edge in (x0, y0, x1, y1))
    return Row(number=int(first), cx=(x0 + x1) / 2, cy=(y0 + y1) / 2, w=x1 - x0, h=y1 - y0)


def _is_box_or_outline(numbers: int) -> bool:
    return numbers == _BOX or (numbers >= _OUTLINE and numbers % 2 == 1)
