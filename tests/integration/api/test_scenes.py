"""Scene packs over HTTP: chosen by the line of business, their indicators, and meals of canteens as records."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.base.clock import SHANGHAI
from models.catalogue.terms import Post
from tests.integration.api.test_home import Desk
from tests.integration.api.test_wishes import HTML
from tests.support.days import today
from tests.support.http import Rig, fresh_key
from tests.support.people import number_feed
from tests.support.posts import three_posts

SUPPLIES = [
    {"goods": "大米", "supplier": "粮油公司", "batch": "11", "voucher": "P-17"},
    {"goods": "青菜", "supplier": "", "batch": "", "voucher": ""},
]


def became(rig: Rig, kind: str) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = %s WHERE id = %s", (kind, rig.a.entity))


def meal_body(rig: Rig, **change: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "site_id": rig.a.site,
        "day": today().isoformat(),
        "meal": "lunch",
        "diners": 820,
        "dishes": ["米饭", "番茄炒蛋"],
        "supplies": SUPPLIES,
        "sampled": True,
        "companion": "张校长",
        "companion_words": "偏咸",
        **change,
    }


def keep(rig: Rig, body: dict[str, Any], key: str | None = None, *, etag: int | None = None) -> Any:  # noqa: ANN401
    return rig.post("/v1/meals", key or rig.keys.enterprise_a, json=body, headers=fresh_key(), etag=etag)


def indicators(rig: Rig) -> dict[str, tuple[int, int | None]]:
    found = rig.get(f"/v1/entities/{rig.a.entity}/scene", rig.keys.regulator_a).json()
    return {one["indicator"]: (one["k"], one["n"]) for one in found["indicators"]}


def test_row_25_a_school_keeps_its_meals_with_companion_samples_and_supply_chain(rig: Rig) -> None:
    became(rig, "school_canteen")
    scene = rig.get(f"/v1/entities/{rig.a.entity}/scene", rig.keys.enterprise_a).json()["scene"]
    assert (scene["id"], scene["day"], scene["accompanied"]) == ("school", "day.school.v1", True)
    yesterday = (datetime.now(UTC).astimezone(SHANGHAI) - timedelta(days=1)).date().isoformat()
    kept = keep(rig, meal_body(rig, day=yesterday))
    assert kept.status_code == 200, kept.text
    assert keep(rig, meal_body(rig, day=yesterday)).status_code == 409, "it is recorded"
    mended = keep(rig, meal_body(rig, day=yesterday, diners=800), etag=kept.json()["version"])
    assert (mended.status_code, mended.json()["diners"], mended.json()["version"]) == (200, 800, 2)
    assert keep(rig, meal_body(rig, day=yesterday), etag=1).status_code == 412
    found = indicators(rig)
    assert found["meals_kept"] == (1, 21)
    assert (found["meals_accompanied"], found["meals_sampled"], found["supplies_traced"]) == ((1, 1), (1, 1), (1, 2))
    assert found["zones_covered"] == (1, 7)
    for login in ("enterprise-a", "regulator-a"):
        page = rig.browser(login).get("/console/meals", headers=HTML).text
        assert ("陪餐 张校长" in page, "可追溯 1/2" in page) == (True, True)
    opened = rig.browser("regulator-a").get(f"/console/guarantees?entity={rig.a.entity}", headers=HTML).text
    assert ("场景 · 校园食安智治" in opened, "餐次有陪餐" in opened) == (True, True)


def test_a_record_without_a_named_form_takes_the_form_of_the_scene(rig: Rig) -> None:
    became(rig, "elderly_canteen")
    body = {"site_id": rig.a.site, "day": today().isoformat()}
    assert rig.post("/v1/records", rig.keys.enterprise_a, json=body).json()["pack"] == "day.elderly.v1"


def test_a_rule_of_the_pack_that_is_switched_off_shows(rig: Rig) -> None:
    became(rig, "restaurant")
    assert indicators(rig)["rules_on"][0] == indicators(rig)["rules_on"][1]


def rules_on(rig: Rig) -> dict[str, Any]:
    found = rig.get(f"/v1/entities/{rig.a.entity}/scene", rig.keys.regulator_a).json()
    return next(one for one in found["indicators"] if one["indicator"] == "rules_on")


def test_a_regulator_switches_on_what_the_scene_asks_for(rig: Rig) -> None:
    became(rig, "school_canteen")
    before = rules_on(rig)
    assert before["lacking"] == ["no_gloves"]
    assert set(before["elsewhere"]) == {"no_uniform", "unauthorized_person", "trash_overflow", "floor_dirty"}
    assert before["k"] + 1 == before["n"] == 12 - len(before["elsewhere"])
    path = f"/v1/entities/{rig.a.entity}/scene/rules"
    page = rig.browser("regulator-a").get(f"/console/guarantees?entity={rig.a.entity}", headers=HTML).text
    assert ("按场景启用未戴手套" in page, "平台不识别" in page) == (True, True)
    for key, status in (
        (rig.keys.enterprise_a, 403),
        (rig.keys.platform_b, 403),
        (rig.keys.regulator_b, 404),
    ):
        assert rig.post(path, key, headers=fresh_key()).status_code == status
    assert rules_on(rig) == before
    made = rig.post(path, rig.keys.regulator_a, headers=fresh_key())
    assert made.status_code == 200, made.text
    assert rules_on(rig)["lacking"] == []
    (override,) = rig.get("/v1/codes/no_gloves/overrides", rig.keys.regulator_a).json()["data"]
    assert override["changes"] == {"watched": True}
    assert (override["entity_id"], override["reason"]) == (str(rig.a.entity), "场景包 校园食安智治 school v1")
    assert rig.post(path, rig.keys.regulator_a, headers=fresh_key()).status_code == 200
    assert len(rig.get("/v1/codes/no_gloves/overrides", rig.keys.regulator_a).json()["data"]) == 1, "nothing twice"
    page = rig.browser("regulator-a").get(f"/console/guarantees?entity={rig.a.entity}", headers=HTML).text
    assert "按场景启用" not in page
    code = rig.browser("regulator-a").get("/console/codes/no_gloves", headers=HTML).text
    assert "平台默认不识别此项" in code
    codes = {one["code"]: one["judged"] for one in rig.get("/v1/codes", rig.keys.regulator_a).json()["data"]}
    assert (codes["no_gloves"], codes["smoking"], codes["clutter"]) == ("asked", "always", "elsewhere")
    assert codes["fridge_temp"] is None


def test_every_scene_is_listed_and_every_enterprise_has_one(rig: Rig) -> None:
    packs = rig.get("/v1/scenes", rig.keys.enterprise_a).json()
    assert len(packs) == 7
    for pack in packs:
        for kind in pack["kinds"]:
            became(rig, kind)
            found = rig.get(f"/v1/entities/{rig.a.entity}/scene", rig.keys.regulator_a).json()
            assert found["scene"]["id"] == pack["id"]
            assert [one["indicator"] for one in found["indicators"]] == pack["indicators"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"day": "2020-01-01"}, 422),
        ({"day": "9999-12-31"}, 422),
        ({"meal": "supper"}, 422),  # the pack of schools has none
        ({"meal": "brunch"}, 422),
        ({"dishes": []}, 422),
        ({"dishes": ["  "]}, 422),
        ({"diners": -1}, 422),
        ({"supplies": [{"goods": "x"}] * 101}, 422),
        ({"site_id": "site-b"}, 404),
        ({"companion": "a\x00b"}, 422),
    ],
)
def test_a_wrong_meal_is_not_kept(rig: Rig, change: dict[str, Any], status: int) -> None:
    became(rig, "school_canteen")
    answer = keep(rig, meal_body(rig, **change))
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/meals", rig.keys.city).json() == []


def test_strangers_and_other_posts_keep_no_meal(rig: Rig) -> None:
    became(rig, "school_canteen")
    three_posts(rig.store, rig.a)
    for key, status in ((rig.keys.enterprise_b, 404), (rig.keys.regulator_a, 403), (rig.keys.platform_b, 403)):
        assert keep(rig, meal_body(rig), key).status_code == status
    assert Desk(rig, Post.director.value).post("/v1/meals", meal_body(rig)).status_code == 403
    assert Desk(rig, Post.officer.value).post("/v1/meals", meal_body(rig)).status_code == 200
    for key in (rig.keys.enterprise_b, rig.keys.regulator_b):
        assert rig.get("/v1/meals", key).json() == []
        assert rig.get(f"/v1/entities/{rig.a.entity}/scene", key).status_code == 404


def test_hostile_words_break_no_page(rig: Rig) -> None:
    became(rig, "school_canteen")
    words = "<script>alert(1)</script>"
    keep(rig, meal_body(rig, dishes=[words], companion=words, companion_words=words, supplies=[{"goods": words}]))
    for login in ("enterprise-a", "regulator-a"):
        assert "<script>alert" not in rig.browser(login).get("/console/meals", headers=HTML).text


def test_an_open_record_takes_in_a_later_meal_but_for_rows_that_are_answered(rig: Rig) -> None:
    became(rig, "school_canteen")
    record = rig.post(
        "/v1/records", rig.keys.enterprise_a, json={"site_id": rig.a.site, "day": today().isoformat()}
    ).json()
    path, key = f"/v1/records/{record['id']}", rig.keys.enterprise_a

    def sources() -> tuple[str, str]:
        rows = {row["code"]: row["source"] for row in rig.get(path, key).json()["items"]}
        return rows["samples"], rows["vouchers"]

    assert sources() == ("", "")
    first = keep(rig, meal_body(rig))
    page = rig.browser("enterprise-a").get(f"/console/records?record={record['id']}", headers=HTML).text
    seen = sources()
    assert seen == ("餐次登记：午餐已留样", "餐次登记：午餐食材缺供货商或票证")
    assert all(one in page for one in seen)
    said = {"answers": [{"code": "samples", "result": "ok"}]}
    answer = rig.post(f"{path}/answers", key, etag=record["version"], json=said)
    assert answer.status_code == 200, answer.text
    assert keep(rig, meal_body(rig, sampled=False), etag=first.json()["version"]).status_code == 200
    assert sources() == seen, "the answered row keeps what was known when it was answered"
    opened = rig.post("/v1/records", key, json={"site_id": rig.a.site, "day": today().isoformat()}).json()
    assert {row["code"]: row["source"] for row in opened["items"]}["samples"] == seen[0]


def test_a_meal_is_sealed_announced_and_fills_the_day_record_with_its_source(rig: Rig) -> None:
    became(rig, "school_canteen")
    first = keep(rig, meal_body(rig))
    assert first.status_code == 200, first.text
    corrected = keep(rig, meal_body(rig, diners=7, sampled=False), etag=first.json()["version"])
    assert corrected.status_code == 200, corrected.text
    assert keep(rig, meal_body(rig, diners=8), etag=first.json()["version"]).status_code == 412
    with rig.store.read() as r:
        steps = r.raw.execute(
            "SELECT version, command, reason FROM transition WHERE object = 'meal' ORDER BY version"
        ).fetchall()
    assert [(version, command) for version, command, _ in steps] == [(1, "record"), (2, "correct")]
    assert len({reason for _, _, reason in steps}) == 2
    number_feed(rig.store)
    events = rig.get("/v1/events", rig.keys.regulator_a, cursor=0, type="mingchu.meal.*").json()["data"]
    assert [(one["data"]["version"], one["data"]["diners"] == 7) for one in events] == [(1, False), (2, True)]
    assert [f"sha256 {one['data']['digest']}" for one in events] == [reason for _, _, reason in steps]
    assert "张校长" not in json.dumps([one["data"] for one in events], ensure_ascii=False)
    assert rig.get("/v1/events", rig.keys.enterprise_b, cursor=0, type="mingchu.meal.*").json()["data"] == []
    body = {"site_id": rig.a.site, "day": today().isoformat()}
    rows = {row["code"]: row for row in rig.post("/v1/records", rig.keys.enterprise_a, json=body).json()["items"]}
    assert (rows["samples"]["suggested"], rows["samples"]["source"]) == ("problem", "餐次登记：午餐未登记留样")
    assert rows["vouchers"]["source"] == "餐次登记：午餐食材缺供货商或票证"
