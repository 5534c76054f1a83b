"""The terms of the field: every stored state and role with its Chinese label.

Stored values are snake_case English; `label()` returns the Chinese term. A test checks that every member has a label.
"""

from collections.abc import Iterable
from enum import StrEnum

from models.catalogue import duty_terms, exchange_terms, index_terms, precision_terms, public_terms, supervision_terms
from models.catalogue.labels import LABELS


class Severity(StrEnum):
    """How severe a finding is (Hubei's 一类/二类/三类; domain default, configurable)."""

    critical = "critical"
    major = "major"
    minor = "minor"

    @property
    def rank(self) -> int:
        """0 for the most severe; the database orders the review queue by this rank (`mingchu_severity_rank`)."""
        return _RANKS[self]

    def is_worse_than(self, other: "Severity") -> bool:
        """Return whether this is more severe than `other`."""
        return self.rank < other.rank


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def worst(severities: Iterable[Severity]) -> Severity | None:
    """Return the most severe of several; None without any."""
    return min(severities, key=lambda severity: severity.rank, default=None)


class Zone(StrEnum):
    """The kind of room that a camera or sensor monitors; rules differ by zone."""

    cooking = "cooking"
    special_room = "special_room"
    dish_washing = "dish_washing"
    rough_processing = "rough_processing"
    cutting = "cutting"
    meal_prep = "meal_prep"
    sample_room = "sample_room"
    storage = "storage"
    receiving = "receiving"
    waste = "waste"
    morning_check = "morning_check"


FORBIDDEN_ZONES = frozenset({"changing_room", "toilet", "private_dining_room", "dormitory", "rest_room"})
"""Rooms where no camera may hang (公共安全视频图像信息系统管理条例 2025, art. 8); registration refuses them."""


class DeviceKind(StrEnum):
    """The kind of a device."""

    camera = "camera"
    sensor = "sensor"


class Role(StrEnum):
    """The rights of a user or key; the scope (region prefix or enterprise) limits where they apply."""

    enterprise = "enterprise"
    regulator = "regulator"
    platform = "platform"
    admin = "admin"


class GroupKind(StrEnum):
    """What an access group (范围组) consists of."""

    sector = "sector"
    enterprises = "enterprises"
    kitchens = "kitchens"
    cameras = "cameras"


class Post(StrEnum):
    """三人三责: the three accountable posts of an enterprise."""

    principal = "principal"
    director = "director"
    officer = "officer"


class ViolationState(StrEnum):
    """Whether the violation lasts (independent of the review)."""

    active = "active"
    ended = "ended"


class Review(StrEnum):
    """A person's verdict on a violation."""

    unreviewed = "unreviewed"
    confirmed = "confirmed"
    rejected = "rejected"
    inconclusive = "inconclusive"


class RejectReason(StrEnum):
    """The reason for which an alert is rejected; every rejection needs one."""

    false_alarm = "false_alarm"
    not_violation = "not_violation"
    duplicate = "duplicate"
    test = "test"


class AlertState(StrEnum):
    """The state of an alert (预警): it waits for a verdict, or has one."""

    pending_review = "pending_review"
    confirmed = "confirmed"
    rejected = "rejected"
    inconclusive = "inconclusive"


class AlertOrigin(StrEnum):
    """The source of an alert."""

    violation = "violation"
    breach = "breach"
    device = "device"
    lookback = "lookback"
    spot = "spot"
    duty = "duty"


class TaskState(StrEnum):
    """The state of a rectification task (整改任务)."""

    dispatched = "dispatched"
    acknowledged = "acknowledged"
    rectifying = "rectifying"
    submitted = "submitted"
    under_review = "under_review"
    returned = "returned"
    appealing = "appealing"
    closed = "closed"
    voided = "voided"
    transferred = "transferred"
    transferred_closed = "transferred_closed"


class TaskCommand(StrEnum):
    """A step that somebody takes on a task."""

    acknowledge = "acknowledge"
    start = "start"
    submit = "submit"
    take_review = "take_review"
    accept = "accept"
    return_ = "return"
    void = "void"
    ask_extension = "ask_extension"
    extend = "extend"
    refuse_extension = "refuse_extension"
    appeal = "appeal"
    uphold_appeal = "uphold_appeal"
    dismiss_appeal = "dismiss_appeal"
    pass_lookback = "pass_lookback"  # noqa: S105 - a step of a task, no password
    relapse = "relapse"
    transfer = "transfer"
    take_back = "take_back"
    end_transfer = "end_transfer"


class EvidenceKind(StrEnum):
    """The kind of a piece of evidence."""

    still_clean = "still_clean"
    still_annotated = "still_annotated"
    close_up = "close_up"
    clip = "clip"
    clip_frames = "clip_frames"
    photo_after = "photo_after"
    photo_appeal = "photo_appeal"
    photo_visit = "photo_visit"
    reading_series = "reading_series"


