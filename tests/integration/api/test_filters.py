"""Filters of the lists and of the feed: by code, severity, region, enterprise, kitchen, time, state and name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.http import Rig
from tests.support.people import number_feed, raise_alert


@pytest.fixture
def found(rig: Rig) -> dict[str, Any]:
    """A confirmed hazard in each district, and an alert in A that waits."""
    alerts = {
        key: raise_alert(rig.store, rig.files, kitchen, "smoking") for key, kitchen in (("a", rig.a), ("b", rig.b))
    }
    for alert in alerts.values():
        assert rig.post(f"/v1/alerts/{alert.id}/confirm", rig.keys.city, etag=1, json={}).status_code == 200
    alerts["waiting"] = raise_alert(rig.store, rig.files, rig.a, "fire_smoke")
    number_feed(rig.store)
    return alerts


def of(rig: Rig, path: str, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - query values
    answer = rig.get(path, rig.keys.city, **params)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


@pytest.mark.parametrize("path", ["/v1/alerts", "/v1/tasks", "/v1/violations"])
def test_each_filter_narrows_each_list(rig: Rig, found: dict[str, Any], path: str) -> None:
    assert found
    everything = of(rig, path)
    assert {row["site_id"] for row in everything} == {"site-a", "site-b"}
    soon, before = datetime.now(UTC) + timedelta(minutes=1), datetime.now(UTC) - timedelta(hours=1)
    for params, sites in (
        ({"region": rig.a.region}, {"site-a"}),
        ({"region": "3306"}, {"site-a", "site-b"}),
        ({"region": "3301"}, set()),
        ({"entity_id": str(rig.b.entity)}, {"site-b"}),
        ({"site_id": "site-a"}, {"site-a"}),
        ({"code": "smoking"}, {"site-a", "site-b"}),
        ({"code": "fridge_temp"}, set()),
        ({"severity": "minor"}, {row["site_id"] for row in everything if row["severity"] == "minor"}),
        ({"text": "厨房b"}, {"site-b"}),
        ({"text": "企业a"}, {"site-a"}),
        ({"text": "%"}, set()),
        ({"since": before.isoformat(), "until": soon.isoformat()}, {"site-a", "site-b"}),
        ({"since": soon.isoformat()}, set()),
        ({"until": before.isoformat()}, set()),
        ({"region": rig.a.region, "entity_id": str(rig.b.entity)}, set()),
    ):
        assert {row["site_id"] for row in of(rig, path, **params)} == sites, params


def test_states_and_verdicts_narrow_violations(rig: Rig, found: dict[str, Any]) -> None:
    assert found
    confirmed = of(rig, "/v1/violations", review="confirmed")
    assert {row["code"] for row in confirmed} == {"smoking"}
    assert {row["code"] for row in of(rig, "/v1/violations", review="unreviewed")} == {"fire_smoke"}
    states = {row["state"] for row in of(rig, "/v1/violations")}
    for state in ("active", "ended"):
        assert {row["state"] for row in of(rig, "/v1/violations", state=state)} == {state} & states


def test_the_feed_keeps_its_order_and_moves_past_what_a_filter_leaves_out(rig: Rig, found: dict[str, Any]) -> None:
    assert found
    whole = rig.get("/v1/events", rig.keys.city, cursor=0, limit=500).json()
    for params in (
        {"region": rig.b.region},
        {"entity_id": str(rig.b.entity)},
        {"site_id": "site-b"},
        {"code": "smoking", "region": rig.b.region},
        {"severity": "critical"},
    ):
        part = rig.get("/v1/events", rig.keys.city, cursor=0, limit=500, **params).json()
        assert part["next_cursor"] == whole["next_cursor"]
        numbers = [event["seq"] for event in part["data"]]
        assert numbers == sorted(numbers)
        assert 0 < len(numbers) < len(whole["data"]), params
        kept = {event["seq"] for event in whole["data"]}
        assert set(numbers) <= kept


@pytest.mark.parametrize(
    "params",
    [{"severity": "huge"}, {"region": "x"}, {"since": "2026-01-01T00:00:00"}, {"entity_id": "1"}, {"site_id": "A B"}],
)
def test_a_wrong_filter_is_refused(rig: Rig, params: dict[str, str]) -> None:
    answer = rig.get("/v1/alerts", rig.keys.city, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_filter_shows_nothing_beyond_the_scope(rig: Rig, found: dict[str, Any]) -> None:
    assert found
    for params in (
        {"entity_id": str(rig.b.entity)},
        {"region": rig.b.region},
        {"text": "企业b"},
        {"site_id": "site-b"},
    ):
        for path in ("/v1/alerts", "/v1/tasks", "/v1/violations"):
            assert rig.get(path, rig.keys.regulator_a, **params).json()["data"] == [], (path, params)
