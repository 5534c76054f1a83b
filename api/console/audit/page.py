"""Load a page of the audit log."""

from dataclasses import dataclass
from typing import Any

from api.console.shell.words import moment
from models.domain.audit import AuditEntry
from models.store import Read, audit

SHOWN = 100
_WORDS = {
    "evidence.viewed": "查看证据",
    "camera.watched": "查看实时画面",
    "evidence.exported": "导出证据",
    "data.exported": "导出数据",
    "data.applied": "数据入库",
    "session.opened": "登录",
}
_TABLES = {
    "app_user": "账号",
    "api_key": "密钥",
    "tenant": "租户",
    "access_group": "范围组",
    "access_member": "范围组成员",
    "webhook_endpoint": "推送端点",
    "channel": "通知渠道",
    "code_override": "规则与限值",
    "calendar_year": "工作日历",
    "chain": "升级规则",
    "supervision_preset": "督导频次",
    "delegation": "委托包保",
    "legal_hold": "证据冻结",
}
_STEPS = {"added": "新增", "changed": "修改", "removed": "删除"}
CHOICES = (
    *_WORDS.items(),
    *((f"{table}.", f"{name}变更") for table, name in _TABLES.items()),
)
"""The beginnings of actions that can be asked for, with their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry of the log in words."""

    seq: int
    at: str
    actor: str
    what: str
    object: str
    where: str
    reason: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of the log and its filter."""

    lines: tuple[Line, ...]
    before: int | None
    action: str
    actor: str


def load_audit(r: Read, *, action: str, actor: str, before: int | None) -> AuditPage:
    """Return the values of the page."""
    found = audit.entries(r, before=before, action=action, actor=actor, limit=SHOWN + 1)
    return AuditPage(
        lines=tuple(map(_line, found[:SHOWN])),
        before=found[SHOWN - 1].seq if len(found) > SHOWN else None,
        action=action,
        actor=actor,
    )


def word_of(action: str) -> str:
    """Return an action in words."""
    table, _, step = action.rpartition(".")
    return _WORDS.get(action) or f"{_STEPS.get(step, step)}{_TABLES.get(table, table)}"


def _line(entry: AuditEntry) -> Line:
    return Line(
        seq=entry.seq,
        at=moment(entry.at),
        actor=entry.actor,
        what=word_of(entry.action),
        object=entry.object,
        where=entry.region_code or "全平台",
        reason=entry.reason,
        changes=tuple(f"{name}：{_value(value)}" for name, value in list(entry.detail.items())[:12]),
    )


def _value(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004 - old and new
        return f"{_short(value[0])} → {_short(value[1])}"
    return _short(value)


def _short(value: Any) -> str:  # noqa: ANN401 - JSON
    return "—" if value is None else str(value)[:80]
