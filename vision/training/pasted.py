"""Paste labelled heads of close pictures, at the size of a camera's, into kitchens: a training source of its own.

Pictures of 224 px show a chef's hat or a bare head over half of their height; on a ceiling camera a head has 15 to
60 px. Each head is cut out of its picture with a soft edge, reduced, brought near the light of its place, and laid
beside the labelled heads of a real or a drawn kitchen. Heads and rooms come from the prepared training part alone, so
that no held-out picture is among them; ``sources.csv`` names the room's film and the pictures of the heads.
"""

import csv
import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.base.errors import Invalid
from vision.evaluation.hours import kind_of
from vision.evaluation.labels import Row, origins, pictures_of, read_rows
from vision.pictures.decode import MAX_SIDE, Picture, read_picture
from vision.training.classes import CLASS_ID, LABELLED_FILE, PASTED, SIMULATED

HEADS_FROM: Final = "chef_heads"
"""Source of the heads."""
REAL_ROOMS: Final = "hairnet_kitchen"
"""Source of real rooms, of which the films of ceiling cameras in kitchens are taken. It labels every head, as drawn
kitchens do."""
NAMES: Final = ("head_covered", "head_bare")
MOST: Final = 5_000
"""Most pictures of one run."""
MOST_HEADS: Final = 5
"""Most heads pasted into one room."""
SIDES: Final = (0.025, 0.11)
"""Longer side of a pasted head as a share of the room's longer side: 13 to 56 px of 512."""
CLOSEST: Final = 24
"""Least longer side in px of a head in its own picture: a smaller one would have to be enlarged."""
_ROUND: Final = 0.3
"""How much more is cut out around a head and face, as a share of their longer side on each side, for the soft edge."""
_FACE: Final = 0.8
"""Height of what is pasted below the box of a hat or of hair, as a share of it: the face, so that it is a head."""
_LIGHT: Final = (0.6, 1.5)
"""Bounds of the gain that brings a head near the light of its place."""
_GREY: Final = 22.0
"""Mean saturation (0–255) below which a room counts as colourless, and its heads are made so."""
_TRIES: Final = 12
_HEADER: Final = ("file", "split", "source", "heads")

Corners = tuple[int, int, int, int]
"""x0, y0, x1, y1 in px."""


@dataclass(frozen=True, slots=True)
class Head:
    """A labelled head of a close picture: the picture, its class number, and its box."""

    path: Path
    number: int
    row: Row


def paste_heads(out: Path, *, count: int, seed: int) -> int:
    """Write ``count`` pictures into ``out/train/pasted``, except existing ones; the same seed pastes the same heads.

    Returns:
        The number of pictures, including existing ones.

    Raises:
        Invalid: ``out`` lacks heads or rooms in its training part, or ``count`` is out of bounds.
    """
    if not 0 < count <= MOST:
        raise Invalid(f"{count} pictures with pasted heads: expected 1 to {MOST}")
    train, wanted = out / "train", frozenset(CLASS_ID[name] for name in NAMES)
    heads = _heads(train / HEADS_FROM, wanted)
    rooms = _rooms(train)
    if not heads or not rooms:
        lacking = (
            f"heads of {HEADS_FROM}" if not heads else f"ceiling camera of {REAL_ROOMS} and no {SIMULATED} kitchen"
        )
        raise Invalid(f"{train}: it has no {lacking}; prepare that source first")
    folder = train / PASTED
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / LABELLED_FILE).write_text(json.dumps(sorted(wanted)))
    by_class = [[head for head in heads if head.number == number] for number in sorted(wanted)]
    rows = [_write(folder, number, [one for one in by_class if one], rooms, seed=seed) for number in range(count)]
    _note(folder, rows)
    return len(rows)


def _heads(folder: Path, wanted: frozenset[int]) -> list[Head]:
    if not (folder / "images").is_dir():
        return []
    return [
        Head(path, row.number, row)
        for path in pictures_of(folder)
        for row in read_rows(folder / "labels" / f"{path.stem}.txt")
        if row.number in wanted
    ]


