"""The duty index over HTTP and on the page: one's own numbers, the board of a region, and nobody else's."""

from datetime import UTC, datetime, timedelta

from alerts.indices.cadres import compute_year
from alerts.indices.regions import compute_regions
from models.base.clock import SHANGHAI
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
    ranked_counties,
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


def test_the_page_opens_on_the_newest_month_that_was_computed(rig: Rig) -> None:
    last_month = f"{datetime.now(SHANGHAI).replace(day=1) - timedelta(days=1):%Y-%m}"
    page = rig.browser("city").get("/console/indices", headers=HTML).text
    assert f"{last_month} 还没有计算履责指数" in page
    seed(rig)
    with rig.store.write() as w:  # an earlier month, and one that is not over
        w.raw.execute("UPDATE index_snapshot SET period = '2026-03' WHERE entity_id = %s", [rig.a.entity])
        w.raw.execute("UPDATE index_snapshot SET period = '2999-01' WHERE entity_id = %s", [rig.b.entity])
    for who in ("city", "enterprise-a"):
        page = rig.browser(who).get("/console/indices", headers=HTML).text
        assert 'name="month" value="2026-03"' in page
        assert "还没有计算" not in page.split("<section")[1]
    assert 'name="month" value="2026-03"' not in rig.browser("enterprise-b").get("/console/indices", headers=HTML).text


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


def test_what_other_weights_would_make_of_a_month_is_shown_and_not_stored(rig: Rig) -> None:
    ranked_counties(rig.store, rig.files, (rig.a, rig.b), at=datetime(2026, 10, 13, 4, tzinfo=UTC))
    with rig.store.write() as w:
        registered_long_ago(w)
        add_days(w, rig.a, 31)
        add_days(w, rig.b, 10)
        add_cameras(w, rig.a, seen=720)
        add_cameras(w, rig.b)
    computed(rig.store)
    before = rig.get("/v1/indices", rig.keys.city, month=MONTH).json()
    assert [one["name"] for one in before["data"]] == ["企业a", "企业b"]
    same = rig.post("/v1/indices/what-if", rig.keys.city, json={"month": MONTH, "weights": {}}).json()
    assert (same["compared"], same["moved"]) == (2, 0)
    assert all(one["score"] == one["new_score"] for one in same["rows"])
    body = {"month": MONTH, "weights": {"day": 1, "online": 24}}
    tried = rig.post("/v1/indices/what-if", rig.keys.city, json=body)
    assert tried.status_code == 200, tried.text
    found = tried.json()
    assert (found["moved"], found["weights"]["online"]) == (2, 24)
    assert [(one["name"], one["place"], one["new_place"]) for one in found["rows"]] == [
        ("企业b", 2, 1),
        ("企业a", 1, 2),
    ]
    assert sum(one["after"] for one in found["bands"]) == sum(one["before"] for one in found["bands"]) == 2
    assert rig.get("/v1/indices", rig.keys.city, month=MONTH).json() == before
    one = rig.post("/v1/indices/what-if", rig.keys.regulator_b, json=body).json()
    assert [row["name"] for row in one["rows"]] == ["企业b"], "nobody else's"


def test_wrong_weights_and_months_are_refused(rig: Rig) -> None:
    seed(rig)
    for body, status in (
        ({"month": MONTH, "weights": {"day": 50}}, 422),
        ({"month": MONTH, "weights": {"smell": 1}}, 422),
        ({"month": MONTH, "weights": {"day": -1}}, 422),
        ({"month": "2026-Q3", "kind": "region", "weights": {}}, 422),
        ({"month": "2026", "kind": "region", "weights": {}}, 422),
        ({"month": "2026-09", "weights": {}}, 404),
    ):
        answer = rig.post("/v1/indices/what-if", rig.keys.city, json=body)
        assert answer.status_code == status, (body, answer.text)
    assert (
        rig.post("/v1/indices/what-if", rig.keys.enterprise_a, json={"month": MONTH, "weights": {}}).status_code == 403
    )


