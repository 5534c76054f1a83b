"""The payload (`data`) of each event: the whole state of its subject with a rising `version`, never a delta.

A payload may gain fields. An existing field keeps its name, type and meaning (`tests/contract/events` checks it).
"""

from typing import Annotated, Any

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
    kind: Annotated[
        str, Field(description="still_clean, still_annotated, close_up, clip, clip_frames, photo_after or photo_appeal")
    ]
    sha256: str
    bytes: int
    start: Moment
    end: Moment


class ActorData(TypedDict):
    """The person or machine that acted."""

    name: str
    role: str


class SituationData(TypedDict):
    """The fields that violations, alerts and tasks have in common."""

    version: Annotated[int, Field(description="rises with every change of the subject")]
    code: Annotated[str, Field(description="code of the violation or sensor")]
    label: Annotated[str, Field(description="Chinese label of the code")]
    severity: Annotated[str, Field(description="critical, major or minor")]
    zone: Annotated[str, Field(description="kind of room: cooking, special_room …")]
    zone_label: str
    site_id: Annotated[str, Field(description="the kitchen")]
    device_id: Annotated[str, Field(description="the camera or sensor")]
    evidence: list[EvidenceData]
    entity: EntityData | None


class ViolationData(SituationData):
    """A violation (违规行为): a breach of a rule that a camera showed over time."""

    violation_id: Id
    alert_id: Annotated[str | None, Field(description="the alert that counts this violation")]
    track_id: Annotated[
        int | None, Field(description="number of the tracked person, if the violation is about a person")
    ]
    state: Annotated[str, Field(description="active or ended")]
    review: Annotated[str, Field(description="unreviewed, confirmed, rejected or inconclusive")]
    start: Moment
    end: Moment | None
    score: Annotated[float, Field(description="0 to 1")]
    model: Annotated[
        dict[str, Any],
        Field(description="name, version and sha256 of the weights, and `rounds`, the same of a second network"),
    ]
    rule: Annotated[
        dict[str, Any], Field(description="id and version of the rule, and `look`: the answer of its second look")
    ]
    boxes: Annotated[list[dict[str, Any]], Field(description="name, score, x, y, w, h; normalised 0 to 1")]


class Measured(TypedDict, total=False):
    """Fields of an alert that a sensor's limit or the monitoring of a device raised."""

    value: float | None
    unit: str | None
    threshold: float
    hold_s: Annotated[float, Field(description="seconds beyond the limit before a breach counts")]
    level: Annotated[str, Field(description="warn or alarm")]
    since: Moment
    ended: Moment
    cause: Annotated[str | None, Field(description="common cause of several outages: `node:…`, `site:…`")]
    outage: Annotated[str | None, Field(description="why a device is away or a camera shows nothing")]
    devices: Annotated[list[str], Field(description="the devices that the alert is about")]


class AlertData(SituationData, Measured):
    """An alert (预警): a situation that waits for, or has, a person's verdict."""

    alert_id: Id
    origin: Annotated[str, Field(description="violation, breach, device, lookback or spot")]
    state: Annotated[str, Field(description="pending_review, confirmed, rejected or inconclusive")]
    occurrences: Annotated[int, Field(description="number of violations or breaches that the alert counts")]
    start: Moment
    end: Annotated[Moment | None, Field(description="when the alert was closed: without a hazard, or with its task")]
    last: Annotated[Moment, Field(description="when the situation was last observed")]
    score: float | None
    reason: Annotated[str | None, Field(description="why a person rejected the alert")]


class AccountableData(TypedDict):
    """The person who is accountable for a task (责任人)."""

    name: str
    post: str


