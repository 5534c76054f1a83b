"""What watches over cameras and sensors: their lines and what is wrong with them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLine:
    """A camera and what is known of its line.

    Attributes:
        refused_at: when its last frame came that could not be judged; `refused_reason` is one of the ledger.
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
    """A sensor, when it was last heard, and its node.

    Attributes:
        report_every_s: how often it reports, where that was set at its registration; else its code says.
        heard_at: when its newest reading came that could be taken in; a repeat of an older one is none.
        refused_at: when a report of it last came that could not be taken in.
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
    """Something that is wrong with a camera or sensor; it is told when it has lasted until `notify_at`."""

    id: UUID
    device_id: str
    code: str
    since: datetime
    notify_at: datetime
    cleared_at: datetime | None
    detail: dict[str, Any]
    evidence_ids: tuple[UUID, ...]
    alert_id: UUID | None
