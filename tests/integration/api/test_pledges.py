"""Pledges over HTTP: shown, signed by the cadre alone, lapsed when something changes, and warned of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pyotp
import pytest

from alerts.duties.cadres import assign
from alerts.duties.guarantees import set_tier
from alerts.duties.lists import shipped
from alerts.duties.supervision import plan
from alerts.duties.warnings.evaluating import evaluate
from api.access.totp import STEP
from models.base.errors import StoreRefused
from models.catalogue.supervision_terms import GuaranteePart
from models.store import Scope, Store, pledges, warnings
from tests.integration.api.test_wishes import HTML
from tests.support.guarantees import CITY, cadre_of, pledge_of, supervised, version_of
from tests.support.http import Rig, fresh_key
from tests.support.people import PASSWORD, number_feed
from tests.support.world import TENANT

NOW = datetime.now(UTC)


def browser_post(rig: Rig, login: str, path: str, **body: Any) -> Any:  # noqa: ANN401
    browser = rig.browser(login)
    csrf = {"X-CSRF-Token": browser.get("/v1/me").json()["csrf_token"]}
    return browser.post(path, json=body, headers=csrf | fresh_key())


def open_warnings(rig: Rig, *, at: datetime) -> dict[str, str]:
    with rig.store.write() as w:
        evaluate(w, at=at)
    with rig.store.read() as r:
        return {one.rule: one.level.value for one in warnings.warnings(r, is_open=True, limit=50)}


def counted(rig: Rig) -> int:
    with rig.store.write() as w:
        return pledges.count_marked(w, limit=100)


def test_row_3_a_pledge_is_read_signed_counted_and_lapses(rig: Rig) -> None:
    cadre = cadre_of(rig.store, rig.a, login="regulator-a")
    supervised(rig.store, rig.a, cadre)
    assert rig.get("/v1/pledges/rate", rig.keys.regulator_a).json() == {"due": 1, "signed": 0, "rate": 0.0}
    path = f"/v1/guarantees/{rig.a.entity}/pledge"
    shown = rig.get(path, rig.keys.regulator_a).json()
    assert ("副镇长" in shown["text"], "每季度不少于一次" in shown["text"], shown["mine"]) == (True, True, False)
    body = {"name": "李包保", "text_sha256": shown["text_sha256"], "proof": PASSWORD}
    refused = rig.post(path, rig.keys.regulator_a, json=body, headers=fresh_key())
    assert (refused.status_code, "logged in" in refused.text) == (403, True)
    signed = browser_post(rig, "regulator-a", path, **body)
    assert signed.status_code == 200, signed.text
    assert rig.get("/v1/pledges/rate", rig.keys.city).json() == {"due": 1, "signed": 1, "rate": 1.0}
    assert counted(rig) == 2, "what was marked is counted, and the marks are gone"
    assert counted(rig) == 0
    assert rig.get("/v1/pledges/rate", rig.keys.city).json() == {"due": 1, "signed": 1, "rate": 1.0}
    assert rig.get("/v1/pledges/rate", rig.keys.regulator_b).json()["due"] == 0
    assert browser_post(rig, "regulator-a", path, **body).status_code == 409
    pledge = rig.get(f"/v1/pledges/{signed.json()['id']}", rig.keys.enterprise_a).json()
    assert pledge["text"] == shown["text"]
    number_feed(rig.store)
    events = rig.get("/v1/events", rig.keys.enterprise_a, cursor=0).json()["data"]
    assert [one["data"]["text_sha256"] for one in events if one["type"] == "mingchu.pledge.signed"] == [
        shown["text_sha256"]
    ]
    with rig.store.write() as w:
        version = version_of(rig.store, rig.a.entity)
        set_tier(w, rig.a.entity, "B", reason="规模扩大", version=version, by=CITY, at=NOW)
    (due,) = rig.get("/v1/pledges", rig.keys.regulator_a, state="unsigned").json()["data"]
    assert (due["signed"], due["lapsed"]) == (False, "tier")
    again = rig.get(path, rig.keys.regulator_a).json()
    stale = browser_post(rig, "regulator-a", path, **body)
    assert (stale.status_code, "read it again" in stale.text) == (409, True)
    assert browser_post(rig, "regulator-a", path, **(body | {"text_sha256": again["text_sha256"]})).status_code == 200


def test_row_12_lists_pledges_and_tiers_hang_together(rig: Rig) -> None:
    lists = rig.get("/v1/duty-lists", rig.keys.enterprise_a).json()
    assert [one["level_label"] for one in lists] == ["市级", "县级", "乡镇（街道）", "村（社区）"]
    assert all(one["duties"] and one["tasks"] and one["inspections"] for one in lists)
    first = cadre_of(rig.store, rig.a, login="regulator-a")
    supervised(rig.store, rig.a, first)
    pledge_of(rig.store, rig.a)
    second = cadre_of(rig.store, rig.a, "王接任", login="city")
    with rig.store.write() as w:
        assign(w, rig.a.entity, cadre_id=second.id, part=GuaranteePart.primary, reason="换届", by=CITY, at=NOW)
    (due,) = rig.get("/v1/pledges", rig.keys.city).json()["data"]
    assert (due["cadre"], due["signed"], due["pledge_id"]) == ("王接任", False, None), "a new cadre signs anew"
    pledge_of(rig.store, rig.a)
    with rig.store.write() as w:
        assert pledges.set_template(w, "2027.1")
        assert not pledges.set_template(w, "2027.1")
    (due,) = rig.get("/v1/pledges", rig.keys.city).json()["data"]
    assert (due["signed"], due["lapsed"]) == (False, "template")
    page = rig.browser("city").get("/console/pledges", headers=HTML).text
    assert "须重签：清单已更新" in page
    with rig.store.write() as w:
        assert pledges.set_template(w, shipped().version)
    assert "100.0%" in rig.browser("city").get("/console/pledges", headers=HTML).text


def test_a_signature_needs_the_password_or_a_code_that_works_once(rig: Rig) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a, login="regulator-a"))
    path = f"/v1/guarantees/{rig.a.entity}/pledge"
    digest = rig.get(path, rig.keys.regulator_a).json()["text_sha256"]
    body = {"name": "李包保", "text_sha256": digest}
    assert browser_post(rig, "regulator-a", path, **body).status_code == 422, (
        "a session that was left open signs nothing"
    )
    wrong = browser_post(rig, "regulator-a", path, **body, proof="another password")
    assert (wrong.status_code, "密码不对" in wrong.text) == (422, True)
    other = browser_post(rig, "city", path, **body, proof=PASSWORD)
    assert (other.status_code, "own user" in other.text) == (403, True), "the password of somebody else is no proof"
    browser = rig.browser("regulator-a")
    csrf = {"X-CSRF-Token": browser.get("/v1/me").json()["csrf_token"]}
    maker = pyotp.TOTP(browser.post("/v1/me/second-factor", headers=csrf).json()["secret"])
    now = datetime.now(UTC)
    confirm = {"code": maker.at(now)}
    assert browser.post("/v1/me/second-factor/confirm", json=confirm, headers=csrf).status_code == 204

    def sign(proof: str) -> Any:  # noqa: ANN401
        return browser.post(path, json=body | {"proof": proof}, headers=csrf | fresh_key())

    assert sign(PASSWORD).status_code == 401, "who has a second factor signs with it"
    assert sign(maker.at(now)).status_code == 401, "it was used to confirm"
    signed = sign(maker.at(now + STEP))
    assert (signed.status_code, signed.json()["proof"]) == (200, "code"), signed.text
    assert len({sign("000000").status_code for _ in range(6)} & {429}) == 1, "guessing is slow"


def test_a_new_principal_has_the_pledge_signed_again_and_the_first_one_does_not(rig: Rig) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a, login="regulator-a"))
    pledge_of(rig.store, rig.a)

    def lapsed() -> str | None:
        found: str | None = rig.get("/v1/pledges", rig.keys.city).json()["data"][0]["lapsed"]
        return found

    body = {"entity_id": str(rig.a.entity), "name": "陈负责", "post": "principal"}
    path = "/v1/people"
    assert rig.post(path, rig.keys.enterprise_a, json=body, headers=fresh_key()).status_code == 200
    assert lapsed() is None
    with rig.store.write() as w:
        w.raw.execute("UPDATE person SET valid_from = now() - interval '2 days' WHERE post = 'principal'")
    assert rig.post(path, rig.keys.enterprise_a, json=body | {"name": "孙接任"}, headers=fresh_key()).status_code == 200
    assert lapsed() == "principal"
    assert "企业主要负责人已变化" in rig.browser("city").get("/console/pledges", headers=HTML).text
    pledge_of(rig.store, rig.a)
    assert lapsed() is None


def test_strangers_read_and_sign_nothing(rig: Rig) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a, login="regulator-a"))
    pledge = pledge_of(rig.store, rig.a)
    path = f"/v1/guarantees/{rig.a.entity}/pledge"
    body = {"name": "李包保", "text_sha256": pledge.text_sha256, "proof": PASSWORD}
    for key, status in ((rig.keys.regulator_b, 404), (rig.keys.enterprise_b, 403), (rig.keys.enterprise_a, 403)):
        assert rig.get(path, key).status_code == status
        assert rig.post(path, key, json=body, headers=fresh_key()).status_code == 403
    for key in (rig.keys.regulator_b, rig.keys.enterprise_b):
        assert rig.get(f"/v1/pledges/{pledge.id}", key).status_code == 404
    assert rig.get("/v1/pledges", rig.keys.enterprise_a).status_code == 403
    assert rig.get(f"/v1/guarantees/{rig.b.entity}/pledge", rig.keys.city).status_code == 404, "no cadre"
    for change in ("UPDATE pledge SET text = 'x'", "DELETE FROM pledge"):
        with pytest.raises((psycopg.Error, StoreRefused)), rig.store.write() as w:
            w.raw.execute(change)


def test_rows_9_and_10_visits_and_pledges_that_are_missing_warn_the_office_alone(rig: Rig) -> None:
    early = datetime(2026, 11, 2, tzinfo=UTC)
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a), at=early)
    with rig.store.write() as w:
        plan(w, at=early)
        (due_at,) = w.raw.execute("SELECT due_at FROM supervision_task").fetchone() or (early,)
    assert open_warnings(rig, at=early + timedelta(days=9)).get("pledge_unsigned") is None
    assert open_warnings(rig, at=early + timedelta(days=10))["pledge_unsigned"] == "yellow"
    levels = [
        open_warnings(rig, at=due_at + timedelta(days=days)).get(rule)
        for days, rule in ((-16, "visit_due"), (-15, "visit_due"), (-3, "visit_due"))
    ]
    assert levels == [None, "blue", "yellow"]
    over = [open_warnings(rig, at=due_at + timedelta(days=days)) for days in (0, 1, 7, 15)]
    assert [found.get("visit_overdue") for found in over] == [None, "yellow", "orange", "red"]
    assert over[-1].get("visit_due") is None
    rules = {one["rule"] for one in rig.get("/v1/warnings", rig.keys.regulator_a).json()["data"]}
    assert {"visit_overdue", "pledge_unsigned"} <= rules
    assert rig.get("/v1/warnings", rig.keys.enterprise_a).json()["data"] == []
    number_feed(rig.store)
    for key, heard in ((rig.keys.regulator_a, True), (rig.keys.enterprise_a, False)):
        events = rig.get("/v1/events", key, cursor=0, limit=500).json()["data"]
        assert any(one["type"] == "mingchu.supervision.warned" for one in events) is heard
        assert not any("包保" in str(one["data"]) for one in events if not heard)
    with rig.store.write() as w:
        w.raw.execute("UPDATE supervision_task SET state = 'returned', due_at = %s", [due_at + timedelta(days=30)])
    assert open_warnings(rig, at=due_at + timedelta(days=16))["visit_poor"] == "yellow"


def test_the_counts_of_another_region_are_not_told(rig: Rig, api_store: Store) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a, login="regulator-a"))
    call = "SELECT due FROM mingchu_pledges_of(%s, %s)"
    found = {}
    for name, scope in {
        "own": Scope.of_region(TENANT, rig.a.region),
        "foreign": Scope.of_region(TENANT, rig.b.region),
        "enterprise": Scope.of_entity(TENANT, rig.a.entity),
        "access": Scope.of_access(),
    }.items():
        with api_store.read(scope) as r:
            found[name] = r.raw.execute(call, [TENANT, rig.a.region]).fetchone()
    assert found == {"own": (1,), "foreign": (0,), "enterprise": (0,), "access": (0,)}
