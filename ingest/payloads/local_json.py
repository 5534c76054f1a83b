"""Read values from the JSON of a site's devices: a field by its path, numbers and two-state words. Pure."""

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.base.errors import Invalid

MAX_BYTES = 65_536


class FieldAbsent(Invalid):
    """The message lacks the field. Several devices may share a topic, so this is no fault of the sensor."""


_WORDS = {"on": 1.0, "open": 1.0, "true": 1.0, "off": 0.0, "closed": 0.0, "close": 0.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class Sample:
    """A value as the device sent it; `at` if the device sent a time with a zone."""

    value: float
    at: datetime | None = None


def parse_object(payload: bytes) -> dict[str, Any]:
    """Return the JSON object in a payload; NaN becomes null, and control characters in text are accepted.

    Raises:
        Invalid: too long, or not a JSON object.
    """
    if len(payload) > MAX_BYTES:
        raise Invalid(f"message of {len(payload)} bytes, expected at most {MAX_BYTES}")
    try:
        body = json.loads(payload, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"message is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise Invalid(f"expected a JSON object, got {type(body).__name__}")
    return body


def field_of(body: dict[str, Any], path: str) -> object:
    """Return the value at a path like `DS18B20.Temperature`.

    Raises:
        FieldAbsent: there is none; the message lists the existing fields.
    """
    found: Any = body
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            there = ", ".join(sorted(map(str, found))[:20]) if isinstance(found, dict) else type(found).__name__
            raise FieldAbsent(f"no field {path!r} in the message; at {name!r} there is: {there[:300]}")
        found = found[name]
    return found


def number_of(value: object, *, field: str) -> float:
    """Return a number, or 1 for true/ON/open and 0 for false/OFF/closed.

    Raises:
        Invalid: neither; a device sends null if its sensor does not answer.
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float) and abs(value) <= sys.float_info.max:  # a JSON number may be longer than a float
        return float(value)
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if value is None:
        raise Invalid(f"{field} is null: the device gets no value from its sensor")
    raise Invalid(f"{field} is {str(value)[:80]!r}, expected a number, true/false or ON/OFF")
