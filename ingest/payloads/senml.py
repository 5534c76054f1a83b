"""SenML readings (RFC 8428), as far as the platform needs them. Pure."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.codes import SENSOR_CODES
from models.errors import Invalid
from models.jsonio import dumps, loads

MAX_BYTES = 65_536
MAX_RECORDS = 500
_RELATIVE_BELOW = 2**28
"""RFC 8428 §4.5.3: smaller times are relative to now."""
_MAX_TIME = 253_402_300_800  # the year 10000
_UNITLESS = "/"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value: `code` of the sensor catalogue, `at` as the device claims it (None = it has no clock)."""

    code: str
    at: datetime | None
    value: float


@dataclass(frozen=True, slots=True)
class ReadingPack:
    """The readings of one message with its number in the node's stream, where it has one."""

    readings: list[Reading]
    session: int | None
    seq: int | None


def parse(payload: bytes) -> ReadingPack:
    """Read a SenML pack. `seq` and `session` are fields of ours on the first record, which RFC 8428 lets be.

    Raises:
        Invalid: not SenML JSON, too large, an unknown code, a wrong unit, or a value that is no number.
    """
    if len(payload) > MAX_BYTES:
        raise Invalid(f"reading of {len(payload)} bytes, expected at most {MAX_BYTES}")
    try:
        records = loads(payload)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"reading is no JSON: {error}") from None
    if not isinstance(records, list) or not records or len(records) > MAX_RECORDS:
        raise Invalid(f"expected a SenML array of 1–{MAX_RECORDS} records")
    name, base_time, base_unit, base_value = "", 0.0, None, 0.0
    readings: list[Reading] = []
    for record in records:
        if not isinstance(record, dict):
            raise Invalid(f"expected SenML records, got {type(record).__name__}")
        name = record.get("bn", name)
        base_time = _number(record, "bt", base_time)
        base_unit = record.get("bu", base_unit)
        base_value = _number(record, "bv", base_value)
        if "v" in record or "vb" in record:
            readings.append(_reading(record, name, base_time, base_unit, base_value))
        elif "vs" in record or "vd" in record:
            raise Invalid("expected a numeric (v) or boolean (vb) value, got text or data")
    if not readings:
        raise Invalid("the SenML pack holds no value")
    first = records[0]
    return ReadingPack(readings, _whole(first, "session"), _whole(first, "seq"))


def _reading(record: dict[str, Any], base: str, base_time: float, base_unit: str | None, base_value: float) -> Reading:
    code = f"{base}{record.get('n', '')}"
    sensor = SENSOR_CODES.get(code)
    if sensor is None:
        raise Invalid(f"unknown sensor code {code[:80]!r}; expected one of: {', '.join(SENSOR_CODES)}")
    unit = record.get("u", base_unit)
    if unit != sensor.unit and not (unit is None and sensor.unit == _UNITLESS):
        raise Invalid(f"{code}: unit {unit!r}, expected {sensor.unit!r}")
    if "vb" in record:
        if not isinstance(record["vb"], bool):
            raise Invalid(f"{code}: vb is {record['vb']!r}, expected true or false")
        value = float(record["vb"])
    else:
        value = base_value + _number(record, "v", 0.0)
    return Reading(code, _moment(base_time + _number(record, "t", 0.0)), value)


def _moment(seconds: float) -> datetime | None:
    if abs(seconds) < _RELATIVE_BELOW:
        return None
    if not 0 < seconds < _MAX_TIME:
        raise Invalid(f"time {seconds} is outside the years 1970–9999")
    return datetime.fromtimestamp(seconds, UTC)


def _number(record: dict[str, Any], field: str, default: float) -> float:
    value = record.get(field, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(f"SenML {field} is {str(value)[:80]!r}, expected a number")
    return float(value)


def _whole(record: dict[str, Any], field: str) -> int | None:
    value = record.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Invalid(f"{field} is {str(value)[:80]!r}, expected a whole number from 0 to 2^53 − 1")
    return value


def render(readings: list[Reading], *, session: int, seq: int) -> bytes:
    """Write a pack as a node sends it."""
    records: list[dict[str, Any]] = []
    for reading in readings:
        record: dict[str, Any] = {"n": reading.code, "u": SENSOR_CODES[reading.code].unit, "v": reading.value}
        if reading.at is not None:
            record["t"] = reading.at.timestamp()
        records.append(record)
    records[0] = {"session": session, "seq": seq, **records[0]}
    return dumps(records).encode()
