"""Escalation chains over HTTP and in the sweep: who saves what for whom, and what then happens to a task."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.hazards.escalation import escalate
from alerts.hazards.tasks import raise_overdue
from models.store import tasks
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key

STEPS = {
    "unacknowledged": [{"after": "10m", "whom": ["director"]}, {"after": "20m", "whom": ["authority"]}],
    "overdue": [{"level": 1, "whom": ["principal", "authority"]}],
    "returned": [],
}
BODY = {"severity": "minor", "steps": STEPS, "reason": "市局要求"}


def save(rig: Rig, key: str, **change: Any) -> Any:  # noqa: ANN401
    return rig.post("/v1/chains", key, json={**BODY, **change}, headers=fresh_key())


def test_a_saved_chain_applies_to_its_region_from_the_next_dispatch_on(rig: Rig) -> None:
    before = dispatched(rig, rig.a, "clutter")
    saved = save(rig, rig.keys.regulator_a, jurisdiction=rig.a.region)
    assert (saved.status_code, saved.json()["version"]) == (200, 1), saved.text
    after = dispatched(rig, rig.a, "no_chef_hat")
    foreign = dispatched(rig, rig.b, "no_chef_hat")
    with rig.store.read() as r:
        found = [tasks.task(r, one.id) for one in (before, after, foreign)]
    spans = [one.chain[0].step.after for one in found if one is not None]
    assert spans == [timedelta(hours=7), timedelta(minutes=10), timedelta(hours=7)]
    shown = rig.get("/v1/chains", rig.keys.enterprise_a).json()
    assert next(row for row in shown if row["severity"] == "minor")["jurisdiction"] == rig.a.region
    assert save(rig, rig.keys.regulator_a, jurisdiction=rig.a.region).json()["version"] == 2
    assert len(rig.get("/v1/chains/history", rig.keys.regulator_a).json()) == 2


@pytest.mark.parametrize(
    ("key", "change", "status"),
    [
        ("enterprise_a", {}, 403),
        ("platform_b", {}, 403),
        ("regulator_a", {"jurisdiction": ""}, 403),
        ("regulator_a", {"jurisdiction": "330603"}, 403),
        ("admin", {"jurisdiction": "33x"}, 422),
        ("admin", {"reason": " "}, 422),
        ("admin", {"steps": {**STEPS, "overdue": []}}, 422),
        ("admin", {"steps": {"x": []}}, 422),
        ("admin", {"severity": "mild"}, 422),
        ("admin", {"steps": {**STEPS, "returned": [{"returns": 1, "whom": ["county"]}] * 1000}}, 422),
    ],
)
def test_a_chain_of_the_wrong_person_or_form_is_not_saved(
    rig: Rig, key: str, change: dict[str, Any], status: int
) -> None:
    answer = save(rig, getattr(rig.keys, key), **change)
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/chains/history", rig.keys.admin).json() == []


def test_the_sweep_calls_each_holder_once_and_says_whom_it_missed(rig: Rig) -> None:
    save(rig, rig.keys.regulator_a, jurisdiction=rig.a.region, severity="critical")
    task = dispatched(rig, rig.a, "rodent")
    for minutes, count in ((5, 0), (11, 1), (12, 0), (21, 1), (600, 0)):
        with rig.store.write() as w:
            assert escalate(w, at=task.dispatched_at + timedelta(minutes=minutes)) == count
    detail = rig.get(f"/v1/tasks/{task.id}", rig.keys.enterprise_a).json()
    steps = [row for row in detail["transitions"] if row["command"] == "escalate"]
    # The enterprise has an officer only: where the director is missing, the authority is called with the first step.
    assert ["监管所" in row["reason"] for row in steps] == [True, True]
    assert detail["task"]["escalated_to"] == ["authority"]
    assert detail["ahead"]
    with rig.store.write() as w:
        assert raise_overdue(w, at=task.due_at + timedelta(seconds=1)) == 1
    after = rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()["task"]
    assert after["escalated_to"] == ["principal", "authority"]
    page = rig.browser("regulator-a").get(f"/console/tasks/{task.id}", headers=HTML).text
    assert "如无人处理" in page
    assert "已上报" in page


def test_a_step_that_comes_late_says_so(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "rodent")
    with rig.store.write() as w:
        assert escalate(w, at=task.dispatched_at + timedelta(minutes=45)) == 1
    detail = rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()
    (step,) = [row for row in detail["transitions"] if row["command"] == "escalate"]
    assert "晚 15 分钟" in step["reason"]


def test_a_preview_saves_nothing_and_shows_the_time_line(rig: Rig) -> None:
    shown = rig.post("/v1/chains/preview", rig.keys.regulator_a, json=BODY)
    assert shown.status_code == 200, shown.text
    assert [one["whom_label"] for one in shown.json()["ahead"]][:2] == ["食品安全总监", "监管所"]
    assert rig.get("/v1/chains/history", rig.keys.regulator_a).json() == []
    page = rig.browser("regulator-a").get("/console/chains", headers=HTML).text
    assert "升级规则" in page
    assert "食品安全总监" in page
