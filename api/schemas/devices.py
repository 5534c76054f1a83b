"""Devices, their readings, conditions and minutes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.schemas.common import Out
from models.catalogue.terms import DeviceKind, Zone


class ConditionOut(Out):
    """Something that is wrong with a camera or sensor now.

    Either may be away; a camera black, frozen, covered, blurred or moved; a sensor broken (`sensor_fault`).
    """

    device_id: str
    code: str
    label: str
    since: datetime
    detail: dict[str, Any]
    alert_id: UUID | None


class DeviceOut(Out):
    """A camera or sensor; it is online when its node is.

    `health` is what its node last said of it: state, reason, codec, size, rates. `conditions` are what is wrong with it
    now: a node may be online, and a sensor behind it silent or broken. `frames_refused` counts frames that could not be
    judged, `refused_reason` is the ledger's code for the last one. `decommissioned_at` is since when it is
    supervised no more.
    """

    id: str
    site_id: str
    node_id: str
    kind: DeviceKind
    sensor_code: str | None
    zone: Zone
    name: str
    online: bool
    last_seen_at: datetime | None
    clock_skew_s: float | None
    health: dict[str, Any] | None
    health_at: datetime | None
    last_frame_at: datetime | None
    frames_refused: int
    refused_at: datetime | None
    refused_reason: str | None
    decommissioned_at: datetime | None
    conditions: list[ConditionOut]


class GapOut(Out):
    """Minutes of a local day that nobody saw: first and last, counted from midnight, both in it."""

    first: int
    last: int
    minutes: int
    reason: str
    label: str


class CameraDayOut(Out):
    """A camera's local day (Asia/Shanghai) up to now: of `minutes` that are over, how many were watched."""

    device_id: str
    day: date
    minutes: int
    seen: int
    analysed: int
    recorded: int
    gaps: list[GapOut]


class PointOut(Out):
    """One value of a series; `late` = it came more than a minute after it was measured."""

    at: datetime
    value: float
    late: bool


class HistoryOut(Out):
    """One line of a device's history."""

    at: datetime
    kind: str
    detail: dict[str, Any]
