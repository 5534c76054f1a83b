"""Rules of warnings switched and tuned over HTTP and on the page: where they count, who may, what warnings say."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.duties.warnings.evaluating import evaluate
from models.store import Scope, Store
from tests.integration.alerts.duties.test_warnings import write_day
from tests.integration.api.test_wishes import HTML
from tests.support.days import noon
from tests.support.http import Rig, fresh_key
from tests.support.world import TENANT

AFTER = timedelta(days=4)
"""Three days without a record: orange as shipped."""
MILD = [{"limit": 7, "level": "red"}, {"limit": 4, "level": "orange"}, {"limit": 2, "level": "yellow"}]


def tune(rig: Rig, key: str, rule: str = "day_missing", **change: Any) -> Any:  # noqa: ANN401 - the API's own JSON
    body = {"region": rig.a.region, "steps": MILD, "reason": "全区统一标准"} | change
    return rig.post(f"/v1/warning-rules/{rule}/settings", key, json=body, headers=fresh_key())


def open_levels(rig: Rig) -> dict[str, str]:
    """Evaluate in four days, and return the open warnings of missing records: by enterprise the level and the words."""
    at = noon() + AFTER
    with rig.store.write() as w:
        evaluate(w, at=at)
        assert evaluate(w, at=at) == 0, "the same moment twice"
    rows = rig.get("/v1/warnings", rig.keys.city, rule="day_missing").json()["data"]
    return {row["entity_id"]: f"{row['level']} {row['because']}" for row in rows}


def test_row_9_a_region_tunes_a_rule_and_its_warnings_say_so(rig: Rig) -> None:
    for kitchen in (rig.a, rig.b):
        write_day(rig.store, kitchen, noon())
    assert {words.split()[0] for words in open_levels(rig).values()} == {"orange"}
    done = tune(rig, rig.keys.regulator_a)
    assert (done.status_code, done.json()["version"]) == (200, 1), done.text
    assert done.json()["set_by"].startswith("key:")
    found = open_levels(rig)
    own, other = found[str(rig.a.entity)], found[str(rig.b.entity)]
    assert own.startswith("yellow")
    assert own.endswith(f"没有按时签名提交（地区 {rig.a.region}调整的规则：连续天数达到 2）")
    assert other.startswith("orange")
    assert "调整" not in other
    again = tune(rig, rig.keys.city, enabled=False, steps=[]).json()
    assert again["version"] == 2
    assert set(open_levels(rig)) == {str(rig.b.entity)}, "switched off in A: its warning has ended"
    ended = rig.post(
        f"/v1/warning-rules/settings/{again['id']}/end",
        rig.keys.regulator_a,
        json={"reason": "恢复"},
        headers=fresh_key(),
    )
    assert (ended.status_code, ended.json()["end_reason"]) == (200, "恢复"), ended.text
    assert open_levels(rig)[str(rig.a.entity)].startswith("orange")
    history = rig.get("/v1/warning-rules/day_missing/settings", rig.keys.regulator_a).json()["data"]
    assert [(one["version"], one["ended_by"] is not None) for one in history] == [(2, True), (1, True)]
    audit = rig.get("/v1/audit", rig.keys.admin, limit=20).json()["data"]
    assert sum(row["action"].startswith("warning_setting.") for row in audit) == 4


def test_the_nearest_region_counts_and_the_tenant_for_the_rest(rig: Rig) -> None:
    for kitchen in (rig.a, rig.b):
        write_day(rig.store, kitchen, noon())
    assert (
        tune(
            rig, rig.keys.admin, region="", steps=[{**MILD[0]}, {**MILD[1]}, {"limit": 3, "level": "blue"}]
        ).status_code
        == 200
    )
    assert {words.split()[0] for words in open_levels(rig).values()} == {"blue"}
    tune(rig, rig.keys.regulator_a)
    found = open_levels(rig)
    assert [found[str(one.entity)].split()[0] for one in (rig.a, rig.b)] == ["yellow", "blue"]
    assert "全部地区调整的规则" in found[str(rig.b.entity)]
    rules = {one["rule"]: one for one in rig.get("/v1/warning-rules", rig.keys.enterprise_a).json()}
    assert (rules["day_missing"]["set_for"], rules["day_missing"]["steps"][2]["limit"]) == (rig.a.region, 2)
    assert not any(one["internal"] for one in rules.values())
    rules = {one["rule"]: one for one in rig.get("/v1/warning-rules", rig.keys.regulator_b).json()}
    assert (rules["day_missing"]["set_for"], rules["visit_overdue"]["internal"]) == ("", True)


@pytest.mark.parametrize(
    ("key", "rule", "change", "status"),
    [
        ("enterprise_a", "day_missing", {}, 403),
        ("platform_b", "day_missing", {}, 403),
        ("regulator_b", "day_missing", {}, 403),
        ("regulator_a", "day_missing", {"region": ""}, 403),
        ("regulator_a", "gone", {}, 404),
        ("regulator_a", "day_missing", {"reason": " "}, 422),
        ("regulator_a", "day_missing", {"steps": MILD[:2]}, 422),
        ("regulator_a", "day_missing", {"steps": [*MILD[:2], {"limit": 0, "level": "yellow"}]}, 422),
        ("regulator_a", "day_missing", {"steps": [*MILD[:2], {"limit": 31, "level": "yellow"}]}, 422),
        ("regulator_a", "day_missing", {"steps": [MILD[0], MILD[2], MILD[1]]}, 422),
        ("regulator_a", "day_missing", {"steps": [*MILD[:2], {"limit": 4, "level": "yellow"}]}, 422),
        ("regulator_a", "day_missing", {"steps": [*MILD[:2], {"limit": 1, "level": "pink"}]}, 422),
        ("regulator_a", "day_missing", {"region": "33x"}, 422),
    ],
)
def test_what_is_refused(rig: Rig, key: str, rule: str, change: dict[str, Any], status: int) -> None:
    answer = tune(rig, getattr(rig.keys, key), rule, **change)
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/warning-rules/day_missing/settings", rig.keys.admin).json()["data"] == []


def test_a_number_that_is_none_is_refused(rig: Rig) -> None:
    for wrong in ("NaN", "Infinity", "1e999"):
        body = f'{{"region": "{rig.a.region}", "reason": "x", "steps": [{{"limit": {wrong}, "level": "red"}}]}}'
        headers = {"Content-Type": "application/json", **fresh_key()}
        path = "/v1/warning-rules/day_missing/settings"
        assert rig.post(path, rig.keys.regulator_a, content=body, headers=headers).status_code in {400, 422}, wrong


def test_nobody_ends_the_setting_of_a_level_above_or_beside(rig: Rig) -> None:
    city = tune(rig, rig.keys.admin, region="").json()["id"]
    own = tune(rig, rig.keys.regulator_a).json()["id"]
    for setting, key, status in (
        (city, rig.keys.regulator_a, 409),
        (own, rig.keys.regulator_b, 404),
        (own, rig.keys.enterprise_a, 403),
        (own, rig.keys.regulator_a, 200),
        (own, rig.keys.regulator_a, 409),
    ):
        answer = rig.post(f"/v1/warning-rules/settings/{setting}/end", key, json={"reason": "x"}, headers=fresh_key())
        assert answer.status_code == status, answer.text


def test_the_database_itself_keeps_settings_of_others_out(rig: Rig, api_store: Store) -> None:
    tune(rig, rig.keys.admin, "visit_overdue", region="", steps=[], enabled=False)
    tune(rig, rig.keys.regulator_b, region=rig.b.region)
    query = "SELECT rule FROM warning_setting"
    with api_store.read(Scope.of_region(TENANT, rig.a.region)) as r:
        assert r.raw.execute(query).fetchall() == [("visit_overdue",)]
    with api_store.read(Scope.of_entity(TENANT, rig.a.entity)) as r:
        assert r.raw.execute(query).fetchall() == []


def test_the_page_shows_the_rules_and_offers_a_form_to_offices_alone(rig: Rig) -> None:
    tune(rig, rig.keys.regulator_a)
    page = rig.browser("regulator-a").get("/console/warnings", headers=HTML).text
    assert "第 1 次调整" in page
    assert 'data-rule="visit_overdue"' in page
    assert "恢复原规则的理由" in page
    own = rig.browser("enterprise-a").get("/console/warnings", headers=HTML).text
    assert "连续天数达到 4" in own
    assert "第 1 次调整" in own
    assert "<form" not in own.split('id="h-rules"')[1]
    assert 'data-rule="visit_overdue"' not in own
    assert "第 1 次调整" not in rig.browser("enterprise-b").get("/console/warnings", headers=HTML).text
