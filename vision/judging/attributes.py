"""What a second look distinguishes, and how its answer about several crops is read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "head": ("head_covered", "head_bare", "no_head"),
    "mask": ("mask", "mask_incorrect", "no_mask", "mask_hidden"),
    "cigarette": ("cigarette", "no_cigarette"),
    "phone": ("phone", "no_phone"),
    "hand": ("glove", "no_glove", "no_hand"),
}
"""Attribute → its values, of which one is true."""

VALUES: Final[tuple[str, ...]] = tuple(value for values in ATTRIBUTES.values() for value in values)
"""All values, in the order of the network's outputs."""

VETO: Final = 0.15
"""Mean probability of the bad values up to which a rule that says nothing else does not open: on validation crops it
0.2 refutes no true find of a bare head, bare face, cigarette or phone, and a quarter to two thirds of the false ones;
0.15 leaves some room."""
CONFIRM: Final = 0.8
"""Mean probability from which the second look confirms; between the two it says nothing."""

Answer = Literal["confirmed", "refuted", "unknown"]
ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a second look found.

    Attributes:
        answer: of the rule's thresholds.
        share: mean probability of the rule's bad values over the crops, 0–1.
        crops: number of crops.
        model: name, version and sha256 of the network.
        jpeg: the crops side by side, as evidence; empty where nothing keeps it.
    """

    answer: Answer
    share: float
    crops: int
    model: Mapping[str, Any]
    jpeg: bytes = b""

    def as_json(self) -> dict[str, Any]:
        """Return what a violation stores."""
        return {"answer": self.answer, "share": round(self.share, 4), "crops": self.crops, "model": dict(self.model)}


def attribute_of(name: str) -> str | None:
    """Return the attribute that decides on a class of the detector; None for a class without one."""
    return next((attribute for attribute, values in ATTRIBUTES.items() if name in values), None)


def shares_of(attribute: str, shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities of one attribute's values: (N, all values) → (N, its values)."""
    first = VALUES.index(ATTRIBUTES[attribute][0])
    return shares[:, first : first + len(ATTRIBUTES[attribute])]


def bad_share(attribute: str, bad: frozenset[str], shares: NDArray[np.float32]) -> float:
    """Return the mean probability (0–1) of an attribute's `bad` values over crops (N, all values), N ≥ 1."""
    chosen = [i for i, value in enumerate(ATTRIBUTES[attribute]) if value in bad]
    return float(shares_of(attribute, shares)[:, chosen].sum(axis=1).mean())


def read_share(share: float, *, veto: float, confirm: float) -> Answer:
    """Return the answer of a mean probability."""
    if share <= veto:
        return "refuted"
    return "confirmed" if share >= confirm else "unknown"


def best_moments(
    trail: Sequence[tuple[float, NDArray[np.float32]]], *, most: int
) -> list[tuple[float, NDArray[np.float32]]]:
    """Return the `most` moments (at_s, box) with the largest boxes, the newest first where they are alike."""

    def size(box: NDArray[np.float32]) -> float:
        return float((box[2] - box[0]) * (box[3] - box[1]))

    return sorted(trail, key=lambda moment: (-round(size(moment[1]), 3), -moment[0]))[:most]
