"""Devices, their readings, conditions and monitored minutes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.schemas.common import Out
from models.catalogue.terms import DeviceKind, Zone


class ConditionOut(Out):
    """A fault that a camera or sensor has now.

    Both may be away. A camera may be black, frozen, covered, blurred or moved; a sensor may be broken (`sensor_fault`).
    """

    device_id: str
    code: str
    label: str
    since: datetime
    detail: dict[str, Any]
    alert_id: UUID | None


class DeviceOut(Out):
    """A camera or sensor; it is online when its node is.

    `health` is the node's last report on the device: state, reason, codec, size, rates. `conditions` lists the device's
    present faults: a sensor may be silent or broken while its node is online. `frames_refused` counts frames that the
    platform could not analyse; `refused_reason` is the ledger's code for the last one. `decommissioned_at` is the time
    at which the supervision of the device ended.
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
    """A range of minutes of a local day without monitoring. `first` and `last` count from midnight, both inclusive."""

    first: int
    last: int
    minutes: int
    reason: str
    label: str


class CameraDayOut(Out):
    """A camera's local day (Asia/Shanghai) up to now: of `minutes` past, how many were seen, analysed and recorded."""

    device_id: str
    day: date
    minutes: int
    seen: int
    analysed: int
    recorded: int
    gaps: list[GapOut]


class PointOut(Out):
    """One value of a series. `late`: it arrived more than a minute after its measurement."""

    at: datetime
    value: float
    late: bool


class HistoryOut(Out):
    """One entry of a device's history."""

    at: datetime
    kind: str
    detail: dict[str, Any]
