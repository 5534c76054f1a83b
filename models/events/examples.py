"""Examples of payloads for `docs/EVENTS.md`. The type checker and a contract test check them against their types."""

from typing import cast

from models.events.device_payloads import DeviceConditionData, DeviceData, NodeData, NodeRevokedData
from models.events.payloads import (
    AlertData,
    EntityData,
    EvidenceData,
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
    SituationData,
    SupervisionData,
    TaskData,
    ViolationData,
    WarningData,
)

ENTITY: EntityData = {
    "id": "019e6f2a-0000-7000-8000-000000000001",
    "name": "示例小学食堂",
    "credit_code": "92330602MA00TEX117",
    "licence_no": "JY33306020000077",
    "region_code": "330602",
}
STILL: EvidenceData = {
    "id": "019e6f2a-0000-7000-8000-000000000002",
    "kind": "still_annotated",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "bytes": 48211,
    "start": "2026-11-23T02:15:20.000Z",
    "end": "2026-11-23T02:15:20.000Z",
}
PHOTO: EvidenceData = {**STILL, "id": "019e6f2a-0000-7000-8000-000000000003", "kind": "photo_after"}
APPEAL_PHOTO: EvidenceData = {**STILL, "id": "019e6f2a-0000-7000-8000-000000000004", "kind": "photo_appeal"}
SITUATION: SituationData = {
    "version": 1,
    "code": "no_mask",
    "label": "未戴口罩",
    "severity": "major",
    "zone": "special_room",
    "zone_label": "专间",
    "site_id": "shili",
    "device_id": "shili-cam-1",
    "evidence": [STILL],
    "entity": ENTITY,
}
VIOLATION: ViolationData = {
    **SITUATION,
    "violation_id": "019e6f2a-0000-7000-8000-000000000004",
    "alert_id": "019e6f2a-0000-7000-8000-000000000005",
    "track_id": 17,
    "state": "active",
    "review": "unreviewed",
    "start": "2026-11-23T02:15:09.000Z",
    "end": None,
    "score": 0.87,
    "model": {
        "name": "kitchen-n",
        "version": "0.3.2",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
    "rule": {"id": "no_mask", "version": "kitchen 4"},
    "boxes": [{"name": "no_mask", "score": 0.87, "x": 0.41, "y": 0.22, "w": 0.05, "h": 0.09}],
}
ALERT = cast(
    "AlertData",
    {
        **SITUATION,
        "alert_id": "019e6f2a-0000-7000-8000-000000000005",
        "origin": "violation",
        "state": "pending_review",
        "occurrences": 1,
        "start": "2026-11-23T02:15:09.000Z",
        "end": None,
        "last": "2026-11-23T02:15:20.000Z",
        "score": 0.87,
        "reason": None,
    },
)
TASK: TaskData = {
    **SITUATION,
    "task_id": "019e6f2a-0000-7000-8000-000000000006",
    "alert_id": "019e6f2a-0000-7000-8000-000000000005",
    "state": "dispatched",
    "attempt": 1,
    "accountable": {"name": "王安全", "post": "officer"},
    "dispatched_at": "2026-11-23T02:18:00.000Z",
    "due_at": "2026-11-24T02:18:00.000Z",
    "clock": "office",
    "due_provisional": False,
    "extension": None,
    "appeal": None,
    "appeal_reason": None,
    "appeal_evidence": [],
    "lookback": None,
    "lookback_due_at": None,
    "relapse_of": None,
    "escalated_to": [],
    "acknowledged_at": None,
    "submitted_at": None,
    "closed_at": None,
    "overdue_level": 0,
    "requirement": "专间：未戴口罩，请限期整改。",
    "measure": None,
    "cause": None,
    "submitted_by": None,
    "reason": None,
    "evidence": [],
}
SUBMITTED = {
    "version": 4,
    "state": "submitted",
    "acknowledged_at": "2026-11-23T02:30:00.000Z",
    "submitted_at": "2026-11-23T09:00:00.000Z",
    "submitted_by": "wang",
    "measure": "已更换口罩并重新培训",
    "cause": "新员工未培训",
    "evidence": [PHOTO],
}
NODE: NodeData = {
    "version": 1,
    "node_id": "shili-agent",
    "site_id": "shili",
    "online": True,
    "session": 1795400000,
    "entity": ENTITY,
}
NODE_REVOKED: NodeRevokedData = {
    **NODE,
    "version": 3,
    "online": False,
    "revoked_at": "2026-11-23T03:00:00.000Z",
    "devices": ["shili-cam-1", "shili-fridge-1"],
    "actor": {"name": "li", "role": "regulator"},
}
DEVICE: DeviceData = {
    "version": 2,
    "device_id": "shili-fridge-1",
    "label": "冷藏温度",
    "site_id": "shili",
    "name": "冷藏柜",
    "zone": "storage",
    "zone_label": "库房/冷库",
    "node_id": "shili-agent",
    "entity": ENTITY,
    "sensor_code": "fridge_temp",
}
DEVICE_CHANGED: dict[str, object] = {
    **DEVICE,
    "decommissioned_at": None,
    "actor": {"name": "wang", "role": "enterprise"},
    "changed": ["name"],
    "before": {"name": "冰箱"},
}
DEVICE_DECOMMISSIONED: dict[str, object] = {
    **DEVICE,
    "version": 3,
    "decommissioned_at": "2026-11-23T03:00:00.000Z",
    "actor": {"name": "li", "role": "regulator"},
    "reason": "设备已拆除",
}
DEVICE_FAULT: DeviceConditionData = {
    **DEVICE,
    "condition": {
        "code": "sensor_fault",
        "label": "传感器故障",
        "since": "2026-11-23T02:00:00.000Z",
        "cleared_at": None,
        "reason": "no_probe",
        "reason_label": "探头断线或未接",
        "value": -127.0,
        "unit": "Cel",
    },
}
DEVICE_RECOVERED: DeviceConditionData = {
    **DEVICE_FAULT,
    "version": 3,
    "condition": {**DEVICE_FAULT["condition"], "cleared_at": "2026-11-23T04:00:00.000Z"},
}
LEAD: LeadData = {
    "version": 1,
    "lead_id": "019e6f2a-0000-7000-8000-000000000009",
    "task_id": "019e6f2a-0000-7000-8000-000000000006",
    "code": "no_mask",
    "label": "未戴口罩",
    "severity": "major",
    "site_id": SITUATION["site_id"],
    "device_id": SITUATION["device_id"],
    "ground": "returned_often",
    "addressee": "综合行政执法队",
    "state": "created",
    "created_at": "2026-11-23T08:00:00.000Z",
    "sent_at": None,
    "due_at": None,
    "extended": False,
    "filed_at": None,
    "case_no": None,
    "outcome": None,
    "feedback": None,
    "closed_at": None,
}
RECORD: RecordData = {
    "version": 3,
    "record_id": "019e6f2a-0000-7000-8000-00000000000a",
    "site_id": SITUATION["site_id"],
    "day": "2026-11-23",
    "pack": "day.school.v1",
    "rows": 19,
    "problems": 1,
    "zero_risk": False,
    "late": False,
    "signed_by": "王安全",
    "signed_at": "2026-11-23T10:00:00.000Z",
    "signature": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}

REPORT: ReportData = {
    "version": 3,
    "report_id": "019e6f2a-0000-7000-8000-00000000000b",
    "kind": "week",
    "site_id": SITUATION["site_id"],
    "begin": "2026-11-16",
    "until": "2026-11-22",
    "days_due": 7,
    "days_signed": 7,
    "days_late": 1,
    "problems": 3,
    "unsolved": 1,
    "rating": "risk",
    "decisions": 0,
    "late": False,
    "signed_by": "李总监",
    "signed_at": "2026-11-22T10:00:00.000Z",
    "signature": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}

WARNING: WarningData = {
    "version": 1,
    "warning_id": "019e6f2a-0000-7000-8000-00000000000c",
    "rule": "day_missing",
    "site_id": SITUATION["site_id"],
    "level": "orange",
    "because": "截至 2026-11-22 已连续 3 天没有日管控记录",
    "told": ["director", "principal"],
    "since": "2026-11-21T02:00:00.000Z",
    "ended_at": None,
}

SUPERVISION: SupervisionData = {
    "version": 2,
    "supervision_id": "019e6f2a-0000-7000-8000-00000000000b",
    "entity_id": "019e6f2a-0000-7000-8000-00000000000c",
    "reason": "periodic",
    "period": "2026Q4",
    "tier": "C",
    "state": "pushed",
    "cadre_id": "019e6f2a-0000-7000-8000-00000000000d",
    "due_at": "2026-12-31T16:00:00.000Z",
    "overdue": False,
    "note": "",
    "closed_at": None,
}

PLEDGE: PledgeData = {
    "version": 1,
    "pledge_id": "019e6f2a-0000-7000-8000-00000000000e",
    "entity_id": "019e6f2a-0000-7000-8000-00000000000c",
    "cadre": "李包保",
    "post": "副镇长",
    "level": "township",
    "tier": "C",
    "template": "2026.11.1",
    "text_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "signed_at": "2026-11-23T10:00:00.000Z",
    "signature": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}

OUTLET: OutletData = {
    "entity_id": "019e6f2a-0000-7000-8000-00000000000c",
    "hq_id": "019e6f2a-0000-7000-8000-000000000021",
    "parent_id": "019e6f2a-0000-7000-8000-000000000021",
    "at": "2026-11-23T10:00:00.000Z",
}

MEAL: MealData = {
    "version": 1,
    "meal_id": "019e6f2a-0000-7000-8000-00000000001c",
    "site_id": SITUATION["site_id"],
    "day": "2026-11-23",
    "meal": "lunch",
    "diners": 820,
    "dishes": ["米饭", "番茄炒蛋", "清炒时蔬"],
    "supplies": 2,
    "traced": 2,
    "sampled": True,
    "accompanied": True,
    "recorded_at": "2026-11-23T05:00:00.000Z",
    "digest": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}

RECHECK: RecheckData = {
    "version": 2,
    "recheck_id": "019e6f2a-0000-7000-8000-00000000001d",
    "draw_id": "019e6f2a-0000-7000-8000-00000000001e",
    "visit_id": "019e6f2a-0000-7000-8000-00000000001f",
    "cadre_id": "019e6f2a-0000-7000-8000-000000000020",
    "drawn_at": "2026-11-23T01:00:00.000Z",
    "method": "phone",
    "took_place": True,
    "compared": 12,
    "differing": 1,
    "done_at": "2026-11-24T02:00:00.000Z",
}

OWN_PLEDGE: OwnPledgeData = {
    "version": 1,
    "pledge_id": "019e6f2a-0000-7000-8000-00000000001a",
    "entity_id": "019e6f2a-0000-7000-8000-00000000000c",
    "person_id": "019e6f2a-0000-7000-8000-00000000001b",
    "name": "王安全",
    "post": "officer",
    "tier": "C",
    "template": "2026.11.1",
    "text_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "signed_at": "2026-11-23T10:00:00.000Z",
    "signature": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}

INDEX: IndexData = {
    "version": 1,
    "index_id": "019e6f2a-0000-7000-8000-00000000000f",
    "kind": "region",
    "region_code": "330602",
    "name": "越城区",
    "period": "2026-W47",
    "score": "88.10",
    "band": "blue",
    "place": 5,
    "of": 6,
    "last": True,
    "formula": "region.2026.2",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "frozen_at": "2026-11-24T02:00:00.000Z",
}

LETTER: LetterData = {
    "version": 1,
    "letter_id": "019e6f2a-0000-7000-8000-000000000010",
    "index_id": "019e6f2a-0000-7000-8000-00000000000f",
    "region_code": "330602",
    "name": "越城区",
    "period": "2026-W47",
    "place": 5,
    "of": 6,
    "issued_at": "2026-11-24T02:00:00.000Z",
    "answered_at": None,
    "answered_by": None,
    "reply": None,
}
