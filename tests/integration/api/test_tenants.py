"""Tenants over HTTP: made by who operates the platform, with an administrator of their own, closed to others."""

import pytest

from models.base.errors import NotFound
from models.store import Scope, Store, tenants
from tests.integration.api.test_accounts import GOOD, token_of
from tests.support.http import Rig, bearer, fresh_key
from tests.support.world import TENANT

NEW = {"id": "ningbo", "name": "宁波市市场监管局", "login": "ningbo.admin", "admin_name": "陈明"}


def operating(rig: Rig) -> None:
    with rig.store.write() as w:
        tenants.operate(w, TENANT)


def test_a_new_tenant_has_an_administrator_who_sees_it_alone(rig: Rig) -> None:
    operating(rig)
    key = fresh_key()
    made = rig.post("/v1/tenants", rig.keys.admin, json=NEW, headers=key)
    assert made.status_code == 200, made.text
    assert rig.post("/v1/tenants", rig.keys.admin, json=NEW, headers=key).json() == made.json()
    link = token_of(made.json()["link"])
    assert rig.http.post("/welcome", json={"token": link, "password": GOOD}).status_code == 204
    me = rig.http.get("/v1/me").json()
    assert (me["name"], me["role"]) == ("ningbo.admin", "admin")
    assert rig.http.get("/v1/entities").json()["data"] == []
    assert rig.http.get("/v1/sites").json()["data"] == []
    assert [one["login"] for one in rig.http.get("/v1/users").json()["data"]] == ["ningbo.admin"]
    # It works from the first day: an enterprise, and who supervises it.
    token = {"X-CSRF-Token": me["csrf_token"]}
    entity = {"name": "甬江食堂", "credit_code": "92330602MA00TEX117", "region_code": "330203", "officer": "王"}
    added = rig.http.post("/v1/entities", json=entity, headers=token | fresh_key())
    assert added.status_code == 200, added.text
    user = {"login": "haishu", "name": "海曙", "role": "regulator", "region": "330203"}
    assert rig.http.post("/v1/users", json=user, headers=token | fresh_key()).status_code == 200
    # Administrators of other tenants operate nothing.
    for answer in (rig.http.get("/v1/tenants"), rig.http.post("/v1/tenants", json=NEW, headers=token | fresh_key())):
        assert answer.status_code == 403, answer.text
    foreign = rig.http.post(f"/v1/tenants/{TENANT}/change", json={"name": "x"}, headers=token | fresh_key())
    assert foreign.status_code == 404
    own = rig.http.post("/v1/tenants/ningbo/change", json={"name": "宁波"}, headers=token | fresh_key())
    assert (own.status_code, own.json()["name"]) == (200, "宁波")
    rig.http.cookies.clear()
    # The operator knows that it exists, and nothing else of it.
    assert [one["id"] for one in rig.get("/v1/tenants", rig.keys.admin).json()["data"]] == ["ningbo", TENANT]
    assert "甬江食堂" not in rig.get("/v1/entities", rig.keys.admin).text
    assert "ningbo.admin" not in rig.get("/v1/users", rig.keys.admin).text
    said = [one["action"] for one in rig.get("/v1/audit", rig.keys.admin, limit="50").json()["data"]]
    assert "tenant.added" in said


def test_only_who_operates_the_platform_makes_tenants(rig: Rig, api_store: Store) -> None:
    assert rig.post("/v1/tenants", rig.keys.admin, json=NEW).status_code == 403
    operating(rig)
    for who in (rig.keys.regulator_a, rig.keys.platform_b, rig.keys.enterprise_a, rig.keys.city):
        assert rig.post("/v1/tenants", who, json=NEW).status_code == 403
        assert rig.get("/v1/tenants", who).status_code == 403
    # At the database too, whatever a caller's scope claims.
    for scope in (Scope.of_tenant("elsewhere"), Scope.of_region(TENANT, "3306"), Scope.of_access()):
        with api_store.read(scope) as r:
            assert not tenants.operates(r)
            assert tenants.tenants(r, after="", limit=10) == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id": TENANT}, 409, "conflict"),
        ({"login": "admin"}, 409, "conflict"),
        ({"id": "Ning Bo"}, 422, "invalid"),
        ({"id": "a/#"}, 422, "invalid"),
        ({"login": "x"}, 422, "invalid"),
    ],
)
def test_what_is_taken_or_wrong_is_refused_and_leaves_nothing(
    rig: Rig, change: dict[str, str], status: int, code: str
) -> None:
    operating(rig)
    refused = rig.post("/v1/tenants", rig.keys.admin, json=NEW | change)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert [one["id"] for one in rig.get("/v1/tenants", rig.keys.admin).json()["data"]] == [TENANT]
    assert "ningbo.admin" not in rig.get("/v1/users", rig.keys.admin).text


def test_an_unknown_tenant_operates_nothing(rig: Rig) -> None:
    with pytest.raises(NotFound), rig.store.write() as w:
        tenants.operate(w, "nobody")
    assert rig.http.get("/v1/tenants", headers=bearer(rig.keys.admin)).status_code == 403
