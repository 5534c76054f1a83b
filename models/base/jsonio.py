"""Read and write JSON: UTF-8, no spaces, times as RFC 3339, ids as text."""

import json
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from models.base.clock import rfc3339


def _default(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


_ENCODER = json.JSONEncoder(default=_default, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
# `json.dumps` makes a new encoder at each call that has options, which takes as long as a small value itself.


def dumps(value: object) -> str:
    """Return a value as JSON; refuse NaN and infinities, which JSON does not have."""
    return _ENCODER.encode(value)


def quoted(text: str) -> str:
    """Return a text as a JSON string, as `dumps` writes it."""
    return encode_basestring(text)


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is of any type until a contract checks it
    """Parse JSON; refuse NaN and infinities.

    Raises:
        ValueError: the text is not JSON.
    """
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
