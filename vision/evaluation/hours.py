"""Frames of correct dress, each played for an hour as a camera would send it, in the product's own way.

Such an hour is a still that is held: nobody walks in it. What changes from frame to frame is what a fixed camera
changes by itself: it sways by less than a pixel, its exposure flickers, its sensor has noise, and every frame is
compressed anew. So the hour asks what the rules over time, the second look and the furniture make of scenes that stay
as they are, not what they make of people who move. Time is virtual, and a still has a bounded number of different
pictures, which come in an order drawn by a seed: the detector runs once on each.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import cv2
import numpy as np

from models.base.errors import Invalid
from models.base.textio import read_text
from models.catalogue.terms import Zone
from vision.closeups.second_look import CloseUps
from vision.engines.detector import Detector
from vision.evaluation.labels import class_names, origins, our_name, pictures_of, read_truth
from vision.judging.detections import Detections
from vision.judging.judge import CameraJudge, Opened
from vision.judging.rules import RuleSet
from vision.pictures.decode import MAX_SIDE, Picture, decode, encode, read_picture
from vision.pictures.gate import shrunk
from vision.pipeline.eye import Eye
from vision.rounds.heads import whole_of
from vision.rounds.rounds import detected

COMPLIANT_FILE: Final = "compliant.txt"
"""File of a data folder: the file stems of pictures in which nothing is wrong."""
MOST_STILLS: Final = 2_000
"""Most stills of one folder."""
SWAY: Final = 0.5
"""Largest shift of a frame in pixels of the still, each way."""
FLICKER: Final = 0.015
"""Standard deviation of the exposure, as a share of it."""
NOISE: Final = 3.0
"""Standard deviation of the sensor's noise in grey levels."""
QUALITY: Final = (78, 92)
"""JPEG quality of a frame: from, to."""
FOOTAGE: Final = "footage"
"""Split of stills that are no part of a data folder."""
_HEADS: Final = {0: "head_covered", 1: "head_bare"}
_CLOCK: Final = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("pastry_office", "office"),
    ("office", "office"),
    ("pastry_cam", "ceiling"),
    ("cam_prep", "ceiling"),
    ("Frame_", "ceiling"),
    ("tapo", "counter"),
    ("hair", "office"),
    ("video_", "film"),
)
"""Beginning of a film's name → what kind of camera took it (looked at by eye). The first that fits counts."""
KINDS: Final[Mapping[str, str]] = {
    "ceiling": "后厨吸顶摄像头 ceiling camera of a kitchen",
    "counter": "快餐后厨近处摄像头 near camera of a fast-food kitchen",
    "film": "食品厂影片（非监控）films of food factories, no fixed camera",
    "office": "办公室监控 camera of an office",
    "other": "其他 other",
}
"""Kind of camera → its name."""


