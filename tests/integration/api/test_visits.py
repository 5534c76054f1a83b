"""Visits over HTTP: counted or returned, sent twice and stored once, their problems become hazards, nobody peeks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from alerts.duties.visit_rules import CHECKLIST, checklist
from models.base.errors import StoreRefused
from models.store import Scope, Store
from tests.integration.api.test_supervision import Browser
from tests.integration.api.test_wishes import HTML
from tests.support.guarantees import cadre_of, supervised, visit_of
from tests.support.http import Rig, fresh_key
from tests.support.people import picture
from tests.support.world import TENANT

HERE = {"latitude": 30.0, "longitude": 120.58, "datum": "wgs84", "accuracy_m": 10.0}


class Phone:
    """The phone of the cadre of enterprise a, with an accepted task."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        supervised(rig.store, rig.a, cadre_of(rig.store, rig.a, login="regulator-a"))
        self.task = str(visit_of(rig.store, rig.a).id)
        shown = rig.get(f"/v1/supervision/tasks/{self.task}", rig.keys.regulator_a).json()["task"]
        Browser(rig, "regulator-a").step(shown, "accept")
        self.client = rig.browser("regulator-a")
        self.csrf = {"X-CSRF-Token": self.client.get("/v1/me").json()["csrf_token"]}

    def photo(self, text: str) -> Any:  # noqa: ANN401
        path = f"/v1/supervision/tasks/{self.task}/photos"
        files = {"file": ("x.jpg", picture(text), "image/jpeg")}
        return self.client.post(path, files=files, headers=self.csrf | fresh_key())

    def visit(self, **change: Any) -> dict[str, Any]:  # noqa: ANN401
        now = datetime.now(UTC)
        rows = [{"code": code, "result": "ok"} for head in checklist(CHECKLIST) for code, _ in head.rows]
        body = {
            "id": str(uuid4()),
            "site_id": self.rig.a.site,
            "mode": "onsite",
            "started_at": (now - timedelta(minutes=20)).isoformat(),
            "ended_at": now.isoformat(),
            "position": HERE,
            "answers": rows,
            "advice": "",
            "photo_ids": [],
            "cadre_name": "李包保",
            "entity_name": "王安全",
            "client_at": now.isoformat(),
        }
        return body | change

    def send(self, body: dict[str, Any], **more: str) -> Any:  # noqa: ANN401
        path = f"/v1/supervision/tasks/{self.task}/visits"
        return self.client.post(path, json=body, headers=self.csrf | fresh_key() | more)

    def photos(self) -> list[str]:
        return [self.photo(text).json()["id"] for text in ("one", "two")]


def place(rig: Rig, **change: Any) -> Any:  # noqa: ANN401
    body = {"latitude": 30.0, "longitude": 120.58, "datum": "wgs84"} | change
    return rig.post(f"/v1/sites/{rig.a.site}/position", rig.keys.regulator_a, json=body)


def problem(body: dict[str, Any], **said: str) -> list[dict[str, str]]:
    return [
        {"code": row["code"], "result": "problem", "problem": said[row["code"]]} if row["code"] in said else row
        for row in body["answers"]
    ]


def test_row_6_a_good_visit_is_signed_submitted_and_archived_by_somebody_else(rig: Rig) -> None:
    phone = Phone(rig)
    assert place(rig).status_code == 200
    done = phone.send(phone.visit(photo_ids=phone.photos()))
    assert done.status_code == 200, done.text
    visit, task = done.json()["visit"], done.json()["task"]
    assert (visit["faults"], visit["distance_m"], len(visit["signature"])) == ([], 0.0, 64)
    assert task["state"] == "submitted"
    Browser(rig, "regulator-a").step(task, "archive", status=403)
    archived = Browser(rig, "city").step(task, "archive")
    assert archived["state_label"] == "已归档"
    (stored,) = rig.get(f"/v1/supervision/tasks/{phone.task}/visits", rig.keys.regulator_a).json()
    assert stored["signature"] == visit["signature"]


