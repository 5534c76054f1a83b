"""Channels, notices and subjects as values, for tests of pure code."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from models.catalogue.terms import AlertOrigin, AlertState, ChannelKind, NoticeState, Severity, TaskState, Zone
from models.domain.alerts import Alert
from models.domain.notices import Channel, Notice
from models.domain.tasks import RectificationTask

AT = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
ENTITY = UUID(int=7)
PLACE = {
    "tenant_id": "t",
    "entity_id": ENTITY,
    "region_code": "330602",
    "site_id": "site-a",
    "device_id": "cam-a",
    "zone": Zone.cooking,
}


def a_channel(**change: Any) -> Channel:  # noqa: ANN401 - any field
    known: dict[str, Any] = {
        "id": UUID(int=1),
        "tenant_id": "t",
        "region_code": "330602",
        "entity_id": ENTITY,
        "kind": ChannelKind.wecom,
        "name": "食品安全群",
        "hint": "https://qyapi.weixin.qq.com/…",
        "min_severity": Severity.minor,
        "quiet_from": None,
        "quiet_to": None,
        "cap_per_hour": 20,
        "enabled": True,
        "created_by": "x",
        "created_at": AT,
    }
    return Channel(**{**known, **change})


def a_notice(**change: Any) -> Notice:  # noqa: ANN401 - any field
    known: dict[str, Any] = {
        "id": UUID(int=2),
        "tenant_id": "t",
        "region_code": "330602",
        "entity_id": ENTITY,
        "channel_id": UUID(int=1),
        "site_id": "site-a",
        "occasion": "task_dispatched",
        "subject_kind": "task",
        "subject_id": UUID(int=3),
        "subject_version": 1,
        "severity": Severity.minor,
        "state": NoticeState.queued,
        "not_before": None,
        "attempts": 0,
        "next_attempt_at": AT,
        "expires_at": AT + timedelta(days=3),
        "last_error": None,
        "sent_text": None,
        "digest_id": None,
        "created_at": AT,
        "done_at": None,
    }
    return Notice(**{**known, **change})


def a_task(**change: Any) -> RectificationTask:  # noqa: ANN401 - any field
    known: dict[str, Any] = {
        **PLACE,
        "id": UUID(int=3),
        "alert_id": UUID(int=4),
        "code": "no_chef_hat",
        "severity": Severity.minor,
        "state": TaskState.dispatched,
        "attempt": 1,
        "person_id": UUID(int=5),
        "requirement": "立即戴好工作帽",
        "dispatched_at": AT,
        "due_at": AT + timedelta(days=1),
        "acknowledged_at": None,
        "submitted_at": None,
        "submitted_by": None,
        "closed_at": None,
        "measure": None,
        "cause": None,
        "proof_ids": (),
        "overdue_level": 0,
        "due_from": AT,
        "due_span": timedelta(days=1),
        "dispatched_by": "city",
        "first_span": timedelta(days=1),
        "version": 1,
    }
    return RectificationTask(**{**known, **change})


def an_alert(**change: Any) -> Alert:  # noqa: ANN401 - any field
    known: dict[str, Any] = {
        **PLACE,
        "id": UUID(int=4),
        "code": "rodent",
        "severity": Severity.critical,
        "origin": AlertOrigin.violation,
        "state": AlertState.pending_review,
        "occurrences": 2,
        "first_at": AT,
        "last_at": AT,
        "opened_at": AT,
        "closed_at": None,
        "score": 0.9,
        "measured": None,
        "evidence_ids": (),
        "reviewed_by": None,
        "reviewed_at": None,
        "reason": None,
        "remark": None,
        "version": 1,
        "revision": 1,
    }
    return Alert(**{**known, **change})
