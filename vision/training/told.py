"""How cards tell figures of ``meta.json``."""

from collections.abc import Mapping
from typing import Any


def number(value: float | None) -> str:
    """Return a figure with three digits, and a dash for one that does not exist."""
    return "–" if value is None else f"{value:.3f}"


def figures_of(meta: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return source, class and figures of every class that a held-out source labels."""
    return [(source, name, f) for source, of_class in meta["figures"].items() for name, f in of_class.items()]
