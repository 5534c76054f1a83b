"""The catalogue of trained models. The model that analysed a frame is part of the evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from models.base.errors import WeightsRefused
from models.base.jsonio import loads

ENTRY_FILE = "meta.json"
EngineName = Literal["openvino", "ultralytics"]
ENGINES: Final[tuple[EngineName, ...]] = get_args(EngineName)
"""Runtimes that can run weights (`vision.engines`)."""
Precision = Literal["f32", "bf16", "f16", "int8"]
PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)
"""Number formats in which the OpenVINO runtime can compute; int8 needs a separate graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """A trained model.

    Attributes:
        imgsz: side of the square input in pixels.
        classes: names in the order of the output channels.
        thresholds: lowest score at which a detection of a class counts.
        sha256: SHA-256 of each file of the model.
        int8_difference: difference between the scores of its int8 graph and of f32, measured at the export.
        left_to: class that it has not learnt → name of shipped weights that answer for it on rounds (`vision.rounds`).
        near_heads: class → name of shipped weights that look for it near heads, too.
    """

    folder: Path
    name: str
    version: str
    imgsz: int
    classes: tuple[str, ...]
    thresholds: dict[str, float]
    sha256: dict[str, str]
    licence: str
    origin: str
    int8_difference: float | None = None
    left_to: Mapping[str, str] = field(default_factory=dict)
    near_heads: Mapping[str, str] = field(default_factory=dict)

    def reference(self, file: str = "model.bin") -> dict[str, Any]:
        """Return what a violation records of its model; `file` is the file that was run."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256[file]}


def read_entry(folder: Path) -> ModelEntry:
    """Read the entry of a model from its folder.

    Raises:
        WeightsRefused: the entry is missing or incomplete.
    """
    try:
        raw = loads((folder / ENTRY_FILE).read_bytes())
        return ModelEntry(
            folder=folder,
            name=str(raw["name"]),
            version=str(raw["version"]),
            imgsz=int(raw["imgsz"]),
            classes=tuple(map(str, raw["classes"])),
            thresholds={str(name): float(score) for name, score in raw["thresholds"].items()},
            sha256={str(name): str(digest) for name, digest in raw["sha256"].items()},
            licence=str(raw["licence"]),
            origin=str(raw["origin"]),
            left_to={str(name): str(by) for name, by in raw.get("left_to", {}).items()},
            near_heads={str(name): str(by) for name, by in raw.get("near_heads", {}).items()},
            int8_difference=None if (told := raw.get("int8", {}).get("difference")) is None else float(told),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsRefused(f"cannot read {folder / ENTRY_FILE}: {error!r}") from error