def test_a_visit_sent_twice_counts_once_also_without_its_key(rig: Rig) -> None:
    phone = Phone(rig)
    body = phone.visit(photo_ids=phone.photos())
    first = phone.send(body, **{"Idempotency-Key": "the-same-key"})
    again = phone.send(body, **{"Idempotency-Key": "the-same-key"})
    later = phone.send(body, **{"Idempotency-Key": "another-key"})
    assert first.json() == again.json()
    assert (later.status_code, later.json()["visit"]) == (200, first.json()["visit"])
    assert later.json()["task"]["version"] == first.json()["task"]["version"]
    assert phone.send(phone.visit()).status_code == 409, "the task was submitted"


def test_row_10_a_visit_of_poor_quality_is_returned_with_five_working_days(rig: Rig) -> None:
    phone = Phone(rig)
    assert place(rig, latitude=30.003).status_code == 200  # 334 m away
    body = phone.visit(photo_ids=[phone.photo("one").json()["id"]])
    body["started_at"] = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    body["answers"] = body["answers"][1:]
    done = phone.send(body).json()
    assert done["visit"]["faults"] == ["too_short", "few_photos", "unanswered", "outside_fence"]
    task = done["task"]
    assert (task["state"], task["submitted_by"]) == ("returned", "regulator-a")
    assert task["note"] == "现场时间不足、照片不足、检查项未全部填写、不在现场范围内，限 5 个工作日内重做"
    assert place(rig).status_code == 200
    again = phone.send(phone.visit(photo_ids=[*body["photo_ids"], phone.photo("two").json()["id"]]))
    assert (again.json()["visit"]["faults"], again.json()["task"]["state"]) == ([], "submitted"), again.text


def test_a_position_of_a_chinese_map_is_compared_with_that_of_a_phone(rig: Rig) -> None:
    phone = Phone(rig)
    # The kitchen as a map service shows it, some 490 m off in plain degrees.
    assert place(rig, latitude=29.997364, longitude=120.584080, datum="gcj02").status_code == 200
    visit = phone.send(phone.visit(photo_ids=phone.photos())).json()["visit"]
    assert visit["faults"] == []
    assert visit["distance_m"] < 1


def test_the_problems_of_a_visit_become_hazards_of_the_office(rig: Rig) -> None:
    phone = Phone(rig)
    body = phone.visit(photo_ids=phone.photos())
    body["answers"] = problem(body, vouchers="缺三张", samples="未留样", trained="未培训")
    done = phone.send(body)
    assert done.status_code == 200, done.text
    staff, ledgers = sorted(done.json()["visit"]["hazards"], key=lambda one: str(one["code"]), reverse=True)
    assert (staff["code"], ledgers["code"]) == ("duty_staff", "duty_ledgers")
    task = rig.get(f"/v1/tasks/{ledgers['task_id']}", rig.keys.enterprise_a).json()["task"]
    assert (task["code"], task["state"], task["severity"]) == ("duty_ledgers", "dispatched", "major")
    assert "缺三张" in str(rig.get(f"/v1/alerts/{task['alert_id']}", rig.keys.regulator_a).json())


def test_a_problem_that_is_open_already_is_followed_and_not_doubled(rig: Rig) -> None:
    phone = Phone(rig)
    body = phone.visit()
    body["answers"] = problem(body, samples="未留样")
    first = phone.send(body).json()
    assert first["task"]["state"] == "returned"
    second = body | {"id": str(uuid4())}
    (hazard,) = phone.send(second).json()["visit"]["hazards"]
    assert (hazard["task_id"], hazard["note"]) == (None, "同类隐患已有未办结的整改任务")


def test_a_photo_of_another_visit_is_noticed(rig: Rig) -> None:
    phone = Phone(rig)
    ids = phone.photos()
    twice = [*ids, phone.photo("one").json()["id"]]
    assert phone.send(phone.visit(photo_ids=twice)).json()["visit"]["faults"] == ["used_photo"]
    with rig.store.read() as r:
        used = r.raw.execute("SELECT bool_or(mingchu_photo_used(sha256, gen_random_uuid())) FROM visit_photo")
        assert used.fetchone() == (True,)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"site_id": "site-b"}, 404),
        ({"site_id": "nowhere"}, 404),
        ({"checklist": "visit.v9"}, 422),
        ({"answers": [{"code": "moon", "result": "ok"}]}, 422),
        ({"answers": [{"code": "samples", "result": "problem"}]}, 422),
        ({"ended_at": "2020-01-01T00:00:00Z"}, 422),
        ({"started_at": "2020-01-01T00:00:00Z"}, 422),
        ({"position": {"latitude": 91, "longitude": 0, "datum": "wgs84"}}, 422),
        ({"position": {"latitude": 30, "longitude": 120, "datum": "bd09"}}, 422),
        ({"entity_name": " "}, 422),
        ({"photo_ids": ["01975c1e-0000-7000-8000-000000000001"]}, 404),
    ],
)
def test_a_wrong_visit_stores_nothing(rig: Rig, change: dict[str, Any], status: int) -> None:
    phone = Phone(rig)
    answer = phone.send(phone.visit(**change))
    assert answer.status_code == status, answer.text
    assert rig.get(f"/v1/supervision/tasks/{phone.task}/visits", rig.keys.city).json() == []


