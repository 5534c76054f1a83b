"""The working calendar over HTTP and in the console."""

import pytest

from tests.support.http import Rig, fresh_key

TITLE = "关于2027年部分节假日安排的通知："
NOTICE = TITLE + "一、元旦：1月1日（周五）至3日（周日）放假，共3天。二、春节：2月13日（周六）上班。"
HTML = {"Accept": "text/html"}


def bring(rig: Rig, key: str, **more: str) -> object:
    return rig.post("/v1/calendars", key, json={"text": NOTICE, **more}, headers=fresh_key())


def test_a_regulator_imports_for_the_own_region_and_everybody_there_reads_it(rig: Rig) -> None:
    answer = bring(rig, rig.keys.regulator_a, jurisdiction="330602", source="国办")
    assert answer.status_code == 200, answer.text  # type: ignore[attr-defined]
    shown = rig.get("/v1/calendars/2027", rig.keys.enterprise_a).json()
    assert (shown["status"], shown["days_off"][0], shown["make_up_days"]) == ("official", "2027-01-01", ["2027-02-13"])
    other = rig.get("/v1/calendars/2027", rig.keys.enterprise_b).json()
    assert other["status"] == "provisional"
    (entry,) = rig.get("/v1/calendars", rig.keys.regulator_b).json()
    assert (entry["jurisdiction"], entry["source"], entry["version"]) == ("330602", "国办", 1)


@pytest.mark.parametrize("jurisdiction", ["", "33", "330603"])
def test_nobody_imports_for_a_foreign_region(rig: Rig, jurisdiction: str) -> None:
    answer = bring(rig, rig.keys.regulator_a, jurisdiction=jurisdiction)
    assert answer.status_code == 403  # type: ignore[attr-defined]
    assert rig.get("/v1/calendars", rig.keys.regulator_a).json() == []


def test_enterprises_platforms_and_strangers_import_nothing(rig: Rig) -> None:
    for key in (rig.keys.enterprise_a, rig.keys.platform_b):
        assert bring(rig, key).status_code == 403  # type: ignore[attr-defined]
        assert rig.post("/v1/calendars/preview", key, json={"text": NOTICE}).status_code == 403
    assert rig.http.post("/v1/calendars", json={"text": NOTICE}).status_code == 401
    assert rig.get("/v1/calendars").status_code == 401


def test_a_mistake_is_reported_and_nothing_is_stored(rig: Rig) -> None:
    wrong = NOTICE.replace("周五", "周四")
    for path in ("/v1/calendars/preview", "/v1/calendars"):
        answer = rig.post(
            path, rig.keys.regulator_a, json={"text": wrong, "jurisdiction": "330602"}, headers=fresh_key()
        )
        assert answer.status_code == 422
        assert "周五" in answer.json()["detail"]
    assert rig.get("/v1/calendars", rig.keys.regulator_a).json() == []


@pytest.mark.parametrize("text", ["x" * 20_001, "", "\x00", "1月1日" * 4000 + "放假", TITLE + "1日至" * 5000])
def test_a_text_made_to_hurt_is_refused_at_once(rig: Rig, text: str) -> None:
    answer = rig.post("/v1/calendars/preview", rig.keys.regulator_a, json={"text": text})
    assert answer.status_code == 422


def test_the_same_import_twice_is_one(rig: Rig) -> None:
    headers = fresh_key()
    body = {"text": NOTICE, "jurisdiction": "330602"}
    first = rig.post("/v1/calendars", rig.keys.regulator_a, json=body, headers=headers)
    second = rig.post("/v1/calendars", rig.keys.regulator_a, json=body, headers=headers)
    assert first.json() == second.json()
    assert len(rig.get("/v1/calendars", rig.keys.regulator_a).json()) == 1


def test_the_page_shows_the_year_and_offers_the_import_to_regulators_alone(rig: Rig) -> None:
    page = rig.browser("regulator-a").get("/console/calendar?year=2026", headers=HTML)
    assert page.status_code == 200
    assert 'title="10月1日 放假"' in page.text
    assert 'title="10月10日 调休上班"' in page.text
    assert 'id="notice"' in page.text
    officer = rig.browser("enterprise-a").get("/console/calendar", headers=HTML)
    assert officer.status_code == 200
    assert 'id="notice"' not in officer.text


def test_a_year_far_away_is_none(rig: Rig) -> None:
    assert rig.get("/v1/calendars/2099", rig.keys.regulator_a).status_code == 404
    assert rig.get("/v1/calendars/1999", rig.keys.regulator_a).status_code == 422
    assert rig.get("/v1/calendars/2027", rig.keys.regulator_a, region="33' OR 1").status_code == 422
