"""Leads to enforcement over HTTP: the transfer, the way of a lead, its end, and who must not see it."""

from typing import Any

import pytest

from alerts.hazards.tasks import act
from models.base.errors import NotAllowed
from models.catalogue.terms import Role, TaskCommand
from models.domain.access import Actor
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML, step
from tests.support.http import Rig, fresh_key

TRANSFER = {"ground": "other", "reason": "后厨发现三无产品", "addressee": "综合行政执法队"}
SECRETS = ("三无产品", "综合行政执法队")


def transferred(rig: Rig) -> tuple[Any, dict[str, Any]]:
    task = dispatched(rig, rig.a, "no_chef_hat")
    made = step(rig, task, "transfer", rig.keys.regulator_a, 1, TRANSFER)
    assert made.status_code == 200, made.text
    return task, made.json()


def lead_step(rig: Rig, lead: dict[str, Any], name: str, version: int, **body: Any) -> Any:  # noqa: ANN401
    path = f"/v1/leads/{lead['id']}/{name}"
    return rig.post(path, rig.keys.regulator_a, etag=version, json=body, headers=fresh_key())


def test_a_hazard_goes_to_a_lead_and_ends_with_its_feedback(rig: Rig) -> None:
    task, lead = transferred(rig)
    assert (lead["state"], lead["ground_label"]) == ("created", "其他违法线索")
    case = {"case_no": "绍市监立〔2026〕1号", "officers": ["甲", "乙"]}
    for version, (name, body) in enumerate(
        [
            ("send", {}),
            ("accept", {}),
            ("extend", {"text": "案情复杂"}),
            ("verify", {}),
            ("file", case),
            ("decide", {"text": "罚款五千元"}),
            ("feed-back", {"text": "已告知发现人"}),
        ],
        start=1,
    ):
        answer = lead_step(rig, lead, name, version, **body)
        assert answer.status_code == 200, (name, answer.text)
    detail = rig.get(f"/v1/leads/{lead['id']}", rig.keys.regulator_a).json()
    assert (detail["lead"]["state"], detail["commands"], len(detail["transitions"])) == ("closed", [], 8)
    after = rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()["task"]
    assert (after["state"], after["state_label"], after["closed_at"] is not None) == (
        "transferred_closed",
        "移送办结",
        True,
    )
    alert = rig.get(f"/v1/alerts/{task.alert_id}", rig.keys.regulator_a).json()["alert"]
    assert alert["closed_at"] is not None


def test_a_refused_lead_gives_the_task_back_with_its_clock(rig: Rig) -> None:
    task, lead = transferred(rig)
    waiting = rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()["task"]
    assert (waiting["state"], waiting["closed_at"]) == ("transferred", None)
    lead_step(rig, lead, "send", 1)
    assert lead_step(rig, lead, "refuse", 2, text="不属于本机关管辖").json()["closed_at"] is not None
    back = rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()["task"]
    assert (back["state"], back["due_at"] >= waiting["due_at"]) == ("dispatched", True)
    again = step(rig, task, "transfer", rig.keys.regulator_a, back["version"], TRANSFER)
    assert again.status_code == 200, again.text


def test_the_enterprise_sees_that_it_was_transferred_and_nothing_of_the_lead(rig: Rig) -> None:
    task, lead = transferred(rig)
    mine = rig.get(f"/v1/tasks/{task.id}", rig.keys.enterprise_a)
    assert mine.json()["task"]["state"] == "transferred"
    assert rig.get("/v1/leads", rig.keys.enterprise_a).status_code == 403
    assert rig.get(f"/v1/leads/{lead['id']}", rig.keys.enterprise_a).status_code == 403
    browser = rig.browser("enterprise-a")
    assert browser.get("/console/leads", headers=HTML).status_code == 403
    seen = [mine.text, rig.get("/v1/events", rig.keys.enterprise_a, cursor=0).text]
    seen += [browser.get(f"/console/tasks/{task.id}", headers=HTML).text]
    # The reason of the transfer step is the fact that the enterprise may answer to; the lead itself stays hidden.
    assert not any("mingchu.lead" in text or SECRETS[1] in text for text in seen)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ground": "returned_often"}, "returns"),
        ({"ground": "critical_not_fixed"}, "critical"),
        ({"reason": ""}, "reason"),
        ({"addressee": " "}, "addressee"),
        ({"ground": "dislike"}, "ground"),
        ({"addressee": "x" * 201}, "addressee"),
    ],
)
def test_a_transfer_without_its_ground_is_refused(rig: Rig, change: dict[str, str], says: str) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    answer = step(rig, task, "transfer", rig.keys.regulator_a, 1, {**TRANSFER, **change})
    assert (answer.status_code, says in answer.text) == (422, True), answer.text
    assert rig.get("/v1/leads", rig.keys.regulator_a).json()["data"] == []


def test_strangers_transfer_and_step_nothing(rig: Rig) -> None:
    task, lead = transferred(rig)
    for key, status in ((rig.keys.enterprise_a, 403), (rig.keys.regulator_b, 404), (rig.keys.platform_b, 403)):
        assert step(rig, task, "transfer", key, 2, TRANSFER).status_code == status
        answer = rig.post(f"/v1/leads/{lead['id']}/send", key, etag=1, json={}, headers=fresh_key())
        assert answer.status_code == status
    assert lead_step(rig, lead, "send", 7).status_code == 412
    assert lead_step(rig, lead, "decide", 1, text="x").status_code == 409


@pytest.mark.parametrize("command", [TaskCommand.take_back, TaskCommand.end_transfer])
def test_only_the_end_of_its_lead_takes_a_task_back(rig: Rig, command: TaskCommand) -> None:
    task, _ = transferred(rig)
    path = f"/v1/tasks/{task.id}/{command.value.replace('_', '-')}"
    assert rig.post(path, rig.keys.admin, etag=2, json={"reason": "x"}, headers=fresh_key()).status_code == 404
    admin = Actor(name="root", role=Role.admin)
    with rig.store.write() as w, pytest.raises(NotAllowed, match="lead"):
        act(w, task.id, command, version=2, by=admin, at=task.dispatched_at, reason="x")


def test_hostile_words_break_no_page(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    words = "<script>alert(1)</script>"
    step(rig, task, "transfer", rig.keys.regulator_a, 1, {**TRANSFER, "reason": words, "addressee": words})
    page = rig.browser("regulator-a").get("/console/leads", headers=HTML).text
    assert "线索移送" in page
    assert "<script>alert" not in page
    assert words.replace("<", "&lt;").replace(">", "&gt;") in page
