"""Storage of sensor readings by COPY, and of the series they form."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from models.domain.readings import Point
from models.store.connect import Read, Write
from models.store.quarantine import _storable
from models.store.queries import queries

BUDGETS = ("reading", "event", "status", "bytes", "quarantine")


class ReadingRow(NamedTuple):
    """One reading to store; times are aware UTC, `value` is in the unit of its code."""

    device_id: str
    code: str
    occurred_at: datetime
    seq: int
    received_at: datetime
    value: float
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """One stored value of a series; `seq` distinguishes two values of one moment."""

    occurred_at: datetime
    seq: int
    value: float
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """The newest value of a series, its time, and the start of the time without a change."""

    since: datetime
    newest_at: datetime
    value: float


def store_readings(w: Write, rows: Iterable[ReadingRow]) -> int:
    """Store a batch; return how many were new. Storing the same reading again changes nothing."""
    connection = w.raw
    connection.execute(queries("readings")["make_stage"])
    with connection.cursor() as cursor, cursor.copy(queries("readings")["stage_readings"]) as copy:
        for row in rows:
            copy.write_row(row)
    stored = int(w.value("readings", "store_staged"))
    w.run("readings", "keep_latest")
    w.run("readings", "queue_breach_check")
    return stored


def due_breach_checks(w: Write, *, at: datetime, limit: int) -> list[tuple[str, str, datetime]]:
    """Take the series whose breach check is due, as (device, code, since), out of the queue."""
    return [(d, c, s) for d, c, s in w.tuples("readings", "due_breach_checks", {"at": at, "limit": limit})]


def check_breach_later(w: Write, *, device_id: str, code: str, since: datetime, due_at: datetime) -> None:
    """Schedule a check of a series for `due_at`, in case no reading arrives."""
    w.run(
        "readings",
        "check_breach_later",
        {"device_id": device_id, "code": code, "since": since, "due_at": due_at},
    )


def series_raw(r: Read, *, device_id: str, code: str, since: datetime, limit: int) -> list[Point]:
    """Return one series for the breach rules, oldest first."""
    params = {"device_id": device_id, "code": code, "since": since, "limit": limit}
    return [Point._make(row) for row in r.tuples("readings", "series_raw", params)]


def several_series(r: Read, wanted: Sequence[tuple[str, str, datetime]], *, limit: int) -> list[list[Point]]:
    """Return several series for the breach rules, each (device, code, since) oldest first, with `limit` points each."""
    found: list[list[Point]] = [[] for _ in wanted]
    devices, codes, since = zip(*wanted, strict=True) if wanted else ((), (), ())
    params = {"devices": list(devices), "codes": list(codes), "since": list(since), "limit": limit}
    for number, at, value in r.tuples("readings", "several_series", params):
        found[number - 1].append(Point(at, value))
    return found


def steady_of(r: Read, device_ids: Collection[str]) -> dict[tuple[str, str], Steady]:
    """Return since when series of some devices have had their newest value, by (device, code), where it is known."""
    rows = r.tuples("readings", "steady_of", {"device_ids": list(device_ids)})
    return {(device, code): Steady(since=since, newest_at=at, value=value) for device, code, since, at, value in rows}


def stayed_same(r: Read, *, device_id: str, code: str, since: datetime) -> bool:
    """Return whether a series has had one value from a moment on, late data included."""
    low, high = r.tuples("readings", "values_between", {"device_id": device_id, "code": code, "since": since})[0]
    return bool(low == high)


def not_steady(w: Write, *, device_id: str, code: str) -> None:
    """Reset the duration of a series' newest value, because late data shows another value."""
    w.run("readings", "not_steady", {"device_id": device_id, "code": code})


def refused(w: Write, *, device_id: str, at: datetime, why: str) -> None:
    """Store that a sensor's report could not be accepted."""
    w.run("readings", "refused", {"device_id": device_id, "at": at, "why": _storable(why)[:1000]})


def series(
    r: Read,
    *,
    device_id: str,
    code: str,
    since: datetime,
    until: datetime,
    limit: int,
    after: tuple[datetime, int] | None = None,
) -> list[SeriesRow]:
    """Return a page of a series for the API, oldest first; `after` is (occurred_at, seq) of the last one seen."""
    params = {"device_id": device_id, "code": code, "since": since, "until": until, "limit": limit}
    after_at, after_seq = after or (None, None)
    return r.all(SeriesRow, "readings", "series", {**params, "after": after_at, "after_seq": after_seq})


def newest_in_series(
    r: Read, *, device_id: str, code: str, since: datetime, until: datetime, limit: int
) -> list[SeriesRow]:
    """The newest values of a series between two moments, oldest first."""
    params = {"device_id": device_id, "code": code, "since": since, "until": until, "limit": limit}
    return r.all(SeriesRow, "readings", "newest_in_series", params)[::-1]


def latest(r: Read, *, device_id: str | None = None) -> list[tuple[str, str, datetime, float]]:
    """The newest values: (device, code, occurred_at, value)."""
    rows = r.tuples("readings", "latest", {"device_id": device_id})
    return [(device, code, at, value) for device, code, at, value in rows]


def latest_of(r: Read, device_ids: Collection[str]) -> list[tuple[str, str, datetime, float]]:
    """The newest values of several devices: (device, code, occurred_at, value)."""
    rows = r.tuples("readings", "latest_of", {"device_ids": list(device_ids)})
    return [(device, code, at, value) for device, code, at, value in rows]


def count_readings(r: Read) -> tuple[int, int]:
    """Return the number of stored readings, and of distinct (device, code, moment)."""
    total, distinct = r.tuples("readings", "count_readings")[0]
    return int(total), int(distinct)
