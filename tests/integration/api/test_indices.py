"""The duty index over HTTP and on the page: one's own numbers, the board of a region, and nobody else's."""

from datetime import UTC, datetime, timedelta

from alerts.indices.cadres import compute_year
from alerts.indices.regions import compute_regions
from models.base.ids import uuid7
from tests.integration.api.test_wishes import HTML
from tests.support.guarantees import cadre_of
from tests.support.http import Rig
from tests.support.indices import (
    MONTH,
    OPERATOR,
    OVER,
    add_cameras,
    add_days,
    add_supervision,
    computed,
    registered_long_ago,
)
from tests.support.world import TENANT


def seed(rig: Rig) -> None:
    with rig.store.write() as w:
        registered_long_ago(w)
        for kitchen in (rig.a, rig.b):
            add_days(w, kitchen, 31)
            add_cameras(w, kitchen)
    computed(rig.store)
    with rig.store.write() as w:
        w.raw.execute("UPDATE index_snapshot SET score = 91, band = 'green' WHERE entity_id = %s", [rig.a.entity])
        w.raw.execute("UPDATE index_snapshot SET score = 70, band = 'yellow' WHERE entity_id = %s", [rig.b.entity])


def test_an_enterprise_sees_its_own_index_and_a_regulator_the_board(rig: Rig) -> None:
    seed(rig)
    (own,) = rig.get("/v1/indices", rig.keys.enterprise_a, month=MONTH).json()["data"]
    assert (own["name"], own["score"], own["band_label"], own["place"]) == ("企业a", "91.00", "绿", None)
    day = own["indicators"][0]
    assert (day["label"], day["k"], day["n"], day["weight"]) == ("日管控按时率", 31, 31, 15)
    assert (day["value"], day["mean"]) == ("100.0000", "100.0")
    assert rig.get(f"/v1/indices/{own['id']}", rig.keys.enterprise_a).json() == own
    board = rig.get("/v1/indices", rig.keys.city, month=MONTH).json()["data"]
    assert [(one["place"], one["name"]) for one in board] == [(1, "企业a"), (2, "企业b")]
    for key in (rig.keys.enterprise_b, rig.keys.regulator_b):
        assert [one["name"] for one in rig.get("/v1/indices", key, month=MONTH).json()["data"]] == ["企业b"]
        assert rig.get(f"/v1/indices/{own['id']}", key).status_code == 404
    assert rig.get(f"/v1/indices/{uuid7()}", rig.keys.city).status_code == 404


def test_the_board_is_paged_and_wrong_questions_are_refused(rig: Rig) -> None:
    seed(rig)
    first = rig.get("/v1/indices", rig.keys.city, month=MONTH, limit=1).json()
    second = rig.get("/v1/indices", rig.keys.city, month=MONTH, limit=1, cursor=first["next_cursor"]).json()
    assert [first["data"][0]["name"], second["data"][0]["name"]] == ["企业a", "企业b"]
    assert (first["has_more"], second["has_more"]) == (True, False)
    for params in ({}, {"month": "2026-13"}, {"month": MONTH, "cursor": "eA"}, {"month": MONTH, "kind": "x"}):
        assert rig.get("/v1/indices", rig.keys.city, **params).status_code == 422, params
    assert rig.get("/v1/indices", rig.keys.city, month="2026-09").json()["data"] == []


def test_the_page_shows_numbers_beside_every_rate(rig: Rig) -> None:
    seed(rig)
    page = rig.browser("enterprise-a").get("/console/indices", params={"month": MONTH}, headers=HTML).text
    assert "91.00" in page
    assert "31/31" in page
    assert "企业b" not in page
    board = rig.browser("city").get("/console/indices", params={"month": MONTH}, headers=HTML).text
    assert board.index("企业a") < board.index("企业b")
    assert "31/31" in board
    assert "还没有计算" in rig.browser("city").get("/console/indices?month=2026-09", headers=HTML).text
    assert rig.browser("city").get("/console/indices?month=x", headers=HTML).status_code == 422
    assert rig.browser("platform-a").get("/console/indices", headers=HTML).status_code == 403


def test_a_regulator_signs_off_the_cadres_of_their_region(rig: Rig) -> None:
    mine, other = cadre_of(rig.store, rig.a, "李包保"), cadre_of(rig.store, rig.b, "王包保")
    with rig.store.write() as w:
        for kitchen, cadre in ((rig.a, mine), (rig.b, other)):
            due = datetime(2025, 3, 20, tzinfo=UTC)
            add_supervision(w, kitchen, cadre.id, due, visits=((due - timedelta(days=1), True),))
        compute_year(w, TENANT, "2025", by=OPERATOR, at=datetime.now(UTC))
    body = {"name": "张主任", "opinion": "同意"}
    path = "/v1/indices/cadres/2025/sign-off"
    assert rig.post(path, rig.keys.enterprise_a, json=body).status_code == 403
    assert rig.post(path, rig.keys.regulator_a, json={**body, "opinion": ""}).status_code == 422
    assert rig.post(path, rig.keys.regulator_a, json=body).json() == {"year": "2025", "frozen": 1}
    assert rig.post(path, rig.keys.regulator_a, json=body).status_code == 422
    city = rig.get("/v1/indices", rig.keys.city, month="2025", kind="cadre").json()["data"]
    assert {one["name"]: one["state"] for one in city} == {"李包保": "frozen", "王包保": "draft"}
    signed = next(one for one in city if one["state"] == "frozen")
    assert (signed["band_label"], signed["signed_name"], signed["opinion"]) == ("优秀", "张主任", "同意")
    assert signed["quarters"][0] == {"quarter": "q1", "score": "100.00"}
    assert (signed["indicators"][0]["quarter"], signed["indicators"][0]["k"]) == ("q1", 1)
    assert rig.get("/v1/indices", rig.keys.enterprise_a, month="2025", kind="cadre").json()["data"] == []
    assert rig.get(f"/v1/indices/{signed['id']}", rig.keys.enterprise_a).status_code == 404


def test_regions_show_their_place_and_the_last_three_to_regulators_alone(rig: Rig) -> None:
    with rig.store.write() as w:
        registered_long_ago(w)
        compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER)
        w.raw.execute(
            "UPDATE index_snapshot SET score = 70, band = 'yellow', inputs = "
            "jsonb_set(inputs, '{facts}', jsonb_build_object('place', right(region_code, 1)::int, 'of', 5))"
        )
    board = rig.get("/v1/indices", rig.keys.city, month=MONTH, kind="region").json()["data"]
    assert {one["name"]: (one["place"], one["last"]) for one in board} == {"越城区": (2, False), "柯桥区": (3, True)}
    (own,) = rig.get("/v1/indices", rig.keys.regulator_b, month=MONTH, kind="region").json()["data"]
    assert (own["name"], own["place"], own["last"]) == ("柯桥区", 3, True)
    assert rig.get("/v1/indices", rig.keys.enterprise_b, month=MONTH, kind="region").json()["data"] == []
    page = rig.browser("city").get("/console/indices", params={"month": MONTH}, headers=HTML).text
    assert page.count("后三名") == 1
    assert "柯桥区" not in rig.browser("regulator-a").get(f"/console/indices?month={MONTH}", headers=HTML).text
    assert "柯桥区" not in rig.browser("enterprise-b").get(f"/console/indices?month={MONTH}", headers=HTML).text
