"""Extension and appeal over HTTP: who may, how often, and what a foreign or hostile caller gets."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.api.test_console_pages import dispatched
from tests.support.http import Rig, fresh_key
from tests.support.people import number_feed, picture

WISH = {"hours": 4, "reason": "配件未到"}
CLAIM = {"reason": "false_detection", "text": "画面中是装饰品"}
HTML = {"Accept": "text/html"}


def step(rig: Rig, task: Any, name: str, key: str, version: int, body: dict[str, Any]) -> Any:  # noqa: ANN401
    return rig.post(f"/v1/tasks/{task.id}/{name}", key, etag=version, json=body, headers=fresh_key())


def photo(rig: Rig, task: Any, text: str, **query: str) -> Any:  # noqa: ANN401
    path = f"/v1/tasks/{task.id}/photos?{urlencode(query)}"
    return rig.post(path, rig.keys.enterprise_a, files={"file": ("photo.jpg", picture(text))}, headers=fresh_key())


def test_an_extension_is_asked_for_and_granted_once(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    asked = step(rig, task, "ask-extension", rig.keys.enterprise_a, 1, WISH)
    assert asked.status_code == 200, asked.text
    assert (asked.json()["extension"], asked.json()["asked_s"]) == ("asked", 4 * 3600)
    granted = step(rig, task, "extend", rig.keys.regulator_a, 2, {}).json()
    assert granted["extension_label"] == "已延期"
    assert granted["due_at"] > asked.json()["due_at"]
    again = step(rig, task, "ask-extension", rig.keys.enterprise_a, 3, WISH)
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize("hours", [0, -1, 25, 1e9, "x", None])
def test_an_absurd_extension_is_refused(rig: Rig, hours: object) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    answer = step(rig, task, "ask-extension", rig.keys.enterprise_a, 1, {**WISH, "hours": hours})
    assert answer.status_code == 422


def test_a_critical_hazard_is_not_extended(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "rodent")
    answer = step(rig, task, "ask-extension", rig.keys.enterprise_a, 1, {**WISH, "hours": 1})
    assert answer.status_code == 403


def test_an_appeal_stops_the_clock_and_is_decided_by_another_regulator(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    appealed = step(rig, task, "appeal", rig.keys.enterprise_a, 1, CLAIM).json()
    assert (appealed["state"], appealed["appeal"], appealed["appeal_text"]) == ("appealing", "open", CLAIM["text"])
    for name in ("submit", "acknowledge"):
        body = {"photo_ids": [str(task.id)], "measure": "x"} if name == "submit" else {}
        assert step(rig, task, name, rig.keys.enterprise_a, 2, body).status_code in {409, 422}
    upheld = step(rig, task, "uphold-appeal", rig.keys.city, 2, {"reason": "确为装饰品"})
    assert upheld.status_code == 200, upheld.text
    assert (upheld.json()["state"], upheld.json()["appeal_label"]) == ("voided", "申诉成立")
    alert = rig.get(f"/v1/alerts/{task.alert_id}", rig.keys.regulator_a).json()["alert"]
    assert alert["closed_at"] is not None


def test_an_appeal_shows_its_photos_to_whoever_decides_and_keeps_them_in_the_log(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    one, two = (photo(rig, task, text, kind="photo_appeal").json()["id"] for text in ("one", "two"))
    claim = {**CLAIM, "photo_ids": [two, one]}
    assert step(rig, task, "appeal", rig.keys.enterprise_a, 1, claim).status_code == 200
    shown = rig.get(f"/v1/tasks/{task.id}", rig.keys.city).json()
    assert {piece["id"] for piece in shown["appeal_photos"]} == {one, two}
    assert {piece["kind"] for piece in shown["appeal_photos"]} == {"photo_appeal"}
    assert shown["transitions"][-1]["evidence_ids"] == [two, one]
    page = rig.browser("regulator-a").get(f"/console/tasks/{task.id}", headers=HTML).text
    assert page.count(f'<img src="/v1/evidence/{one}/content" alt="申诉照片') == 1
    own = rig.get(f"/v1/evidence/{one}/content", rig.keys.enterprise_a)
    assert (own.status_code, own.headers["content-type"]) == (200, "image/jpeg")
    assert rig.get(f"/v1/evidence/{one}", rig.keys.enterprise_b).status_code == 404


def test_the_feed_and_the_snapshot_carry_the_photos_of_an_appeal(rig: Rig) -> None:
    task, plain = dispatched(rig, rig.a, "no_chef_hat"), dispatched(rig, rig.a, "no_mask")
    one = photo(rig, task, "one", kind="photo_appeal").json()
    assert step(rig, task, "appeal", rig.keys.enterprise_a, 1, {**CLAIM, "photo_ids": [one["id"]]}).status_code == 200
    assert step(rig, plain, "appeal", rig.keys.enterprise_a, 1, CLAIM).status_code == 200
    assert step(rig, task, "dismiss-appeal", rig.keys.city, 2, {"reason": "画面清楚"}).status_code == 200
    number_feed(rig.store)
    told = rig.get("/v1/events", rig.keys.city, cursor=0).json()["data"]
    of = {
        (event["type"], event["data"]["task_id"]): event["data"]["appeal_evidence"]
        for event in told
        if event["type"].startswith("mingchu.task.")
    }
    assert of["mingchu.task.dispatched", str(task.id)] == []
    assert of["mingchu.task.appealed", str(plain.id)] == []
    for kind in ("appealed", "appeal_dismissed"):
        (shown,) = of[f"mingchu.task.{kind}", str(task.id)]
        assert (shown["id"], shown["kind"], shown["sha256"]) == (one["id"], "photo_appeal", one["sha256"])
    listed = rig.get("/v1/snapshot", rig.keys.city).json()["data"]
    states = [one["data"] for one in listed if one["kind"] == "task"]
    assert [data["appeal_evidence"] for data in states if data["task_id"] == str(task.id)] == [[shown]]


def test_a_photo_serves_for_what_it_was_uploaded(rig: Rig) -> None:
    """A picture of how it always was is no proof that it was put right, and the reverse."""
    task, other = dispatched(rig, rig.a, "no_chef_hat"), dispatched(rig, rig.a, "smoking")
    appealing, after = photo(rig, task, "one", kind="photo_appeal"), photo(rig, task, "two")
    elsewhere = photo(rig, other, "three", kind="photo_appeal")
    for wrong in (after, elsewhere):
        claim = {**CLAIM, "photo_ids": [wrong.json()["id"]]}
        assert step(rig, task, "appeal", rig.keys.enterprise_a, 1, claim).status_code == 422
    assert (
        step(rig, task, "appeal", rig.keys.enterprise_a, 1, {**CLAIM, "photo_ids": [str(task.id)] * 10}).status_code
        == 422
    )
    assert step(rig, task, "acknowledge", rig.keys.enterprise_a, 1, {}).status_code == 200
    body = {"photo_ids": [appealing.json()["id"]], "measure": "已整改"}
    assert step(rig, task, "submit", rig.keys.enterprise_a, 2, body).status_code == 422
    again = photo(rig, task, "one")
    assert (again.status_code, again.json()["code"]) == (409, "picture_used")
    assert photo(rig, task, "four", kind="photo_visit").status_code == 422


@pytest.mark.parametrize("name", ["extend", "refuse-extension", "uphold-appeal", "dismiss-appeal"])
def test_an_enterprise_answers_no_wish_of_its_own(rig: Rig, name: str) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    step(rig, task, "ask-extension", rig.keys.enterprise_a, 1, WISH)
    if "appeal" in name:
        step(rig, task, "appeal", rig.keys.enterprise_a, 2, CLAIM)
    version = 3 if "appeal" in name else 2
    assert step(rig, task, name, rig.keys.enterprise_a, version, {"reason": "x"}).status_code == 403


@pytest.mark.parametrize(("name", "body"), [("ask-extension", WISH), ("appeal", CLAIM)])
def test_a_foreign_enterprise_and_a_stranger_can_request_nothing(rig: Rig, name: str, body: dict[str, Any]) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    assert step(rig, task, name, rig.keys.enterprise_b, 1, body).status_code == 404
    assert step(rig, task, name, rig.keys.platform_b, 1, body).status_code == 403
    assert rig.http.post(f"/v1/tasks/{task.id}/{name}", json=body).status_code == 401
    assert rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()["task"]["version"] == 1


def test_a_wish_needs_the_version_that_was_seen(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    assert step(rig, task, "appeal", rig.keys.enterprise_a, 9, CLAIM).status_code == 412


def test_an_appeal_with_hostile_words_breaks_no_page(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    words = "<script>alert(1)</script>" * 81
    assert step(rig, task, "appeal", rig.keys.enterprise_a, 1, {**CLAIM, "text": words}).status_code == 422  # too long
    words = "<script>alert(1)</script>"
    assert step(rig, task, "appeal", rig.keys.enterprise_a, 1, {**CLAIM, "text": words}).status_code == 200
    page = rig.browser("regulator-a").get(f"/console/tasks/{task.id}", headers=HTML).text
    assert "申诉待裁决" in page
    assert "<script>alert" not in page


def test_a_late_appeal_is_refused_with_its_last_moment(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "rodent", ago=timedelta(hours=30))
    answer = step(rig, task, "appeal", rig.keys.enterprise_a, 1, CLAIM)
    assert answer.status_code == 422
    assert "possible until" in answer.json()["detail"]
