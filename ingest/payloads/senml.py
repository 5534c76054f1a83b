"""SenML readings (RFC 8428), as far as the platform needs them. Pure."""

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.payloads.bounds import LARGEST_NUMBER, checked_value
from models.base.errors import Invalid
from models.base.jsonio import dumps, loads
from models.catalogue.codes import SENSOR_CODES

MAX_BYTES = 65_536
MAX_RECORDS = 500
RELATIVE_BELOW = 2**28
"""RFC 8428 §4.5.3: smaller times are seconds relative to now, negative ones in the past."""
_MAX_TIME = 253_402_300_800  # the year 10000
_UNITLESS = "/"
_NAME_ENDS = ":/"
_VALUES = ("v", "vb", "vs", "vd")


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a code of the sensor catalogue.

    `at` is the time that the device claims; None for a device without a clock. Then `offset_s` is the time in seconds
    relative to the arrival of the message (0 or negative).
    """

    code: str
    at: datetime | None
    value: float
    offset_s: float = 0.0

    def moment(self, arrived_at: datetime) -> datetime:
        """Return the time of the measurement, for a message that arrived at `arrived_at`."""
        return arrived_at + timedelta(seconds=self.offset_s) if self.at is None else self.at


@dataclass(frozen=True, slots=True)
class ReadingPack:
    """The readings of one message, and its number in the node's stream, if it has one.

    `refused` has the reason for each record that was refused; the other records count.
    """

    readings: list[Reading]
    session: int | None
    seq: int | None
    refused: tuple[str, ...] = ()


@dataclass(slots=True)
class _Base:
    """Base fields, which apply to the records behind them."""

    name: str = ""
    time: float = 0.0
    unit: str | None = None
    value: float = 0.0

    def take(self, record: dict[str, Any]) -> None:
        self.name = str(record.get("bn", self.name))
        self.time = _number(record, "bt", self.time)
        self.unit = record.get("bu", self.unit)
        self.value = _number(record, "bv", self.value)


@dataclass(slots=True)
class _Pack:
    readings: list[Reading] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def parse(payload: bytes) -> ReadingPack:
    """Return the content of a SenML pack.

    `seq` and `session` are our fields on the first record, which RFC 8428 allows. A record with an unknown code, a
    wrong unit or no number is refused alone.

    Raises:
        Invalid: not SenML JSON, too large, a wrong base field, or no acceptable record.
    """
    records = _records(payload)
    base, pack = _Base(), _Pack()
    for position, record in enumerate(records):
        if not isinstance(record, dict):
            pack.refused.append(f"record {position}: expected an object, got {type(record).__name__}")
            continue
        base.take(record)
        _take(record, position, base, pack)
    if not pack.readings:
        raise Invalid(pack.refused[0] if pack.refused else "the SenML pack holds no value")
    first = records[0] if isinstance(records[0], dict) else {}
    return ReadingPack(pack.readings, _whole(first, "session"), _whole(first, "seq"), tuple(pack.refused))


def _records(payload: bytes) -> list[Any]:
    if len(payload) > MAX_BYTES:
        raise Invalid(f"reading of {len(payload)} bytes, expected at most {MAX_BYTES}")
    try:
        records = loads(payload)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"reading is not JSON: {error}") from None
    if not isinstance(records, list) or not records or len(records) > MAX_RECORDS:
        raise Invalid(f"expected a SenML array of 1–{MAX_RECORDS} records")
    return records


def _take(record: dict[str, Any], position: int, base: _Base, pack: _Pack) -> None:
    try:
        if not record.keys().isdisjoint(_VALUES):
            pack.readings.append(_reading(record, base))
    except Invalid as error:
        pack.refused.append(f"record {position}: {error}")


def _reading(record: dict[str, Any], base: _Base) -> Reading:
    if "v" not in record and "vb" not in record:
        raise Invalid("expected a numeric (v) or boolean (vb) value, got text or data")
    code = _code(f"{base.name}{record.get('n', '')}")
    sensor = SENSOR_CODES[code]
    unit = record.get("u", base.unit)
    if unit != sensor.unit and not (unit is None and sensor.unit == _UNITLESS):
        raise Invalid(f"{code}: unit {str(unit)[:40]!r}, expected {sensor.unit!r}")
    if "vb" in record:
        if not isinstance(record["vb"], bool):
            raise Invalid(f"{code}: vb is {str(record['vb'])[:80]!r}, expected true or false")
        value = float(record["vb"])
    else:
        value = checked_value(base.value + _number(record, "v", 0.0), code)
    seconds = base.time + _number(record, "t", 0.0)
    if abs(seconds) < RELATIVE_BELOW:
        return Reading(code, None, value, seconds)
    return Reading(code, _moment(seconds), value)


def _code(name: str) -> str:
    """Return the sensor code at the end of a SenML name; a device's URN may precede it (RFC 8428 §4.5.1)."""
    last = max(name.rfind(end) for end in _NAME_ENDS)
    code = name if name in SENSOR_CODES else name[last + 1 :]
    if code not in SENSOR_CODES:
        raise Invalid(f"unknown sensor code {name[:80]!r}; expected one of: {', '.join(SENSOR_CODES)}")
    return code


def told_apart(readings: list[Reading]) -> list[Reading]:
    """Return readings; those of one code and moment are set a microsecond apart, as a series needs."""
    seen: Counter[tuple[str, datetime | None, float]] = Counter()
    apart = []
    for reading in readings:
        key = (reading.code, reading.at, reading.offset_s)
        apart.append(_later(reading, seen[key]) if key in seen else reading)
        seen[key] += 1
    return apart


def _later(reading: Reading, microseconds: int) -> Reading:
    if reading.at is None:
        return Reading(reading.code, None, reading.value, reading.offset_s + microseconds / 1e6)
    return Reading(reading.code, reading.at + timedelta(microseconds=microseconds), reading.value)


def _moment(seconds: float) -> datetime:
    if not 0 < seconds < _MAX_TIME:
        raise Invalid(f"time {seconds} is outside the years 1970–9999")
    return datetime.fromtimestamp(seconds, UTC)


def _number(record: dict[str, Any], field: str, default: float) -> float:
    value = record.get(field, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"SenML {field} is {str(value)[:80]!r}, expected a number")
    try:
        number = float(value)
    except OverflowError:  # JSON numbers may be longer than a float
        number = math.inf
    if not math.isfinite(number):
        raise Invalid(f"SenML {field} is too large, expected a number")
    return number


def _whole(record: dict[str, Any], field: str) -> int | None:
    value = record.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise Invalid(f"{field} is {str(value)[:80]!r}, expected a whole number from 0 to 2^53 − 1")
    return value


def render(readings: list[Reading], *, session: int, seq: int) -> bytes:
    """Return a pack as a node sends it."""
    records: list[dict[str, Any]] = []
    for reading in readings:
        record: dict[str, Any] = {"n": reading.code, "u": SENSOR_CODES[reading.code].unit, "v": reading.value}
        if reading.at is not None:
            record["t"] = reading.at.timestamp()
        records.append(record)
    records[0] = {"session": session, "seq": seq, **records[0]}
    return dumps(records).encode()
