"""What the API says and takes. Output fields have no defaults: a forgotten one is an error, not a silence."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from models.regions import MOST, MOST_POINTS, RegionKind
from models.terms import (
    AlertOrigin,
    AlertState,
    ClipState,
    DeviceKind,
    EvidenceKind,
    RejectReason,
    Review,
    Role,
    Severity,
    TaskState,
    ViolationState,
    Zone,
)

T = TypeVar("T")


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("expected text without NUL")
    return text


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=2000), AfterValidator(_no_nul)]


class Out(BaseModel):
    """Something the API says."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """Something the API takes; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class WrongField(BaseModel):
    """Where a request was wrong and what was expected there."""

    where: str
    expected: str


class ProblemOut(BaseModel):
    """Every error (RFC 9457). `code` is stable; `detail` is for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Precondition Failed",
                "status": 412,
                "code": "stale_version",
                "detail": "alert has revision 3, you judged revision 2",
            }
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[WrongField] | None = None
    earliest_cursor: int | None = None


class Page(BaseModel, Generic[T]):
    """A page: pass `next_cursor` as `cursor` for the next one."""

    data: list[T]
    next_cursor: str | None
    has_more: bool


class SiteOut(Out):
    """A kitchen."""

    id: str
    entity_id: UUID
    region_code: str
    name: str
    address: str


class DeviceOut(Out):
    """A camera or sensor; it is online when its node is.

    `health` is what its node last said of it: state, reason, codec, size, rates.
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


class RegionIn(In):
    """A drawn part of the picture, in coordinates 0–1: `ignore` nothing counts there, `stove` flames belong there."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "stove", "points": [[0.1, 0.6], [0.4, 0.6], [0.4, 0.9], [0.1, 0.9]]}},
    )

    kind: RegionKind
    points: list[tuple[Share, Share]] = Field(min_length=3, max_length=MOST_POINTS)


class LookIn(In):
    """A camera to look at; user and password go beside the address, not into it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"url": "rtsp://192.168.1.64:554/stream1", "username": "admin", "password": "example"}
        },
    )

    url: str = Field(max_length=500, pattern=r"^rtsps?://[^@\s/]+(/[^\s]*)?$")
    username: Annotated[str, Field(max_length=200), AfterValidator(_no_nul)] | None = None
    password: SecretStr | None = Field(default=None, max_length=200)


class AdviceOut(Out):
    """What an owner can do, in both languages."""

    zh: str
    en: str


class LookOut(Out):
    """What a look at a camera found; `reason` is None when it brings pictures, `snapshot` a JPEG in base64."""

    reachable: bool
    accepted: bool | None
    reason: str | None
    detail: str
    codec: str | None
    width: int | None
    height: int | None
    fps: float | None
    key_interval_s: float | None
    bitrate_kbps: float | None
    first_frame_s: float | None
    clock_skew_s: float | None
    advice: list[AdviceOut]
    snapshot: str | None


class CameraIn(In):
    """A camera to take on at a kitchen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"site_id": "jianhu", "name": "烹饪区", "zone": "cooking", "regions": []}},
    )

    site_id: str = Field(max_length=64, pattern=r"^[a-z0-9_-]+$")
    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_no_nul)]
    zone: str = Field(max_length=40, pattern=r"^[a-z_]+$")
    regions: list[RegionIn] = Field(default_factory=list, max_length=MOST)


class CameraPatch(In):
    """What is to be changed about a camera."""

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_no_nul)] | None = None
    zone: str | None = Field(default=None, max_length=40, pattern=r"^[a-z_]+$")
    regions: list[RegionIn] | None = Field(default=None, max_length=MOST)


class CameraOut(Out):
    """A camera that was taken on, and what its agent has to know. A new node's secret is asked for separately."""

    device_id: str
    node_id: str
    node_is_new: bool
    tenant_id: str
    site_id: str
    broker_url: str


class SecretOut(Out):
    """A node's new secret; it is never shown again."""

    node_id: str
    secret: str


class ConditionOut(Out):
    """Something that is wrong with a camera now: away, black, frozen, covered, blurred, moved."""

    device_id: str
    code: str
    label: str
    since: datetime
    detail: dict[str, Any]
    alert_id: UUID | None


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


class MeOut(Out):
    """Who you are here."""

    name: str
    shown_name: str
    role: Role
    tenant: str
    region: str | None
    entity: UUID | None
    csrf_token: str | None


class QuarantineOut(Out):
    """A message that was set aside, why, and how often."""

    id: UUID
    topic: str
    reason: str
    detail: str
    payload_sha256: str
    payload_bytes: int
    times: int
    first_at: datetime
    last_at: datetime


class EventsOut(Out):
    """A stretch of the feed: CloudEvents in the one order, and where to go on."""

    data: list[dict[str, Any]]
    next_cursor: int
    has_more: bool
    earliest_cursor: int
