"""The connection state of cameras and sensors, and their conditions (what is wrong with them)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLine:
    """A camera and the state of its connection.

    Attributes:
        refused_at: arrival of its last frame that could not be judged; the ledger defines `refused_reason`.
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
    """A sensor with the time of its last reading and the state of its node.

    Attributes:
        report_every_s: report period set at its registration; None = the period of its code.
        heard_at: arrival of its newest accepted reading; repeats of older readings do not count.
        refused_at: arrival of its last refused report.
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
    """Something wrong with a camera or sensor; it raises an alert if it lasts until `notify_at`."""

    id: UUID
    device_id: str
    code: str
    since: datetime
    notify_at: datetime
    cleared_at: datetime | None
    detail: dict[str, Any]
    evidence_ids: tuple[UUID, ...]
    alert_id: UUID | None