def kind_of(film: str) -> str:
    """Return what kind of camera took a film of the data folders, of `KINDS`."""
    return next((kind for begins, kind in _KINDS if film.startswith(begins)), "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A frame in which nothing is wrong; `folder` is the name of its data folder, `film` what it was cut from."""

    path: Path
    folder: str
    split: str
    film: str

    @property
    def kind(self) -> str:
        """The kind of its camera, of `KINDS`."""
        return kind_of(self.film)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a still is played.

    Attributes:
        seconds, fps: for how long, and how many frames a second.
        pictures: number of different pictures of the still.
        gated: whether the motion gate may pass frames over, as it does in the product.
        seed: of sway, flicker, noise, quality and order.
        zone: the zone of the camera, in opening hours.
    """

    seconds: int = 3600
    fps: float = 1.0
    pictures: int = 20
    gated: bool = True
    seed: int = 1
    zone: Zone = Zone.cooking


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What a still raised: a code for each violation that a rule opened, with its second, in order."""

    still: Still
    seconds: int
    opened: tuple[tuple[str, float], ...]


def thinned(stills: Sequence[Still], *, most: int) -> list[Still]:
    """Return at most `most` stills of each folder, split and film, evenly spaced: those of a film are much alike."""
    films: dict[tuple[str, str, str], list[Still]] = {}
    for still in stills:
        films.setdefault((still.folder, still.split, still.film), []).append(still)
    return [
        film[number * len(film) // min(most, len(film))]
        for film in films.values()
        for number in range(min(most, len(film)))
    ]


def compliant_in(folder: Path) -> list[Still]:
    """Return the pictures of a data folder in which nothing is wrong.

    They are those of its `compliant.txt`; without this file, those whose labels have a covered head and no bare one.

    Raises:
        Invalid: there are none or too many, a name has no picture, or a label is unreadable.
    """
    rows = origins(folder, wanted=False)
    paths = {path.stem: path for path in pictures_of(folder)}
    note = folder / COMPLIANT_FILE
    if note.exists():
        stems = sorted(set(read_text(note).split()))
        missing = [stem for stem in stems if stem not in paths]
        if missing:
            raise Invalid(f"{note}: {missing[0]} is no picture of images/")
    else:
        known = {i: name for i, name in enumerate(map(our_name, class_names(folder))) if name in _HEADS.values()}
        stems = [stem for stem in paths if _is_dressed(folder / "labels" / f"{stem}.txt", known)]
    found = [
        Still(path=paths[stem], folder=folder.resolve().name, split=split or "all", film=film or stem)
        for stem in stems
        for split, film in [rows.get(stem, ("", ""))]
    ]
    return _checked(
        found, folder, "a picture in compliant.txt, or one whose labels have a covered head and no bare one"
    )


def footage_in(folder: Path) -> list[Still]:
    """Return the stills (x.jpg with x.txt: 0 covered, 1 bare head) of a folder that show covered heads alone.

    Raises:
        Invalid: there are none or too many, or a label is unreadable.
    """
    name = folder.resolve().name
    dressed = [path for path in sorted(folder.glob("*.jpg")) if _is_dressed(path.with_suffix(".txt"), _HEADS)]
    found = [Still(path=path, folder=name, split=FOOTAGE, film=name) for path in dressed]
    return _checked(found, folder, "stills x.jpg whose labels x.txt have a covered head (0) and no bare one (1)")


def _is_dressed(label: Path, known: Mapping[int, str]) -> bool:
    return set(read_truth(label, known)) == {"head_covered"}


def _checked(stills: list[Still], folder: Path, wanted: str) -> list[Still]:
    if not 0 < len(stills) <= MOST_STILLS:
        raise Invalid(f"{folder}: {len(stills)} stills; expected 1 to {MOST_STILLS}: {wanted}")
    return stills


def varied(still: Picture, *, count: int, seed: int) -> list[bytes]:
    """Return frames (JPEG) of a still (H, W, 3) as a fixed camera would send it, drawn by a seed."""
    rng = np.random.default_rng(seed)
    height, width = still.shape[:2]
    frames = []
    for _ in range(count):
        dx, dy = rng.uniform(-SWAY, SWAY, 2)
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        frame = cv2.warpAffine(still, shift, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        noisy = frame.astype(np.float32) * (1 + rng.normal(0, FLICKER))
        noisy += rng.standard_normal(noisy.shape, np.float32) * NOISE
        quality = int(rng.integers(QUALITY[0], QUALITY[1] + 1))
        frames.append(encode(np.clip(noisy, 0, 255).astype(np.uint8), quality=quality))
    return frames


def play(detector: Detector, rules: RuleSet, still: Still, course: Course, *, closeups: CloseUps | None = None) -> Hour:
    """Play a still through motion gate, furniture, rules and, with `closeups`, the second look.

    The health of the picture is not asked: none of this makes a camera look frozen, covered or moved.

    Raises:
        Invalid: the file is no picture.
    """
    seed = crc32(f"{course.seed} {still.folder} {still.path.stem}".encode())
    jpegs = varied(read_picture(still.path, long_side=MAX_SIDE), count=course.pictures, seed=seed)
    small = [decode(jpeg, long_side=detector.entry.imgsz) for jpeg in jpegs]
    found: dict[int, Detections] = {}
    tiny = [shrunk(picture) for picture in small]
    eye = Eye(CameraJudge(rules, zone=course.zone), closeups=closeups)
    opened = []
    order = np.random.default_rng(seed).integers(course.pictures, size=int(course.seconds * course.fps))
    for number, which in enumerate(order.tolist()):
        second = number / course.fps
        at = _CLOCK + timedelta(seconds=second)
        seen = None
        if not course.gated or eye.gate.wants(tiny[which], at_s=at.timestamp()):
            if which not in found:
                found[which] = detected(detector, small[which], partial(whole_of, jpegs[which]))
            seen = found[which]
        changes = eye.see(small[which], seen, at=at, closed=False, jpeg=jpegs[which])
        opened += [(change.rule.code, second) for change in changes if isinstance(change, Opened)]
    return Hour(still=still, seconds=course.seconds, opened=tuple(opened))


def as_rows(hours: Sequence[Hour]) -> list[dict[str, Any]]:
    """Return for each folder, split and kind of camera: stills, hours, and per code what was raised, on which stills.

    Everything that was raised is a false alarm. A violation counts each time that a rule opens it; the platform joins
    what it opens again while an alert of it is open.
    """
    groups: dict[tuple[str, str, str], list[Hour]] = {}
    for hour in hours:
        groups.setdefault((hour.still.folder, hour.still.split, hour.still.kind), []).append(hour)
    return [
        {
            "folder": folder,
            "split": split,
            "kind": kind,
            "stills": len(group),
            "hours": round(sum(hour.seconds for hour in group) / 3600, 3),
            "false": dict(sorted(Counter(code for hour in group for code, _ in hour.opened).items())),
            "raised_by": {hour.still.path.stem: _counted(hour) for hour in group if hour.opened},
        }
        for (folder, split, kind), group in sorted(groups.items())
    ]


def with_rows_of(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `mingchu model hours` told now, with its earlier rows of other folders that were played alike."""
    if any(before.get(key) != value for key, value in now.items() if key != "rows"):
        return dict(now)
    rows = {(row["folder"], row["split"], row["kind"]): row for row in (*before["rows"], *now["rows"])}
    return {**now, "rows": [rows[key] for key in sorted(rows)]}


def per_day(false: int, hours: float) -> float:
    """Return false alarms per camera and day of 24 hours."""
    return 24 * false / hours


def _counted(hour: Hour) -> dict[str, int]:
    return dict(sorted(Counter(code for code, _ in hour.opened).items()))
