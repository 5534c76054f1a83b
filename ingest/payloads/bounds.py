"""Bounds of what a device may claim: births, numbers, values, details. Pure.

A device's claims end in sums, columns and JSON that all users read. At the entry, claims outside these bounds are
refused, or counted as the bound.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from models.base.errors import Invalid

LARGEST_NUMBER = 2**53 - 1
"""Largest whole number that every JSON reader keeps exact."""
LARGEST_VALUE = 1e12
"""Bound of a measured value; no sensor of the catalogue comes near it, in any unit."""
MOST_MISSING = 1_000_000
"""A larger gap counts as this many missing messages."""
BIRTH_AHEAD = timedelta(hours=24)
"""A birth numbered by a clock this far ahead is refused: the node would be offline until then."""

_FIRST_CLOCK = 1_500_000_000
_CLOCK_UNITS = ((100_000_000_000, 1.0), (100_000_000_000_000, 1e-3), (LARGEST_NUMBER + 1, 1e-6))

_DETAIL_KEYS = 32
_DETAIL_DEPTH = 3
_DETAIL_TEXT = 500


def born_ahead(session: int, at: datetime) -> bool:
    """Return whether a birth's number was made by a clock that is ahead of ours.

    Nodes number their births by a counter, or by their clock in seconds, milliseconds or microseconds since 1970; a
    number from 1.5 × 10^9 on is read as a clock.
    """
    if session < _FIRST_CLOCK:
        return False
    for below, unit in _CLOCK_UNITS:
        if session < below:
            return session * unit > (at + BIRTH_AHEAD).timestamp()
    return True


def checked_value(value: float, name: str) -> float:
    """Return a measured value.

    Raises:
        Invalid: not finite, or larger than any measurement.
    """
    if not math.isfinite(value) or abs(value) > LARGEST_VALUE:
        raise Invalid(f"{name}: value {value!r}, expected a number between ±{LARGEST_VALUE:g}")
    return value


def plain_text(text: str) -> str:
    """Return text with NUL and lone surrogates replaced by U+FFFD, because the database can't hold them."""
    if "\x00" in text:
        text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def bounded_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return a device's own description of its model or rule, small enough to travel with every event.

    Raises:
        ValueError: more than 32 keys, nested deeper than 3, text over 500 characters, a number JSON readers can't keep.
    """
    return {_detail_text(name): _detail(value, _DETAIL_DEPTH) for name, value in _few(detail).items()}


def _detail(value: object, depth: int) -> Any:  # noqa: ANN401 - JSON of any type
    if isinstance(value, str):
        return _detail_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
            raise ValueError(f"expected numbers between ±{LARGEST_NUMBER}")
        return value
    if depth == 0:
        raise ValueError(f"expected at most {_DETAIL_DEPTH} levels")
    if isinstance(value, dict):
        return {_detail_text(str(name)): _detail(inner, depth - 1) for name, inner in _few(value).items()}
    if isinstance(value, list):
        if len(value) > _DETAIL_KEYS:
            raise ValueError(f"expected at most {_DETAIL_KEYS} entries, got {len(value)}")
        return [_detail(inner, depth - 1) for inner in value]
    raise ValueError(f"expected JSON, got {type(value).__name__}")


def _few(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(detail) > _DETAIL_KEYS:
        raise ValueError(f"expected at most {_DETAIL_KEYS} keys, got {len(detail)}")
    return detail


def _detail_text(text: str) -> str:
    if len(text) > _DETAIL_TEXT:
        raise ValueError(f"expected text of at most {_DETAIL_TEXT} characters, got {len(text)}")
    return plain_text(text)
