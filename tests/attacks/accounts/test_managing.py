"""Managing accounts gives nobody more than they have, and a second factor stands up to guessing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyotp
import pytest

from alerts.registry.accounts import INVITED_FOR
from api.access.totp import STEP
from models.base.tokens import token_digest
from models.store import Store, accounts
from tests.support.http import Rig, running_app
from tests.support.people import PASSWORD

GOOD = "Noch-ein-langes-Wort-7"


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found


def user_of(rig: Rig, login: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = rig.get("/v1/users", rig.keys.admin, limit=200).json()["data"]
    return next(user for user in found if user["login"] == login)


@pytest.mark.parametrize(
    "wanted",
    [
        {"role": "admin"},
        {"role": "admin", "region": "330602"},
        {"role": "regulator", "region": "330602"},
        {"role": "regulator", "region": "33"},
        {"role": "platform", "region": "330603"},
        {"role": "platform", "region": "3306"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/users", "/v1/keys"])
def test_a_regulator_makes_nobody_equal_above_or_elsewhere(rig: Rig, path: str, wanted: dict[str, str]) -> None:
    body = {"name": "x", **({"login": "mine"} if path == "/v1/users" else {}), **wanted}
    refused = rig.post(path, rig.keys.regulator_a, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_nor_an_account_of_an_enterprise_elsewhere(rig: Rig) -> None:
    body = {"name": "x", "login": "mine", "role": "enterprise", "entity_id": str(rig.b.entity)}
    assert rig.post("/v1/users", rig.keys.regulator_a, json=body).status_code == 404
    own = body | {"entity_id": str(rig.a.entity)}
    assert rig.post("/v1/users", rig.keys.regulator_a, json=own).status_code == 200


@pytest.mark.parametrize("step", ["disable", "reset", "change"])
@pytest.mark.parametrize("victim", ["admin", "city", "regulator-a", "regulator-b", "enterprise-b"])
def test_nobody_takes_over_colleagues_superiors_or_strangers(rig: Rig, step: str, victim: str) -> None:
    user = user_of(rig, victim)
    bodies: dict[str, Any] = {
        "change": {"name": "x", "role": "platform", "region": "330602"},
        "reset": {"drop_second_factor": True},
    }
    answer = rig.post(
        f"/v1/users/{user['id']}/{step}", rig.keys.regulator_a, etag=user["version"], json=bodies.get(step)
    )
    assert answer.status_code in {403, 404}, answer.text
    assert rig.browser(victim).get("/v1/me").status_code == 200


def test_a_user_is_not_moved_out_of_the_managers_reach_or_above_it(rig: Rig) -> None:
    user = user_of(rig, "platform-a")
    for wished in (
        {"role": "admin"},
        {"role": "platform", "region": "330603"},
        {"role": "regulator", "region": "330602"},
    ):
        answer = rig.post(
            f"/v1/users/{user['id']}/change", rig.keys.regulator_a, etag=user["version"], json={"name": "x", **wished}
        )
        assert answer.status_code == 403


def test_nobody_resets_or_disables_themselves(rig: Rig) -> None:
    browser, user = rig.browser("admin"), user_of(rig, "admin")
    headers = {"X-CSRF-Token": browser.get("/v1/me").json()["csrf_token"], "If-Match": f'"{user["version"]}"'}
    assert browser.post(f"/v1/users/{user['id']}/reset", json={}, headers=headers).status_code == 403
    assert browser.post(f"/v1/users/{user['id']}/disable", headers=headers).status_code == 403


def test_sessions_of_others_are_neither_seen_nor_ended(rig: Rig) -> None:
    theirs, mine = rig.browser("regulator-b"), rig.browser("regulator-a")
    session = theirs.get("/v1/me/sessions").json()[0]["id"]
    csrf = {"X-CSRF-Token": mine.get("/v1/me").json()["csrf_token"]}
    assert mine.post(f"/v1/me/sessions/{session}/end", headers=csrf).status_code == 404
    path = f"/v1/users/{user_of(rig, 'regulator-b')['id']}/sessions"
    assert rig.get(path, rig.keys.regulator_a).status_code == 404
    assert rig.post(f"{path}/end", rig.keys.regulator_a).status_code == 404
    assert theirs.get("/v1/me").status_code == 200


@pytest.mark.parametrize("path", ["password", "second-factor", "sessions/end-others"])
def test_a_foreign_page_changes_no_account(rig: Rig, path: str) -> None:
    browser = rig.browser("admin")
    assert browser.post(f"/v1/me/{path}", json={"present": PASSWORD, "password": GOOD}).status_code == 403


@pytest.mark.parametrize("path", ["password", "second-factor", "sessions/end-others"])
def test_a_key_has_no_account_of_its_own(rig: Rig, path: str) -> None:
    answer = rig.post(f"/v1/me/{path}", rig.keys.admin, json={"present": PASSWORD, "password": GOOD})
    assert answer.status_code == 403


def test_passwords_are_not_guessed_from_a_stolen_session(rig: Rig) -> None:
    browser = rig.browser("admin")
    csrf = {"X-CSRF-Token": browser.get("/v1/me").json()["csrf_token"]}
    tries = [
        browser.post("/v1/me/password", json={"present": f"{n}", "password": GOOD}, headers=csrf) for n in range(7)
    ]
    assert [answer.status_code for answer in tries] == [422] * 5 + [429] * 2


def with_factor(rig: Rig, login: str) -> tuple[pyotp.TOTP, datetime]:
    browser = rig.browser(login)
    csrf = {"X-CSRF-Token": browser.get("/v1/me").json()["csrf_token"]}
    maker, now = pyotp.TOTP(browser.post("/v1/me/second-factor", headers=csrf).json()["secret"]), datetime.now(UTC)
    done = browser.post("/v1/me/second-factor/confirm", json={"code": maker.at(now)}, headers=csrf)
    assert done.status_code == 204
    return maker, now


def test_a_code_works_once_and_an_older_one_not_after_it(rig: Rig) -> None:
    maker, now = with_factor(rig, "admin")
    rig.http.post("/login", data={"login": "admin", "password": PASSWORD})
    for code in (maker.at(now), maker.at(now - STEP), maker.at(now - timedelta(hours=1)), "000000"):
        assert rig.http.post("/login/code", data={"code": code}).status_code == 401


def test_codes_are_not_guessed(rig: Rig) -> None:
    maker, now = with_factor(rig, "admin")
    rig.http.post("/login", data={"login": "admin", "password": PASSWORD})
    tries = [rig.http.post("/login/code", data={"code": f"{n:06}"}).status_code for n in range(7)]
    assert tries == [401] * 5 + [429] * 2
    right = rig.http.post("/login/code", data={"code": maker.at(now + STEP)})
    assert right.status_code == 429, "the password has to be given again"


def test_half_a_log_in_is_no_session(rig: Rig) -> None:
    with_factor(rig, "admin")
    rig.http.post("/login", data={"login": "admin", "password": PASSWORD})
    half = rig.http.cookies["mingchu_half"]
    rig.http.cookies.clear()
    assert rig.http.get("/v1/me", headers={"Cookie": f"mingchu_session={half}"}).status_code == 401
    assert rig.http.post("/login/code", data={"code": "123456"}).status_code == 401


def test_links_are_not_guessed_and_end(rig: Rig, store: Store) -> None:
    user = user_of(rig, "enterprise-a")
    at = datetime.now(UTC)
    with store.write() as w:
        accounts.invite(
            w,
            token_sha256=token_digest("a" * 32),
            user_id=user["id"],
            made_by="x",
            at=at - INVITED_FOR,
            expires_at=at - timedelta(seconds=1),
        )
    for token in ("a" * 32, "b" * 32):
        assert rig.http.post("/welcome", json={"token": token, "password": GOOD}).status_code == 404
    tries = [rig.http.post("/welcome/look", json={"token": uuid4().hex}).status_code for _ in range(30)]
    assert tries[-1] == 429


def test_a_new_link_ends_the_one_before(rig: Rig) -> None:
    body = {"login": "new", "name": "x", "role": "platform", "region": "3306"}
    first = rig.post("/v1/users", rig.keys.admin, json=body).json()
    user = first["user"]
    again = rig.post(f"/v1/users/{user['id']}/reset", rig.keys.admin, json={}, etag=user["version"]).json()
    old, new = (made["link"].partition("#")[2] for made in (first, again))
    assert rig.http.post("/welcome", json={"token": old, "password": GOOD}).status_code == 404
    assert rig.http.post("/welcome", json={"token": new, "password": GOOD}).status_code == 204


def test_a_disabled_users_link_opens_nothing(rig: Rig) -> None:
    body = {"login": "new", "name": "x", "role": "platform", "region": "3306"}
    made = rig.post("/v1/users", rig.keys.admin, json=body).json()
    user = made["user"]
    assert rig.post(f"/v1/users/{user['id']}/disable", rig.keys.admin, etag=user["version"]).status_code == 200
    token = made["link"].partition("#")[2]
    assert rig.http.post("/welcome", json={"token": token, "password": GOOD}).status_code == 404


def test_keys_of_others_are_neither_seen_rotated_nor_revoked(rig: Rig) -> None:
    stranger = rig.keys.regulator_b.split("_")[1]
    colleague = rig.keys.regulator_a.split("_")[1]
    assert stranger not in rig.get("/v1/keys", rig.keys.regulator_a, limit=200).text
    for prefix, status in ((stranger, 404), (colleague, 403)):
        assert rig.post(f"/v1/keys/{prefix}/revoke", rig.keys.regulator_a).status_code == status
        assert rig.post(f"/v1/keys/{prefix}/rotate", rig.keys.regulator_a, json={}).status_code == status
    assert rig.get("/v1/me", rig.keys.regulator_b).status_code == 200