def test_every_number_leads_to_its_rows(rig: Rig) -> None:
    seed(rig)
    (own,) = rig.get("/v1/indices", rig.keys.enterprise_a, month=MONTH).json()["data"]
    path = f"/v1/indices/{own['id']}/rows"
    for key in (rig.keys.enterprise_a, rig.keys.regulator_a):
        for line in own["indicators"]:
            found = rig.get(path, key, indicator=line["name"]).json()
            assert (found["k"], found["n"]) == (line["k"], line["n"]), line["name"]
            assert (found["k_now"], found["n_now"]) == (line["k"] or 0, line["n"] or 0), line["name"]
    days = rig.get(path, rig.keys.enterprise_a, indicator="day", limit=30).json()
    assert (len(days["data"]), days["has_more"], days["label"]) == (30, True, "日管控按时率")
    (last,) = rig.get(path, rig.keys.enterprise_a, indicator="day", cursor=days["next_cursor"]).json()["data"]
    assert (last["about"], last["k"], last["at"][:10]) == ("record", 1, "2026-10-30")
    assert rig.get(path, rig.keys.enterprise_b, indicator="day").status_code == 404
    assert rig.get(path, rig.keys.platform_b, indicator="day").status_code == 403
    for params in (
        {},
        {"indicator": "smell"},
        {"indicator": "day", "quarter": "q1"},
        {"indicator": "day", "cursor": "eA"},
    ):
        assert rig.get(path, rig.keys.enterprise_a, **params).status_code == 422, params


def test_rows_that_have_changed_since_are_said_to(rig: Rig) -> None:
    seed(rig)
    (own,) = rig.get("/v1/indices", rig.keys.enterprise_a, month=MONTH).json()["data"]
    with rig.store.write() as w:
        w.raw.execute("UPDATE site SET created_at = '2026-10-10' WHERE id = %s", [rig.a.site])
    found = rig.get(f"/v1/indices/{own['id']}/rows", rig.keys.enterprise_a, indicator="day").json()
    assert (found["k"], found["n"], found["k_now"], found["n_now"]) == (31, 31, 21, 21)
    browser = rig.browser("enterprise-a")
    page = browser.get(f"/console/indices?month={MONTH}", headers=HTML).text
    link = f"/console/indices/{own['id']}?indicator=day"
    assert f'href="{link}"' in page
    rows = browser.get(link, headers=HTML).text
    assert "现在的明细合计为 21/21" in rows
    assert "/console/records?record=" in rows
    assert rig.browser("enterprise-b").get(link, headers=HTML).status_code == 404
    board = rig.browser("city").get(f"/console/indices?month={MONTH}", headers=HTML).text
    assert f'href="{link}"' in board
    assert "试算权重" in board


def test_the_numbers_of_counties_and_cadres_lead_to_rows_of_theirs(rig: Rig) -> None:
    ranked_counties(rig.store, rig.files, (rig.a, rig.b), at=datetime(2026, 10, 13, 4, tzinfo=UTC))
    computed(rig.store)
    with rig.store.write() as w:
        compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER)
        compute_regions(w, TENANT, "2026-W42", by=OPERATOR, at=OVER)
        compute_year(w, TENANT, "2026", by=OPERATOR, at=OVER)
    counted = 0
    for kind, period in (("region", MONTH), ("region", "2026-W42"), ("cadre", "2026")):
        for one in rig.get("/v1/indices", rig.keys.city, month=period, kind=kind).json()["data"]:
            for line in one["indicators"]:
                asked = {"indicator": line["name"], "quarter": line["quarter"]}
                found = rig.get(f"/v1/indices/{one['id']}/rows", rig.keys.city, **asked)
                assert found.status_code == 200, (kind, period, asked, found.text)
                sums = (found.json()["k_now"], found.json()["n_now"])
                assert sums == (line["k"] or 0, line["n"] or 0), (kind, period, asked)
                counted += sums[1]
    assert counted > 50
    county = rig.get("/v1/indices", rig.keys.city, month=MONTH, kind="region").json()["data"][0]
    page = rig.browser("city").get(f"/console/indices/{county['id']}?indicator=rectified", headers=HTML).text
    assert "/console/guarantees?entity=" in page
    visits = rig.browser("city").get(f"/console/indices/{county['id']}?indicator=supervised", headers=HTML).text
    assert "/console/supervision?task=" in visits
