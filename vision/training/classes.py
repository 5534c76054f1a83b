"""The classes of the kitchen detector, and the classes that each data source labels.

A source labels only its own classes. All other classes are *unknown* in its pictures, not
absent: the masked loss (`vision.training.loss`) and the evaluation both read this table.
"""

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Final

LABELLED_FILE: Final = "labelled.json"
"""File in a prepared folder of a user's own pictures: the class numbers that they label."""

TEACHER_FILE: Final = "unsure.json"
"""File in a prepared folder: the pictures that a teacher has processed, with the class numbers it was unsure of."""

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
"""Name of the source of simulated pictures."""

PASTED: Final = "pasted"
"""Name of the source of heads that are pasted into kitchens (`vision.training.pasted`)."""

OWN: Final = "own-"
"""Prefix of the source name of a user's own pictures."""

SOURCE_CLASSES: Final[Mapping[str, Mapping[str, str]]] = {
    "hairnet_kitchen": {"hairnet": "head_covered", "no_hairnet": "head_bare"},
    "face_mask": {"mask": "mask", "mask_incorrect": "mask_incorrect", "no_mask": "no_mask"},
    # Its `head` box does not state whether the head is covered, so only the cigarette is used.
    "cigarette_head": {"cigarette": "cigarette"},
    "garbage_bin": {"garbage": "garbage", "garbage_bin": "bin", "overflow": "bin_open_or_overflow"},
    "fire_smoke": {"fire": "fire", "smoke": "smoke"},
    "cockroach": {"cockroach": "cockroach"},
    "gloves_workers": {"glove": "glove", "no_glove": "no_glove"},
    "rat_pet": {"rat": "rat"},
    "chef_heads": {"head_covered": "head_covered", "head_bare": "head_bare"},
    "hairnet_kitchen2": {"hairnet": "head_covered", "no_hairnet": "head_bare"},
    "cigarette_wide": {"cigarette": "cigarette"},
    "pets_oxford": {"cat": "cat", "dog": "dog"},
    # Some phones in its pictures have no box; those that the teacher is unsure of become unknown.
    "phone_in_hand": {"phone": "phone"},
    # Flames under a wok are no `fire`: the pictures teach what fire is not.
    "stove_flames": {},
    SIMULATED: {
        name: name for name in CLASSES if name not in {"glove", "no_glove", "fire", "smoke", "garbage", "cockroach"}
    },
}
"""For each source: its own class name → ours. A class that is missing here is unknown in that source."""

ABSENT: Final[Mapping[str, tuple[str, ...]]] = {
    "hairnet_kitchen": ("cigarette", "fire", "cockroach", "rat", "cat", "dog"),
    "rat_pet": ("cat", "dog"),
    "pets_oxford": ("rat", "cockroach"),
    "stove_flames": ("fire",),
}
"""For each source: classes that none of its pictures shows, although it does not label them (looked through by eye).

They are taught as absent, and are in no figure of the source."""

COMPLIANT_FILE: Final = "compliant.txt"
"""File of a source, copied into its prepared folder: the file stems of pictures in which nothing is wrong."""

COMPLIANT_LACKS: Final = (
    "head_bare",
    "mask_incorrect",
    "cigarette",
    "fire",
    "smoke",
    "bin_open_or_overflow",
    "garbage",
    "cockroach",
    "rat",
    "cat",
    "dog",
)
"""Classes that a compliant picture does not show. Bare faces and hands are not among them: outside special rooms they
are allowed, and those pictures show some. Phones are left to the teacher."""

TEACHER_CLASSES: Final[Mapping[int, str]] = {0: "person", 67: "phone"}
"""COCO class number → ours: classes that are retained by pseudo-labels of a COCO detector.

Its cats and dogs are not used. Of the first 64 such boxes in these sources two were dogs and none a cat; the rest
were rats, gloves, faces and bread, and taught the detector to confuse rats with cats. Without pictures of them both
classes stay unknown, until a user adds a folder that labels them (``mingchu model prepare --own``)."""


def labelled_ids(source: str) -> frozenset[int]:
    """Return the class numbers that ``source`` labels completely.

    Raises:
        KeyError: ``source`` is not in `SOURCE_CLASSES`.
    """
    return frozenset(CLASS_ID[name] for name in SOURCE_CLASSES[source].values())


def labelled_in(folder: Path) -> frozenset[int]:
    """Return the class numbers that a prepared source folder labels completely, by its own file or the table.

    Raises:
        KeyError: neither has the folder.
    """
    note = folder / LABELLED_FILE
    return frozenset(json.loads(note.read_text())) if note.exists() else labelled_ids(folder.name)


def absent_in(folder: Path, stem: str) -> frozenset[int]:
    """Return the class numbers that a picture of a prepared folder is known not to show, beyond what it labels."""
    names = set(ABSENT.get(folder.name, ()))
    if stem in compliant_in(folder):
        names |= {*COMPLIANT_LACKS}
    return frozenset(CLASS_ID[name] for name in names)


@cache
def compliant_in(folder: Path) -> frozenset[str]:
    """Return the file stems of a source's or a prepared folder's pictures in which nothing is wrong."""
    note = folder / COMPLIANT_FILE
    return frozenset(note.read_text(encoding="utf-8").split()) if note.exists() else frozenset()


def looked_at(folder: Path) -> dict[str, list[int]]:
    """Return pictures (file stems) of a prepared folder that a teacher has processed → class numbers it was unsure of.

    The file of an older release names only the pictures with unsure classes; it was written after the teacher had
    processed all, so all present pictures count as processed.
    """
    note = folder / TEACHER_FILE
    if not note.exists():
        return {}
    told = json.loads(note.read_text(encoding="utf-8"))
    if isinstance(seen := told.get("seen"), dict):
        return seen
    return {path.stem: told.get(path.stem, []) for path in (folder / "images").iterdir()}


def remember_looks(folder: Path, seen: Mapping[str, Collection[int]]) -> None:
    """Store what `looked_at` returns."""
    text = json.dumps({"seen": {stem: sorted(unsure) for stem, unsure in seen.items()}})
    (folder / TEACHER_FILE).write_text(text, encoding="utf-8")