def test_only_the_cadre_uploads_and_submits_and_the_supervised_see_nothing(rig: Rig, api_store: Store) -> None:
    phone = Phone(rig)
    photos = phone.photos()
    path = f"/v1/supervision/tasks/{phone.task}"
    for key, status in ((rig.keys.city, 403), (rig.keys.regulator_b, 404), (rig.keys.enterprise_a, 403)):
        assert rig.post(f"{path}/visits", key, json=phone.visit()).status_code == status
        files = {"file": ("x.jpg", picture("x"), "image/jpeg")}
        assert rig.post(f"{path}/photos", key, files=files).status_code == status
        if key != rig.keys.city:
            assert rig.get(f"{path}/visits", key).status_code == status
    assert phone.send(phone.visit(photo_ids=photos)).status_code == 200
    assert phone.photo("late").status_code == 409
    assert rig.get(f"/v1/evidence/{photos[0]}", rig.keys.regulator_a).status_code == 200
    assert rig.get(f"/v1/evidence/{photos[0]}", rig.keys.enterprise_a).status_code == 404
    with api_store.write(Scope.of_entity(TENANT, rig.a.entity)) as w:
        for table in ("supervision_visit", "visit_photo", "supervision_task"):
            assert w.raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert w.raw.execute("UPDATE site SET latitude = 1, longitude = 1, datum = 'wgs84'").rowcount == 0


def test_a_visit_is_never_changed_even_in_the_database(rig: Rig) -> None:
    phone = Phone(rig)
    assert phone.send(phone.visit()).status_code == 200
    for change in ("UPDATE supervision_visit SET advice = 'x'", "DELETE FROM supervision_visit"):
        with pytest.raises((psycopg.Error, StoreRefused)), rig.store.write() as w:
            w.raw.execute(change)


@pytest.mark.parametrize("change", [{"latitude": 91}, {"longitude": -181}, {"datum": "bd09"}])
def test_a_wrong_position_of_a_kitchen_is_refused(rig: Rig, change: dict[str, Any]) -> None:
    assert place(rig, **change).status_code == 422
    assert rig.get(f"/v1/sites/{rig.a.site}", rig.keys.regulator_a).json()["latitude"] is None


def test_the_page_shows_the_visit_to_the_office_and_hostile_words_break_nothing(rig: Rig) -> None:
    phone = Phone(rig)
    words = "<script>alert(1)</script>"
    body = phone.visit(entity_name=words, advice=words)
    body["answers"] = problem(body, samples=words)
    assert phone.send(body).status_code == 200
    for login in ("regulator-a", "city"):
        for path in ("/console/supervision", f"/console/supervision?task={phone.task}"):
            page = rig.browser(login).get(path, headers=HTML)
            assert page.status_code == 200
            assert "退回重做" in page.text
            assert "<script>alert" not in page.text
    assert rig.browser("regulator-b").get(f"/console/supervision?task={phone.task}", headers=HTML).status_code == 404
    assert rig.browser("enterprise-a").get("/console/supervision", headers=HTML).status_code == 403


@pytest.mark.parametrize("mode", ["online", "centralised"])
def test_row_21_a_visit_online_or_for_many_needs_no_position(rig: Rig, mode: str) -> None:
    phone = Phone(rig)
    assert place(rig).status_code == 200
    done = phone.send(phone.visit(mode=mode, position=None, photo_ids=phone.photos()))
    assert done.status_code == 200, done.text
    assert (done.json()["visit"]["mode"], done.json()["visit"]["faults"]) == (mode, [])
    assert done.json()["task"]["state"] == "submitted"
