"""Supervision tasks: planned once, pushed to the cadre, taken step by step, kept from strangers and the supervised."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts.duties.cadres import assign, delegate
from alerts.duties.guarantees import register_change
from alerts.duties.supervision import mark_late, plan
from alerts.hazards.review import confirm
from alerts.role import duties_pass
from models.base.clock import SteppedClock
from models.catalogue.supervision_terms import EntityChangeKind, GuaranteePart
from tests.support.guarantees import CITY, cadre_of, supervised, version_of
from tests.support.http import Rig, fresh_key
from tests.support.people import number_feed, raise_alert

AT = datetime(2026, 11, 2, 2, tzinfo=UTC)


def planned(rig: Rig, at: datetime = AT) -> int:
    with rig.store.write() as w:
        return plan(w, at=at)


def tasks(rig: Rig, key: str | None = None, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - query values
    answer = rig.get("/v1/supervision/tasks", key or rig.keys.regulator_a, **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def with_cadre(rig: Rig, *, tier: str = "C") -> UUID:
    """Enterprise a has a tier and a cadre as whom the user regulator-a acts."""
    cadre = cadre_of(rig.store, rig.a, login="regulator-a")
    supervised(rig.store, rig.a, cadre, tier=tier, at=AT)
    return cadre.id


class Browser:
    """The cadre's browser session."""

    def __init__(self, rig: Rig, login: str) -> None:
        self._client = rig.browser(login)
        self._csrf = self._client.get("/v1/me").json()["csrf_token"]

    def step(self, task: dict[str, Any], command: str, *, status: int = 200, **body: str) -> dict[str, Any]:
        headers = {"X-CSRF-Token": self._csrf, "If-Match": f'"{task["version"]}"'} | fresh_key()
        path = f"/v1/supervision/tasks/{task['id']}/{command}"
        answer = self._client.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found


def test_row_4_a_visit_is_planned_once_a_period_and_pushed_to_the_primary_cadre(rig: Rig) -> None:
    cadre = with_cadre(rig)
    assert planned(rig) == 1
    assert planned(rig) == 0, "an enterprise is looked at again when its next period begins"
    (task,) = tasks(rig)
    assert (task["period"], task["tier"], task["state"], task["cadre_id"]) == ("2026Q4", "C", "pushed", str(cadre))
    assert task["due_at"] == "2026-12-31T16:00:00Z"
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET supervision_next_at = '2000-01-01'")
    planned(rig)
    assert len(tasks(rig)) == 1, "a repeated sweep plans nothing twice"
    planned(rig, datetime(2027, 1, 1, tzinfo=UTC))
    assert [one["period"] for one in tasks(rig)] == ["2027Q1", "2026Q4"]


def test_a_changed_tier_plans_no_second_visit_within_its_period(rig: Rig) -> None:
    with_cadre(rig, tier="D")
    planned(rig)
    assert [one["period"] for one in tasks(rig)] == ["2026H2"]
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a, "王二"), tier="A", at=AT)
    assert planned(rig) == 1
    assert [one["period"] for one in tasks(rig)] == ["2026H2"]


def test_row_30_a_preset_of_the_region_applies_from_the_next_period_on(rig: Rig) -> None:
    body = {"preset": "opt2024", "jurisdiction": rig.a.region}
    assert rig.post("/v1/supervision/presets", rig.keys.regulator_b, json=body).status_code == 403
    wrong = rig.post("/v1/supervision/presets", rig.keys.regulator_a, json=body | {"preset": "daily"})
    assert (wrong.status_code, "q2022" in wrong.text) == (422, True)
    with_cadre(rig)
    planned(rig)
    assert rig.post("/v1/supervision/presets", rig.keys.regulator_a, json=body).json()["chosen"] == "opt2024"
    assert rig.get("/v1/supervision/presets", rig.keys.regulator_b).json()["chosen"] == "q2022"
    planned(rig, datetime(2027, 1, 1, tzinfo=UTC))
    assert [one["period"] for one in tasks(rig)] == ["2027H1", "2026Q4"]


def test_an_enterprise_without_a_tier_or_that_does_not_operate_gets_no_visit(rig: Rig) -> None:
    assert planned(rig) == 0
    with_cadre(rig)
    planned(rig)
    with rig.store.write() as w:
        register_change(
            w,
            rig.a.entity,
            EntityChangeKind.suspend,
            effective_on=AT.date(),
            reason="装修",
            detail="",
            version=version_of(rig.store, rig.a.entity),
            by=CITY,
            at=AT,
        )
    (task,) = tasks(rig)
    assert (task["state"], task["note"]) == ("exempted", "停产停业：装修")
    assert planned(rig) == 0
    with rig.store.write() as w:
        register_change(
            w,
            rig.a.entity,
            EntityChangeKind.resume,
            effective_on=AT.date(),
            reason="完工",
            detail="",
            version=version_of(rig.store, rig.a.entity),
            by=CITY,
            at=AT,
        )
    planned(rig)
    assert [one["state"] for one in tasks(rig)] == ["pushed", "exempted"], "the visit of the period is due again"