def _rooms(train: Path) -> list[Path]:
    """Return the pictures of ceiling cameras in kitchens, and drawn kitchens."""
    found: list[Path] = []
    if (train / REAL_ROOMS / "images").is_dir():
        films = origins(train / REAL_ROOMS, wanted=True)
        found = [
            one for one in pictures_of(train / REAL_ROOMS) if kind_of(films.get(one.stem, ("", ""))[1]) == "ceiling"
        ]
    if (train / SIMULATED / "images").is_dir():
        found += pictures_of(train / SIMULATED)
    return found


def _write(
    folder: Path, number: int, by_class: Sequence[Sequence[Head]], rooms: Sequence[Path], *, seed: int
) -> tuple[str, str, str, str]:
    """Write one picture unless it is there; return its row of ``sources.csv``."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - a picture generator
    room = rng.choice(rooms)
    chosen = [rng.choice(rng.choice(by_class)) for _ in range(rng.randint(1, MOST_HEADS))]
    stem = f"pasted{seed:04d}_{number:05d}"
    label = folder / "labels" / f"{stem}.txt"
    if not label.exists():
        picture, rows = with_heads(room, chosen, rng)
        cv2.imwrite(str(folder / "images" / f"{stem}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        text = "".join(f"{r.number} {r.cx:.6f} {r.cy:.6f} {r.w:.6f} {r.h:.6f}\n" for r in rows)
        label.write_text(text)  # last, so that a picture with labels is complete
    film = origins(room.parent.parent, wanted=False).get(room.stem, ("", ""))[1] or room.stem
    return stem, "train", f"{room.parent.parent.name}/{film}", " ".join(head.path.stem for head in chosen)


def _note(folder: Path, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Write ``sources.csv``; rows of an earlier run with another seed or more pictures stay."""
    note, known = folder / "sources.csv", {row[0]: row for row in rows}
    if note.exists():
        earlier = csv.DictReader(io.StringIO(note.read_text(encoding="utf-8")))
        for row in earlier:
            one = tuple(row.get(name) or "" for name in _HEADER)
            known.setdefault(one[0], (one[0], one[1], one[2], one[3]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(known[stem] for stem in sorted(known))
    note.write_text(text.getvalue(), encoding="utf-8")


def with_heads(room: Path, heads: Sequence[Head], rng: random.Random) -> tuple[Picture, list[Row]]:
    """Return a room's picture with heads pasted beside its own, and all heads' boxes as shares of it.

    A head for which no free place is found, or that is too small in its own picture, is left out.

    Raises:
        Invalid: a file is no picture, or a label is unreadable.
    """
    canvas = read_picture(room, long_side=MAX_SIDE).copy()
    height, width = canvas.shape[:2]
    kept = read_rows(room.parent.parent / "labels" / f"{room.stem}.txt")
    rows = [row for row in kept if row.number in {CLASS_ID[name] for name in NAMES}]
    things = [row for row in kept if row.number != CLASS_ID["person"]]  # people may be covered in part, not the rest
    taken = [_corners(row, width, height) for row in things]
    colourless = float(cv2.cvtColor(canvas, cv2.COLOR_BGR2HSV)[..., 1].mean()) < _GREY
    for head in heads:
        row = _pasted(canvas, head, taken, colourless=colourless, rng=rng)
        if row is not None:
            rows.append(row)
    return canvas, rows


def _pasted(canvas: Picture, head: Head, taken: list[Corners], *, colourless: bool, rng: random.Random) -> Row | None:
    """Paste one head at a free place of the canvas; return its box, or None if there is none."""
    close = read_picture(head.path, long_side=MAX_SIDE)
    x0, y0, x1, y1 = _corners(head.row, close.shape[1], close.shape[0])
    longer = max(x1 - x0, y1 - y0)
    height, width = canvas.shape[:2]
    side = max(width, height) * SIDES[0] * (SIDES[1] / SIDES[0]) ** rng.random()
    if longer < max(CLOSEST, side):
        return None
    chin = min(close.shape[0], y1 + round(_FACE * (y1 - y0)))
    around = round(_ROUND * max(x1 - x0, chin - y0))
    left, top = max(0, x0 - around), max(0, y0 - around)
    cut = close[top : min(close.shape[0], chin + around), left : min(close.shape[1], x1 + around)]
    scale = side / longer
    small = np.asarray(cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    box = tuple((at - of) * scale for at, of in ((x0, left), (y0, top), (x1, left), (y1, top)))
    if rng.random() < 0.5:  # noqa: PLR2004 - every other head is mirrored
        small = np.ascontiguousarray(small[:, ::-1])
        box = (small.shape[1] - box[2], box[1], small.shape[1] - box[0], box[3])
    place = _free(taken, small.shape[1], small.shape[0], width=width, height=height, rng=rng)
    if place is None:
        return None
    x, y = place
    whole = (box[0], box[1], box[2], (chin - top) * scale)
    _blend(canvas[y : y + small.shape[0], x : x + small.shape[1]], small, whole, colourless=colourless)
    taken.append((x, y, x + small.shape[1], y + small.shape[0]))
    edges = (
        min(max((x + box[0]) / width, 0.0), 1.0),
        min(max((y + box[1]) / height, 0.0), 1.0),
        min(max((x + box[2]) / width, 0.0), 1.0),
        min(max((y + box[3]) / height, 0.0), 1.0),
    )
    return Row(
        number=head.number,
        cx=(edges[0] + edges[2]) / 2,
        cy=(edges[1] + edges[3]) / 2,
        w=edges[2] - edges[0],
        h=edges[3] - edges[1],
    )


def _corners(row: Row, width: int, height: int) -> Corners:
    return (
        int((row.cx - row.w / 2) * width),
        int((row.cy - row.h / 2) * height),
        round((row.cx + row.w / 2) * width),
        round((row.cy + row.h / 2) * height),
    )


def _free(
    taken: Sequence[Corners], w: int, h: int, *, width: int, height: int, rng: random.Random
) -> tuple[int, int] | None:
    """Return the upper left corner of a place of w × h px that touches nothing that is taken."""
    if w >= width or h >= height:
        return None
    for _ in range(_TRIES):
        x, y = rng.randint(0, width - w), rng.randint(0, height - h)
        if all(x + w <= a or c <= x or y + h <= b or d <= y for a, b, c, d in taken):
            return x, y
    return None


def _blend(place: Picture, small: Picture, box: Sequence[float], *, colourless: bool) -> None:
    """Lay a cut-out (h, w, 3) onto a place of the same size: opaque inside the head's box, fading out around it."""
    head = small.astype(np.float32)
    if colourless:
        head = np.repeat(head @ np.array([[0.114], [0.587], [0.299]], np.float32), 3, axis=2)
    gain = float(np.sqrt((place.mean() + 1) / (head.mean() + 1)))  # half way: a dark room does not make hats black
    head *= min(max(gain, _LIGHT[0]), _LIGHT[1])
    share = _share(small.shape[0], small.shape[1], box)[..., None]
    place[:] = np.clip(share * head + (1 - share) * place.astype(np.float32), 0, 255).astype(np.uint8)


def _share(h: int, w: int, box: Sequence[float]) -> NDArray[np.float32]:
    """Return how much of the cut-out each pixel (h, w) shows: 1 in the box but for its corners, 0 far from it."""
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    wide, high = max(1.0, (box[2] - box[0]) / 2), max(1.0, (box[3] - box[1]) / 2)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32) + 0.5
    away = (((x - cx) / wide) ** 4 + ((y - cy) / high) ** 4) ** 0.25
    return np.asarray(np.clip((1 + 2 * _ROUND - away) / (2 * _ROUND), 0, 1), np.float32)
