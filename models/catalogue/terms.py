"""The terms of the field: every stored state and role, each with its Chinese label.

Stored values are snake_case English; `label()` returns the Chinese term. A test requires a label
for every member.
"""

from collections.abc import Iterable
from enum import StrEnum


class Severity(StrEnum):
    """The severity of a finding (Hubei's 一类/二类/三类; domain default, configurable)."""

    critical = "critical"
    major = "major"
    minor = "minor"

    @property
    def rank(self) -> int:
        """0 for the worst; `mingchu_severity_rank` in the database has the same order, for the review queue."""
        return _RANKS[self]

    def is_worse_than(self, other: "Severity") -> bool:
        """Return whether this is more severe than `other`."""
        return self.rank < other.rank


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def worst(severities: Iterable[Severity]) -> Severity | None:
    """Return the most severe of several; None if there are none."""
    return min(severities, key=lambda severity: severity.rank, default=None)


class Zone(StrEnum):
    """The zone that a camera or sensor watches; rules differ between zones."""

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
"""Zones that forbid cameras (公共安全视频图像信息系统管理条例 2025, art. 8): an error at registration."""


class DeviceKind(StrEnum):
    """The kind of a device."""

    camera = "camera"
    sensor = "sensor"


class Role(StrEnum):
    """The rights of a user or key; its scope (region prefix or enterprise) limits where they apply."""

    enterprise = "enterprise"
    regulator = "regulator"
    platform = "platform"
    admin = "admin"


class Post(StrEnum):
    """三人三责: the three accountable posts of an enterprise."""

    principal = "principal"
    director = "director"
    officer = "officer"


class ViolationState(StrEnum):
    """Whether the situation still exists (independent of the review)."""

    active = "active"
    ended = "ended"


class Review(StrEnum):
    """The verdict of a person on a violation."""

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
    """The state of an alert (预警): it waits for a review, or has a verdict."""

    pending_review = "pending_review"
    confirmed = "confirmed"
    rejected = "rejected"
    inconclusive = "inconclusive"


class AlertOrigin(StrEnum):
    """The origin of an alert."""

    violation = "violation"
    breach = "breach"
    device = "device"


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


class EvidenceKind(StrEnum):
    """The kind of a piece of evidence."""

    still_clean = "still_clean"
    still_annotated = "still_annotated"
    clip = "clip"
    clip_frames = "clip_frames"
    photo_after = "photo_after"
    reading_series = "reading_series"


class ClipState(StrEnum):
    """The state of a clip: requested from the node, or else made from kept frames."""

    waiting = "waiting"
    asked = "asked"
    frames = "frames"
    ready = "ready"
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


class DeadlineClock(StrEnum):
    """The clock on which a deadline runs."""

    always = "always"
    """Round the clock."""
    office = "office"
    """Office hours of working days."""


class YearStatus(StrEnum):
    """Whether a year's days off are known."""

    official = "official"
    """The State Council's notice is known, with days off and make-up days."""
    provisional = "provisional"
    """Only the statutory holidays are known; the notice will move some days."""


class OverrideLevel(StrEnum):
    """The level of an override of the catalogue, the most specific first; the first level with one applies."""

    device = "device"
    entity = "entity"
    region = "region"
    tenant = "tenant"


_LABELS: dict[type[StrEnum], dict[str, str]] = {
    Severity: {"critical": "严重", "major": "较大", "minor": "一般"},
    Zone: {
        "cooking": "烹饪区",
        "special_room": "专间",
        "dish_washing": "清洗消毒区",
        "rough_processing": "粗加工区",
        "cutting": "切配区",
        "meal_prep": "备餐区",
        "sample_room": "留样间",
        "storage": "库房",
        "receiving": "验收区",
        "waste": "废弃物暂存区",
        "morning_check": "晨检点",
    },
    DeviceKind: {"camera": "摄像机", "sensor": "传感器"},
    Role: {"enterprise": "企业", "regulator": "监管", "platform": "监管平台", "admin": "管理员"},
    Post: {"principal": "企业主要负责人", "director": "食品安全总监", "officer": "食品安全员"},
    ViolationState: {"active": "进行中", "ended": "已结束"},
    Review: {"unreviewed": "待复核", "confirmed": "属实", "rejected": "不属实", "inconclusive": "无法判定"},
    RejectReason: {
        "false_alarm": "误报",
        "not_violation": "不构成违规",
        "duplicate": "重复",
        "test": "测试",
    },
    AlertState: {
        "pending_review": "待复核",
        "confirmed": "已确认",
        "rejected": "已驳回",
        "inconclusive": "无法判定",
    },
    AlertOrigin: {"violation": "AI识别", "breach": "传感器", "device": "设备自检"},
    TaskState: {
        "dispatched": "已派发",
        "acknowledged": "已签收",
        "rectifying": "整改中",
        "submitted": "已提交",
        "under_review": "复查中",
        "returned": "已退回",
        "appealing": "申诉中",
        "closed": "已销号",
        "voided": "已作废",
    },
    TaskCommand: {
        "acknowledge": "签收",
        "start": "开始整改",
        "submit": "提交整改",
        "take_review": "开始复查",
        "accept": "通过销号",
        "return": "退回重改",
        "void": "作废",
        "ask_extension": "申请延期",
        "extend": "同意延期",
        "refuse_extension": "不同意延期",
        "appeal": "提出申诉",
        "uphold_appeal": "申诉成立",
        "dismiss_appeal": "申诉不成立",
    },
    EvidenceKind: {
        "still_clean": "原始图像",
        "still_annotated": "标注图像",
        "clip": "视频片段",
        "clip_frames": "抓拍帧合成片段",
        "photo_after": "整改后照片",
        "reading_series": "读数序列",
    },
    ClipState: {
        "waiting": "待调取",
        "asked": "调取中",
        "frames": "改用抓拍帧",
        "ready": "已就绪",
        "failed": "未取得",
    },
    CopyKind: {"review": "可播放副本", "redacted": "人脸模糊副本"},
    BreachLevel: {"warn": "预警", "alarm": "报警"},
    YearStatus: {"official": "已公布", "provisional": "待公布"},
    ExtensionState: {"asked": "延期待批", "granted": "已延期", "refused": "未获延期"},
    AppealState: {"open": "申诉待裁决", "upheld": "申诉成立", "dismissed": "申诉不成立"},
    AppealReason: {
        "false_detection": "识别有误",
        "not_our_site": "不是本单位",
        "authorised_activity": "经批准的作业",
        "already_fixed": "当时已处理",
        "data_error": "数据错误",
        "other": "其他",
    },
    DeadlineClock: {"always": "连续计时", "office": "工作时间计时"},
    OverrideLevel: {"device": "设备", "entity": "经营主体", "region": "地区", "tenant": "全平台"},
}


def label(member: StrEnum) -> str:
    """Return the Chinese term of a stored value."""
    return _LABELS[type(member)][member.value]


def labelled_types() -> list[type[StrEnum]]:
    """Return every enumeration with labels, for the test that requires a label for each member."""
    return list(_LABELS)
