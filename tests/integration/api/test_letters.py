"""Letters to the last three over HTTP: read, printed, and answered once by the county that they are addressed to."""

from datetime import timedelta

from alerts.indices.scheduled import run_due
from tests.integration.alerts.indices.test_scheduled import DUE, WEEK
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key
from tests.support.indices import further_counties, ranked_counties
from tests.support.people import number_feed


def letters_of(rig: Rig) -> None:
    """The last week of four counties, and letters to its last three: A and B are among them."""
    best, second = further_counties(rig.store, "cd")
    ranked_counties(rig.store, rig.files, [best, second, rig.a, rig.b], at=DUE - timedelta(days=7))
    run_due(rig.store, at=DUE)


def test_the_last_answers_and_nobody_else(rig: Rig) -> None:
    letters_of(rig)
    found = rig.get("/v1/letters", rig.keys.city).json()["data"]
    assert [(one["period"], one["of"]) for one in found] == [(WEEK, 4)] * 3
    own = rig.get("/v1/letters", rig.keys.regulator_a).json()["data"]
    assert [one["region_code"] for one in own] == [rig.a.region]
    path = f"/v1/letters/{own[0]['id']}"
    assert rig.get(f"{path}.pdf", rig.keys.regulator_a).content.startswith(b"%PDF-")
    body = {"reply": "本周内完成逾期督导"}
    for key, status in ((rig.keys.regulator_b, 404), (rig.keys.enterprise_a, 403), (rig.keys.city, 403)):
        answer = rig.post(f"{path}/answer", key, json=body, headers=fresh_key())
        assert answer.status_code == status
    assert rig.post(f"{path}/answer", rig.keys.regulator_a, json={"reply": " "}).status_code == 422
    done = rig.post(f"{path}/answer", rig.keys.regulator_a, json=body, headers=fresh_key())
    assert (done.status_code, done.json()["reply"]) == (200, body["reply"]), done.text
    assert rig.post(f"{path}/answer", rig.keys.regulator_a, json=body, headers=fresh_key()).status_code == 409
    number_feed(rig.store)
    events = rig.get("/v1/events", rig.keys.regulator_a, cursor=0, type="mingchu.duty.*").json()["data"]
    assert [one["type"] for one in events if one["data"]["period"] == WEEK] == [
        "mingchu.duty.index_frozen",
        "mingchu.duty.letter_issued",
        "mingchu.duty.letter_answered",
    ]
    assert {one["data"]["region_code"] for one in events} == {rig.a.region}
    assert rig.get("/v1/events", rig.keys.enterprise_a, cursor=0, type="mingchu.duty.*").json()["data"] == []
    assert run_due(rig.store, at=DUE) == 0


def test_the_page_shows_a_weeks_board_and_the_letter_with_its_form(rig: Rig) -> None:
    letters_of(rig)
    page = rig.browser("regulator-a").get(f"/console/indices?week={WEEK}", headers=HTML).text
    assert f"{WEEK} 周" in page
    assert "签收并回复" in page
    assert "后三名" in page
    city = rig.browser("city").get("/console/indices", headers=HTML).text
    assert "待回复" in city
    assert "签收并回复" not in city
    assert "提示函" not in rig.browser("enterprise-a").get("/console/indices", headers=HTML).text
    assert rig.get("/v1/indices", rig.keys.city, month=WEEK, kind="region").json()["data"][0]["period"] == WEEK
