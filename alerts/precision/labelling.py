"""Verdicts as labels for training: a line for each violation, and the label rows of each picture and class. Pure."""

import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.base.clock import parse_rfc3339

_SPLITS = ("val", "test", *["train"] * 6)
_PICTURE = re.compile(r"[0-9a-f]{64}\.jpg")
_SIDES = ("x", "y", "w", "h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A violation with the verdict on its alert, and the picture that shows it: a line of the manifest.

    Attributes:
        found_at: when the platform received the frame.
        model, rule: what detected and judged it, as the violation states them.
        picture: file name of the picture, by the sha256 of its original.
        sha256: of the file in the folder.
        redacted: faces are hidden in the file.
        boxes: `[{"name", "score", "x", "y", "w", "h"}]`, shares of the picture, top-left corner and size.
    """

    violation_id: UUID
    alert_id: UUID
    code: str
    confirmed: bool
    camera: str
    found_at: datetime
    model: Mapping[str, Any]
    rule: Mapping[str, Any]
    picture: str
    sha256: str
    redacted: bool
    boxes: tuple[Mapping[str, Any], ...]

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Self:
        """Return a line that `as_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it did not write this.
        """
        picture = str(raw["picture"])
        if not _PICTURE.fullmatch(picture):
            raise ValueError(f"picture {picture[:80]!r}: expected a sha256 and .jpg")
        return cls(
            violation_id=UUID(raw["violation_id"]),
            alert_id=UUID(raw["alert_id"]),
            code=str(raw["code"]),
            confirmed={"confirmed": True, "rejected": False}[raw["verdict"]],
            camera=str(raw["camera"]),
            found_at=parse_rfc3339(raw["time"]),
            model=dict(raw["model"]),
            rule=dict(raw["rule"]),
            picture=picture,
            sha256=str(raw["sha256"]),
            redacted=bool(raw["redacted"]),
            boxes=tuple(dict(box) for box in raw["boxes"]),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the line in the form of the manifest."""
        return {
            "violation_id": self.violation_id,
            "alert_id": self.alert_id,
            "code": self.code,
            "verdict": "confirmed" if self.confirmed else "rejected",
            "camera": self.camera,
            "time": self.found_at,
            "model": dict(self.model),
            "rule": dict(self.rule),
            "picture": self.picture,
            "sha256": self.sha256,
            "redacted": self.redacted,
            "boxes": [dict(box) for box in self.boxes],
        }


def classes_of(boxes: Iterable[Mapping[str, Any]], known: Collection[str]) -> frozenset[str]:
    """Return the known classes of boxes that have a place in the picture."""
    return frozenset(box["name"] for box in boxes if box.get("name") in known and _row(box) is not None)


def label_text(lines: Iterable[Line], name: str) -> str:
    """Return the label file of one picture and class: a row `0 cx cy w h` for each box of a confirmed violation.

    A rejected violation adds no row, so a picture of rejected ones alone is a negative. Two violations of one frame
    show the same boxes; each is one row.
    """
    boxes = (box for line in lines if line.confirmed for box in line.boxes if box.get("name") == name)
    return "".join(sorted({row for box in boxes if (row := _row(box)) is not None}))


def _row(box: Mapping[str, Any]) -> str | None:
    """Return a row of a label file, cropped to the picture; None if nothing of the box is in it."""
    sides = [box.get(side) for side in _SIDES]
    if not all(isinstance(side, int | float) for side in sides):
        return None
    x, y, w, h = (float(side or 0) for side in sides)
    left, right, top, bottom = (min(1.0, max(0.0, edge)) for edge in (x, x + w, y, y + h))
    if right <= left or bottom <= top:
        return None
    return f"0 {(left + right) / 2:.6f} {(top + bottom) / 2:.6f} {right - left:.6f} {bottom - top:.6f}\n"


def split_of(camera: str) -> str:
    """Return the split of a camera: 1/8 of the cameras go to `val`, 1/8 to `test`, so no camera is in two."""
    return _SPLITS[zlib.crc32(camera.encode()) % len(_SPLITS)]


def sources_text(lines: Iterable[Line]) -> str:
    """Return the `sources.csv` of a folder: file, split, and the camera as the source."""
    rows = sorted({(line.picture, split_of(line.camera), line.camera) for line in lines})
    return "file,split,source\n" + "".join(f"{file},{split},{source}\n" for file, split, source in rows)
