"""Bulk export: whole, in order, typed, neutral, noted, and of the caller's scope only."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow.parquet
import pytest

from alerts.hazards.review import confirm
from api.documents import exports
from models.catalogue.terms import Role
from models.domain.access import Actor
from tests.support.http import Rig
from tests.support.people import number_feed, raise_alert

WHY = "季度分析"
CITY = Actor(name="city", role=Role.regulator)


def table(rig: Rig, who: str, what: str, form: str = "csv", **params: Any) -> Any:  # noqa: ANN401 - rows of a file
    answer = rig.get(f"/v1/exports/{what}.{form}", who, **{"reason": WHY, **params})
    assert answer.status_code == 200, answer.text
    if form == "csv":
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return json.loads(answer.content) if form == "json" else pyarrow.parquet.read_table(io.BytesIO(answer.content))


@pytest.fixture
def alerts(rig: Rig) -> list[str]:
    """Five alerts of kitchen A, the newest first, and one of B."""
    codes = ("smoking", "no_mask", "phone_use", "rodent", "clutter")
    made = [str(raise_alert(rig.store, rig.files, rig.a, code).id) for code in codes]
    raise_alert(rig.store, rig.files, rig.b, "smoking")
    number_feed(rig.store)
    return made[::-1]


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_every_form_holds_the_same_rows_in_order_over_pages(
    rig: Rig, alerts: list[str], page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", page)
    read = table(rig, rig.keys.regulator_a, "alerts", "parquet")
    assert read.column("id").to_pylist() == alerts
    assert [row["id"] for row in table(rig, rig.keys.regulator_a, "alerts", "json")] == alerts
    assert [row["编号"] for row in table(rig, rig.keys.regulator_a, "alerts")] == alerts
    assert read.column("opened_at").to_pylist()[0].tzinfo is not None
    assert read.column("severity_label").to_pylist()[1] == "严重"


@pytest.mark.parametrize("what", ["alerts", "tasks", "violations", "events"])
def test_an_export_shows_what_its_caller_may_see(rig: Rig, alerts: list[str], what: str) -> None:
    assert len(alerts) == 5
    mine = rig.get(f"/v1/exports/{what}.json", rig.keys.regulator_a, reason=WHY).text
    for mark in (str(rig.b.entity), rig.b.site, rig.b.camera):
        assert mark not in mine


def test_of_the_feed_what_follows_a_number(rig: Rig, alerts: list[str]) -> None:
    assert alerts
    whole = table(rig, rig.keys.admin, "events", "parquet").column("seq").to_pylist()
    assert whole == sorted(whole)
    rest = table(rig, rig.keys.admin, "events", "parquet", after=whole[2]).column("seq").to_pylist()
    assert rest == whole[3:]
    assert len(table(rig, rig.keys.admin, "events", limit=2)) == 2


def test_times_bound_what_is_exported(rig: Rig, alerts: list[str]) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    earlier = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert table(rig, rig.keys.regulator_a, "alerts", since=later) == []
    assert table(rig, rig.keys.regulator_a, "alerts", until=earlier) == []
    assert len(table(rig, rig.keys.regulator_a, "alerts", since=earlier, until=later)) == len(alerts)
    assert rig.get("/v1/exports/alerts.csv", rig.keys.admin, reason=WHY, since="2026-01-01T00:00").status_code == 422


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_span_that_ends_before_it_begins_is_refused(rig: Rig, form: str) -> None:
    span = {"since": "2026-03-02T00:00:00+08:00", "until": "2026-03-01T00:00:00+08:00"}
    answer = rig.get(f"/v1/exports/alerts.{form}", rig.keys.admin, reason=WHY, **span)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "since is later than until" in answer.json()["detail"]


def test_names_stand_behind_the_ids(rig: Rig, alerts: list[str]) -> None:
    with rig.store.write() as w:
        confirm(w, UUID(alerts[0]), revision=1, by=CITY, at=datetime.now(UTC))
    for what in ("alerts", "tasks"):
        row = table(rig, rig.keys.regulator_a, what)[0]
        assert (row["经营主体编号"], row["经营主体名称"]) == (str(rig.a.entity), "企业a")
        assert (row["场所"], row["场所名称"]) == (rig.a.site, "厨房a")
    assert list(row)[-1] == "责任人"
    (task,) = table(rig, rig.keys.regulator_a, "tasks", "json")
    assert task["person_name"] == "安全员"
    read = table(rig, rig.keys.regulator_a, "violations", "parquet")
    assert {"entity_name", "site_name"} <= set(read.column_names)


def test_an_export_needs_a_reason_and_is_noted(rig: Rig) -> None:
    assert rig.get("/v1/exports/tasks.csv", rig.keys.regulator_a).status_code == 422
    table(rig, rig.keys.regulator_a, "tasks", "json")
    (entry,) = rig.get("/v1/audit", rig.keys.regulator_a, action="data.").json()["data"]
    assert (entry["object"], entry["reason"]) == ("tasks.json", WHY)


def test_formulas_of_strangers_are_neutralised(rig: Rig, alerts: list[str]) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE alert SET remark = '=cmd|calc' WHERE id = %s", [alerts[0]])
    assert table(rig, rig.keys.regulator_a, "alerts")[0]["备注"] == "'=cmd|calc"
    assert table(rig, rig.keys.regulator_a, "alerts", "json")[0]["remark"] == "=cmd|calc"


@pytest.mark.parametrize("who", ["enterprise_a", "platform_b"])
def test_the_audit_log_is_exported_to_those_who_read_it(rig: Rig, who: str) -> None:
    assert rig.get("/v1/exports/audit.csv", getattr(rig.keys, who), reason=WHY).status_code == 403
    assert "api_key.added" in rig.get("/v1/exports/audit.csv", rig.keys.admin, reason=WHY).text


def test_one_caller_has_two_exports_at_once_and_ended_ones_give_their_place_back(rig: Rig) -> None:
    held = rig.app.state.mingchu.exports
    name = f"key:{rig.keys.regulator_a.split('_')[1]}"
    with held.one(name), held.one(name):
        refused = rig.get("/v1/exports/alerts.csv", rig.keys.regulator_a, reason=WHY)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert rig.get("/v1/exports/alerts.csv", rig.keys.regulator_b, reason=WHY).status_code == 200
    for _ in range(4):
        table(rig, rig.keys.regulator_a, "alerts")
    assert rig.get("/v1/exports/events.csv", rig.keys.regulator_a, reason=WHY, after=10**15).status_code == 422
    with held.one(name), held.one(name):
        pass
