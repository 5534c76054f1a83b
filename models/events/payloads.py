"""What each event carries in `data`: the whole state of its subject with a monotone `version`, never a delta.

A payload may gain fields. An existing field keeps its name, type and meaning (`tests/contract/events` checks it).
"""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

Id = Annotated[str, Field(description="UUID")]
Moment = Annotated[str, Field(description="RFC 3339 in UTC")]


class EntityData(TypedDict):
    """The enterprise (经营主体)."""

    id: Id
    name: str
    credit_code: Annotated[str, Field(description="统一社会信用代码")]
    licence_no: Annotated[str | None, Field(description="食品经营许可证编号")]
    region_code: Annotated[str, Field(description="GB/T 2260, 6 to 12 digits")]


class EvidenceData(TypedDict):
    """A piece of evidence; `GET /v1/evidence/{id}/content` returns its bytes."""

    id: Id
    kind: Annotated[str, Field(description="still_clean, still_annotated, clip, clip_frames or photo_after")]
    sha256: str
    bytes: int
    start: Moment
    end: Moment


class ActorData(TypedDict):
    """The person or machine that acted."""

    name: str
    role: str


class SituationData(TypedDict):
    """What violations, alerts and tasks have in common."""

    version: Annotated[int, Field(description="rises with every change of the subject")]
    code: Annotated[str, Field(description="code of the violation or sensor")]
    label: Annotated[str, Field(description="Chinese label of the code")]
    severity: Annotated[str, Field(description="critical, major or minor")]
    zone: Annotated[str, Field(description="what is done there: cooking, special_room …")]
    zone_label: str
    site_id: Annotated[str, Field(description="the kitchen")]
    device_id: Annotated[str, Field(description="the camera or sensor")]
    evidence: list[EvidenceData]
    entity: EntityData | None


class ViolationData(SituationData):
    """A violation (违规行为): a rule that a camera saw broken over time."""

    violation_id: Id
    alert_id: Annotated[str | None, Field(description="the alert that took it up")]
    track_id: Annotated[int | None, Field(description="the person that was followed, where it is about one")]
    state: Annotated[str, Field(description="active or ended")]
    review: Annotated[str, Field(description="unreviewed, confirmed, rejected or inconclusive")]
    start: Moment
    end: Moment | None
    score: Annotated[float, Field(description="0 to 1")]
    model: Annotated[dict[str, Any], Field(description="name, version and sha256 of the weights")]
    rule: Annotated[dict[str, Any], Field(description="id and version of the rule")]
    boxes: Annotated[list[dict[str, Any]], Field(description="name, score, x, y, w, h; normalised 0 to 1")]


class Measured(TypedDict, total=False):
    """What a sensor's limit or the watch over a device found."""

    value: float | None
    unit: str | None
    threshold: float
    hold_s: Annotated[float, Field(description="seconds beyond the limit before it counts")]
    level: Annotated[str, Field(description="warn or alarm")]
    since: Moment
    ended: Moment
    cause: Annotated[str | None, Field(description="what several outages have in common: `node:…`, `site:…`")]
    outage: Annotated[str | None, Field(description="why a device is away or shows nothing")]
    devices: Annotated[list[str], Field(description="the devices that the alert is about")]


class AlertData(SituationData, Measured):
    """An alert (预警): one situation that a person has to judge."""

    alert_id: Id
    origin: Annotated[str, Field(description="violation, breach or device")]
    state: Annotated[str, Field(description="pending_review, confirmed, rejected or inconclusive")]
    occurrences: Annotated[int, Field(description="how many violations or breaches it counts")]
    start: Moment
    end: Annotated[Moment | None, Field(description="when it was rejected, or its task was done")]
    last: Annotated[Moment, Field(description="when it was last seen")]
    score: float | None
    reason: Annotated[str | None, Field(description="why it was rejected")]


class AccountableData(TypedDict):
    """The person who answers for a task."""

    name: str
    post: str


class TaskData(SituationData):
    """A rectification task (整改任务)."""

    task_id: Id
    alert_id: Id
    state: str
    attempt: Annotated[int, Field(description="1, and one more with each return")]
    accountable: AccountableData | None
    dispatched_at: Moment
    due_at: Annotated[str, Field(description="整改期限, RFC 3339 in UTC")]
    clock: Annotated[str, Field(description="always, or office: what the deadline runs on")]
    extension: Annotated[str | None, Field(description="asked, granted or refused; one extension at most")]
    appeal: Annotated[str | None, Field(description="open, upheld or dismissed; one appeal at most")]
    appeal_reason: str | None
    due_provisional: Annotated[bool, Field(description="the deadline may become later: its year waits for the notice")]
    acknowledged_at: Moment | None
    submitted_at: Moment | None
    closed_at: Moment | None
    overdue_level: Annotated[int, Field(description="0 in time, 1 overdue, 2 over 24 h, 3 yellow card, 4 red card")]
    requirement: Annotated[str, Field(description="what has to be done")]
    measure: Annotated[str | None, Field(description="整改措施")]
    cause: Annotated[str | None, Field(description="原因")]
    submitted_by: str | None
    reason: Annotated[str | None, Field(description="why it was last returned or voided")]


class NodeData(TypedDict):
    """A node came or went; the devices behind it follow it."""

    version: int
    node_id: str
    site_id: str
    online: bool
    session: Annotated[int, Field(description="the birth that it belongs to")]
    entity: EntityData | None


class NodeRevokedData(NodeData):
    """A node lost its access; its devices stay supervised and count as away."""

    revoked_at: Moment
    devices: list[str]
    actor: ActorData


class DeviceData(TypedDict):
    """A camera or sensor as it is registered now."""

    version: int
    device_id: str
    label: str
    site_id: str
    name: str
    zone: str
    zone_label: str
    node_id: str
    entity: EntityData | None
    sensor_code: NotRequired[str]
    report_every_s: NotRequired[float]
    regions: Annotated[NotRequired[list[dict[str, Any]]], Field(description="what the owner drew on the picture")]
    mask_wish: Annotated[NotRequired[dict[str, Any] | None], Field(description="a large mask that waits for approval")]
    mask_approved: Annotated[NotRequired[float | None], Field(description="share of the picture approved as masked")]
    moved_from: Annotated[NotRequired[dict[str, Any] | None], Field(description="the zone before a move that waits")]


class DeviceChangedData(DeviceData):
    """A device was changed: what, by whom, and what it was before."""

    decommissioned_at: Moment | None
    actor: ActorData
    changed: list[str]
    before: dict[str, Any]
    reason: NotRequired[str]


class DeviceDecommissionedData(DeviceData):
    """The supervision of a device ended for good."""

    decommissioned_at: Moment | None
    actor: ActorData
    reason: str


class ConditionData(TypedDict):
    """What is wrong with a device, or was."""

    code: str
    label: str
    since: Moment
    cleared_at: Moment | None
    reason: str | None
    reason_label: str
    value: NotRequired[float | None]
    unit: NotRequired[str | None]


class DeviceConditionData(DeviceData):
    """A sensor broke, or works again."""

    condition: ConditionData
