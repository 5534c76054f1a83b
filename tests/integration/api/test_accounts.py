"""Users and keys over HTTP: made, changed, ended, and taken over by their owners with a link that works once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyotp
import pytest

from api.access.totp import STEP
from models.base.sealed import FILE, make_keys
from models.store import Store
from tests.support.http import Rig, bearer, fresh_key
from tests.support.people import PASSWORD

GOOD = "Noch-ein-langes-Wort-7"


def token_of(link: str) -> str:
    address, _, token = link.partition("#")
    assert address.endswith("/console/welcome")
    return token


def made(rig: Rig, who: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of the request
    answer = rig.post("/v1/users", who, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def login(rig: Rig, name: str, password: str) -> int:
    return rig.http.post("/login", data={"login": name, "password": password}).status_code


def test_a_new_user_sets_a_password_with_a_link_that_works_once(rig: Rig) -> None:
    new = made(rig, rig.keys.admin, login="wang.fang", name="王芳", role="regulator", region="330602")
    assert login(rig, "wang.fang", GOOD) == 401
    token = token_of(new["link"])
    seen = rig.http.post("/welcome/look", json={"token": token})
    assert seen.json() == {"login": "wang.fang", "name": "王芳"}
    inside = rig.http.post("/welcome", json={"token": token, "password": GOOD})
    assert inside.status_code == 204, inside.text
    assert rig.http.get("/v1/me").json()["name"] == "wang.fang"
    rig.http.cookies.clear()
    assert login(rig, "wang.fang", GOOD) == 303
    rig.http.cookies.clear()
    assert rig.http.post("/welcome", json={"token": token, "password": GOOD}).status_code == 404


@pytest.mark.parametrize("password", ["short", "wang.fang-wang.fang", "aaaaaaaaaaaaaaa"])
def test_a_poor_password_is_refused_and_the_link_stays_good(rig: Rig, password: str) -> None:
    new = made(rig, rig.keys.admin, login="wang.fang", name="王芳", role="regulator", region="330602")
    token = token_of(new["link"])
    refused = rig.http.post("/welcome", json={"token": token, "password": password})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert rig.http.post("/welcome", json={"token": token, "password": GOOD}).status_code == 204


def test_a_user_is_changed_disabled_and_enabled_on_the_version_that_was_seen(rig: Rig) -> None:
    user = made(rig, rig.keys.admin, login="li.lei", name="李雷", role="regulator", region="3306")["user"]
    path = f"/v1/users/{user['id']}"
    change = {"name": "李磊", "role": "regulator", "region": "330602"}
    assert rig.post(f"{path}/change", rig.keys.admin, json=change).status_code == 428
    assert rig.post(f"{path}/change", rig.keys.admin, json=change, etag=user["version"] + 9).status_code == 412
    changed = rig.post(f"{path}/change", rig.keys.admin, json=change, etag=user["version"])
    assert (changed.json()["name"], changed.json()["region"]) == ("李磊", "330602")
    ended = rig.post(f"{path}/disable", rig.keys.admin, etag=changed.json()["version"])
    assert ended.json()["disabled_at"] is not None
    again = rig.post(f"{path}/disable", rig.keys.admin, etag=ended.json()["version"])
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    back = rig.post(f"{path}/enable", rig.keys.admin, etag=ended.json()["version"])
    assert back.json()["disabled_at"] is None


def test_changed_rights_log_the_user_out(rig: Rig) -> None:
    browser = rig.browser("regulator-a")
    known = next(u for u in rig.get("/v1/users", rig.keys.admin).json()["data"] if u["login"] == "regulator-a")
    change = {"name": known["name"], "role": "platform", "region": known["region"]}
    etag = known["version"]
    assert rig.post(f"/v1/users/{known['id']}/change", rig.keys.admin, json=change, etag=etag).status_code == 200
    assert browser.get("/v1/me").status_code == 401


def test_a_second_person_resets_a_password_and_the_second_factor(rig: Rig) -> None:
    browser = rig.browser("regulator-a")
    known = next(u for u in rig.get("/v1/users", rig.keys.city).json()["data"] if u["login"] == "regulator-a")
    reset = rig.post(
        f"/v1/users/{known['id']}/reset", rig.keys.city, json={"drop_second_factor": True}, etag=known["version"]
    )
    assert reset.status_code == 200, reset.text
    assert browser.get("/v1/me").status_code == 401
    assert login(rig, "regulator-a", PASSWORD) == 401
    assert (
        rig.http.post("/welcome", json={"token": token_of(reset.json()["link"]), "password": GOOD}).status_code == 204
    )
    rig.http.cookies.clear()
    assert login(rig, "regulator-a", GOOD) == 303


def test_own_password_and_other_sessions(rig: Rig) -> None:
    first, second = rig.browser("enterprise-a"), rig.browser("enterprise-a")
    csrf = {"X-CSRF-Token": first.get("/v1/me").json()["csrf_token"]}
    wrong = first.post("/v1/me/password", json={"present": "wrong", "password": GOOD}, headers=csrf)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    right = first.post("/v1/me/password", json={"present": PASSWORD, "password": GOOD}, headers=csrf)
    assert right.status_code == 204, right.text
    assert first.get("/v1/me").status_code == 200
    assert second.get("/v1/me").status_code == 401
    assert login(rig, "enterprise-a", GOOD) == 303


def test_sessions_are_listed_and_ended_one_by_one(rig: Rig) -> None:
    first, second = rig.browser("enterprise-a"), rig.browser("enterprise-a")
    csrf = {"X-CSRF-Token": first.get("/v1/me").json()["csrf_token"]}
    listed = first.get("/v1/me/sessions").json()
    assert [line["present"] for line in listed].count(True) == 1
    other = next(line for line in listed if not line["present"])
    assert first.post(f"/v1/me/sessions/{other['id']}/end", headers=csrf).status_code == 204
    assert second.get("/v1/me").status_code == 401
    rig.browser("enterprise-a")
    assert first.post("/v1/me/sessions/end-others", headers=csrf).json() == {"ended": 1}


def test_a_second_factor_is_confirmed_and_then_asked(rig: Rig) -> None:
    browser = rig.browser("regulator-a")
    csrf = {"X-CSRF-Token": browser.get("/v1/me").json()["csrf_token"]}
    proposed = browser.post("/v1/me/second-factor", headers=csrf).json()
    assert proposed["address"].startswith("otpauth://totp/")
    assert proposed["picture"].startswith("data:image/svg+xml;base64,")
    assert login(rig, "regulator-a", PASSWORD) == 303, "not asked before it is confirmed"
    maker, now = pyotp.TOTP(proposed["secret"]), datetime.now(UTC)
    confirm = {"code": maker.at(now)}
    assert browser.post("/v1/me/second-factor/confirm", json=confirm, headers=csrf).status_code == 204
    rig.http.cookies.clear()
    half = rig.http.post("/login", data={"login": "regulator-a", "password": PASSWORD})
    assert half.status_code == 200
    assert "验证码" in half.text
    assert rig.http.get("/v1/me").status_code == 401, "half a log-in opens nothing"
    inside = rig.http.post("/login/code", data={"code": maker.at(now + STEP)})
    assert inside.status_code == 303, inside.text
    assert rig.http.get("/v1/me").status_code == 200
    removed = browser.post("/v1/me/second-factor/remove", json={"password": PASSWORD}, headers=csrf)
    assert removed.status_code == 204
    rig.http.cookies.clear()
    assert login(rig, "regulator-a", PASSWORD) == 303


def test_a_key_is_made_used_rotated_with_an_overlap_and_revoked(rig: Rig) -> None:
    made_key = rig.post("/v1/keys", rig.keys.admin, json={"name": "省平台", "role": "platform", "region": "33"})
    assert made_key.status_code == 200, made_key.text
    old, prefix = made_key.json()["secret"], made_key.json()["key"]["prefix"]
    assert rig.get("/v1/me", old).status_code == 200
    listed = {row["prefix"]: row for row in rig.get("/v1/keys", rig.keys.admin, limit=200).json()["data"]}
    assert listed[prefix]["last_used_at"] is not None
    assert "secret" not in str(listed[prefix])
    rotated = rig.post(f"/v1/keys/{prefix}/rotate", rig.keys.admin, json={"overlap_hours": 2})
    assert rotated.status_code == 200, rotated.text
    assert rotated.json()["key"]["follows"] == prefix
    for secret in (old, rotated.json()["secret"]):
        assert rig.get("/v1/me", secret).status_code == 200
    listed = {row["prefix"]: row for row in rig.get("/v1/keys", rig.keys.admin, limit=200).json()["data"]}
    assert datetime.fromisoformat(listed[prefix]["expires_at"]) < datetime.now(UTC) + timedelta(hours=3)
    assert rig.post(f"/v1/keys/{prefix}/revoke", rig.keys.admin).status_code == 200
    assert rig.get("/v1/me", old).status_code == 401
    assert rig.get("/v1/me", rotated.json()["secret"]).status_code == 200


def test_a_repeated_request_shows_the_same_secret_and_the_database_does_not(
    rig: Rig, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_keys(tmp_path / "keys")
    monkeypatch.setenv(FILE, str(tmp_path / "keys"))
    body, headers = {"name": "省平台", "role": "platform", "region": "33"}, {"Idempotency-Key": "once-only-please"}
    first = rig.post("/v1/keys", rig.keys.admin, json=body, headers=headers)
    second = rig.post("/v1/keys", rig.keys.admin, json=body, headers=headers)
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    with store.read() as r:
        kept = r.raw.execute("SELECT body FROM idempotency WHERE key = 'once-only-please'").fetchone()
    assert kept is not None
    assert first.json()["secret"].encode() not in bytes(kept[0])


def test_the_first_administrator_founds_the_platform_and_nobody_after(
    rig: Rig, store: Store, empty_platform: str
) -> None:
    token = empty_platform
    assert rig.http.post("/welcome/look", json={"token": token}).json() == {"login": None, "name": None}
    bare = rig.http.post("/welcome", json={"token": token, "password": GOOD})
    assert (bare.status_code, bare.json()["code"]) == (422, "invalid")
    whole = {"token": token, "password": GOOD, "login": "admin", "name": "管理员", "organisation": "示例市监局"}
    assert rig.http.post("/welcome", json=whole).status_code == 204
    me = rig.http.get("/v1/me").json()
    assert (me["name"], me["role"]) == ("admin", "admin")
    rig.http.cookies.clear()
    assert rig.http.post("/welcome", json=whole | {"login": "second"}).status_code == 404


@pytest.fixture
def empty_platform(rig: Rig, store: Store) -> str:
    """The first administrator's token, on a platform without users."""
    from deploy.welcome import first_link  # noqa: PLC0415 - the fixture is its only user

    assert first_link(store, "https://x") is None, "there are users"
    with store.write() as w:
        w.raw.execute("DELETE FROM app_user")
    link = first_link(store, "https://x")
    assert link is not None
    return token_of(link)


