"""The classes of the kitchen detector and what each data source says about them.

A source labels only its own classes. Whatever it does not label is *unknown* in its pictures, never
"absent": the masked loss (`vision.training.loss`) and the evaluation both read this table.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

LABELLED_FILE: Final = "labelled.json"
"""In a prepared folder of a user's own pictures: the class numbers that they label."""

TEACHER_FILE: Final = "unsure.json"
"""In a prepared folder: the pictures that a teacher has looked at, each with the class numbers it was unsure of."""

CLASSES: Final[tuple[str, ...]] = (
    "head_covered",
    "head_bare",
    "mask",
    "mask_incorrect",
    "no_mask",
    "glove",
    "no_glove",
    "cigarette",
    "fire",
    "smoke",
    "bin",
    "bin_open_or_overflow",
    "garbage",
    "cockroach",
    "rat",
    "person",
    "cat",
    "dog",
    "phone",
)
"""Class names in the order of the model's output channels."""

CLASS_ID: Final[Mapping[str, int]] = {name: i for i, name in enumerate(CLASSES)}

SIMULATED: Final = "simulated"
"""Name of the source whose pictures our own simulator draws."""

OWN: Final = "own-"
"""Begins the source name of a user's own pictures."""

SOURCE_CLASSES: Final[Mapping[str, Mapping[str, str]]] = {
    "hairnet_kitchen": {"hairnet": "head_covered", "no_hairnet": "head_bare"},
    "face_mask": {"mask": "mask", "mask_incorrect": "mask_incorrect", "no_mask": "no_mask"},
    # Its `head` box says nothing about covering, so only the cigarette is taken.
    "cigarette_head": {"cigarette": "cigarette"},
    "garbage_bin": {"garbage": "garbage", "garbage_bin": "bin", "overflow": "bin_open_or_overflow"},
    "fire_smoke": {"fire": "fire", "smoke": "smoke"},
    "cockroach": {"cockroach": "cockroach"},
    "gloves_workers": {"glove": "glove", "no_glove": "no_glove"},
    "rat_pet": {"rat": "rat"},
    SIMULATED: {
        name: name for name in CLASSES if name not in {"glove", "no_glove", "fire", "smoke", "garbage", "cockroach"}
    },
}
"""For each source: its own class name → ours. A class that is missing here is unknown in that source."""

TEACHER_CLASSES: Final[Mapping[int, str]] = {0: "person", 67: "phone"}
"""COCO class number → ours: kept alive by pseudo-labels of a COCO detector.

Its cats and dogs are not taken. Of the first 64 such boxes in these sources two were dogs and none a cat; the rest
were rats, gloves, faces and bread, and taught the detector to take a rat for a cat. Without pictures of them both
classes stay unknown, until somebody brings a folder that labels them (``mingchu model prepare --own``)."""


def labelled_ids(source: str) -> frozenset[int]:
    """Class numbers that ``source`` labels completely.

    Raises:
        KeyError: ``source`` is not in `SOURCE_CLASSES`.
    """
    return frozenset(CLASS_ID[name] for name in SOURCE_CLASSES[source].values())


def labelled_in(folder: Path) -> frozenset[int]:
    """Class numbers that a prepared source folder labels completely: by its own note, else by the table.

    Raises:
        KeyError: neither knows the folder.
    """
    note = folder / LABELLED_FILE
    return frozenset(json.loads(note.read_text())) if note.exists() else labelled_ids(folder.name)


def looked_at(folder: Path) -> dict[str, list[int]]:
    """Pictures (file stems) of a prepared folder that a teacher has looked at → class numbers it was unsure of.

    A note of an older release names only the pictures that left the teacher unsure; it was written when all were
    looked at, and is taken to speak of all that are there.
    """
    note = folder / TEACHER_FILE
    if not note.exists():
        return {}
    told = json.loads(note.read_text(encoding="utf-8"))
    if isinstance(seen := told.get("seen"), dict):
        return seen
    return {path.stem: told.get(path.stem, []) for path in (folder / "images").iterdir()}


def remember_looks(folder: Path, seen: Mapping[str, Collection[int]]) -> None:
    """Write down what `looked_at` gives."""
    text = json.dumps({"seen": {stem: sorted(unsure) for stem, unsure in seen.items()}})
    (folder / TEACHER_FILE).write_text(text, encoding="utf-8")
