"""Storage of duty records."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.domain.alerts import Alert
from models.domain.records import DayRecord
from models.store.connect import Read, Write

MOST_ALERTS = 500
"""A day record looks at so many alerts at most, the newest."""


def record(r: Read, record_id: UUID) -> DayRecord | None:
    """Return one record."""
    return r.one(DayRecord, "records", "record", {"id": record_id})


def record_for_update(w: Write, record_id: UUID) -> DayRecord | None:
    """Return one record, locked until the transaction ends."""
    return w.one(DayRecord, "records", "record_for_update", {"id": record_id})


def record_of(r: Read, *, site_id: str, day: date) -> DayRecord | None:
    """Return the record of a kitchen's day."""
    return r.one(DayRecord, "records", "record_of", {"site_id": site_id, "day": day})


def records(
    r: Read, *, site_id: str | None, before: date | None, limit: int, after: tuple[date, str] | None = None
) -> list[DayRecord]:
    """Return records, the newest day first and then by kitchen; `after` is day and kitchen of the last one known."""
    last_day, last_site = after or (None, None)
    params = {"site_id": site_id, "before": before, "last_day": last_day, "last_site": last_site, "limit": limit}
    return r.all(DayRecord, "records", "records", params)


def add_record(w: Write, new: DayRecord) -> DayRecord | None:
    """Store a new record; None if the day has one already."""
    return w.one(DayRecord, "records", "add_record", _params(new))


def change_record(w: Write, changed: DayRecord) -> DayRecord | None:
    """Store answers or the signature; None if somebody else was faster."""
    return w.one(DayRecord, "records", "change_record", _params(changed))


def alerts_of_day(r: Read, *, site_id: str, since: datetime, until: datetime) -> list[Alert]:
    """Return the alerts of a kitchen that were open at some time between two moments, without rejected ones."""
    params = {"site_id": site_id, "since": since, "until": until, "limit": MOST_ALERTS}
    return r.all(Alert, "records", "alerts_of_day", params)


def open_hazards(r: Read, *, site_id: str) -> int:
    """Return the number of open tasks of a kitchen."""
    return int(r.value("records", "open_hazards", {"site_id": site_id}))


def _params(row: DayRecord) -> dict[str, Any]:
    return asdict(row) | {"items": Jsonb([item.as_json() for item in row.items])}
