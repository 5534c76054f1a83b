"""The look-back (回头看) over HTTP: what is due, who looks, and what a relapse becomes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.base.errors import NotAllowed
from models.store import Store, devices
from models.store.scope import Scope
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML, step
from tests.support.http import Rig, fresh_key


@pytest.fixture
def closed(rig: Rig) -> Any:  # noqa: ANN401
    """A task of enterprise A that was closed eight days ago."""
    task = dispatched(rig, rig.a, "rodent", ago=timedelta(days=9))
    since = datetime.now(UTC) - timedelta(days=8)
    with rig.store.write() as w:
        w.raw.execute(
            "UPDATE task SET state = 'closed', closed_at = %(at)s, submitted_by = 'officer', next_level_at = NULL, "
            "lookback = 'due', lookback_due_at = %(at)s + interval '7 days' WHERE id = %(id)s",
            {"at": since, "id": task.id},
        )
        w.raw.execute("UPDATE alert SET closed_at = %(at)s WHERE id = %(id)s", {"at": since, "id": task.alert_id})
    return task


def test_a_due_lookback_is_listed_for_its_district_alone(rig: Rig, closed: Any) -> None:  # noqa: ANN401
    assert [row["id"] for row in rig.get("/v1/tasks/lookbacks", rig.keys.regulator_a).json()] == [str(closed.id)]
    assert rig.get("/v1/tasks/lookbacks", rig.keys.regulator_b).json() == []
    page = rig.browser("regulator-a").get("/console/tasks", headers=HTML).text
    assert "待回头看" in page
    assert "待回头看" not in rig.browser("regulator-b").get("/console/tasks", headers=HTML).text


def test_a_passed_lookback_ends_it(rig: Rig, closed: Any) -> None:  # noqa: ANN401
    passed = step(rig, closed, "pass-lookback", rig.keys.regulator_a, 1, {})
    assert (passed.status_code, passed.json()["lookback_label"]) == (200, "回头看通过")
    assert step(rig, closed, "relapse", rig.keys.regulator_a, 2, {"reason": "x"}).status_code == 409
    assert rig.get("/v1/tasks/lookbacks", rig.keys.regulator_a).json() == []


def test_a_relapse_becomes_a_hazard_of_its_own_with_a_link_back(rig: Rig, closed: Any) -> None:  # noqa: ANN401
    relapsed = step(rig, closed, "relapse", rig.keys.regulator_a, 1, {"reason": "又见鼠迹"})
    assert (relapsed.status_code, relapsed.json()["lookback"]) == (200, "relapsed"), relapsed.text
    rows = rig.get("/v1/tasks", rig.keys.regulator_a).json()["data"]
    new = next(row for row in rows if row["relapse_of"] == str(closed.id))
    assert (new["state"], new["code"]) == ("dispatched", "rodent")
    alert = rig.get(f"/v1/alerts/{new['alert_id']}", rig.keys.regulator_a).json()["alert"]
    assert (alert["origin"], alert["state"]) == ("lookback", "confirmed")
    assert alert["reviewed_by"].startswith("key:")
    page = rig.browser("regulator-a").get(f"/console/tasks/{UUID(new['id'])}", headers=HTML).text
    assert "复发自" in page


def test_an_open_task_of_the_situation_is_not_doubled_by_a_relapse(rig: Rig, closed: Any) -> None:  # noqa: ANN401
    dispatched(rig, rig.a, "rodent")
    answer = step(rig, closed, "relapse", rig.keys.regulator_a, 1, {"reason": "x"})
    assert (answer.status_code, "open task already" in answer.json()["detail"]) == (409, True)
    assert rig.get(f"/v1/tasks/{closed.id}", rig.keys.regulator_a).json()["task"]["lookback"] == "due"


@pytest.mark.parametrize("name", ["pass-lookback", "relapse"])
def test_an_enterprise_does_not_look_back_at_itself(rig: Rig, closed: Any, name: str) -> None:  # noqa: ANN401
    assert step(rig, closed, name, rig.keys.enterprise_a, 1, {"reason": "x"}).status_code == 403


SEEN = {"device_id": "cam-a", "code": "clutter", "remark": "通道堆放纸箱"}


def test_a_rejected_alarm_can_open_another_hazard_found_on_the_spot(rig: Rig) -> None:
    made = rig.post("/v1/hazards", rig.keys.regulator_a, json=SEEN, headers=fresh_key())
    assert made.status_code == 200, made.text
    assert (made.json()["alert"]["origin"], made.json()["task"]["state"]) == ("spot", "dispatched")
    again = rig.post("/v1/hazards", rig.keys.regulator_a, json=SEEN, headers=fresh_key())
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize(
    ("key", "change", "status"),
    [
        ("enterprise_a", {}, 403),
        ("platform_b", {}, 403),
        ("regulator_b", {}, 404),
        ("regulator_a", {"code": "made_up"}, 422),
        ("regulator_a", {"device_id": "nobody"}, 404),
        ("regulator_a", {"remark": ""}, 422),
        ("regulator_a", {"zone": "moon"}, 422),
    ],
)
def test_a_hostile_or_wrong_record_of_a_hazard_leaves_nothing(
    rig: Rig, key: str, change: dict[str, str], status: int
) -> None:
    answer = rig.post("/v1/hazards", getattr(rig.keys, key), json={**SEEN, **change}, headers=fresh_key())
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/alerts", rig.keys.city).json()["data"] == []


def test_the_api_role_inserts_no_alert_of_a_rule(rig: Rig, api_store: Store) -> None:
    with rig.store.read() as r:
        device = devices.device(r, "cam-a")
    assert device is not None
    for scope, origin in (
        (Scope.of_tenant(device.tenant_id), "violation"),
        (Scope.of_entity(device.tenant_id, device.entity_id), "spot"),
    ):
        with pytest.raises(NotAllowed), api_store.write(scope) as w:
            w.raw.execute(
                "INSERT INTO alert (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, "
                "origin, state, occurrences, first_at, last_at, opened_at, version, revision) "
                "SELECT gen_random_uuid(), tenant_id, entity_id, region_code, site_id, id, 'clutter', zone, 'minor', "
                "%s, 'pending_review', 1, now(), now(), now(), 1, 1 FROM device WHERE id = 'cam-a'",
                (origin,),
            )