class TaskData(SituationData):
    """A rectification task (整改任务)."""

    task_id: Id
    alert_id: Id
    state: str
    attempt: Annotated[int, Field(description="starts at 1 and rises by one with each return")]
    accountable: Annotated[
        AccountableData | None, Field(description="null while the regulator's office holds the task")
    ]
    dispatched_at: Moment
    due_at: Annotated[str, Field(description="整改期限, RFC 3339 in UTC")]
    clock: Annotated[str, Field(description="hours that count for the deadline: always, or office")]
    extension: Annotated[str | None, Field(description="asked, granted or refused; one extension at most")]
    appeal: Annotated[str | None, Field(description="open, upheld or dismissed; one appeal at most")]
    appeal_reason: str | None
    appeal_evidence: Annotated[list[EvidenceData], Field(description="photos of the appeal, photo_appeal")]
    lookback: Annotated[str | None, Field(description="due, passed or relapsed; null: not in the sample")]
    lookback_due_at: Moment | None
    relapse_of: Annotated[str | None, Field(description="the task whose hazard came back as this one")]
    due_provisional: Annotated[
        bool, Field(description="true until the year's notice is imported; due_at may get later")
    ]
    acknowledged_at: Moment | None
    submitted_at: Moment | None
    closed_at: Moment | None
    overdue_level: Annotated[int, Field(description="0 in time, 1 overdue, 2 over 24 h, 3 yellow card, 4 red card")]
    escalated_to: Annotated[
        list[str], Field(description="called last: officer, director, principal, authority, county")
    ]
    requirement: Annotated[str, Field(description="what the enterprise must do")]
    measure: Annotated[str | None, Field(description="整改措施")]
    cause: Annotated[str | None, Field(description="原因")]
    submitted_by: str | None
    reason: Annotated[str | None, Field(description="why the task was last returned or voided")]


class LeadData(TypedDict):
    """A hazard that was transferred to enforcement (线索移送). Enterprises do not receive these events."""

    version: int
    lead_id: Id
    task_id: Id
    code: str
    label: str
    severity: str
    site_id: str
    device_id: str
    ground: Annotated[str, Field(description="refusal, returned_often, critical_not_fixed, priority_item or other")]
    addressee: Annotated[str, Field(description="the unit that receives the lead")]
    state: Annotated[
        str,
        Field(description="created, sent, accepted, refused, verifying, filed, not_filed, decided or closed"),
    ]
    created_at: Moment
    sent_at: Moment | None
    due_at: Annotated[Moment | None, Field(description="end of the running period: filing, then the decision")]
    extended: bool
    filed_at: Moment | None
    case_no: Annotated[str | None, Field(description="案号")]
    outcome: str | None
    feedback: str | None
    closed_at: Moment | None


class RecordData(TypedDict):
    """A day record (日管控) that an officer signed."""

    version: int
    record_id: Id
    site_id: Annotated[str, Field(description="the kitchen")]
    day: Annotated[str, Field(description="local day, YYYY-MM-DD")]
    pack: Annotated[str, Field(description="id of the form")]
    rows: int
    problems: Annotated[int, Field(description="rows with a problem")]
    zero_risk: Annotated[bool, Field(description="the officer declared that nothing was found")]
    late: Annotated[bool, Field(description="signed after 10:00 of the next day")]
    signed_by: str
    signed_at: Moment
    signature: Annotated[str, Field(description="SHA-256 over what was signed")]


class ReportData(TypedDict):
    """A week's report (周排查) or a month's minutes (月调度) that somebody signed."""

    version: int
    report_id: Id
    kind: Annotated[str, Field(description="week or month")]
    site_id: Annotated[str | None, Field(description="the kitchen; null: the whole enterprise")]
    begin: Annotated[str, Field(description="first local day, YYYY-MM-DD")]
    until: Annotated[str, Field(description="last local day, YYYY-MM-DD")]
    days_due: Annotated[int, Field(description="day records that were due")]
    days_signed: int
    days_late: int
    problems: int
    unsolved: Annotated[int, Field(description="problems that are not put right yet")]
    rating: Annotated[str | None, Field(description="of a week: controlled, risk or serious")]
    decisions: Annotated[int, Field(description="of a month: decisions, each a work item")]
    late: bool
    signed_by: str
    signed_at: Moment
    signature: Annotated[str, Field(description="SHA-256 over what was signed")]


class WarningData(TypedDict):
    """A warning (自动预警) that a duty was not done."""

    version: int
    warning_id: Id
    rule: Annotated[str, Field(description="day_missing, period_missing, repeated, cameras_away, post_empty, relapse")]
    site_id: Annotated[str | None, Field(description="the kitchen; null: the whole enterprise")]
    level: Annotated[str, Field(description="blue, yellow, orange or red")]
    because: Annotated[str, Field(description="the reason, in Chinese")]
    told: Annotated[list[str], Field(description="who hears of it: officer, director, principal, authority, county")]
    since: Moment
    ended_at: Moment | None


class OutletData(TypedDict):
    """The place of an enterprise in a chain (连锁)."""

    entity_id: Id
    hq_id: Annotated[str, Field(description="the head office")]
    parent_id: Annotated[str, Field(description="the branch above it, or the head office")]
    at: Moment


