"""The own calendar of an enterprise decides which days owe a record: set from today on, ended, never deleted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from alerts.duties.dispatch import count_today
from alerts.duties.warnings.evaluating import evaluate
from models.base.errors import StoreRefused
from models.store import Scope, Store, dispatch, warnings
from tests.integration.api.test_wishes import HTML
from tests.support.days import noon, today
from tests.support.http import Rig, fresh_key
from tests.support.world import TENANT


def day(offset: int) -> str:
    return (today() + timedelta(days=offset)).isoformat()


def add(rig: Rig, key: str | None = None, **change: Any) -> Any:  # noqa: ANN401
    body = {"entity_id": str(rig.a.entity), "kind": "closed", "first": day(0), "last": day(6), "reason": "寒假"}
    body = {name: value for name, value in (body | change).items() if value is not None}
    return rig.post("/v1/openings", key or rig.keys.enterprise_a, json=body, headers=fresh_key())


def closed(rig: Rig, key: str | None = None, *, until: int = 30) -> list[str]:
    params = {"entity_id": str(rig.a.entity), "first": day(0), "last": day(until)}
    answer = rig.get("/v1/openings/closed-days", key or rig.keys.enterprise_a, **params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["days"])


def end(rig: Rig, opening_id: str, key: str | None = None, reason: str = "提前开学") -> Any:  # noqa: ANN401
    path = f"/v1/openings/{opening_id}/end"
    return rig.post(path, key or rig.keys.enterprise_a, json={"reason": reason}, headers=fresh_key())


def test_an_enterprise_closes_for_a_time_opens_on_a_day_and_returns_early(rig: Rig) -> None:
    made = add(rig, last=day(9))
    assert made.status_code == 200, made.text
    assert closed(rig) == [day(number) for number in range(10)]
    assert add(rig, kind="open", first=day(3), last=day(3), reason="补课").status_code == 200
    assert closed(rig) == [day(number) for number in (0, 1, 2, 4, 5, 6, 7, 8, 9)]
    ended = end(rig, made.json()["id"]).json()
    assert (ended["last"], ended["end_reason"]) == (day(-1), "提前开学")
    assert closed(rig) == [], "an open day of nothing closed is no closed day"
    assert end(rig, made.json()["id"]).status_code == 409
    lines = rig.get("/v1/openings", rig.keys.regulator_a, entity_id=str(rig.a.entity)).json()["data"]
    assert [(one["kind"], one["reason"], one["ended_by"] is None) for one in lines] == [
        ("open", "补课", True),
        ("closed", "寒假", False),
    ]


def test_a_weekly_rest_is_on_its_days_of_the_week(rig: Rig) -> None:
    assert add(rig, kind="weekly", weekdays=[7, 6, 6], last=None, reason="周末店休").status_code == 200
    found = closed(rig, until=13)
    assert len(found) == 4
    assert {date.fromisoformat(one).isoweekday() for one in found} == {6, 7}


def test_a_district_sets_the_holidays_of_its_schools(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'school_canteen'")
    holidays = {"entity_id": None, "jurisdiction": "330602", "business_kinds": ["school_canteen"]}
    made = add(rig, rig.keys.regulator_a, **holidays)
    assert made.status_code == 200, made.text
    assert len(closed(rig)) == 7
    seen = rig.get("/v1/openings", rig.keys.enterprise_a, entity_id=str(rig.a.entity)).json()["data"]
    assert [one["id"] for one in seen] == [made.json()["id"]]
    assert end(rig, made.json()["id"]).status_code == 404, "the enterprise does not end it"
    assert add(rig, kind="open", first=day(0), last=day(6), reason="夏令营").status_code == 200
    assert closed(rig) == [], "its own line opens it"
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'restaurant'")
    assert rig.get("/v1/openings", rig.keys.enterprise_a).json()["data"][0]["kind"] == "open", "others do not see it"
    assert add(rig, rig.keys.regulator_a, **holidays | {"jurisdiction": "330603"}).status_code == 403
    assert add(rig, rig.keys.regulator_a, **holidays | {"business_kinds": []}).status_code == 422
    assert add(rig, **holidays).status_code == 403, "an enterprise sets none for a region"


@pytest.mark.parametrize(
    "change",
    [
        {"first": day(-1)},  # nobody closes a day afterwards
        {"first": day(401), "last": day(402)},
        {"last": day(100)},
        {"last": day(-1)},
        {"kind": "weekly"},
        {"kind": "weekly", "weekdays": [1, 2, 3, 4, 5, 6, 7]},
        {"weekdays": [1]},
        {"weekdays": [8]},
        {"reason": " "},
        {"reason": "x" * 201},
        {"kind": "sometimes"},
    ],
)
def test_a_line_that_would_excuse_too_much_is_refused(rig: Rig, change: dict[str, Any]) -> None:
    assert add(rig, **change).status_code == 422
    assert rig.get("/v1/openings", rig.keys.enterprise_a).json()["data"] == []


def test_an_office_corrects_a_month_back_and_the_calendar_has_a_most(rig: Rig) -> None:
    assert add(rig, rig.keys.regulator_a, first=day(-31), last=day(-25), reason="停水，已核实").status_code == 200
    assert add(rig, rig.keys.regulator_a, first=day(-32), last=day(-25)).status_code == 422
    for number in range(40):
        assert add(rig, first=day(number), last=day(number)).status_code == 200
    assert add(rig).status_code == 429


def test_strangers_see_and_change_nothing_and_nobody_deletes(rig: Rig, api_store: Store) -> None:
    made = add(rig).json()
    for key in (rig.keys.enterprise_b, rig.keys.regulator_b):
        assert add(rig, key).status_code == 404
        assert end(rig, made["id"], key).status_code == 404
        assert rig.get("/v1/openings", key).json()["data"] == []
        params = {"entity_id": str(rig.a.entity), "first": day(0), "last": day(1)}
        assert rig.get("/v1/openings/closed-days", key, **params).status_code == 404
    assert add(rig, rig.keys.platform_b).status_code == 403
    for statement in ("DELETE FROM opening_rule", "UPDATE opening_rule SET first = '2020-01-01'"):
        with pytest.raises((psycopg.Error, StoreRefused)), api_store.write(Scope.of_entity(TENANT, rig.a.entity)) as w:
            w.raw.execute(statement)


def test_closed_days_owe_no_record_in_warnings_and_on_the_dispatch(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE site SET first_record_on = %s", [today() - timedelta(days=5)])
        evaluate(w, at=noon())
        before = {one.site_id: one for one in warnings.warnings(w, is_open=True, rule="day_missing", limit=9)}
    assert (before[rig.a.site].numbers, before[rig.a.site].level) == ({"in_30": 5, "in_a_row": 5}, "red")
    assert add(rig, rig.keys.regulator_a, first=day(-4), last=day(-1), reason="停电，已核实").status_code == 200
    with rig.store.write() as w:
        evaluate(w, at=noon())
        after = {one.site_id: one for one in warnings.warnings(w, is_open=True, rule="day_missing", limit=9)}
    assert (after[rig.a.site].numbers, after[rig.a.site].level) == ({"in_30": 1, "in_a_row": 1}, "yellow")
    assert after[rig.a.site].because == f"{day(-5)} 的日管控记录没有按时签名提交", "the last day on which it was open"
    assert after[rig.b.site].numbers == {"in_30": 5, "in_a_row": 5}
    with rig.store.write() as w:
        count_today(w, at=datetime.now(UTC))
        numbers = {one.region_code: one.numbers for one in dispatch.days(w, today())}
    assert [numbers[region]["written_n"] for region in (rig.a.region, rig.b.region)] == [0, 1]


def test_the_pages_show_the_calendar_and_hostile_reasons_break_nothing(rig: Rig) -> None:
    assert add(rig, reason="<script>alert(1)</script>").status_code == 200
    page = rig.browser("enterprise-a").get("/console/records", headers=HTML).text
    assert "今日停业，不需要记录" in page
    assert "停业或放假" in page
    assert "<script>alert" not in page
    assert "辖区停业与假期安排" in rig.browser("regulator-a").get("/console/calendar", headers=HTML).text
    assert "h-openings" not in rig.browser("enterprise-a").get("/console/calendar", headers=HTML).text
