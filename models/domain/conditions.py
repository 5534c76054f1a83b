"""Monitoring of cameras and sensors: their connections and their faults."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLine:
    """A camera and the state of its connection.

    Attributes:
        refused_at: when the last frame arrived that could not be analysed; `refused_reason` is a reason of the ledger.
    """

    device_id: str
    node_id: str
    site_id: str
    health: dict[str, Any] | None
    health_at: datetime | None
    last_frame_at: datetime | None
    created_at: datetime
    node_online: bool
    node_status_at: datetime | None
    node_revoked_at: datetime | None = None
    refused_at: datetime | None = None
    refused_reason: str | None = None
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorLine:
    """A sensor, the time of its last report, and its node.

    Attributes:
        report_every_s: its reporting period if one was set at registration; otherwise its code's period applies.
        heard_at: when its newest accepted reading arrived; a repeat of an older reading does not count.
        refused_at: when its last report arrived that could not be accepted.
    """

    device_id: str
    node_id: str
    site_id: str
    sensor_code: str
    report_every_s: float | None
    heard_at: datetime | None
    node_online: bool
    node_status_at: datetime | None
    created_at: datetime
    tenant_id: str
    entity_id: UUID
    region_code: str
    node_revoked_at: datetime | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A fault of a camera or sensor; the platform opens an alert if it lasts until `notify_at`."""

    id: UUID
    device_id: str
    code: str
    since: datetime
    notify_at: datetime
    cleared_at: datetime | None
    detail: dict[str, Any]
    evidence_ids: tuple[UUID, ...]
    alert_id: UUID | None