def test_a_critical_hazard_plans_a_visit_within_ten_working_days(rig: Rig) -> None:
    with_cadre(rig)
    alert = raise_alert(rig.store, rig.files, rig.a, "rodent", at=AT)
    raise_alert(rig.store, rig.files, rig.a, "smoking", at=AT)
    with rig.store.write() as w:
        confirm(w, alert.id, revision=1, by=CITY, at=AT)
    planned(rig)
    planned(rig)
    (task,) = [one for one in tasks(rig) if one["reason"] == "hazard"]
    assert task["due_at"] == "2026-11-16T02:00:00Z", "ten working days of eight hours, after two weekends"
    assert task["state"] == "pushed"


def test_a_visit_without_a_cadre_waits_and_follows_whoever_is_named(rig: Rig) -> None:
    with_cadre(rig)
    with rig.store.write() as w:
        w.raw.execute("UPDATE assignment SET valid_to = now()")
    planned(rig)
    (task,) = tasks(rig)
    assert (task["state"], task["cadre_id"]) == ("generated", None)
    first, second = cadre_of(rig.store, rig.a, "王二"), cadre_of(rig.store, rig.a, "赵三")
    for cadre, state in ((first, "pushed"), (second, "pushed")):
        with rig.store.write() as w:
            part = GuaranteePart.primary
            assign(w, rig.a.entity, cadre_id=cadre.id, part=part, reason="调整", by=CITY, at=AT)
        (task,) = tasks(rig)
        assert (task["state"], task["cadre_id"]) == (state, str(cadre.id))


def test_a_delegate_gets_new_visits_and_may_take_the_steps(rig: Rig) -> None:
    with_cadre(rig)
    planned(rig)
    deputy = cadre_of(rig.store, rig.a, "王二", login="city")
    (task,) = tasks(rig)
    city = Browser(rig, "city")
    city.step(task, "accept", status=403)
    with rig.store.write() as w:
        delegate(
            w,
            cadre_id=UUID(task["cadre_id"]),
            delegate_id=deputy.id,
            valid_from=AT,
            valid_to=AT + timedelta(days=100),
            reason="培训",
            by=CITY,
            at=AT,
        )
    assert city.step(task, "accept")["state"] == "accepted"
    planned(rig, datetime(2027, 1, 1, tzinfo=UTC))
    newest = tasks(rig)[0]
    assert (newest["period"], newest["cadre_id"]) == ("2027Q1", str(deputy.id))


def test_the_cadre_takes_the_steps_and_the_office_reassigns_or_exempts(rig: Rig) -> None:
    with_cadre(rig)
    planned(rig)
    cadre = Browser(rig, "regulator-a")
    (task,) = tasks(rig)
    accepted = cadre.step(task, "accept")
    cadre.step(task, "accept", status=412)
    started = cadre.step(accepted, "start")
    assert started["state_label"] == "督导中"
    cadre.step(started, "archive", status=409)
    cadre.step(started, "exempt", status=422, text=" ")
    other = cadre_of(rig.store, rig.a, "王二")
    moved = cadre.step(started, "reassign", text="调离", cadre_id=str(other.id))
    assert (moved["state"], moved["cadre_id"], moved["note"]) == ("pushed", str(other.id), "调离")
    cadre.step(moved, "accept", status=403)
    done = cadre.step(moved, "exempt", text="主体迁出")
    assert (done["state"], done["closed_at"] is not None) == ("exempted", True)
    number_feed(rig.store)
    told = [e for e in rig.get("/v1/events", rig.keys.city, cursor=0).json()["data"] if "supervision" in e["type"]]
    assert [event["data"]["state"] for event in told] == [
        "generated", "pushed", "accepted", "in_progress", "pushed", "exempted"
    ]  # fmt: skip
    hidden = rig.get("/v1/events", rig.keys.enterprise_a, cursor=0).json()["data"]
    assert [event for event in hidden if "supervision" in event["type"]] == []


def test_a_late_visit_is_marked_once(rig: Rig) -> None:
    with_cadre(rig)
    planned(rig)
    late = datetime(2027, 1, 1, tzinfo=UTC)
    for expected in (1, 0):
        with rig.store.write() as w:
            assert mark_late(w, at=late) == expected
    assert [one["overdue"] for one in tasks(rig)] == [True]


def test_the_alerts_role_plans_visits(rig: Rig) -> None:
    with_cadre(rig)
    duties_pass(rig.store, clock=SteppedClock(AT))
    assert [one["period"] for one in tasks(rig)] == ["2026Q4"]


def test_strangers_and_the_supervised_see_no_visits(rig: Rig) -> None:
    with_cadre(rig)
    planned(rig)
    (task,) = tasks(rig)
    path = f"/v1/supervision/tasks/{task['id']}"
    for key, status in ((rig.keys.regulator_b, 404), (rig.keys.enterprise_a, 403), (rig.keys.platform_b, 403)):
        assert rig.get(path, key).status_code == status
        assert rig.post(f"{path}/exempt", key, etag=task["version"], json={"text": "x"}).status_code == status
    assert tasks(rig, rig.keys.regulator_b) == []
    assert rig.get(path, rig.keys.regulator_a).json()["commands"] == ["reassign", "exempt"]


@pytest.mark.parametrize("body", [{"cadre_id": "x"}, {"text": "x" * 501}, {"what": 1}])
def test_a_step_with_a_wrong_body_is_refused(rig: Rig, body: dict[str, Any]) -> None:
    with_cadre(rig)
    planned(rig)
    (task,) = tasks(rig)
    answer = rig.post(f"/v1/supervision/tasks/{task['id']}/exempt", rig.keys.city, etag=task["version"], json=body)
    assert answer.status_code == 422
