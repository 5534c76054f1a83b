"""Cut training squares near heads from prepared pictures, as the rounds look at them (`vision.rounds.heads`).

Cigarettes are labelled in portraits and half-body pictures, whose squares have far more detail than a ceiling camera's:
a second, fainter copy of most squares has as many pixels as such a camera shows. Kitchens without a smoker, real and
drawn, teach what is none. The folder that is written is one for `mingchu model train` and `export`.
"""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.base.errors import Invalid
from vision.closeups.crops import cut, fitted
from vision.engines.detector import Detector
from vision.evaluation.labels import Row, read_rows
from vision.pictures.decode import Picture, read_picture
from vision.rounds.heads import GROWTH, heads_of, near
from vision.training.classes import CLASS_ID, COMPLIANT_FILE, SIMULATED

NAME: Final = "cigarette"
"""What is looked for."""
WITH: Final = ("cigarette_head", "cigarette_wide")
"""Sources that label it."""
WITHOUT: Final = {"hairnet_kitchen": 900, "hairnet_kitchen2": 900, SIMULATED: 900}
"""Sources of kitchens → most pictures of each for training, drawn at random; for `val` and `test` a seventh."""
SIDE: Final = 320
"""Side of the network's input, and most of a square that is written, in px."""
FOUND: Final = 0.25
"""Score from which the detector's heads are places to look at."""
INSIDE, OUTSIDE = 0.6, 0.12
"""Share of a labelled box within a square from which it is labelled there, and up to which it is not shown; a square
with anything between is left out."""
FAINT: Final = (90, 230)
"""Bounds of the number of pixels across a fainter copy."""
READ: Final = 1920
_PER_KITCHEN: Final = 2
_JITTER: Final = 0.3

Square = tuple[int, int, int]
"""left, top, side in px."""
Corners = tuple[float, float, float, float]


def cut_near_heads(data: Path, out: Path, detector: Detector) -> dict[str, int]:
    """Write squares of all parts of prepared pictures into a new folder; return the number by ``part/source``.

    Args:
        data: folder that `vision.training.prepare` made.
        out: new folder.
        detector: finds the heads; its thresholds for them should be `FOUND`.

    Raises:
        Invalid: ``out`` exists, or ``data`` has no pictures for training that label what is looked for.
    """
    if out.exists():
        raise Invalid(f"{out}: expected a folder that does not exist yet")
    if not any((data / "train" / source / "images").is_dir() for source in WITH):
        raise Invalid(f"{data}: expected {' or '.join(WITH)} in train/, as `mingchu model prepare` lays them out")
    counts = {}
    for folder in sorted(path.parent for path in data.glob("*/*/images")):
        if folder.name in {*WITH, *WITHOUT}:
            counts[f"{folder.parent.name}/{folder.name}"] = _cut_folder(
                folder, out / folder.parent.name / folder.name, detector
            )
    return counts


def _cut_folder(folder: Path, out: Path, detector: Detector) -> int:
    training = folder.parent.name == "train"
    (out / "images").mkdir(parents=True)
    (out / "labels").mkdir()
    if (folder / COMPLIANT_FILE).exists():
        shutil.copy(folder / COMPLIANT_FILE, out)
    paths = sorted((folder / "images").iterdir())
    if folder.name in WITHOUT:
        most = WITHOUT[folder.name] if training else WITHOUT[folder.name] // 7
        paths = random.Random(1).sample(paths, min(most, len(paths)))  # noqa: S311 - sampling
    written = 0
    for path in paths:
        picture, rng = read_picture(path, long_side=READ), random.Random(path.stem)  # noqa: S311 - reproducible
        boxes = _boxes(folder / "labels" / f"{path.stem}.txt", picture)
        for square in _squares(picture, boxes, detector, rng, training=training, without=folder.name in WITHOUT):
            rows = rows_in(square, boxes)
            if rows is not None:
                for shown in _copies(cut(picture, square), rng):
                    _write(out, f"{path.stem}_{written}", shown, rows)
                    written += 1
    return written


def _boxes(labels: Path, picture: Picture) -> list[Corners]:
    height, width = picture.shape[:2]
    rows = (row.corners for row in read_rows(labels) if row.number == CLASS_ID[NAME])
    return [(x0 * width, y0 * height, x1 * width, y1 * height) for x0, y0, x1, y1 in rows]


def _squares(
    picture: Picture,
    boxes: Sequence[Corners],
    detector: Detector,
    rng: random.Random,
    *,
    training: bool,
    without: bool,
) -> Iterator[Square]:
    """Yield squares near the detector's heads; for training also shifted, and around labels."""
    height, width = picture.shape[:2]
    heads = list(heads_of(detector.detect([picture])[0]))
    if without:
        heads = rng.sample(heads, min(_PER_KITCHEN, len(heads)))
    for head in heads:
        if not training:
            yield near(head, (height, width))
            continue
        for _ in range(1 if without else 2):
            yield near(_shifted(head, rng), (height, width), growth=GROWTH * rng.uniform(0.75, 1.25))
    for x0, y0, x1, y1 in boxes if training and not without else ():
        side = max(16.0, min(max(x1 - x0, y1 - y0) * rng.uniform(3, 8), max(height, width)))
        left = min(max((x0 + x1) / 2 - side * rng.uniform(0.25, 0.75), 0), max(0, width - side))
        top = min(max((y0 + y1) / 2 - side * rng.uniform(0.25, 0.75), 0), max(0, height - side))
        yield round(left), round(top), round(side)


def _shifted(head: NDArray[np.float32], rng: random.Random) -> NDArray[np.float32]:
    width, height = head[2:] - head[:2]
    x, y = rng.uniform(-_JITTER, _JITTER) * width, rng.uniform(-_JITTER, _JITTER) * height
    return head + np.array([x, y, x, y], np.float32)


def rows_in(square: Square, boxes: Sequence[Corners]) -> list[Row] | None:
    """Return the labels (corners in px of the picture) as rows of a square; None if it shows a part of one."""
    left, top, side = square
    rows = []
    for x0, y0, x1, y1 in boxes:
        a, b = (max(x0, left) - left) / side, (max(y0, top) - top) / side
        c, d = (min(x1, left + side) - left) / side, (min(y1, top + side) - top) / side
        inside = max(c - a, 0) * max(d - b, 0) * side**2 / max((x1 - x0) * (y1 - y0), 1e-9)
        if inside >= INSIDE:
            rows.append(Row(CLASS_ID[NAME], (a + c) / 2, (b + d) / 2, c - a, d - b))
        elif inside > OUTSIDE:
            return None
    return rows


def _copies(crop: Picture, rng: random.Random) -> Iterator[Picture]:
    """Yield a square as it is, and with as few pixels as a ceiling camera's if it has more."""
    yield fitted(crop, SIDE)
    least, most = FAINT
    across = round(least * (most / least) ** rng.random())
    if across >= crop.shape[0]:
        return
    small = cv2.resize(crop, (across, across), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(55, 92)])
    yield fitted(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8), SIDE)


def _write(out: Path, stem: str, shown: Picture, rows: Sequence[Row]) -> None:
    cv2.imwrite(str(out / "images" / f"{stem}.jpg"), shown, [cv2.IMWRITE_JPEG_QUALITY, 93])
    lines = (f"{row.number} {row.cx:.5f} {row.cy:.5f} {row.w:.5f} {row.h:.5f}\n" for row in rows)
    (out / "labels" / f"{stem}.txt").write_text("".join(lines), encoding="utf-8")
