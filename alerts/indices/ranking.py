"""The places of regions, and which three are last (后三名). Pure.

Source: 周晾晒、月通报; the last three get a reminder (domain.md 4.6).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

LAST = 3
TIES = ("rectified", "supervised")
"""Indicators that decide between equal indices, the first one first; an unknown value is the lowest."""


def places(results: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return the place of each result, 1 for the best; equal ones share a place, those without a score have none."""
    keys = {name: _key(one) for name, one in results.items() if one["score"] is not None}
    return {name: 1 + sum(other > key for other in keys.values()) for name, key in keys.items()}


def is_last(place: int | None, of: int) -> bool:
    """Return whether a place is one of the last three; among three or fewer nobody is."""
    return place is not None and of > LAST and place > of - LAST


def _key(result: Mapping[str, Any]) -> tuple[Decimal, ...]:
    values = [result["values"].get(name) for name in TIES]
    return (Decimal(result["score"]), *(Decimal(-1) if value is None else Decimal(value) for value in values))
