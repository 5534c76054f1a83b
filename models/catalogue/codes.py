"""The catalogue of codes: violations that a camera sees, and breaches that a sensor measures.

The values come from `violations.toml` and `sensors.toml` beside this module, which also mark those that a law demands.
This module holds the shipped values; `models.catalogue.resolving` returns the values that apply at one kitchen.
"""

from datetime import timedelta
from importlib.resources import files
from typing import Final

from models.base.errors import Invalid
from models.catalogue.entries import Code, Entry, SensorCode, Threshold
from models.catalogue.loading import sensors_of, violations_of
from models.catalogue.terms import Zone

__all__ = ["Code", "Entry", "SensorCode", "Threshold"]


def _text(file: str) -> str:
    return (files("models.catalogue") / file).read_text(encoding="utf-8")


VIOLATIONS_VERSION, VIOLATION_CODES = violations_of(_text("violations.toml"), file="violations.toml")
SENSORS_VERSION, SENSOR_CODES = sensors_of(_text("sensors.toml"), file="sensors.toml")

CAMERA_CODES = frozenset(code for code in VIOLATION_CODES if code.startswith("camera_"))
"""Faults of a camera itself: conditions of the device, no hygiene violations."""

DEFAULT_DEADLINE: Final = timedelta(hours=24)
"""Deadline of a code that the catalogue no longer has."""


def entry_of(code: str) -> Entry | None:
    """Return the entry of a violation or sensor code; None if neither catalogue has it."""
    return VIOLATION_CODES.get(code) or SENSOR_CODES.get(code)


def require_entry(code: str) -> Entry:
    """Return the entry of a violation or sensor code.

    Raises:
        Invalid: neither catalogue has such a code.
    """
    found = entry_of(code)
    if found is None:
        raise Invalid(f"unknown code {code[:80]!r}, expected one of: {', '.join((*VIOLATION_CODES, *SENSOR_CODES))}")
    return found


def version_of(entry: Entry) -> str:
    """Return the version of the file that contains the entry."""
    return VIOLATIONS_VERSION if isinstance(entry, Code) else SENSORS_VERSION


def violation_code(code: str) -> Code:
    """Return the entry of a violation code.

    Raises:
        Invalid: the catalogue has no such code.
    """
    try:
        return VIOLATION_CODES[code]
    except KeyError:
        expected = ", ".join(VIOLATION_CODES)
        raise Invalid(f"unknown violation code {code!r}, expected one of: {expected}") from None


def requires_mask(zone: Zone) -> bool:
    """Return whether a mask is mandatory in `zone`; elsewhere it is recommended (宜)."""
    return not VIOLATION_CODES["no_mask"].is_advice_in(zone)


def code_label(code: str) -> str:
    """Return the Chinese label of a violation or sensor code; the code itself if neither catalogue has it."""
    found = entry_of(code)
    return code if found is None else found.label


def code_basis(code: str) -> str:
    """Return the legal provision behind a code; empty if there is none."""
    found = entry_of(code)
    return "" if found is None else found.basis


_LAWS = {"FSL": "《食品安全法》", "OP": "《餐饮服务食品安全操作规范》", "GB": "GB 31654-2021 "}


def code_basis_text(code: str) -> str:
    """The provision behind a code in its usual citation: `《食品安全法》33(1)(8)；…`, empty if there is none."""
    parts = (part.strip().partition(" ") for part in code_basis(code).split(";"))
    return "；".join(_LAWS[law] + rest if law in _LAWS else f"{law} {rest}".strip() for law, _, rest in parts)