def test_what_somebody_may_see_is_what_they_list(rig: Rig) -> None:
    seen = [user["login"] for user in rig.get("/v1/users", rig.keys.regulator_a).json()["data"]]
    assert seen == ["regulator-a", "platform-a", "enterprise-a"]
    found = rig.get("/v1/users", rig.keys.admin, text="enterprise", role="enterprise").json()["data"]
    assert [user["login"] for user in found] == ["enterprise-a", "enterprise-b"]
    assert rig.http.get("/v1/users", headers=bearer(rig.keys.enterprise_a)).status_code == 403


def test_an_account_may_be_that_of_one_person_in_office_of_its_enterprise(rig: Rig) -> None:
    officer = rig.get("/v1/people", rig.keys.city, entity_id=str(rig.a.entity)).json()[0]
    body = {"login": "an.quan", "name": "安全员", "role": "enterprise", "entity_id": str(rig.a.entity)}
    foreign = rig.get("/v1/people", rig.keys.city, entity_id=str(rig.b.entity)).json()[0]
    for person in (foreign["id"], str(uuid4())):
        refused = rig.post("/v1/users", rig.keys.admin, json=body | {"person_id": person}, headers=fresh_key())
        assert (refused.status_code, "person in office" in refused.text) == (422, True), refused.text
    made = rig.post("/v1/users", rig.keys.admin, json=body | {"person_id": officer["id"]}, headers=fresh_key())
    assert made.status_code == 200, made.text
    with rig.store.read() as r:
        row = r.raw.execute("SELECT person_id FROM app_user WHERE login = 'an.quan'").fetchone()
    assert row is not None
    assert str(row[0]) == officer["id"]
    other = {"login": "jian.guan", "name": "监管", "role": "regulator", "region": "330602", "person_id": officer["id"]}
    assert rig.post("/v1/users", rig.keys.admin, json=other, headers=fresh_key()).status_code == 422


def test_an_enterprise_is_found_by_a_part_of_its_name(rig: Rig) -> None:
    name = rig.get(f"/v1/entities/{rig.b.entity}", rig.keys.city).json()["name"]
    found = rig.get("/v1/entities", rig.keys.city, text=f" {name[1:]}").json()["data"]
    assert [one["id"] for one in found] == [str(rig.b.entity)]
    assert rig.get("/v1/entities", rig.keys.regulator_a, text=name[1:]).json()["data"] == []
