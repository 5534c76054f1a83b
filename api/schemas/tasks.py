"""Rectification tasks and their steps."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from api.schemas.evidence import EvidenceOut
from models.catalogue.terms import (
    AppealReason,
    AppealState,
    DeadlineClock,
    ExtensionState,
    Holder,
    LookbackState,
    Severity,
    TaskState,
    Zone,
)


class TransitionOut(Out):
    """One step in the append-only log."""

    version: int
    at: datetime
    actor: str
    command: str
    from_state: str
    to_state: str
    reason: str
    evidence_ids: list[UUID]


class TaskOut(Out):
    """A rectification task (整改任务). Send `version` in `If-Match` with a step."""

    id: UUID
    entity_id: UUID
    region_code: str
    site_id: str
    device_id: str
    alert_id: UUID
    code: str
    label: str
    zone: Zone
    zone_label: str
    severity: Severity
    severity_label: str
    state: TaskState
    state_label: str
    attempt: int
    requirement: str
    dispatched_at: datetime
    due_at: datetime
    clock: DeadlineClock
    clock_label: str
    due_provisional: bool
    extension: ExtensionState | None
    extension_label: str | None
    asked_s: float | None
    appeal: AppealState | None
    appeal_label: str | None
    appeal_reason: AppealReason | None
    appeal_text: str | None
    appealed_at: datetime | None
    appeal_due_at: datetime | None
    lookback: LookbackState | None
    lookback_label: str | None
    lookback_due_at: datetime | None
    lookback_by: str | None
    relapse_of: UUID | None
    escalated_to: Annotated[list[Holder], Field(description="who was called last (逐级上报)")]
    acknowledged_at: datetime | None
    submitted_at: datetime | None
    submitted_by: str | None
    closed_at: datetime | None
    measure: str | None
    cause: str | None
    proof_ids: list[UUID]
    overdue_level: int
    version: int
    catalogue: dict[str, Any] | None


class AheadOut(Out):
    """What happens to a task at a moment if nobody acts."""

    at: datetime
    what: str
    whom: list[Holder]
    whom_label: str


class TaskDetail(Out):
    """A task with its log, its photos, and the steps that you may take now."""

    task: TaskOut
    accountable: str | None
    transitions: list[TransitionOut]
    proof: list[EvidenceOut]
    appeal_photos: list[EvidenceOut]
    commands: list[str]
    ahead: Annotated[list[AheadOut], Field(description="what happens if nobody acts; empty while the clock stands")]


class StepIn(In):
    """A step with an optional reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "照片看不清，请补拍"}})

    reason: Text = ""


class ExtensionIn(In):
    """The wish for a later deadline: once, no longer than the first deadline, never for a critical hazard."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"hours": 8, "reason": "配件三日后到货"}})

    hours: Annotated[float, Field(gt=0, le=24 * 365, description="On the clock that the deadline runs on")]
    reason: Annotated[Text, Field(min_length=1)]


class AppealIn(In):
    """The appeal (申诉) against a hazard: why it is none, with photos that show it, as `kind=photo_appeal`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"reason": "false_detection", "text": "画面中是装饰品，不是老鼠"}},
    )

    reason: AppealReason
    text: Annotated[Text, Field(min_length=1, max_length=2000)]
    photo_ids: Annotated[list[UUID], Field(default_factory=list, max_length=9)]


class SubmitIn(In):
    """The proof of a rectification: ids of uploaded photos, the measure, the cause."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "photo_ids": ["01981c9e-5b7a-7cc1-9d0e-3f1f6f1f6b11"],
                "measure": "已给垃圾桶加盖",
                "cause": "疏忽",
            }
        },
    )

    photo_ids: Annotated[list[UUID], Field(min_length=1, max_length=9)]
    measure: Annotated[Text, Field(min_length=1)]
    cause: Text = ""
    zone: Annotated[Zone | None, Field(description="where the photos were taken; must be the zone of the task")] = None


class InspectionDayOut(Out):
    """What people found on the spot on a local day (暗访日报); `more`: beyond the 500 that are counted and listed."""

    day: date
    found: int
    closed: int
    overdue: int
    by_label: dict[str, int]
    tasks: list[TaskOut]
    more: bool
