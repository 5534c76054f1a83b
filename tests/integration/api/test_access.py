from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from models.base.clock import SteppedClock
from models.catalogue.terms import Role
from models.store import Scope, Store, access
from tests.support.http import Rig, bearer, fresh_key, running_app
from tests.support.people import PASSWORD, add_key, raise_alert

WRONG = "wrong password"


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(datetime.now(UTC))


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path, clock: SteppedClock) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence", clock=clock) as found:
        yield found


def test_a_log_in_sets_a_strict_cookie_and_the_session_ends_with_the_log_out(rig: Rig) -> None:
    answer = rig.http.post("/login", data={"login": " Regulator-A ", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    me = rig.http.get("/v1/me").json()
    assert (me["role"], me["region"]) == ("regulator", "330602")
    assert rig.http.post("/logout", data={"csrf_token": "wrong"}).status_code == 403
    token = rig.http.cookies["mingchu_session"]
    assert rig.http.post("/logout", data={"csrf_token": me["csrf_token"]}).status_code == 303
    rig.http.cookies.set("mingchu_session", token)
    assert rig.http.get("/v1/me").status_code == 401


def test_a_change_by_cookie_needs_the_csrf_token(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    browser = rig.browser("regulator-a")
    path, headers = f"/v1/alerts/{alert.id}/confirm", {"If-Match": '"1"'} | fresh_key()
    for token in ({}, {"X-CSRF-Token": "guess"}, {"X-CSRF-Token": ""}):
        assert browser.post(path, json={}, headers=headers | token).status_code == 403
    token = {"X-CSRF-Token": browser.get("/v1/me").json()["csrf_token"]}
    assert browser.post(path, json={}, headers=headers | token).status_code == 200


def test_a_session_runs_out(rig: Rig, clock: SteppedClock) -> None:
    browser = rig.browser("regulator-a")
    clock.advance(timedelta(hours=13))
    assert browser.get("/v1/me").json()["code"] == "not_authenticated"
    assert browser.get("/console/tasks").headers["location"] == "/console/login?next=/console/tasks"


def test_unknown_log_ins_are_answered_like_known_ones(rig: Rig) -> None:
    bodies = []
    for login in ("regulator-a", "nobody"):
        for _ in range(6):
            answer = rig.http.post("/login", data={"login": login, "password": WRONG})
        bodies.append((answer.status_code, answer.json()))
    assert bodies[0] == bodies[1]


def test_a_browser_gets_the_form_again_and_lands_where_it_wanted(rig: Rig) -> None:
    html = {"Accept": "text/html"}
    wrong = rig.http.post("/login", data={"login": "city", "password": WRONG, "next": "/console/sites"}, headers=html)
    assert wrong.status_code == 401
    assert "账号或密码不对" in wrong.text
    assert 'value="/console/sites"' in wrong.text
    assert 'value="city"' in wrong.text
    assert WRONG not in wrong.text
    hostile = rig.http.post("/login", data={"login": '"><script>', "password": WRONG}, headers=html).text
    assert "<script>" not in hostile
    for wanted, location in (("/console/sites", "/console/sites"), ("//evil.example", "/"), ("https://evil", "/")):
        answer = rig.http.post("/login", data={"login": "city", "password": PASSWORD, "next": wanted}, headers=html)
        assert answer.headers["location"] == location


@pytest.mark.parametrize("typed", ["/console", "/console/"])
def test_the_bare_address_of_the_console_leads_to_the_start_page(rig: Rig, typed: str) -> None:
    answer = rig.browser("city").get(typed, headers={"Accept": "text/html"}, follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/console/review")


def test_a_log_in_from_another_site_is_refused(rig: Rig) -> None:
    answer = rig.http.post(
        "/login", data={"login": "city", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer mk_x", "Basic abc", "Bearer mk_a_b", "Bearer mk_ffffffffff_00", "Bearer mk_\u00e9_b"]
)
def test_keys_that_are_none_are_401(rig: Rig, header: str) -> None:
    answer = rig.http.get("/v1/me", headers={"Authorization": header.encode("latin-1").decode("latin-1").encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_or_expired_key_and_a_wrong_secret_are_401(rig: Rig, clock: SteppedClock) -> None:
    key = add_key(rig.store, Role.regulator, region=rig.a.region, life=timedelta(hours=1))
    assert rig.get("/v1/me", key).json()["name"] == "key:" + key.split("_")[1]
    assert rig.get("/v1/me", key[:-1] + ("0" if key[-1] != "0" else "1")).status_code == 401
    with rig.store.write(Scope.of_access()) as w:
        access.revoke_key(w, prefix=rig.keys.city.split("_")[1], at=clock.now())
    assert rig.get("/v1/me", rig.keys.city).status_code == 401
    clock.advance(timedelta(hours=2))
    assert rig.get("/v1/me", key).status_code == 401


def test_a_key_needs_no_csrf_token_and_gets_no_cookie_rights(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    headers = bearer(rig.keys.regulator_a) | {"If-Match": '"1"'}
    assert rig.http.post(f"/v1/alerts/{alert.id}/confirm", json={}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("login", "lands", "refused"),
    [
        ("enterprise-a", "/console/home", ["/console/review", "/console/events"]),
        ("regulator-a", "/console/review", []),
        ("platform-a", "/console/events", ["/console/review"]),
        ("admin", "/console/review", []),
    ],
)
def test_everybody_lands_on_the_page_of_their_work(rig: Rig, login: str, lands: str, refused: list[str]) -> None:
    raise_alert(rig.store, rig.files, rig.a)
    browser = rig.browser(login)
    assert browser.get("/").headers["location"] == lands
    for page in ("/console/review", "/console/tasks", "/console/sites", "/console/events"):
        answer = browser.get(page, headers={"Accept": "text/html"})
        assert answer.status_code == (403 if page in refused else 200), page
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick" not in answer.text


def test_metrics_are_for_administrators_whatever_the_address_they_call_from(rig: Rig) -> None:
    assert "mingchu_api_request_seconds" in rig.get("/metrics", rig.keys.admin).text
    assert rig.http.get("/metrics").status_code == 401
    assert rig.get("/metrics", rig.keys.city).status_code == 403


def test_ready_tells_the_revision_and_unknown_paths_are_problems(rig: Rig) -> None:
    assert rig.http.get("/ready").json()["status"] == "ready"
    for answer, status, code in (
        (rig.http.get("/v1/nothing"), 404, "not_found"),
        (rig.http.put("/v1/me"), 405, "method_not_allowed"),
        (rig.http.get("/v1/me"), 401, "not_authenticated"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    page = rig.http.get("/console/nothing", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_body_without_an_announced_length_is_bounded_too(rig: Rig) -> None:
    pieces = (bytes(1024 * 1024) for _ in range(10))
    headers = bearer(rig.keys.regulator_a) | {"Content-Type": "application/json", "If-Match": '"1"'}
    answer = rig.http.post(f"/v1/alerts/{uuid4()}/confirm", content=pieces, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_one_line_a_request_without_query_cookie_or_key(rig: Rig) -> None:
    browser = rig.browser("regulator-a")
    with capture_logs() as lines:
        browser.get("/v1/alerts", params={"code": "rodent"})
        rig.get("/v1/sites/site-a", rig.keys.regulator_a)
    assert [(line["event"], line["method"], line["route"], line["status"]) for line in lines] == [
        ("request", "GET", "/v1/alerts", 200),
        ("request", "GET", "/v1/sites/{site_id}", 200),
    ]
    assert [line["principal"] for line in lines] == ["regulator-a", "key:" + rig.keys.regulator_a.split("_")[1]]
    assert all(line.keys() == {"event", "log_level", "method", "route", "status", "ms", "principal"} for line in lines)


def test_an_internal_error_is_a_500_without_details_but_with_its_headers(rig: Rig) -> None:
    rig.app.add_api_route("/broken", lambda: 1 / 0, methods=["GET"])
    with capture_logs() as lines:
        answer = rig.http.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert [line["status"] for line in lines if line["event"] == "request"] == [500]
