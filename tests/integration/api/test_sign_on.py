"""Sign-on by a real OpenID provider; WeCom and DingTalk against fakes of their documented answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api.access.sign_on.asking import Visit, asker_of
from api.access.sign_on.settings import read_providers
from models.base.errors import Invalid
from models.store import Store
from tests.support.fake_http import answering
from tests.support.http import Rig, running_app
from tests.support.identity import SECRET, Identity, running_identity
from tests.support.world import TENANT

HTML = {"Accept": "text/html"}
ORIGIN = "http://testserver"
BACK = f"{ORIGIN}/login/with/city/back"
RULES = """
[[provider.rule]]
claim = "groups"
value = "yuecheng"
role = "regulator"
tenant = "{tenant}"
region = "330602"

[[provider.rule]]
claim = "groups"
value = "city"
role = "regulator"
tenant = "{tenant}"
region = "3306"
"""


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    with running_identity(tmp_path_factory.mktemp("identity"), BACK) as found:
        yield found


def described(folder: Path, issuer: str, *, kind: str = "oidc", more: str = "") -> Path:
    (folder / "secret").write_text(SECRET)
    path = folder / "identity.toml"
    head = f'[[provider]]\nid = "city"\nlabel = "市统一身份认证"\nkind = "{kind}"\nissuer = "{issuer}"\n'
    head += f'client_id = "mingchu"\nclient_secret_file = "{folder / "secret"}"\n{more}'
    path.write_text(head + RULES.format(tenant=TENANT), encoding="utf-8")
    return path


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path, identity: Identity) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        app = found.app.state.mingchu
        app.providers = read_providers(described(tmp_path, identity.issuer))
        app.askers = {name: asker_of(one) for name, one in app.providers.items()}
        app.public_url = ORIGIN
        yield found


def signed_on(rig: Rig, identity: Identity, login: str) -> Any:  # noqa: ANN401 - the client's answer
    left = rig.http.get("/login/with/city", params={"next": "/console/tasks"})
    assert left.status_code == 303, left.text
    back = identity.log_in(left.headers["location"], login)
    assert back.startswith(BACK)
    return rig.http.get(back.removeprefix(ORIGIN), headers=HTML)


def test_somebody_signs_on_with_the_rights_of_the_first_rule_that_fits(rig: Rig, identity: Identity) -> None:
    assert "市统一身份认证登录" in rig.http.get("/console/login", headers=HTML).text
    inside = signed_on(rig, identity, "wang!other,yuecheng,city")
    assert (inside.status_code, inside.headers["location"]) == (303, "/console/tasks")
    me = rig.http.get("/v1/me").json()
    assert (me["name"], me["role"], me["region"]) == ("city.wang", "regulator", "330602")
    user = next(u for u in rig.get("/v1/users", rig.keys.admin, text="city.wang").json()["data"])
    assert (user["provider"], user["name"]) == ("city", "姓名wang")


def test_changed_claims_change_the_rights_and_end_older_sessions(rig: Rig, identity: Identity) -> None:
    signed_on(rig, identity, "li!yuecheng")
    older = rig.http.cookies["mingchu_session"]
    rig.http.cookies.clear()
    signed_on(rig, identity, "li!city")
    assert rig.http.get("/v1/me").json()["region"] == "3306"
    rig.http.cookies.clear()
    assert rig.http.get("/v1/me", headers={"Cookie": f"mingchu_session={older}"}).status_code == 401


def test_who_has_no_rights_any_more_is_logged_out_and_told(rig: Rig, identity: Identity) -> None:
    signed_on(rig, identity, "zhao!city")
    older = rig.http.cookies["mingchu_session"]
    rig.http.cookies.clear()
    refused = signed_on(rig, identity, "zhao!nothing")
    assert refused.status_code == 403
    assert "没有权限" in refused.text
    assert rig.http.get("/v1/me", headers={"Cookie": f"mingchu_session={older}"}).status_code == 401


def test_a_disabled_account_stays_out(rig: Rig, identity: Identity) -> None:
    signed_on(rig, identity, "qian!city")
    user = rig.get("/v1/users", rig.keys.admin, text="city.qian").json()["data"][0]
    rig.post(f"/v1/users/{user['id']}/disable", rig.keys.admin, etag=user["version"])
    rig.http.cookies.clear()
    assert signed_on(rig, identity, "qian!city").status_code == 403


def test_an_account_of_a_provider_has_no_password(rig: Rig, identity: Identity) -> None:
    signed_on(rig, identity, "sun!city")
    user = rig.get("/v1/users", rig.keys.admin, text="city.sun").json()["data"][0]
    reset = rig.post(f"/v1/users/{user['id']}/reset", rig.keys.admin, json={}, etag=user["version"])
    assert (reset.status_code, reset.json()["code"]) == (409, "invalid_transition")
    for password in ("!", "x", ""):
        answer = rig.http.post("/login", data={"login": "city.sun", "password": password})
        assert answer.status_code in {401, 422}


def test_a_foreign_answer_and_a_second_use_open_nothing(rig: Rig, identity: Identity) -> None:
    left = rig.http.get("/login/with/city")
    back = identity.log_in(left.headers["location"], "zhou!city").removeprefix(ORIGIN)
    kept = dict(rig.http.cookies)
    rig.http.cookies.clear()
    assert rig.http.get(back, headers=HTML).status_code == 401, "another browser"
    rig.http.cookies.update(kept)
    tampered = back.replace("state=", "state=x")
    assert rig.http.get(tampered, headers=HTML).status_code == 401
    rig.http.cookies.update(kept)
    assert rig.http.get(back, headers=HTML).status_code == 303
    rig.http.cookies.clear()
    rig.http.cookies.update(kept)
    assert rig.http.get(back, headers=HTML).status_code == 401, "a code works once"


def test_what_the_provider_refuses_and_its_absence_are_told(rig: Rig, tmp_path: Path) -> None:
    rig.http.get("/login/with/city")
    state = json.loads(rig.http.cookies["mingchu_sign_on"].strip('"').replace("\\054", ",").replace('\\"', '"'))[
        "state"
    ]
    refused = rig.http.get("/login/with/city/back", params={"state": state, "error": "access_denied"}, headers=HTML)
    assert refused.status_code == 401
    assert rig.http.get("/login/with/nobody").status_code == 404
    app = rig.app.state.mingchu
    app.providers = read_providers(described(tmp_path, "http://127.0.0.1:9"))
    app.askers = {name: asker_of(one) for name, one in app.providers.items()}
    away = rig.http.get("/login/with/city")
    assert (away.status_code, away.json()["code"]) == (502, "provider_away")


@pytest.mark.parametrize("next_page", ["https://evil.example", "//evil.example", "/logout"])
def test_nobody_is_sent_elsewhere_after_it(rig: Rig, identity: Identity, next_page: str) -> None:
    left = rig.http.get("/login/with/city", params={"next": next_page})
    back = identity.log_in(left.headers["location"], "wu!city").removeprefix(ORIGIN)
    assert rig.http.get(back, headers=HTML).headers["location"] == "/"


def test_a_wrong_file_says_where(tmp_path: Path) -> None:

    path = described(tmp_path, "ftp://x")
    with pytest.raises(Invalid, match="issuer: expected an https address"):
        read_providers(path)
    path.write_text("[[provider]]\nid = 3", encoding="utf-8")
    with pytest.raises(Invalid, match=r"identity\.toml: id"):
        read_providers(path)
    with pytest.raises(Invalid, match="No such file"):
        read_providers(tmp_path / "nothing.toml")


WECOM = {
    "/cgi-bin/gettoken": {"errcode": 0, "access_token": "t"},
    "/cgi-bin/auth/getuserinfo": {"errcode": 0, "userid": "zhangsan"},
    "/cgi-bin/user/get": {"errcode": 0, "name": "张三", "department": [2, 7]},
}
DINGTALK = {
    "/v1.0/oauth2/userAccessToken": {"accessToken": "t", "corpId": "ding1"},
    "/v1.0/contact/users/me": {"nick": "李四", "unionId": "UnIoN"},
}


@pytest.mark.parametrize(
    ("kind", "answers", "expected"),
    [
        ("wecom", WECOM, {"sub": "zhangsan", "name": "张三", "departments": ["2", "7"]}),
        ("dingtalk", DINGTALK, {"sub": "UnIoN", "name": "李四", "corp": "ding1"}),
    ],
)
def test_wecom_and_dingtalk_tell_who_somebody_is(
    tmp_path: Path, kind: str, answers: dict[str, Any], expected: dict[str, Any]
) -> None:

    with answering(answers) as (server, asked):
        more = f'server = "{server}"\nagent_id = "1000002"\n'
        provider = read_providers(described(tmp_path, "", kind=kind, more=more))["city"]
        asker = asker_of(provider)
        visit = Visit(state="s", nonce="n", verifier="v", back=BACK)
        query = parse_qs(urlsplit(asker.address(visit)).query)
        assert (query["state"], query["redirect_uri"]) == (["s"], [BACK])
        claims = asker.claims("the-code", visit)
    assert expected.items() <= claims.items()
    assert any("the-code" in line for line in asked)
