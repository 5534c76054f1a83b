"""Reports on weeks and months over HTTP: filled in, written, signed once, with the work that follows."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from models.base.errors import StoreRefused
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_people import named
from tests.integration.api.test_records import answered, opened, sign
from tests.integration.api.test_wishes import HTML
from tests.support.days import today
from tests.support.http import Rig, fresh_key
from tests.support.people import number_feed


def monday() -> date:
    return today() - timedelta(days=today().weekday())


def opening(rig: Rig, kind: str = "week", key: str | None = None, **change: Any) -> Any:  # noqa: ANN401
    place = (
        {"site_id": rig.a.site, "begin": monday().isoformat()}
        if kind == "week"
        else {"begin": today().replace(day=1).isoformat()}
    )
    body = {"kind": kind, **place, **change}
    return rig.post("/v1/reports", key or rig.keys.enterprise_a, json=body, headers=fresh_key())


def step(rig: Rig, report: dict[str, Any], verb: str, **body: Any) -> Any:  # noqa: ANN401
    if verb in {"week", "month"} and "points" not in body:
        body["points"] = [{"number": number, "result": "ok"} for number, _ in enumerate(report["points"], 1)]
    path = f"/v1/reports/{report['id']}/{verb}"
    return rig.post(path, rig.keys.enterprise_a, etag=report["version"], json=body)


def a_week(**change: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"rating": "risk", "words": "本周发现一处隐患", "plan": "加强晨检", "problems": [], **change}


def test_row_20_a_week_gathers_the_days_and_the_hazards_and_is_signed(rig: Rig) -> None:
    problem = {"result": "problem", "problem": "一人未戴口罩", "disposal": "当场纠正"}
    sign(rig, answered(rig, opened(rig).json(), personal_hygiene=problem))
    task = dispatched(rig, rig.a, "rodent")
    report = opening(rig).json()
    assert (report["days_signed"], report["kind_label"]) == (1, "周排查")
    found = {one["ref"].split("/")[0]: one for one in report["problems"]}
    assert (found["record"]["number"], found["record"]["done"]) == ("2", True)
    assert (found["task"]["ref"], found["task"]["done"]) == (f"task/{task.id}", False)
    refused = step(rig, step(rig, report, "week", **a_week(rating="controlled")).json(), "sign", name="李总监")
    assert (refused.status_code, "1 critical hazards are open" in refused.text) == (422, True)
    written = step(rig, opening(rig).json(), "week", **a_week()).json()
    done = step(rig, written, "sign", name="李总监")
    assert (done.status_code, done.json()["state_label"], done.json()["late"]) == (200, "已签名", False), done.text
    assert step(rig, done.json(), "week", **a_week()).status_code == 409
    assert opening(rig).json()["signature"] == done.json()["signature"]
    number_feed(rig.store)
    events = rig.get("/v1/events", rig.keys.regulator_a, cursor=0).json()["data"]
    (event,) = [one for one in events if one["type"] == "mingchu.report.signed"]
    assert (event["data"]["rating"], event["data"]["unsolved"]) == ("risk", 1)


def test_a_serious_week_calls_the_principal_and_the_month_assigns_work(rig: Rig) -> None:
    named(rig, "赵校长", "principal")
    written = step(rig, opening(rig).json(), "week", **a_week(rating="serious")).json()
    assert step(rig, written, "sign", name="李总监").status_code == 200
    (call,) = rig.get("/v1/work-items", rig.keys.enterprise_a, state="open").json()
    assert (call["who"], call["due"], "严重隐患" in call["what"]) == ("赵校长", today().isoformat(), True)
    minutes = opening(rig, "month").json()
    meeting = {
        "chair": "赵校长",
        "place": "会议室",
        "present": ["赵校长", "李总监"],
        "words": "总监汇报本月情况",
        "plan": "冷链",
        "decisions": [{"what": "更换冷柜", "who": "李总监", "due": (today() + timedelta(days=9)).isoformat()}],
    }
    held = step(rig, minutes, "month", **meeting).json()
    assert step(rig, held, "sign", name="李总监").status_code == 422
    assert step(rig, held, "sign", name="赵校长").status_code == 200
    (work,) = rig.get("/v1/work-items", rig.keys.regulator_a, report_id=held["id"]).json()
    path = f"/v1/work-items/{work['id']}/done"
    for key, status in ((rig.keys.enterprise_b, 404), (rig.keys.regulator_a, 403), (rig.keys.enterprise_a, 200)):
        assert rig.post(path, key, json={"note": "已更换"}, headers=fresh_key()).status_code == status
    assert rig.post(path, rig.keys.enterprise_a, json={"note": "再次"}, headers=fresh_key()).status_code == 409
    page = rig.browser("regulator-a").get(f"/console/reports?report={held['id']}", headers=HTML).text
    assert "更换冷柜" in page
    assert "已完成" in page


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"begin": "2026-09-01"}, 422),
        ({"begin": "2020-01-06"}, 422),
        ({"site_id": None}, 422),
        ({"site_id": "site-b"}, 404),
        ({"kind": "year"}, 422),
    ],
)
def test_a_wrong_report_is_refused(rig: Rig, change: dict[str, Any], status: int) -> None:
    assert opening(rig, **change).status_code == status
    assert opening(rig, "month", site_id=rig.a.site).status_code == 422
    assert rig.get("/v1/reports", rig.keys.city).json()["data"] == []


def test_strangers_neither_read_nor_write_a_report(rig: Rig) -> None:
    report = opening(rig).json()
    for key in (rig.keys.enterprise_b, rig.keys.regulator_b):
        assert rig.get(f"/v1/reports/{report['id']}", key).status_code == 404
        assert rig.get("/v1/reports", key).json()["data"] == []
        answer = rig.post(f"/v1/reports/{report['id']}/week", key, etag=report["version"], json=a_week())
        assert answer.status_code in {403, 404}
    assert opening(rig, key=rig.keys.regulator_a).status_code == 403
    month = opening(rig, "month", entity_id=str(rig.b.entity))
    assert month.status_code == 404


def test_a_signed_report_is_not_changed_even_in_the_database(rig: Rig) -> None:
    done = step(rig, step(rig, opening(rig).json(), "week", **a_week()).json(), "sign", name="李总监").json()
    for change in ("UPDATE duty_report SET words = 'x'", "DELETE FROM duty_report"):
        with pytest.raises((psycopg.Error, StoreRefused)), rig.store.write() as w:
            w.raw.execute(change)
    assert rig.get(f"/v1/reports/{done['id']}", rig.keys.enterprise_a).json()["words"] == done["words"]
    with rig.store.read() as r:
        found = r.raw.execute("SELECT count(*) FROM evidence_unsealed WHERE object LIKE 'step:report:%'").fetchone()
    assert found is not None
    assert found[0] == 1, "the signature waits to be sealed into the chain of evidence"


def test_a_week_that_was_sealed_twice_says_so(rig: Rig) -> None:
    report = opening(rig).json()
    assert step(rig, report, "week", **a_week()).status_code == 200
    assert step(rig, report, "week", **a_week()).status_code == 412
    assert date.fromisoformat(report["until"]) == monday() + timedelta(days=6)


def test_row_20_the_points_of_a_scene_are_answered_one_by_one(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'school_canteen' WHERE id = %s", [rig.a.entity])
    report = opening(rig).json()
    assert report["points"][1]["text"] == "食品留样 125 克、48 小时，标签齐全"
    assert {one["result"] for one in report["points"]} == {None}
    written = step(rig, report, "week", **a_week(points=[{"number": 1, "result": "ok"}])).json()
    refused = step(rig, written, "sign", name="李总监")
    assert (refused.status_code, "还有 4 个要点没有确认" in refused.text) == (422, True)
    for wrong in ({"number": 6, "result": "ok"}, {"number": 0, "result": "ok"}, {"number": 1, "result": "fine"}):
        assert step(rig, written, "week", **a_week(points=[wrong])).status_code == 422
    problem = {"number": 2, "result": "problem", "problem": "标签不全"}
    assert step(rig, written, "week", **a_week(points=[problem])).status_code == 422, "what was done is missing"
    rest = [{"number": number, "result": "not_applicable"} for number in (3, 4, 5)]
    full = step(rig, written, "week", **a_week(points=[problem | {"disposal": "补贴标签"}, *rest])).json()
    assert [one["result"] for one in opening(rig).json()["points"]] == ["ok", "problem", *["not_applicable"] * 3]
    done = step(rig, opening(rig).json() | {"version": full["version"]}, "sign", name="李总监")
    assert done.status_code == 200, done.text
    assert done.json()["points"][1]["disposal"] == "补贴标签"
    page = rig.browser("enterprise-a").get(f"/console/reports?report={report['id']}", headers=HTML).text
    assert "补贴标签" in page
    assert rig.get(f"/v1/reports/{report['id']}.pdf", rig.keys.enterprise_a).content.startswith(b"%PDF-")