class MealData(TypedDict):
    """A meal (餐次) of a canteen that was recorded or corrected. Who ate along is not in it."""

    version: int
    meal_id: Id
    site_id: str
    day: Annotated[str, Field(description="local day, YYYY-MM-DD")]
    meal: Annotated[str, Field(description="breakfast, lunch, dinner or supper")]
    diners: int
    dishes: list[str]
    supplies: Annotated[int, Field(description="goods that went into it")]
    traced: Annotated[int, Field(description="those of them with supplier and voucher")]
    sampled: Annotated[bool, Field(description="samples were kept (留样)")]
    accompanied: Annotated[bool, Field(description="somebody of the management ate along (陪餐)")]
    recorded_at: Moment
    digest: Annotated[str, Field(description="SHA-256 over what was recorded; the chain of evidence holds it")]


class RecheckData(TypedDict):
    """A visit that was drawn for a recheck (督导抽查), and what its second person found."""

    version: int
    recheck_id: Id
    draw_id: Id
    visit_id: Id
    cadre_id: Id
    drawn_at: Moment
    method: Annotated[str | None, Field(description="revisit or phone; null until it is done")]
    took_place: Annotated[bool | None, Field(description="whether the enterprise confirms the visit")]
    compared: Annotated[int, Field(description="rows that both answered")]
    differing: int
    done_at: Moment | None


class PledgeData(TypedDict):
    """A pledge (承诺书) that a cadre signed for an enterprise."""

    version: int
    pledge_id: Id
    entity_id: Id
    cadre: str
    post: str
    level: Annotated[str, Field(description="city, county, township or village")]
    tier: Annotated[str, Field(description="包保等级 A-D at the time")]
    template: Annotated[str, Field(description="version of the lists that the text was made of")]
    text_sha256: str
    signed_at: Moment
    signature: Annotated[str, Field(description="SHA-256 over the text's digest, names and time")]


class OwnPledgeData(TypedDict):
    """A pledge (承诺书) that a person of an enterprise signed for their post."""

    version: int
    pledge_id: Id
    entity_id: Id
    person_id: Id
    name: str
    post: Annotated[str, Field(description="officer, director or principal")]
    tier: Annotated[str | None, Field(description="包保等级 A-D at the time; null: none")]
    template: Annotated[str, Field(description="version of the lists that the text was made of")]
    text_sha256: str
    signed_at: Moment
    signature: Annotated[str, Field(description="SHA-256 over the text's digest, names, proof and time")]


class IndexData(TypedDict):
    """The frozen duty index (履责指数) of a region."""

    version: int
    index_id: Id
    kind: Annotated[str, Field(description="region")]
    region_code: str
    name: str
    period: Annotated[str, Field(description="2026-11, or 2026-W48 for a week")]
    score: Annotated[str | None, Field(description="0-100 with two decimals; null: too little is known")]
    band: Annotated[str, Field(description="green, blue, yellow, red or insufficient")]
    place: Annotated[int | None, Field(description="place among the ranked counties of its city, and their number")]
    of: int | None
    last: Annotated[bool, Field(description="whether it is one of the last three of its city")]
    formula: str
    digest: Annotated[str, Field(description="SHA-256 of formula, inputs and result")]
    frozen_at: Moment


class LetterData(TypedDict):
    """A reminder (提示函) to a county that is one of the last three of its city."""

    version: int
    letter_id: Id
    index_id: Id
    region_code: str
    name: str
    period: str
    place: int
    of: int
    issued_at: Moment
    answered_at: Moment | None
    answered_by: str | None
    reply: str | None


class SupervisionData(TypedDict):
    """A task for a cadre (包保干部) to visit an enterprise. Enterprises do not receive these events."""

    version: int
    supervision_id: Id
    entity_id: Id
    reason: Annotated[str, Field(description="periodic, or hazard: after a critical one")]
    period: Annotated[str, Field(description="2026Q4, 2026H2 or 2026; the id of the task of a hazard")]
    tier: Annotated[str | None, Field(description="包保等级 A-D at the time")]
    state: str
    cadre_id: Annotated[str | None, Field(description="who visits; null while nobody is named")]
    due_at: Moment
    overdue: bool
    note: Annotated[str, Field(description="why it was returned, reassigned or exempted")]
    closed_at: Moment | None
