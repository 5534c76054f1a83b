"""Devices: their readings, history, conditions and monitored minutes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BeforeValidator

from api.requests import AppState, Cursor, Limit, Reading, decode_cursor, etag, page_of, text_cursor
from api.schemas import (
    CameraDayOut,
    ConditionOut,
    DeviceOut,
    HistoryOut,
    Page,
    PointOut,
)
from api.views import camera_day_out, condition_out, device_out
from models.base.clock import parse_rfc3339, require_utc
from models.base.errors import Invalid, NotFound
from models.catalogue.codes import SENSOR_CODES
from models.catalogue.terms import DeviceKind
from models.domain.ledger import day_and_minute
from models.store import conditions, devices, ledger, readings, streams

router = APIRouter(prefix="/v1", tags=["registry"])
Key = TypeVar("Key")
Slug = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9_-]+$")]


def _as(form: str, expected: str) -> BeforeValidator:
    """Accept only text of this form, because pydantic would read `0.5` as a moment of 1970."""
    pattern = re.compile(form)

    def check(given: object) -> object:
        if isinstance(given, str) and not pattern.fullmatch(given):
            raise ValueError(f"expected {expected}")
        return given

    return BeforeValidator(check)


_MOMENT = _as(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d:?\d\d)", "a time like 2026-09-01T08:00:00Z"
)
Moment = Annotated[AwareDatetime, _MOMENT]
Since = Annotated[Moment | None, Query(description="From this moment on; default: 24 hours before `until`")]
Until = Annotated[Moment | None, Query(description="Before this moment; default: now")]
Day = Annotated[
    Annotated[date, _as(r"\d{4}-\d\d-\d\d", "a day like 2026-09-01")] | None,
    Query(description="Local day (Asia/Shanghai), for example 2026-09-01"),
]
_MOST_DAYS = timedelta(days=61)
_DAY = timedelta(hours=24)
_LONGEST = timedelta(days=31)


@router.get("/devices", name="devices")
def list_devices(
    r: Reading,
    cursor: Cursor = None,
    limit: Limit = 50,
    site: Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_-]+$")] = None,
) -> Page[DeviceOut]:
    """List cameras and sensors."""
    rows = devices.devices(r, after=text_cursor(cursor), limit=limit + 1, site_id=site)
    wrong = conditions.open_conditions(r, [found.id for found in rows])
    return page_of(rows, limit=limit, out=lambda found: device_out(found, wrong), cursor=lambda device: device.id)


@router.get("/devices/{device_id}")
def device(r: Reading, response: Response, device_id: Slug) -> DeviceOut:
    """Return one camera or sensor. A later change may send the answer's ETag in `If-Match`."""
    found = devices.device(r, device_id)
    if found is None:
        raise NotFound(f"no device {device_id!r}")
    etag(response, found.version)
    return device_out(found, conditions.open_conditions(r, [device_id]))


@router.get("/devices/{device_id}/readings", name="readings")
def list_readings(
    r: Reading,
    app: AppState,
    device_id: Slug,
    since: Since = None,
    until: Until = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> Page[PointOut]:
    """List a sensor's readings, oldest first; at most 31 days at once.

    Without `until` the pages end at the moment of the first request.
    """
    found = devices.device(r, device_id)
    if found is None:
        raise NotFound(f"no device {device_id!r}")
    if found.kind is not DeviceKind.sensor or found.sensor_code is None:
        raise Invalid(f"device {device_id!r} is a camera; it has no readings")
    if code is not None and code not in SENSOR_CODES:
        raise Invalid(f"code: expected one of {', '.join(SENSOR_CODES)}")
    place = _place(cursor, int)
    if place is not None:
        since, until = since or place.at, until or place.edge
    start, end = _window(since, until, now=app.clock.now())
    rows = readings.series(
        r,
        device_id=device_id,
        code=code or found.sensor_code,
        since=start,
        until=end,
        after=None if place is None else (place.at, place.key),
        limit=limit + 1,
    )
    return page_of(
        rows,
        limit=limit,
        out=lambda row: PointOut(at=row.occurred_at, value=row.value, late=row.late),
        cursor=lambda row: f"{row.occurred_at.isoformat()} {row.seq} {end.isoformat()}",
    )


@router.get("/devices/{device_id}/history")
def history(
    r: Reading,
    app: AppState,
    device_id: Slug,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[HistoryOut]:
    """List the entries of a device's history, newest first: connected, disconnected, changed; at most 31 days at once.

    Without `since` the pages end 24 hours before the first request.
    """
    if devices.device(r, device_id) is None:
        raise NotFound(f"no device {device_id!r}")
    place = _place(cursor, UUID)
    if place is not None:
        since = since or place.edge
    start, end = _window(since, until, now=app.clock.now())
    rows = streams.history(
        r,
        device_id=device_id,
        since=start,
        until=end,
        before=None if place is None else (place.at, place.key),
        limit=limit + 1,
    )
    return page_of(
        rows,
        limit=limit,
        out=lambda row: HistoryOut(at=row.at, kind=row.kind, detail=row.detail),
        cursor=lambda row: f"{row.at.isoformat()} {row.id} {start.isoformat()}",
    )


@router.get("/cameras/{camera_id}/conditions", name="conditions")
def list_conditions(r: Reading, camera_id: Slug) -> list[ConditionOut]:
    """List the open conditions (faults) of a camera or sensor."""
    if devices.device(r, camera_id) is None:
        raise NotFound(f"no device {camera_id!r}")
    return [condition_out(found) for found in conditions.open_conditions(r, [camera_id])]


@router.get("/cameras/{camera_id}/minutes")
def minutes(r: Reading, app: AppState, camera_id: Slug, since: Day = None, until: Day = None) -> list[CameraDayOut]:
    """Return a camera's ledger: the minutes of each day that were seen, analysed and recorded, and why others were not.

    Newest day first; at most 62 days at once; today only by default.
    """
    found = devices.device(r, camera_id)
    if found is None:
        raise NotFound(f"no device {camera_id!r}")
    if found.kind is not DeviceKind.camera:
        raise Invalid(f"device {camera_id!r} is a sensor; only cameras have monitored minutes")
    last = until or day_and_minute(app.clock.now())[0]
    first = since or last
    if not timedelta(0) <= last - first <= _MOST_DAYS:
        raise Invalid("since/until: expected since ≤ until, at most 62 days")
    return [camera_day_out(day) for day in ledger.camera_days(r, camera_id, since=first, until=last)]


def _window(since: datetime | None, until: datetime | None, *, now: datetime) -> tuple[datetime, datetime]:
    try:
        end = require_utc(until or now)
        start = require_utc(since or end - _DAY)
    except (ValueError, OverflowError):
        raise Invalid("since/until: expected times within the years 1–9999") from None
    if not timedelta(0) < end - start <= _LONGEST:
        raise Invalid("since/until: expected since < until, at most 31 days apart")
    return start, end


@dataclass(frozen=True, slots=True)
class _Place(Generic[Key]):
    """Where the last page ended (`at`, `key`), and the time at which the final page must end (`edge`)."""

    at: datetime
    key: Key
    edge: datetime


def _place(cursor: str | None, key: Callable[[str], Key]) -> _Place[Key] | None:
    text = decode_cursor(cursor)
    if text is None:
        return None
    try:
        at, entry, edge = text.split(" ")
        return _Place(parse_rfc3339(at), key(entry), parse_rfc3339(edge))
    except ValueError:
        raise Invalid("cursor: expected the `next_cursor` of the previous page") from None
