"""The only list of event types, with the meaning, payload, first release and an example of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from models.events import examples
from models.events.device_payloads import (
    DeviceChangedData,
    DeviceConditionData,
    DeviceDecommissionedData,
    NodeData,
    NodeRevokedData,
)
from models.events.payloads import (
    AlertData,
    IndexData,
    LeadData,
    LetterData,
    MealData,
    OutletData,
    OwnPledgeData,
    PledgeData,
    RecheckData,
    RecordData,
    ReportData,
    SupervisionData,
    TaskData,
    ViolationData,
    WarningData,
)
from models.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One event type.

    Attributes:
        payload: the TypedDict of the event's `data`.
        since: the release that first announced it.
        means: one sentence that states when it is announced.
        example: an example of its `data`.
    """

    payload: type
    since: str
    means: str
    example: Mapping[str, Any]


def _violation(means: str, **example: object) -> EventKind:
    data = {**examples.VIOLATION, **example}
    return EventKind(payload=ViolationData, since="0.1.0", means=means, example=data)


def _alert(means: str, **example: object) -> EventKind:
    return EventKind(payload=AlertData, since="0.1.0", means=means, example={**examples.ALERT, **example})


def _task(means: str, *, since: str = "0.1.0", **example: object) -> EventKind:
    return EventKind(payload=TaskData, since=since, means=means, example={**examples.TASK, **example})


def _after_submission(means: str, *, since: str = "0.1.0", **example: object) -> EventKind:
    data = {**examples.TASK, **examples.SUBMITTED, **example}
    return EventKind(payload=TaskData, since=since, means=means, example=data)


def _warning(means: str, **changes: object) -> EventKind:
    return EventKind(payload=WarningData, since="0.2.0", means=means, example={**examples.WARNING, **changes})


def _lead(means: str, **example: object) -> EventKind:
    return EventKind(payload=LeadData, since="0.2.0", means=means, example={**examples.LEAD, **example})


def _supervision(means: str, **change: object) -> EventKind:
    example = {**examples.SUPERVISION, **change}
    return EventKind(payload=SupervisionData, since="0.2.0", means=means, example=example)


def _node(means: str, **example: object) -> EventKind:
    return EventKind(payload=NodeData, since="0.1.0", means=means, example={**examples.NODE, **example})


