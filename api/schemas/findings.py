"""Evidence, violations, alerts, tasks, and the steps that people take."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.terms import (
    AlertOrigin,
    AlertState,
    ClipState,
    CopyKind,
    EvidenceKind,
    RejectReason,
    Review,
    Severity,
    TaskState,
    ViolationState,
    Zone,
)


class EvidenceOut(Out):
    """A piece of evidence; its bytes are at `/v1/evidence/{id}/content`, and looking is logged.

    A clip has an end; `detail` says how it came to be, for example its codec and the node that brought it.
    """

    id: UUID
    kind: EvidenceKind
    sha256: str
    bytes: int
    mime: str
    captured_at: datetime
    ends_at: datetime | None
    detail: dict[str, Any]


class CopyOut(Out):
    """A copy of a piece of evidence: how far it is, how often it was tried, and what was wrong the last time."""

    kind: CopyKind
    state: Literal["pending", "ready", "failed"]
    attempts: int
    error: str | None


class EvidenceDetail(EvidenceOut):
    """A piece of evidence with the copies that were made of it."""

    copies: list[CopyOut]


class UploadedOut(Out):
    """A file that has come whole."""

    evidence_id: UUID
    sha256: str
    bytes: int


class ClipOut(Out):
    """How far the clip of a violation has come; `error` is why the node brought none."""

    id: UUID
    violation_id: UUID
    state: ClipState
    ends_at: datetime
    error: str | None
    evidence_id: UUID | None


class ViolationOut(Out):
    """A violation (违规行为)."""

    id: UUID
    site_id: str
    device_id: str
    code: str
    label: str
    zone: Zone
    severity: Severity
    track_id: int | None
    state: ViolationState
    review: Review
    started_at: datetime
    ended_at: datetime | None
    occurred_at: datetime
    received_at: datetime
    score: float
    boxes: list[dict[str, Any]]
    model: dict[str, Any]
    rule: dict[str, Any]
    evidence_ids: list[UUID]
    alert_id: UUID | None
    version: int


class AlertOut(Out):
    """An alert (预警). `revision` is what a verdict names in `If-Match`."""

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
    """A rectification task (整改任务). `version` is what a step names in `If-Match`."""

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
    acknowledged_at: datetime | None
    submitted_at: datetime | None
    submitted_by: str | None
    closed_at: datetime | None
    measure: str | None
    cause: str | None
    proof_ids: list[UUID]
    overdue_level: int
    version: int


class AlertDetail(Out):
    """An alert with everything that belongs to it."""

    alert: AlertOut
    violations: list[ViolationOut]
    evidence: list[EvidenceOut]
    clips: list[ClipOut]
    task: TaskOut | None
    transitions: list[TransitionOut]


class TaskDetail(Out):
    """A task with its log, its proof, and what you may do with it now."""

    task: TaskOut
    accountable: str | None
    transitions: list[TransitionOut]
    proof: list[EvidenceOut]
    commands: list[str]


class ConfirmOut(Out):
    """The confirmed alert and the task it became."""

    alert: AlertOut
    task: TaskOut


class ConfirmIn(In):
    """A verdict: it is a hazard."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"remark": "画面清晰"}})

    remark: Text = ""


class RejectIn(In):
    """A verdict: it is none, because."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "false_alarm", "remark": ""}})

    reason: RejectReason
    remark: Text = ""


class InconclusiveIn(In):
    """A verdict: the pictures do not tell; say why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"remark": "画面模糊"}})

    remark: Annotated[Text, Field(min_length=1)]


class StepIn(In):
    """A step that needs nothing but may carry a reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "照片看不清，请补拍"}})

    reason: Text = ""


class SubmitIn(In):
    """The proof of a rectification: photos uploaded before, the measure, the cause."""

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
