"""The page for supervision platforms: how to pull the feed, and its newest events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.console.shell.words import moment
from models.base.jsonio import dumps
from models.catalogue.terms import AlertState, TaskState, label
from models.domain.webhooks import Endpoint
from models.events.envelope import FeedEvent
from models.store import Read, digests, feed, registry, webhooks
from models.store.legible import each

SHOWN, HOOKS_SHOWN, DIGESTS_SHOWN = 50, 50, 14
_KINDS = {
    "violation": "违规行为",
    "alert": "预警",
    "task": "整改任务",
    "lead": "线索",
    "record": "日管控记录",
    "report": "周排查、月调度报告",
    "meal": "用餐",
    "pledge": "承诺书",
    "supervision": "督导任务",
    "warning": "履责预警",
    "duty": "履责",
    "outlet": "连锁门店",
    "device": "设备",
}
_WHATS = {
    "opened": "发现",
    "updated": "更新",
    "closed": "结束",
    "confirmed": "属实",
    "rejected": "驳回",
    "inconclusive": "无法判定",
    "dispatched": "派发",
    "acknowledged": "签收",
    "rectifying": "开始整改",
    "submitted": "提交",
    "under_review": "复查",
    "returned": "退回",
    "voided": "作废",
    "overdue": "逾期",
    "online": "上线",
    "offline": "离线",
    "revoked": "凭证吊销",
    "changed": "变更",
    "decommissioned": "退出监管",
    "fault": "故障",
    "recovered": "恢复正常",
    "handed_over": "移交责任人",
    "escalated": "提级督办",
    "extension_asked": "申请延期",
    "extended": "准予延期",
    "extension_refused": "不予延期",
    "appealed": "申诉",
    "appeal_upheld": "申诉成立",
    "appeal_dismissed": "申诉驳回",
    "lookback_passed": "回头看通过",
    "relapsed": "复发",
    "transferred": "移送线索",
    "taken_back": "撤回移送",
    "created": "创建",
    "signed": "签字",
    "recorded": "登记",
    "signed_by_post": "由本岗签字",
    "warned": "提醒",
    "raised": "升级",
    "ended": "解除",
    "index_frozen": "指数发布",
    "letter_issued": "提示函发出",
    "letter_answered": "提示函回复",
    "placed": "归属登记",
    "removed": "归属解除",
    "drawn": "抽中抽查",
    "rechecked": "抽查完成",
}
_NAMES = {
    "warning.opened": "履责预警产生",
    "alert.opened": "预警产生",
    "alert.closed": "预警关闭",
    "task.closed": "整改任务销号",
    "lead.closed": "线索办结",
    "supervision.closed": "督导任务完成",
}
"""Types whose words of change differ from those of other subjects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event of the feed."""

    seq: int
    type: str
    what: str
    at: str
    subject: str
    entity: str
    state: str
    late: bool
    whole: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HookLine:
    """One webhook and what it does at present; `behind` counts numbers of the feed that it has not looked at."""

    id: UUID
    url: str
    what: str
    state: str
    runs: bool
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """The signed digest of one county's day."""

    day: str
    county: str
    n: int
    root: str
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The newest events, the numbers of the feed, webhooks, and the last digests."""

    lines: tuple[EventLine, ...]
    newest: int
    earliest: int
    base_url: str
    read_at: datetime
    hooks: tuple[HookLine, ...]
    digests: tuple[DigestLine, ...]


def load_stream(r: Read, *, base_url: str, now: datetime) -> Stream:
    """Load the newest events, webhooks and digests that the caller may see."""
    newest, earliest = feed.bounds(r)
    names = registry.regions(r)
    return Stream(
        lines=each(r, feed.newest_events(r, limit=SHOWN), _line, mark=_marred),
        newest=newest,
        earliest=max(0, earliest - 1),
        base_url=base_url,
        read_at=now,
        hooks=tuple(_hook(one, newest) for one in webhooks.endpoints(r, limit=HOOKS_SHOWN)),
        digests=tuple(
            DigestLine(
                day=one.day.isoformat(),
                county=names.get(one.region_code, one.region_code),
                n=one.n,
                root=one.root,
                signed=one.signature is not None,
            )
            for one in digests.days(r, within="", limit=DIGESTS_SHOWN)
        ),
    )


def _hook(one: Endpoint, newest: int) -> HookLine:
    state = "已停用" if one.disabled_reason else "已暂停" if one.paused else "推送中"
    return HookLine(
        id=one.id,
        url=one.url,
        what="、".join(one.types) or "全部事件",
        state=f"{state}：{one.disabled_reason}" if one.disabled_reason else state,
        runs=not one.paused and one.disabled_reason is None,
        behind=max(0, newest - one.cursor),
    )


def _marred(event: FeedEvent) -> EventLine:
    """Return the line of an event that can't be shown."""
    return EventLine(
        seq=event.seq,
        type=event.type,
        what="这条事件无法显示",
        at="—",
        subject="—",
        entity="",
        state="",
        late=False,
        whole="",
    )


def _line(event: FeedEvent) -> EventLine:
    entity = event.data.get("entity")
    return EventLine(
        seq=event.seq,
        type=event.type,
        what=type_label(event.type),
        at=moment(event.time),
        subject=str(event.data.get("label") or event.data.get("node_id") or "—"),
        entity=str(entity.get("name", "")) if isinstance(entity, dict) else "",
        state=_state(event.data),
        late=event.late,
        whole=dumps(event.envelope()),
    )


def type_label(name: str) -> str:
    """Return the Chinese name of an event type; a type of a later release keeps the parts without a Chinese word."""
    _, kind, what = (*name.split(".", 2), "", "")[:3]
    return _NAMES.get(f"{kind}.{what}") or f"{_KINDS.get(kind, kind)}{_WHATS.get(what, what)}"


def _state(data: dict[str, Any]) -> str:
    if "online" in data:
        return "在线" if data["online"] else "离线"
    return state_label(str(data.get("state") or ""))


def state_label(state: str) -> str:
    """Return the Chinese label of a violation's, alert's or task's state; any other word unchanged."""
    for kind in (AlertState, TaskState):
        if state in set(kind):
            return label(kind(state))
    return {"active": "进行中", "ended": "已结束"}.get(state, state)
