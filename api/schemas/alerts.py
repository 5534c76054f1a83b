"""Alerts, and verdicts on alerts."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from api.schemas.evidence import ClipOut, EvidenceOut
from api.schemas.tasks import TaskOut, TransitionOut
from api.schemas.violations import ViolationOut
from models.catalogue.terms import (
    AlertOrigin,
    AlertState,
    RejectReason,
    Severity,
    Zone,
)


class AlertOut(Out):
    """An alert (预警). Send `revision` in `If-Match` with a verdict."""

    id: UUID
    entity_id: UUID
    region_code: str
    site_id: str
    device_id: str
    code: str
    label: str
    basis: str
    zone: Zone
    zone_label: str
    severity: Severity
    severity_label: str
    origin: AlertOrigin
    state: AlertState
    state_label: str
    occurrences: int
    first_at: datetime
    last_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    score: float | None
    measured: dict[str, Any] | None
    evidence_ids: list[UUID]
    reviewed_by: str | None
    reviewed_at: datetime | None
    reason: str | None
    remark: str | None
    version: int
    revision: int
    catalogue: dict[str, Any] | None


class AlertDetail(Out):
    """An alert with everything that belongs to it."""

    alert: AlertOut
    violations: list[ViolationOut]
    evidence: list[EvidenceOut]
    clips: list[ClipOut]
    task: TaskOut | None
    transitions: list[TransitionOut]


class ConfirmIn(In):
    """Confirm the alert as a hazard."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"remark": "画面清晰"}})

    remark: Text = ""


class HazardIn(In):
    """A hazard found on the spot."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"device_id": "cam-01", "code": "clutter", "remark": "通道堆放纸箱"}},
    )

    device_id: Annotated[str, Field(max_length=64, description="the camera or sensor at the place")]
    code: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_]+$")]
    zone: Annotated[Zone | None, Field(description="null: the zone of the device")] = None
    remark: Annotated[Text, Field(min_length=1, max_length=500, description="what was seen")]


class RejectIn(In):
    """Reject the alert, with a reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "false_alarm", "remark": ""}})

    reason: RejectReason
    remark: Text = ""


class InconclusiveIn(In):
    """Mark the alert as inconclusive, with a remark that states why the pictures allow no verdict."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"remark": "画面模糊"}})

    remark: Annotated[Text, Field(min_length=1)]


class ConfirmOut(Out):
    """The confirmed alert and the task it became."""

    alert: AlertOut
    task: TaskOut
