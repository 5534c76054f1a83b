"""Accountable people over HTTP: naming, places, absences, hand-overs, and what strangers may not do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.base.errors import NotAllowed
from models.base.ids import uuid7
from models.catalogue.duty_terms import ServiceMode
from models.domain.people import Service
from models.domain.place import owner_of
from models.store import Store, people, registry
from models.store.scope import Scope
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key


def post(rig: Rig, path: str, key: str, **body: Any) -> Any:  # noqa: ANN401
    return rig.post(path, key, json=body, headers=fresh_key())


def named(rig: Rig, name: str, post_: str = "officer") -> str:
    answer = post(rig, "/v1/people", rig.keys.enterprise_a, entity_id=str(rig.a.entity), name=name, post=post_)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def first_person(rig: Rig) -> str:
    return str(rig.get("/v1/people", rig.keys.enterprise_a).json()[0]["id"])


def test_a_line_of_the_matrix_decides_who_gets_the_next_task(rig: Rig) -> None:
    before = dispatched(rig, rig.a, "clutter")
    new = named(rig, "李安全")
    body = {"person_id": new, "site_id": rig.a.site, "zone": "cooking"}
    line = post(rig, "/v1/responsibilities", rig.keys.enterprise_a, **body)
    assert line.status_code == 200, line.text
    assert post(rig, "/v1/responsibilities", rig.keys.enterprise_a, **body).status_code == 409
    found = rig.get("/v1/accountable", rig.keys.regulator_a, site_id=rig.a.site, zone="cooking").json()
    assert (found["person"]["name"], "烹饪区" in found["because"][0]) == ("李安全", True)
    after = dispatched(rig, rig.a, "no_chef_hat")
    assert str(before.person_id) != new
    assert str(after.person_id) == new
    ended = post(rig, f"/v1/responsibilities/{line.json()['id']}/end", rig.keys.enterprise_a, reason="调整")
    assert ended.json()["valid_to"] is not None
    again = post(rig, f"/v1/responsibilities/{line.json()['id']}/end", rig.keys.enterprise_a, reason="调整")
    assert again.status_code == 409


def test_a_deputy_gets_the_tasks_of_somebody_who_is_away(rig: Rig) -> None:
    now = datetime.now(UTC)
    officer, deputy = first_person(rig), named(rig, "代班", "director")
    times = {"absent_from": (now - timedelta(1)).isoformat(), "absent_to": (now + timedelta(1)).isoformat()}
    away = post(
        rig, "/v1/absences", rig.keys.enterprise_a, person_id=officer, deputy_id=deputy, reason="年休假", **times
    )
    assert away.status_code == 200, away.text
    assert str(dispatched(rig, rig.a, "clutter").person_id) == deputy
    assert post(rig, f"/v1/absences/{away.json()['id']}/end", rig.keys.enterprise_a).status_code == 200
    assert str(dispatched(rig, rig.a, "no_chef_hat").person_id) == officer


def test_open_tasks_are_handed_over_as_the_preview_showed_and_then_the_office_ends(rig: Rig) -> None:
    tasks = [dispatched(rig, rig.a, code) for code in ("clutter", "no_chef_hat")]
    giver, taker = first_person(rig), named(rig, "接任")
    refused = post(rig, f"/v1/people/{giver}/end", rig.keys.enterprise_a, reason="离职")
    assert (refused.status_code, "hand them over" in refused.text) == (409, True)
    body = {"giver_id": giver, "taker_id": taker}
    shown = post(rig, "/v1/hand-overs/preview", rig.keys.enterprise_a, **body).json()
    assert (shown["count"], set(shown["task_ids"])) == (2, {str(task.id) for task in tasks})
    for wrong, status in (({"count": 1, "reason": "离职"}, 409), ({"count": 2, "reason": " "}, 422)):
        assert post(rig, "/v1/hand-overs", rig.keys.enterprise_a, **body, **wrong).status_code == status
    key = fresh_key()
    moved = [
        rig.post(
            "/v1/hand-overs", rig.keys.enterprise_a, json={**body, "count": 2, "reason": "离职"}, headers=key
        ).json()["count"]
        for _ in range(2)
    ]
    assert moved == [2, 2]
    detail = rig.get(f"/v1/tasks/{tasks[0].id}", rig.keys.regulator_a).json()
    assert (detail["accountable"], detail["task"]["version"]) == ("接任", 2)
    assert [row["command"] for row in detail["transitions"]] == ["dispatch", "hand_over"]
    assert post(rig, f"/v1/people/{giver}/end", rig.keys.enterprise_a, reason="离职").status_code == 200
    page = rig.browser("enterprise-a").get("/console/people", headers=HTML).text
    assert "接任" in page
    assert "历任（1）" in page


@pytest.mark.parametrize("key", ["enterprise_b", "regulator_b"])
def test_strangers_change_nobody(rig: Rig, key: str) -> None:
    stranger = getattr(rig.keys, key)
    officer, other = first_person(rig), named(rig, "乙")
    now = datetime.now(UTC)
    span = {"absent_from": now.isoformat(), "absent_to": (now + timedelta(1)).isoformat()}
    for path, body in (
        ("/v1/people", {"entity_id": str(rig.a.entity), "name": "x", "post": "officer"}),
        (f"/v1/people/{officer}/end", {"reason": "x"}),
        ("/v1/responsibilities", {"person_id": officer}),
        ("/v1/absences", {"person_id": officer, "deputy_id": other, "reason": "x", **span}),
        ("/v1/hand-overs/preview", {"giver_id": officer, "taker_id": other}),
        ("/v1/hand-overs", {"giver_id": officer, "taker_id": other, "reason": "x"}),
    ):
        assert post(rig, path, stranger, **body).status_code == 404, path
        assert rig.http.post(path, json=body).status_code == 401
        assert post(rig, path, rig.keys.platform_b, **body).status_code == 403, path
    for path in ("/v1/people", "/v1/responsibilities", "/v1/absences"):
        assert rig.get(path, stranger, entity_id=str(rig.a.entity)).status_code == 404
    page = rig.browser(key.replace("_", "-")).get(f"/console/people?entity={rig.a.entity}", headers=HTML)
    assert page.status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"deputy": "self"}, 422),
        ({"deputy": "foreign"}, 404),
        ({"days": 0}, 422),
        ({"days": -1}, 422),
        ({"days": 400}, 422),
        ({"reason": " "}, 422),
        ({"naive": True}, 422),
    ],
)
def test_an_absurd_absence_is_refused(rig: Rig, change: dict[str, Any], status: int) -> None:
    officer = first_person(rig)
    foreign = rig.get("/v1/people", rig.keys.enterprise_b).json()[0]["id"]
    deputy = {"self": officer, "foreign": foreign}.get(change.get("deputy", ""), named(rig, "乙"))
    begin = datetime.now(UTC)
    end = begin + timedelta(days=change.get("days", 1))
    if change.get("naive"):
        begin, end = begin.replace(tzinfo=None), end.replace(tzinfo=None)
    answer = post(
        rig,
        "/v1/absences",
        rig.keys.enterprise_a,
        person_id=officer,
        deputy_id=deputy,
        absent_from=begin.isoformat(),
        absent_to=end.isoformat(),
        reason=change.get("reason", "病假"),
    )
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/absences", rig.keys.enterprise_a).json() == []


def test_a_place_of_another_enterprise_is_not_given(rig: Rig) -> None:
    body = {"person_id": first_person(rig), "site_id": rig.b.site}
    assert post(rig, "/v1/responsibilities", rig.keys.enterprise_a, **body).status_code == 404
    assert post(rig, "/v1/responsibilities", rig.keys.admin, **body).status_code == 422


def test_hostile_names_break_no_page(rig: Rig) -> None:
    named(rig, "<script>alert(1)</script>")
    assert "<script>alert" not in rig.browser("enterprise-a").get("/console/people", headers=HTML).text


def test_whose_duty_a_hazard_is_decides_who_gets_it(rig: Rig) -> None:
    pests = named(rig, "除虫专员")
    line = post(rig, "/v1/responsibilities", rig.keys.enterprise_a, person_id=pests, duty="pests")
    assert line.status_code == 200, line.text
    assert line.json()["duty"] == "pests"
    assert str(dispatched(rig, rig.a, "rodent").person_id) == pests
    assert str(dispatched(rig, rig.a, "clutter").person_id) != pests
    where = {"site_id": rig.a.site, "zone": "cooking"}
    assert rig.get("/v1/accountable", rig.keys.regulator_a, **where, duty="pests").json()["person"]["id"] == pests
    assert rig.get("/v1/accountable", rig.keys.regulator_a, **where).json()["person"]["id"] != pests


def code_of(rig: Rig, entity: object) -> str:
    with rig.store.read() as r:
        found = r.raw.execute("SELECT credit_code FROM entity WHERE id = %s", [entity]).fetchone()
    assert found is not None
    return str(found[0])


def test_both_sides_of_a_contracted_kitchen_answer_and_the_contractor_hears(rig: Rig) -> None:
    bot = {"kind": "wecom", "name": "承包方", "address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k-1"}
    channel = post(rig, "/v1/channels", rig.keys.enterprise_b, **bot)
    assert channel.status_code == 200, channel.text
    body = {"entity_id": str(rig.a.entity), "credit_code": code_of(rig, rig.b.entity), "mode": "contracted"}
    refused = post(rig, "/v1/services", rig.keys.enterprise_a, **body)
    assert refused.status_code == 403
    assert post(rig, "/v1/services", rig.keys.regulator_b, **body).status_code == 404
    begun = post(rig, "/v1/services", rig.keys.admin, **body)
    assert begun.status_code == 200, begun.text
    assert post(rig, "/v1/services", rig.keys.admin, **body).status_code == 409
    task = dispatched(rig, rig.a, "clutter")
    heard = rig.get("/v1/notices", rig.keys.enterprise_b).json()["data"]
    assert [row["subject_id"] for row in heard] == [str(task.id)]
    assert rig.get(f"/v1/tasks/{task.id}", rig.keys.enterprise_b).status_code == 404
    where = {"site_id": rig.a.site, "zone": "cooking"}
    (both,) = rig.get("/v1/accountable", rig.keys.admin, **where).json()["contractors"]
    assert (both["mode"], both["person"] is not None) == ("contracted", True)
    (own,) = rig.get("/v1/accountable", rig.keys.enterprise_a, **where).json()["contractors"]
    assert (own["contractor"], own["person"]) == (both["contractor"], None)
    assert both["contractor"] in rig.browser("enterprise-a").get("/console/people", headers=HTML).text
    end = f"/v1/services/{begun.json()['id']}/end"
    assert post(rig, end, rig.keys.enterprise_a, reason="x").status_code == 403
    assert post(rig, end, rig.keys.enterprise_b, reason="x").status_code in {403, 404}
    assert post(rig, end, rig.keys.admin, reason="合同到期").status_code == 200
    assert post(rig, end, rig.keys.admin, reason="合同到期").status_code == 409
    dispatched(rig, rig.a, "no_chef_hat")
    assert len(rig.get("/v1/notices", rig.keys.enterprise_b).json()["data"]) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"credit_code": "0" * 18}, 404),
        ({"entity_id": "01975c1e-0000-7000-8000-000000000009"}, 404),
        ({"site_id": "nowhere"}, 404),
        ({"mode": "x"}, 422),
    ],
)
def test_a_wrong_contractor_is_refused(rig: Rig, change: dict[str, str], status: int) -> None:
    body = {"entity_id": str(rig.a.entity), "credit_code": code_of(rig, rig.b.entity), "mode": "ordered"}
    assert post(rig, "/v1/services", rig.keys.admin, **(body | change)).status_code == status


def test_the_database_lets_no_enterprise_name_a_contractor(rig: Rig, api_store: Store) -> None:
    with rig.store.read() as r:
        unit = registry.entity(r, rig.a.entity)
    assert unit is not None
    new = Service(
        id=uuid7(),
        **owner_of(unit.owner),
        site_id=None,
        contractor_id=rig.b.entity,
        contractor="x",
        mode=ServiceMode.contracted,
        valid_from=datetime.now(UTC),
        set_by="x",
    )
    scope = Scope.of_entity(unit.tenant_id, unit.id)
    with pytest.raises(NotAllowed), api_store.write(scope) as w:
        people.add_service(w, new)
