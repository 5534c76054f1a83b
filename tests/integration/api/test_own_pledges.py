"""Pledges of an enterprise's people: read, signed by themselves, counted, lapsed, sealed, and nobody else's to sign."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts.duties.guarantees import set_tier
from models.base.errors import NotAllowed, StoreRefused
from models.catalogue.terms import Post
from models.store import Scope, Store, own_pledges, pledges
from tests.integration.api.test_home import Desk
from tests.integration.api.test_pledges import counted
from tests.integration.api.test_wishes import HTML
from tests.support.guarantees import CITY, version_of
from tests.support.http import Rig, fresh_key
from tests.support.people import PASSWORD, number_feed
from tests.support.posts import name_post, three_posts
from tests.support.world import TENANT


def sign(desk: Desk, person_id: UUID, name: str, **change: Any) -> Any:  # noqa: ANN401 - an answer
    shown = desk.http.get(f"/v1/own-pledges/{person_id}").json()
    body = {"name": name, "text_sha256": shown["text_sha256"], "proof": PASSWORD} | change
    return desk.post(f"/v1/own-pledges/{person_id}", body)


def states(rig: Rig) -> dict[str, tuple[bool, str | None]]:
    found = rig.get("/v1/own-pledges", rig.keys.enterprise_a).json()
    return {one["name"]: (one["signed"], one["lapsed"]) for one in found}


def rate(rig: Rig, key: str) -> tuple[int, int]:
    found = rig.get("/v1/own-pledges/rate", key).json()
    return found["due"], found["signed"]


def test_row_3_each_post_signs_its_own_pledge_and_a_new_tier_or_principal_lets_it_lapse(rig: Rig) -> None:
    people = three_posts(rig.store, rig.a)
    already = len(states(rig)) - 3
    due = 3 + already
    others = rate(rig, rig.keys.regulator_b)
    assert rate(rig, rig.keys.regulator_a) == (due, 0)
    director = Desk(rig, "director")
    shown = director.http.get(f"/v1/own-pledges/{people[Post.director]}").json()
    assert ("食品安全总监" in shown["text"], "每周组织风险隐患排查" in shown["text"], shown["mine"]) == (
        True,
        True,
        True,
    )
    signed = sign(director, people[Post.director], "李总监")
    assert signed.status_code == 200, signed.text
    assert signed.json()["proof"] == "password"
    assert sign(director, people[Post.director], "李总监").status_code == 409
    assert sign(Desk(rig, "principal"), people[Post.principal], "张校长").status_code == 200
    assert rate(rig, rig.keys.city)[1] == 2
    assert counted(rig) > 0
    assert rate(rig, rig.keys.regulator_a) == (due, 2)
    assert rate(rig, rig.keys.regulator_b) == others
    with rig.store.read() as r:
        sealed = r.raw.execute("SELECT reason FROM transition WHERE object = 'own_pledge'").fetchall()
    assert (f"sha256 {signed.json()['signature']}",) in sealed
    number_feed(rig.store)
    for key, count in ((rig.keys.enterprise_a, 2), (rig.keys.regulator_a, 2), (rig.keys.enterprise_b, 0)):
        events = rig.get("/v1/events", key, cursor=0, type="mingchu.pledge.*").json()["data"]
        assert [one["type"] for one in events] == ["mingchu.pledge.signed_by_post"] * count
    with rig.store.write() as w:
        set_tier(w, rig.a.entity, "B", reason="x", version=version_of(rig.store, rig.a.entity), by=CITY, at=_now())
    assert states(rig)["李总监"] == (False, "tier")
    assert sign(director, people[Post.director], "李总监").status_code == 200
    name_post(rig.store, rig.a, Post.principal, name="新校长")
    with rig.store.write() as w:
        w.raw.execute("UPDATE person SET valid_from = %s WHERE name = '新校长'", [_now() + timedelta(seconds=1)])
    assert states(rig)["李总监"] == (False, "principal")


def _now() -> datetime:
    return datetime.now(UTC)


def test_another_version_of_the_lists_lets_all_lapse(rig: Rig) -> None:
    people = three_posts(rig.store, rig.a)
    sign(Desk(rig, "officer"), people[Post.officer], "王安全")
    with rig.store.write() as w:
        assert pledges.set_template(w, "2026.11.1", own_version="2027.1")
        assert not pledges.set_template(w, "2026.11.1", own_version="2027.1")
    with rig.store.read() as r:
        found = own_pledges.due_of(r, people[Post.officer])
    assert found is not None
    assert found.lapsed == "template"
    assert rate(rig, rig.keys.regulator_a)[1] == 0


def test_nobody_signs_for_another(rig: Rig, api_store: Store) -> None:
    people = three_posts(rig.store, rig.a)
    officer = Desk(rig, "officer")
    assert sign(officer, people[Post.director], "李总监").status_code == 403, "another post"
    assert sign(officer, people[Post.officer], "李总监").status_code == 422, "another name"
    assert sign(officer, people[Post.officer], "王安全", proof="wrong").status_code in {401, 422}
    assert sign(officer, people[Post.officer], "王安全", text_sha256="0" * 64).status_code == 409
    assert Desk(rig, "enterprise-b").http.get(f"/v1/own-pledges/{people[Post.officer]}").status_code == 404
    body = {"name": "王安全", "text_sha256": "0" * 64, "proof": PASSWORD}
    path = f"/v1/own-pledges/{people[Post.officer]}"
    assert Desk(rig, "enterprise-b").post(path, body).status_code == 404
    assert Desk(rig, "regulator-a").post(path, body).status_code == 403
    assert rig.post(path, rig.keys.enterprise_a, json=body, headers=fresh_key()).status_code == 403, (
        "a key signs nothing"
    )
    with (
        pytest.raises((NotAllowed, StoreRefused)),
        api_store.write(Scope.of_region(TENANT, rig.a.region)) as w,
    ):
        w.raw.execute(
            "INSERT INTO own_pledge SELECT gen_random_uuid(), tenant_id, entity_id, region_code, id, name, post, 'x', "
            "NULL, 'x', 'x', repeat('0', 64), 'x', 'password', now(), repeat('0', 64) FROM person"
        )


def test_an_account_of_the_whole_enterprise_signs_in_the_name_of_its_people(rig: Rig) -> None:
    director = name_post(rig.store, rig.a, Post.director)
    desk = Desk(rig, "enterprise-a")
    assert sign(desk, director, "王安全").status_code == 422
    signed = sign(desk, director, "李总监")
    assert (signed.status_code, signed.json()["login"]) == (200, "enterprise-a"), signed.text


def test_the_page_shows_who_has_signed_and_the_text_to_whom_it_belongs(rig: Rig) -> None:
    people = three_posts(rig.store, rig.a)
    desk = Desk(rig, "director")
    page = desk.http.get("/console/pledges", headers=HTML).text
    assert "未签订" in page
    assert 'id="sign"' in desk.http.get(f"/console/pledges?person={people[Post.director]}", headers=HTML).text
    assert 'id="sign"' not in desk.http.get(f"/console/pledges?person={people[Post.officer]}", headers=HTML).text
    sign(desk, people[Post.director], "李总监")
    assert "以登录密码确认" in desk.http.get(f"/console/pledges?person={people[Post.director]}", headers=HTML).text
    assert "企业自签 <b>1 /" in rig.browser("regulator-a").get("/console/pledges", headers=HTML).text
    other = rig.browser("enterprise-b").get(f"/console/pledges?person={people[Post.director]}", headers=HTML)
    assert other.status_code == 404
