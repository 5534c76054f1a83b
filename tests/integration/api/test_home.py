"""The three homes (三人三责): what each post sees and signs, and what it may not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.base.clock import SHANGHAI
from models.catalogue.terms import Post
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML
from tests.support.days import today
from tests.support.duties import signed_week, warned
from tests.support.http import Rig, fresh_key
from tests.support.posts import account_of, three_posts


class Desk:
    """Somebody logged in who reads and posts JSON."""

    def __init__(self, rig: Rig, login: str) -> None:
        self.http = rig.browser(login)
        self.csrf = self.http.get("/v1/me").json()["csrf_token"]

    def home(self) -> Any:  # noqa: ANN401 - JSON
        answer = self.http.get("/v1/home")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any], *, version: int | None = None) -> Any:  # noqa: ANN401 - an answer
        headers = {"X-CSRF-Token": self.csrf, **fresh_key()}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.http.post(path, json=body, headers=headers)


def monday() -> str:
    day = datetime.now(UTC).astimezone(SHANGHAI).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def first() -> str:
    return datetime.now(UTC).astimezone(SHANGHAI).date().replace(day=1).isoformat()


def test_row_15_each_post_lands_on_its_home_with_its_period_and_nothing_else(rig: Rig) -> None:
    three_posts(rig.store, rig.a)
    expected = {
        "officer": ({"day"}, {"/console/records"}),
        "director": ({"week"}, {"/console/reports"}),
        "principal": ({"month"}, {"/console/reports", "/console/people"}),
    }
    for login, (periods, pages) in expected.items():
        desk = Desk(rig, login)
        assert desk.http.get("/", headers=HTML).headers["location"] == "/console/home"
        home = desk.home()
        assert (home["post"], {due["period"] for due in home["dues"]}) == (login, periods)
        for page in ("/console/records", "/console/reports", "/console/people", "/console/sites", "/console/codes"):
            status = desk.http.get(page, headers=HTML).status_code
            assert status == (200 if page in pages else 403), (login, page)
        text = desk.http.get("/console/home", headers=HTML).text
        others = {"day", "week", "month"} - periods
        assert all(f'data-period="{other}"' not in text for other in others), login


def test_a_regulator_keeps_their_landing_page_and_has_no_home(rig: Rig) -> None:
    browser = rig.browser("regulator-a")
    assert browser.get("/", headers=HTML).headers["location"] == "/console/review"
    assert browser.get("/console/home", headers=HTML).status_code == 403
    assert rig.get("/v1/home", rig.keys.regulator_a).status_code == 403
    assert rig.get("/v1/home", rig.keys.platform_b).status_code == 403
    assert rig.get("/v1/home").status_code == 401


def test_an_officer_does_the_day_and_can_not_sign_for_others(rig: Rig) -> None:
    three_posts(rig.store, rig.a)
    officer, director = Desk(rig, "officer"), Desk(rig, "director")
    opened = officer.post("/v1/records", {"site_id": rig.a.site, "day": today().isoformat()})
    assert opened.status_code == 200, opened.text
    record = opened.json()
    assert record["pack"] == "day.generic.v1", "its line of business is not set yet"
    rows = [{"code": row["code"], "result": "ok"} for row in record["items"]]
    full = officer.post(f"/v1/records/{record['id']}/answers", {"answers": rows}, version=record["version"]).json()
    sign = f"/v1/records/{record['id']}/sign"
    assert director.post(sign, {"name": "李总监"}, version=full["version"]).status_code == 403
    forged = officer.post(sign, {"name": "李总监"}, version=full["version"])
    assert (forged.status_code, "王安全" in forged.text) == (422, True)
    done = officer.post(sign, {"name": "王安全", "zero_risk": True}, version=full["version"])
    assert done.status_code == 200, done.text
    (due,) = officer.home()["dues"]
    assert (due["state"], due["record_id"]) == ("signed", record["id"])
    for body in (
        {"kind": "week", "site_id": rig.a.site, "begin": monday()},
        {"kind": "month", "begin": first()},
    ):
        assert officer.post("/v1/reports", body).status_code == 403, body
    assert director.post("/v1/records", {"site_id": rig.a.site, "day": today().isoformat()}).status_code == 403
    assert director.post("/v1/reports", {"kind": "month", "begin": first()}).status_code == 403


def test_where_nobody_is_director_the_officer_keeps_the_week(rig: Rig) -> None:
    account_of(rig.store, rig.a, Post.officer, "officer")
    account_of(rig.store, rig.a, Post.principal, "principal")
    assert [due["period"] for due in Desk(rig, "officer").home()["dues"]] == ["day", "week"]
    week = {"kind": "week", "site_id": rig.a.site, "begin": monday()}
    assert Desk(rig, "officer").post("/v1/reports", week).status_code == 200
    assert Desk(rig, "principal").post("/v1/reports", week).status_code == 403


def test_hazards_work_and_warnings_reach_the_post_that_they_wait_for(rig: Rig) -> None:
    people = three_posts(rig.store, rig.a)
    task = dispatched(rig, rig.a, "no_mask", ago=timedelta(days=30))
    with rig.store.write() as w:
        w.raw.execute("UPDATE task SET person_id = %s WHERE id = %s", (people[Post.officer], task.id))
        signed_week(w, rig.a.site, datetime.now(UTC))
        warned(w, rig.a.entity, datetime.now(UTC))
    homes = {post: Desk(rig, post.value).home() for post in Post}
    waiting = {post: [one["id"] for one in home["tasks"]] for post, home in homes.items()}
    assert waiting == {post: [str(task.id)] for post in Post}, "the officer's own, every one, and a late one"
    work = {post: len(home["work"]) for post, home in homes.items()}
    assert work == {Post.officer: 0, Post.director: 0, Post.principal: 1}
    assert all("principal" in one["told"] for one in homes[Post.principal]["warnings"])
    assert all("officer" in one["told"] for one in homes[Post.officer]["warnings"])
    page = Desk(rig, "principal").http.get("/console/home", headers=HTML).text
    assert "严重隐患" in page


def test_somebody_who_left_has_no_duty_and_signs_nothing(rig: Rig) -> None:
    people = three_posts(rig.store, rig.a)
    with rig.store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = now() WHERE id = %s", [people[Post.officer]])
    left = Desk(rig, "officer")
    assert (left.home()["periods"], left.home()["dues"], left.home()["tasks"]) == ([], [], [])
    assert "您已不在任" in left.http.get("/console/home", headers=HTML).text
    refused = left.post("/v1/records", {"site_id": rig.a.site, "day": today().isoformat()})
    assert (refused.status_code, "已离任" in refused.text) == (403, True)


@pytest.mark.parametrize("login", ["officer", "director"])
def test_only_the_principal_names_people_so_that_nobody_takes_a_post(rig: Rig, login: str) -> None:
    people = three_posts(rig.store, rig.a)
    desk = Desk(rig, login)
    named = desk.post("/v1/people", {"entity_id": str(rig.a.entity), "name": "王安全", "post": "principal"})
    assert named.status_code == 403, named.text
    ended = desk.post(f"/v1/people/{people[Post.principal]}/end", {"reason": "取而代之"})
    assert ended.status_code == 403
    own = Desk(rig, "principal").post("/v1/people", {"entity_id": str(rig.a.entity), "name": "新人", "post": "officer"})
    assert own.status_code == 200, own.text


def test_an_account_of_the_whole_enterprise_sees_all_three_and_only_its_own(rig: Rig) -> None:
    dispatched(rig, rig.b, "no_mask")
    home = rig.get("/v1/home", rig.keys.enterprise_a).json()
    assert (home["post"], home["periods"]) == (None, ["day", "week", "month"])
    assert [due["site_id"] for due in home["dues"]] == [rig.a.site, rig.a.site, None]
    assert home["tasks"] == []
    assert len(rig.get("/v1/home", rig.keys.enterprise_b).json()["tasks"]) == 1


def test_a_day_that_was_missed_stays_on_the_home_until_it_is_signed(rig: Rig) -> None:
    two_back = (datetime.now(UTC).astimezone(SHANGHAI) - timedelta(days=2)).date().isoformat()
    body = {"site_id": rig.a.site, "day": two_back}
    assert rig.post("/v1/records", rig.keys.enterprise_a, json=body, headers=fresh_key()).status_code == 200
    dues = [due for due in rig.get("/v1/home", rig.keys.enterprise_a).json()["dues"] if due["period"] == "day"]
    assert [(due["begin"], due["state"]) for due in dues][-1] == (two_back, "draft")
    assert len(dues) == 3


def test_a_day_on_which_the_enterprise_is_closed_asks_for_nothing(rig: Rig) -> None:
    line = {
        "entity_id": str(rig.a.entity),
        "kind": "closed",
        "first": today().isoformat(),
        "last": today().isoformat(),
        "reason": "店休",
    }
    answer = rig.post("/v1/openings", rig.keys.enterprise_a, json=line, headers=fresh_key())
    assert answer.status_code == 200, answer.text
    dues = rig.get("/v1/home", rig.keys.enterprise_a).json()["dues"]
    assert {due["period"] for due in dues} == {"week", "month"}
