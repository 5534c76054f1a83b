"""Online patrols over HTTP: pictures as evidence, problems as hazards, sealed; a cadre's belongs into their visit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from models.base.errors import StoreRefused
from models.store import views
from tests.integration.api.test_visits import Phone
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key
from tests.support.patrols import patrol_body, patrolled, shot, watched
from tests.support.people import picture


def submit(rig: Rig, body: dict[str, Any], key: str | None = None) -> Any:  # noqa: ANN401 - an answer
    return rig.post("/v1/patrols", key or rig.keys.regulator_a, json=body, headers=fresh_key())


def with_problem(body: dict[str, Any], code: str, text: str) -> dict[str, Any]:
    found = {"code": code, "result": "problem", "problem": text}
    return body | {"answers": [found if row["code"] == code else row for row in body["answers"]]}


def kept(rig: Rig) -> str:
    watched(rig, rig.a, rig.keys.regulator_a)
    answer = shot(rig, rig.a, rig.keys.regulator_a)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["id"]
    return found


def test_row_8_a_patrol_keeps_pictures_finds_a_hazard_and_is_sealed(rig: Rig) -> None:
    picture_id = kept(rig)
    body = with_problem(patrol_body(rig.a, [picture_id]), "floors", "地面有积水")
    done = submit(rig, body)
    assert done.status_code == 200, done.text
    patrol = done.json()
    (hazard,) = patrol["hazards"]
    task = rig.get(f"/v1/tasks/{hazard['task_id']}", rig.keys.enterprise_a).json()["task"]
    assert (task["code"], task["state"]) == ("floor_dirty", "dispatched")
    assert (patrol["shots"][0]["evidence_id"], len(patrol["signature"])) == (picture_id, 64)
    assert submit(rig, body).json() == patrol, "sent again, it is the same"
    assert len(rig.get("/v1/patrols", rig.keys.regulator_a).json()) == 1
    content = rig.get(f"/v1/evidence/{picture_id}/content", rig.keys.regulator_a, reason="核查")
    assert (content.status_code, content.headers["content-type"]) == (200, "image/jpeg")
    with rig.store.read() as r:
        found = r.raw.execute("SELECT object FROM evidence_unsealed").fetchall()
    names = {name for (name,) in found}
    assert f"step:patrol:{patrol['id']}:1" in names
    page = rig.browser("regulator-a").get(f"/console/patrol?site={rig.a.site}", headers=HTML).text
    assert "地面有积水" in page


def test_a_patrol_is_never_changed_even_in_the_database(rig: Rig) -> None:
    patrolled(rig, rig.a, rig.keys.regulator_a)
    for change in ("UPDATE patrol SET name = 'x'", "DELETE FROM patrol", "UPDATE camera_shot SET taken_by = 'x'"):
        with pytest.raises((psycopg.Error, StoreRefused)), rig.store.write() as w:
            w.raw.execute(change)


def test_an_old_picture_is_no_present_one(rig: Rig) -> None:
    watched(rig, rig.a, rig.keys.regulator_a, at=datetime.now(UTC) - timedelta(minutes=2))
    refused = shot(rig, rig.a, rig.keys.regulator_a)
    assert (refused.status_code, refused.json()["code"]) == (409, "picture_not_new")


def test_a_visit_takes_each_picture_once(rig: Rig) -> None:
    phone = Phone(rig)
    path, body = f"/v1/cameras/{rig.a.camera}/shots", {"supervision_id": phone.task}

    def take() -> Any:  # noqa: ANN401 - an answer
        return phone.client.post(path, json=body, headers=phone.csrf | fresh_key())

    watched(rig, rig.a, rig.keys.regulator_a)
    assert take().status_code == 200
    again = take()
    assert (again.status_code, again.json()["code"]) == (409, "picture_not_new")
    with rig.store.write() as w:
        now = datetime.now(UTC)
        views.keep(w, device_id=rig.a.camera, jpeg=picture("later"), captured_at=now, at=now)
    assert take().status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"shot_ids": []}, 422),
        ({"shot_ids": ["01975c1e-0000-7000-8000-000000000001"]}, 404),
        ({"site_id": "site-b"}, 404),
        ({"site_id": "nowhere"}, 404),
        ({"answers": [{"code": "hats", "result": "ok"}]}, 422),
        ({"answers": [{"code": "moon", "result": "ok"}]}, 422),
        ({"checklist": "visit.v1"}, 422),
        ({"checklist": "../visit.v1"}, 422),
        ({"name": "   "}, 422),
        ({"ended_at": "2099-01-01T00:00:00Z"}, 422),
        ({"started_at": "2020-01-01T00:00:00Z"}, 422),
    ],
)
def test_a_wrong_patrol_leaves_nothing(rig: Rig, change: dict[str, Any], status: int) -> None:
    answer = submit(rig, patrol_body(rig.a, [kept(rig)]) | change)
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/patrols", rig.keys.city).json() == []
    assert rig.get("/v1/tasks", rig.keys.city).json()["data"] == []


def test_nobody_uses_pictures_that_somebody_else_kept_or_of_another_kitchen(rig: Rig) -> None:
    picture_id = kept(rig)
    assert submit(rig, patrol_body(rig.a, [picture_id]), rig.keys.city).status_code == 404
    assert submit(rig, patrol_body(rig.b, [picture_id]), rig.keys.regulator_a).status_code == 404


def test_strangers_enterprises_and_platforms_have_no_patrol(rig: Rig) -> None:
    patrol = patrolled(rig, rig.a, rig.keys.regulator_a)
    picture_id = patrol["shots"][0]["evidence_id"]
    assert rig.get("/v1/patrols", rig.keys.regulator_b).json() == []
    assert rig.get(f"/v1/patrols/{patrol['id']}", rig.keys.regulator_b).status_code == 404
    assert shot(rig, rig.a, rig.keys.regulator_b).status_code == 404
    for key in (rig.keys.enterprise_a, rig.keys.platform_b):
        assert rig.get("/v1/patrols", key).status_code == 403
        assert submit(rig, patrol_body(rig.a, [picture_id]), key).status_code == 403
        assert shot(rig, rig.a, key).status_code == 403
    assert rig.get(f"/v1/evidence/{picture_id}", rig.keys.enterprise_a).status_code == 404
    assert rig.browser("enterprise-a").get("/console/patrol", headers=HTML).status_code == 403
    stolen = patrol_body(rig.a, [picture_id], id=patrol["id"])
    assert submit(rig, stolen, rig.keys.city).status_code == 409, "its id belongs to somebody else's"


def test_a_cadres_patrol_is_an_online_visit_of_their_task_with_the_same_pictures(rig: Rig) -> None:
    phone = Phone(rig)
    client, headers = phone.client, phone.csrf
    watched(rig, rig.a, rig.keys.regulator_a)
    path = f"/v1/cameras/{rig.a.camera}/shots"
    own = client.post(path, json={}, headers=headers | fresh_key()).json()["id"]
    refused = client.post("/v1/patrols", json=patrol_body(rig.a, [own]), headers=headers | fresh_key())
    assert (refused.status_code, "以在线方式完成" in refused.text) == (409, True)
    page = client.get(f"/console/patrol?site={rig.a.site}", headers=HTML).text
    assert f"/console/supervision?task={phone.task}" in page
    photo = client.post(path, json={"supervision_id": phone.task}, headers=headers | fresh_key())
    assert photo.status_code == 200, photo.text
    second = phone.photo("one").json()["id"]
    done = phone.send(phone.visit(mode="online", position=None, photo_ids=[photo.json()["id"], second]))
    assert done.status_code == 200, done.text
    assert (done.json()["visit"]["faults"], done.json()["task"]["state"]) == ([], "submitted")


def test_a_camera_of_another_enterprise_gives_no_photo_of_a_visit(rig: Rig) -> None:
    phone = Phone(rig)
    watched(rig, rig.b, rig.keys.regulator_b)
    body = {"supervision_id": phone.task}
    path = f"/v1/cameras/{rig.b.camera}/shots"
    assert phone.client.post(path, json=body, headers=phone.csrf | fresh_key()).status_code == 404
