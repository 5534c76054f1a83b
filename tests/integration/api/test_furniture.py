"""The list of learnt furniture and its refusal over HTTP, with those who should not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.payloads.status import DeviceHealth
from models.store import streams
from tests.integration.api.test_wishes import HTML
from tests.support.furniture import learnt
from tests.support.groups import limited
from tests.support.http import Rig, fresh_key

REASON = {"reason": "收银员坐在这里"}


def listed(rig: Rig, key: str, camera: str) -> list[dict[str, Any]]:
    answer = rig.get(f"/v1/cameras/{camera}/furniture", key)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def test_the_owner_sees_what_was_learnt_and_says_that_it_is_somebody(rig: Rig) -> None:
    place = learnt(rig.store, rig.a)
    (one,) = listed(rig, rig.keys.enterprise_a, rig.a.camera)
    assert (one["id"], one["frames"], one["counts"]) == (str(place), 7000, False)
    assert one["box"] == pytest.approx([0.4, 0.2, 0.45, 0.29])
    path, key = f"/v1/cameras/{rig.a.camera}/furniture/{place}/refuse", fresh_key()
    for _ in range(2):
        assert rig.post(path, rig.keys.enterprise_a, json=REASON, headers=key).status_code == 204
    (one,) = listed(rig, rig.keys.regulator_a, rig.a.camera)
    assert (one["counts"], one["reason"]) == (True, REASON["reason"])
    assert one["refused_by"]
    assert rig.post(path, rig.keys.regulator_a, json=REASON).status_code == 409
    kinds = [row["kind"] for row in rig.get(f"/v1/devices/{rig.a.camera}/history", rig.keys.regulator_a).json()["data"]]
    assert kinds == ["furniture_refused", "furniture_learnt"]


def test_nobody_else_sees_or_refuses_it(rig: Rig) -> None:
    place = learnt(rig.store, rig.b)
    path = f"/v1/cameras/{rig.b.camera}/furniture"
    for key in (rig.keys.enterprise_a, rig.keys.regulator_a):
        assert rig.get(path, key).status_code == 404
        assert rig.post(f"{path}/{place}/refuse", key, json=REASON).status_code == 404
        # a foreign place below an own camera
        assert rig.post(f"/v1/cameras/{rig.a.camera}/furniture/{place}/refuse", key, json=REASON).status_code == 404
    assert rig.post(f"{path}/{place}/refuse", rig.keys.platform_b, json=REASON).status_code == 403
    assert rig.get(path).status_code == 401
    assert not listed(rig, rig.keys.regulator_b, rig.b.camera)[0]["counts"]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 401}, {"reason": "a\x00b"}, {"why": "x"}])
def test_hostile_refusals_change_nothing(rig: Rig, body: dict[str, Any]) -> None:
    place = learnt(rig.store, rig.a)
    path = f"/v1/cameras/{rig.a.camera}/furniture/{place}/refuse"
    assert rig.post(path, rig.keys.enterprise_a, json=body).status_code == 422
    assert not listed(rig, rig.keys.enterprise_a, rig.a.camera)[0]["counts"]


def test_nobody_makes_furniture_by_hand(rig: Rig) -> None:
    """Whoever could would blind the camera: there is no such call, and the API's role may not write the table."""
    place = learnt(rig.store, rig.a)
    path = f"/v1/cameras/{rig.a.camera}/furniture"
    for method in ("post", "put", "patch", "delete"):
        answer = rig.http.request(method, path, json={}, headers={"Authorization": f"Bearer {rig.keys.admin}"})
        assert answer.status_code == 405
    with rig.app.state.mingchu.store.read() as r:
        rights = r.raw.execute(
            "SELECT has_table_privilege('mingchu_api', 'camera_furniture', 'INSERT'),"
            " has_table_privilege('mingchu_api', 'camera_furniture', 'DELETE'),"
            " has_column_privilege('mingchu_api', 'camera_furniture', 'box', 'UPDATE')"
        ).fetchone()
    assert rights == (False, False, False)
    assert [one["id"] for one in listed(rig, rig.keys.admin, rig.a.camera)] == [str(place)]


def test_a_sensor_has_no_furniture(rig: Rig) -> None:
    assert rig.get(f"/v1/cameras/{rig.a.fridge}/furniture", rig.keys.regulator_a).status_code == 422


def test_the_page_of_a_camera_shows_its_places(rig: Rig) -> None:
    learnt(rig.store, rig.a)
    learnt(rig.store, rig.b, x=0.1)
    browser = rig.browser("enterprise-a")
    page = browser.get(f"/console/cameras/{rig.a.camera}", headers=HTML)
    assert page.status_code == 200
    assert ('x="40.0"' in page.text, 'x="10.0"' in page.text) == (True, False)
    assert browser.get(f"/console/cameras/{rig.b.camera}", headers=HTML).status_code == 404
    assert browser.get(f"/console/cameras/{rig.a.fridge}", headers=HTML).status_code == 404
    assert rig.browser("platform-a").get(f"/console/cameras/{rig.a.camera}", headers=HTML).status_code == 403
    assert "固定物 1 处" in browser.get("/console/sites", headers=HTML).text


def test_hostile_words_break_no_page(rig: Rig) -> None:
    place = learnt(rig.store, rig.a)
    path = f"/v1/cameras/{rig.a.camera}/furniture/{place}/refuse"
    assert rig.post(path, rig.keys.enterprise_a, json={"reason": "<script>alert(1)</script>"}).status_code == 204
    page = rig.browser("city").get(f"/console/cameras/{rig.a.camera}", headers=HTML)
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text


def test_a_branch_sees_and_refuses_before_its_own_cameras_alone(rig: Rig) -> None:
    keys = limited(rig, rig.a, "a")
    place, foreign = learnt(rig.store, rig.a), learnt(rig.store, rig.b)
    for name in ("branch", "office"):
        assert [one["id"] for one in listed(rig, keys[name], rig.a.camera)] == [str(place)], name
        assert rig.get(f"/v1/cameras/{rig.b.camera}/furniture", keys[name]).status_code == 404
        path = f"/v1/cameras/{rig.b.camera}/furniture/{foreign}/refuse"
        assert rig.post(path, keys[name], json=REASON).status_code == 404
    path = f"/v1/cameras/{rig.a.camera}/furniture/{place}/refuse"
    assert rig.post(path, keys["branch"], json=REASON).status_code == 204


def test_the_page_shows_what_an_agent_has_learnt_by_itself(rig: Rig) -> None:
    browser, path = rig.browser("enterprise-a"), f"/console/cameras/{rig.a.camera}"
    assert "现场终端" not in browser.get(path, headers=HTML).text
    health = DeviceHealth(id=rig.a.camera, state="online", furniture=((0.3, 0.2, 0.35, 0.29),))
    with rig.store.write() as w:
        told = {health.id: health.model_dump(mode="json", exclude={"id"})}
        streams.node_reports(w, node_id=rig.a.node, session=1, can=(), healths=told, at=datetime.now(UTC))
    page = browser.get(path, headers=HTML).text
    assert 'class="edge" x="30.0" y="20.0"' in page
    assert "已学到固定物 1 处" in page