CATALOGUE: dict[EventType, EventKind] = {
    EventType.violation_opened: _violation("A rule found a violation, which still lasts."),
    EventType.violation_updated: _violation(
        "A violation gained evidence, or a person's verdict.", version=2, review="confirmed"
    ),
    EventType.violation_closed: _violation(
        "A violation ended.", version=3, state="ended", end="2026-11-23T02:16:40.000Z"
    ),
    EventType.alert_opened: _alert("The platform opened an alert, which waits for a person's verdict."),
    EventType.alert_updated: _alert(
        "The alert's situation recurred, got worse or gained evidence.", version=2, occurrences=2
    ),
    EventType.alert_confirmed: _alert("A person confirmed the alert as a hazard.", version=3, state="confirmed"),
    EventType.alert_rejected: _alert(
        "A person rejected the alert; `reason` states why.",
        version=3,
        state="rejected",
        reason="false_alarm",
        end="2026-11-23T02:20:00.000Z",
    ),
    EventType.alert_inconclusive: _alert(
        "A person found that the pictures allow no verdict.",
        version=3,
        state="inconclusive",
        end="2026-11-23T02:20:00.000Z",
    ),
    EventType.alert_closed: _alert(
        "The task of a confirmed alert was closed.", version=4, state="confirmed", end="2026-11-24T01:00:00.000Z"
    ),
    EventType.task_dispatched: _task("The platform dispatched a task for a confirmed hazard."),
    EventType.task_acknowledged: _task(
        "The enterprise acknowledged the task.",
        version=2,
        state="acknowledged",
        acknowledged_at="2026-11-23T02:30:00.000Z",
    ),
    EventType.task_rectifying: _task("The enterprise began to rectify the hazard.", version=3, state="rectifying"),
    EventType.task_submitted: _after_submission("The enterprise submitted its proof."),
    EventType.task_under_review: _after_submission(
        "A regulator took the proof into review.", version=5, state="under_review"
    ),
    EventType.task_returned: _after_submission(
        "A regulator returned the proof; `reason` states why.",
        version=5,
        state="returned",
        attempt=2,
        reason="照片看不清",
    ),
    EventType.task_closed: _after_submission(
        "A regulator accepted the proof (销号).", version=6, state="closed", closed_at="2026-11-24T01:00:00.000Z"
    ),
    EventType.task_voided: _task(
        "The task was withdrawn; `reason` states why.",
        version=2,
        state="voided",
        closed_at="2026-11-23T03:00:00.000Z",
        reason="派发有误",
    ),
    EventType.task_overdue: _task("The overdue level of a task rose.", version=2, overdue_level=1),
    EventType.task_updated: _task(
        "The hazard of an open task got worse.", since="0.2.0", version=2, severity="critical"
    ),
    EventType.task_extension_asked: _task(
        "The enterprise asked for its one extension.", since="0.2.0", version=2, extension="asked"
    ),
    EventType.task_extended: _task(
        "The deadline was extended.",
        since="0.2.0",
        version=3,
        extension="granted",
        due_at="2026-11-25T02:18:00.000Z",
    ),
    EventType.task_extension_refused: _task(
        "The extension was refused.", since="0.2.0", version=3, extension="refused", reason="时间充足"
    ),
    EventType.task_appealed: _task(
        "The enterprise appealed: the clock stands until the decision.",
        since="0.2.0",
        version=2,
        state="appealing",
        appeal="open",
        appeal_reason="false_detection",
        appeal_evidence=[examples.APPEAL_PHOTO],
    ),
    EventType.task_appeal_upheld: _task(
        "The appeal was upheld: the hazard counts in no figure.",
        since="0.2.0",
        version=3,
        state="voided",
        appeal="upheld",
        appeal_reason="false_detection",
        appeal_evidence=[examples.APPEAL_PHOTO],
        closed_at="2026-11-23T06:00:00.000Z",
        reason="画面中为装饰物",
    ),
    EventType.task_appeal_dismissed: _task(
        "The appeal was dismissed: the clock runs on.",
        since="0.2.0",
        version=3,
        state="acknowledged",
        appeal="dismissed",
        appeal_reason="false_detection",
        appeal_evidence=[examples.APPEAL_PHOTO],
    ),
    EventType.task_lookback_passed: _after_submission(
        "The look-back found nothing.",
        since="0.2.0",
        version=7,
        state="closed",
        closed_at="2026-11-24T01:00:00.000Z",
        lookback="passed",
        lookback_due_at="2026-12-09T01:00:00.000Z",
    ),
    EventType.task_relapsed: _after_submission(
        "The look-back found the hazard again; a new task has `relapse_of`.",
        since="0.2.0",
        version=7,
        state="closed",
        closed_at="2026-11-24T01:00:00.000Z",
        lookback="relapsed",
        lookback_due_at="2026-12-09T01:00:00.000Z",
    ),
    EventType.task_handed_over: _task(
        "Another person is accountable.", since="0.2.0", version=2, accountable={"name": "李安全", "post": "officer"}
    ),
    EventType.task_escalated: _task(
        "The task rose to `escalated_to`.",
        since="0.2.0",
        version=2,
        escalated_to=["director"],
    ),
    EventType.task_transferred: _task(
        "The hazard was transferred to enforcement; its clock stops.",
        since="0.2.0",
        version=3,
        state="transferred",
    ),
    EventType.task_taken_back: _task(
        "Enforcement refused the lead: the enterprise has to act again.",
        since="0.2.0",
        version=4,
        state="returned",
    ),
    EventType.lead_created: _lead("A lead to enforcement was created."),
    EventType.lead_updated: _lead(
        "A lead took a step.",
        version=2,
        state="sent",
        sent_at="2026-11-24T01:00:00.000Z",
        due_at="2026-12-15T01:00:00.000Z",
    ),
    EventType.lead_closed: _lead(
        "A lead ended: refused, or its outcome was fed back.",
        version=3,
        state="refused",
        outcome="不属于本机关管辖",
        closed_at="2026-11-25T01:00:00.000Z",
    ),
    EventType.record_signed: EventKind(
        payload=RecordData, since="0.2.0", means="An officer signed a day record.", example=dict(examples.RECORD)
    ),
    EventType.report_signed: EventKind(
        payload=ReportData,
        since="0.2.0",
        means="Somebody signed a week's report or a month's minutes.",
        example=dict(examples.REPORT),
    ),
    EventType.outlet_placed: EventKind(
        payload=OutletData,
        since="0.2.0",
        means="An enterprise was registered as a store or branch of a chain.",
        example=dict(examples.OUTLET),
    ),
    EventType.outlet_removed: EventKind(
        payload=OutletData,
        since="0.2.0",
        means="An enterprise was taken out of its chain.",
        example=dict(examples.OUTLET),
    ),
    EventType.meal_recorded: EventKind(
        payload=MealData, since="0.2.0", means="A meal was recorded or corrected.", example=dict(examples.MEAL)
    ),
    EventType.supervision_drawn: EventKind(
        payload=RecheckData,
        since="0.2.0",
        means="A visit was drawn for a recheck by a second person.",
        example=dict(examples.RECHECK)
        | {"version": 1, "method": None, "took_place": None, "compared": 0, "differing": 0, "done_at": None},
    ),
    EventType.supervision_rechecked: EventKind(
        payload=RecheckData,
        since="0.2.0",
        means="A second person checked a visit.",
        example=dict(examples.RECHECK),
    ),
    EventType.pledge_signed: EventKind(
        payload=PledgeData, since="0.2.0", means="A cadre signed a pledge.", example=dict(examples.PLEDGE)
    ),
    EventType.pledge_signed_by_post: EventKind(
        payload=OwnPledgeData,
        since="0.2.0",
        means="A person of an enterprise signed the pledge of their post.",
        example=dict(examples.OWN_PLEDGE),
    ),
    EventType.supervision_warned: _warning(
        "A warning about a cadre was opened, raised or ended.",
        rule="visit_overdue",
        site_id=None,
        level="yellow",
        because="督导任务已逾期 2 天",
        told=["authority"],
    ),
    EventType.warning_opened: _warning("A duty was not done."),
    EventType.warning_raised: _warning("A warning got more urgent.", version=2, level="red"),
    EventType.warning_ended: _warning(
        "The reason of a warning is gone.", version=3, ended_at="2026-11-24T02:00:00.000Z"
    ),
    EventType.duty_index_frozen: EventKind(
        payload=IndexData,
        since="0.2.0",
        means="The index of a region for a week or month was frozen. Enterprises do not receive it.",
        example=dict(examples.INDEX),
    ),
    EventType.duty_letter_issued: EventKind(
        payload=LetterData,
        since="0.2.0",
        means="One of the last three counties of a city was reminded. Enterprises do not receive it.",
        example=dict(examples.LETTER),
    ),
    EventType.duty_letter_answered: EventKind(
        payload=LetterData,
        since="0.2.0",
        means="The county answered the reminder.",
        example={
            **examples.LETTER,
            "version": 2,
            "answered_at": "2026-11-25T01:00:00.000Z",
            "answered_by": "yuecheng",
            "reply": "本周内完成逾期督导 6 件",
        },
    ),
    EventType.supervision_created: _supervision("A cadre is to visit an enterprise.", version=1, state="generated"),
    EventType.supervision_updated: _supervision("A supervision task took a step, or is overdue."),
    EventType.supervision_closed: _supervision(
        "A supervision task ended: archived or exempted.",
        version=6,
        state="archived",
        closed_at="2026-12-20T02:00:00.000Z",
    ),
    EventType.device_online: _node("A node connected."),
    EventType.device_offline: _node("A node disconnected, or its connection broke.", version=2, online=False),
    EventType.device_revoked: EventKind(
        payload=NodeRevokedData,
        since="0.2.0",
        means="A node's access was revoked.",
        example=cast("Mapping[str, Any]", examples.NODE_REVOKED),
    ),
    EventType.device_changed: EventKind(
        payload=DeviceChangedData,
        since="0.2.0",
        means="A camera or sensor was changed; `changed` names the fields.",
        example=examples.DEVICE_CHANGED,
    ),
    EventType.device_decommissioned: EventKind(
        payload=DeviceDecommissionedData,
        since="0.2.0",
        means="The supervision of a device ended for good.",
        example=examples.DEVICE_DECOMMISSIONED,
    ),
    EventType.device_fault: EventKind(
        payload=DeviceConditionData,
        since="0.2.0",
        means="A sensor reports values that only a broken sensor reports.",
        example=cast("Mapping[str, Any]", examples.DEVICE_FAULT),
    ),
    EventType.device_recovered: EventKind(
        payload=DeviceConditionData,
        since="0.2.0",
        means="A broken sensor works again.",
        example=cast("Mapping[str, Any]", examples.DEVICE_RECOVERED),
    ),
}