class ClipState(StrEnum):
    """The state of a clip: requested from the node, or else made of kept frames."""

    waiting = "waiting"
    asked = "asked"
    frames = "frames"
    ready = "ready"
    failed = "failed"


class DeliveryState(StrEnum):
    """The state of a webhook's delivery."""

    queued = "queued"
    sending = "sending"
    retrying = "retrying"
    delivered = "delivered"
    exhausted = "exhausted"
    cancelled = "cancelled"


class SpeechState(StrEnum):
    """The state of a message on a kitchen's loudspeaker."""

    waiting = "waiting"
    asked = "asked"
    spoken = "spoken"
    failed = "failed"


class CopyKind(StrEnum):
    """The purpose of a copy of a piece of evidence."""

    review = "review"
    redacted = "redacted"


class BreachLevel(StrEnum):
    """The level of a breach: how far a sensor is outside its normal range."""

    warn = "warn"
    alarm = "alarm"


class ExtensionState(StrEnum):
    """The state of the only extension (延期) of a deadline."""

    asked = "asked"
    granted = "granted"
    refused = "refused"


class AppealState(StrEnum):
    """The state of the only appeal (申诉) against a hazard."""

    open = "open"
    upheld = "upheld"
    dismissed = "dismissed"


class AppealReason(StrEnum):
    """The reason of an appeal."""

    false_detection = "false_detection"
    not_our_site = "not_our_site"
    authorised_activity = "authorised_activity"
    already_fixed = "already_fixed"
    data_error = "data_error"
    other = "other"


class LookbackState(StrEnum):
    """How far the look-back (回头看) at a closed hazard is."""

    due = "due"
    passed = "passed"
    relapsed = "relapsed"


class LeadState(StrEnum):
    """How far a lead (线索移送) is: what an enforcement unit makes of a transferred hazard."""

    created = "created"
    sent = "sent"
    accepted = "accepted"
    refused = "refused"
    verifying = "verifying"
    filed = "filed"
    not_filed = "not_filed"
    decided = "decided"
    closed = "closed"


class LeadCommand(StrEnum):
    """A step of a lead."""

    send = "send"
    accept = "accept"
    refuse = "refuse"
    verify = "verify"
    extend = "extend"
    file = "file"
    not_file = "not_file"
    decide = "decide"
    feed_back = "feed_back"


class LeadGround(StrEnum):
    """Why a hazard is transferred to enforcement."""

    refusal = "refusal"
    returned_often = "returned_often"
    critical_not_fixed = "critical_not_fixed"
    priority_item = "priority_item"
    other = "other"


class Holder(StrEnum):
    """Who is called when a hazard is not handled in time: posts of the enterprise, then the authorities."""

    officer = "officer"
    director = "director"
    principal = "principal"
    authority = "authority"
    county = "county"


class EscalationTrigger(StrEnum):
    """What makes a hazard rise to somebody else."""

    unacknowledged = "unacknowledged"
    overdue = "overdue"
    returned = "returned"
    unreviewed = "unreviewed"
    undecided = "undecided"


class DeadlineClock(StrEnum):
    """The hours that count for a deadline."""

    always = "always"
    """Round the clock."""
    office = "office"
    """Office hours of working days."""


class YearStatus(StrEnum):
    """Whether a year's days off are known."""

    official = "official"
    """The State Council's notice is imported, with days off and make-up days."""
    provisional = "provisional"
    """Only the statutory holidays are known; the notice will move some days."""


class ChannelKind(StrEnum):
    """How a message (通知) leaves the platform."""

    wecom = "wecom"
    dingtalk = "dingtalk"
    feishu = "feishu"
    email = "email"
    json = "json"


class NoticeState(StrEnum):
    """How far a message is."""

    queued = "queued"
    sending = "sending"
    retrying = "retrying"
    delivered = "delivered"
    exhausted = "exhausted"
    cancelled = "cancelled"
    digested = "digested"
    expired = "expired"


def label(member: StrEnum) -> str:
    """Return the Chinese term of a stored value."""
    return LABELS[type(member).__name__][member.value]


_OTHERS = (duty_terms, supervision_terms, index_terms, precision_terms, public_terms, exchange_terms)


def labelled_types() -> list[type[StrEnum]]:
    """Return every enumeration of the terms, for the test that checks that each member has a label."""
    kinds = (
        value
        for value in (globals() | {k: v for m in _OTHERS for k, v in vars(m).items()}).values()
        if isinstance(value, type) and issubclass(value, StrEnum)
    )
    return [kind for kind in kinds if kind is not StrEnum]
