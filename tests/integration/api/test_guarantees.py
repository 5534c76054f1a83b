"""Tiers, cadres and registered changes over HTTP: set by rules or by hand, one primary cadre, kept from strangers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from alerts.duties.tiers import most_small
from models.base.errors import StoreRefused
from models.base.ids import uuid7
from models.catalogue.supervision_terms import GuaranteePart
from models.domain.registry import Entity
from models.store import Scope, Store, cadres, registry
from tests.integration.api.test_wishes import HTML
from tests.support.guarantees import cadre_of, supervised
from tests.support.http import Rig, fresh_key
from tests.support.world import TENANT


def detail(rig: Rig, key: str | None = None) -> dict[str, Any]:
    answer = rig.get(f"/v1/guarantees/{rig.a.entity}", key or rig.keys.regulator_a)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(rig: Rig, what: str, body: dict[str, Any], *, version: int | None = None) -> Any:  # noqa: ANN401
    seen = detail(rig)["entity"]["version"] if version is None else version
    path = f"/v1/guarantees/{rig.a.entity}/{what}"
    return rig.post(path, rig.keys.regulator_a, etag=seen, json=body, headers=fresh_key())


def assigned(rig: Rig, cadre_id: UUID, part: str = "primary", reason: str = "") -> Any:  # noqa: ANN401
    body = {"cadre_id": str(cadre_id), "part": part, "reason": reason}
    return rig.post(f"/v1/guarantees/{rig.a.entity}/cadres", rig.keys.regulator_a, json=body, headers=fresh_key())


def test_row_12_a_tier_follows_the_rules_until_a_person_sets_it_with_a_reason(rig: Rig) -> None:
    assert detail(rig)["warnings"] == ["未评定包保等级，不会产生督导任务", "没有主包保干部"]
    school = {"kind": "school_canteen", "size": 499, "risk_grade": "D"}
    done = change(rig, "profile", school)
    assert (done.status_code, done.json()["tier"], done.json()["tier_rule"]) == (200, "C", "c_canteen"), done.text
    assert done.json()["risk_grade"] == "D", "another scale, which the rules leave alone"
    assert change(rig, "profile", school | {"special": True}).json()["tier"] == "B"
    by_hand = change(rig, "tier", {"tier": "A", "reason": "重大活动保障"}).json()
    assert (by_hand["tier"], by_hand["tier_rule"]) == ("A", None)
    assert change(rig, "profile", school).json()["tier"] == "A", "the rules leave a tier set by hand alone"
    back = change(rig, "tier", {"tier": None, "reason": "活动结束"}).json()
    assert (back["tier"], back["tier_rule"]) == ("C", "c_canteen")
    history = [(line["from_tier"], line["to_tier"], line["rule"]) for line in detail(rig)["tier_changes"]]
    assert history == [("A", "C", "c_canteen"), ("B", "A", None), ("C", "B", "c_canteen"), (None, "C", "c_canteen")]
    assert detail(rig)["tier_changes"][1]["reason"] == "重大活动保障"


def test_a_change_decided_on_an_old_profile_is_refused(rig: Rig) -> None:
    assert change(rig, "profile", {"kind": "grocery"}).status_code == 200
    assert change(rig, "tier", {"tier": "A", "reason": "x"}, version=1).status_code == 412
    path = f"/v1/guarantees/{rig.a.entity}/tier"
    assert rig.post(path, rig.keys.regulator_a, json={"tier": "A", "reason": "x"}).status_code == 428


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("profile", {"kind": "moon_base"}),
        ("profile", {"kind": "grocery", "size": -1}),
        ("profile", {"kind": "grocery", "risk_grade": "E"}),
        ("tier", {"tier": "E", "reason": "x"}),
        ("tier", {"tier": "A", "reason": " "}),
        ("changes", {"kind": "suspend", "effective_on": "soon", "reason": "x"}),
        ("changes", {"kind": "suspend", "effective_on": "2026-12-01", "reason": " "}),
    ],
)
def test_a_wrong_profile_tier_or_change_changes_nothing(rig: Rig, what: str, body: dict[str, Any]) -> None:
    before = detail(rig)
    assert change(rig, what, body).status_code == 422
    assert detail(rig) == before


def test_row_22_an_enterprise_is_suspended_resumed_and_closed_with_reasons(rig: Rig) -> None:
    def move(kind: str, **more: str) -> Any:  # noqa: ANN401
        return change(rig, "changes", {"kind": kind, "effective_on": "2026-12-01", "reason": "装修", **more})

    assert change(rig, "profile", {"kind": "grocery"}).status_code == 200
    assert move("suspend").json()["operating"] == "suspended"
    assert move("suspend").status_code == 409
    assert detail(rig)["warnings"] == [], "nobody supervises who does not operate"
    assert move("relocate", detail="解放路 2 号").json()["operating"] == "suspended"
    assert move("resume").json()["operating"] == "open"
    assert move("close").json()["operating"] == "closed"
    assert move("owner").status_code == 409
    changes = [(line["kind"], line["detail"]) for line in detail(rig)["changes"]]
    assert changes == [("close", ""), ("resume", ""), ("relocate", "解放路 2 号"), ("suspend", "")]
    for table in ("tier_change", "entity_change"):
        with pytest.raises((psycopg.Error, StoreRefused)), rig.store.write() as w:
            w.raw.execute(f"DELETE FROM {table}")


def test_row_4_an_enterprise_has_one_primary_cadre_and_a_replacement_has_a_reason(rig: Rig) -> None:
    first, second = cadre_of(rig.store, rig.a, "李一"), cadre_of(rig.store, rig.a, "王二")
    assert assigned(rig, first.id).status_code == 200
    assert assigned(rig, first.id).status_code == 409
    assert assigned(rig, second.id, "deputy").status_code == 200
    assert assigned(rig, second.id, "primary").status_code == 422, "a replacement needs a reason"
    assert assigned(rig, second.id, "primary", "李一调离").status_code == 200
    assert [(one["cadre_name"], one["part"]) for one in detail(rig)["cadres"]] == [("王二", "primary")]
    with rig.store.read() as r:
        (primary,) = [one for one in cadres.assignments(r, entity_id=rig.a.entity) if one.part is GuaranteePart.primary]
    assert (
        rig.post(f"/v1/assignments/{primary.id}/end", rig.keys.regulator_a, json={"reason": "x"}).status_code == 409
    ), "a primary cadre is replaced, never taken away"
    with pytest.raises((psycopg.Error, StoreRefused)), rig.store.write() as w:
        w.raw.execute(
            "INSERT INTO assignment SELECT gen_random_uuid(), tenant_id, entity_id, region_code, %s, part, "
            "valid_from, NULL, set_by FROM assignment WHERE valid_to IS NULL",
            [first.id],
        )


def test_a_cadre_leaves_after_the_enterprises_were_given_to_others(rig: Rig) -> None:
    first, second = cadre_of(rig.store, rig.a, "李一", login="regulator-a"), cadre_of(rig.store, rig.a, "王二")
    supervised(rig.store, rig.a, first)
    end = f"/v1/cadres/{first.id}/end"
    assert rig.post(end, rig.keys.regulator_a, json={"reason": "调离"}).status_code == 409
    assert assigned(rig, second.id, "primary", "李一调离").status_code == 200
    assert rig.post(end, rig.keys.regulator_a, json={"reason": "调离"}).json()["ended_at"]
    assert rig.post(end, rig.keys.regulator_a, json={"reason": "调离"}).status_code == 409
    assert [one["name"] for one in rig.get("/v1/cadres", rig.keys.regulator_a).json()["data"]] == ["王二"]
    assert assigned(rig, first.id, "deputy").status_code == 422
    again = {"region_code": rig.a.region, "name": "赵三", "post": "x", "level": "village", "login": "regulator-a"}
    assert rig.post("/v1/cadres", rig.keys.regulator_a, json=again).status_code == 200, "the log-in is free again"
    assert rig.post("/v1/cadres", rig.keys.regulator_a, json=again).status_code == 409


def test_row_17_a_cadre_with_too_many_small_enterprises_is_overloaded(rig: Rig) -> None:
    cadre = cadre_of(rig.store, rig.a)
    supervised(rig.store, rig.a, cadre, tier="D")
    for number in range(most_small()):
        _another(rig.store, rig.a.region, cadre.id, number)
    shown = rig.get(f"/v1/cadres/{cadre.id}", rig.keys.regulator_a).json()
    assert (shown["entities"], shown["small"], shown["overloaded"]) == (most_small() + 1, most_small() + 1, True)
    assert change(rig, "tier", {"tier": "A", "reason": "x"}).status_code == 200
    shown = rig.get(f"/v1/cadres/{cadre.id}", rig.keys.regulator_a).json()
    assert (shown["entities"], shown["small"], shown["overloaded"]) == (most_small() + 1, most_small(), False)
    assert "A 级主体应由市级干部包保，现为乡镇（街道）" in detail(rig)["warnings"]
    closing = {"kind": "close", "effective_on": "2026-12-01", "reason": "x"}
    assert change(rig, "changes", closing).status_code == 200
    assert rig.get(f"/v1/cadres/{cadre.id}", rig.keys.regulator_a).json()["entities"] == most_small()


def _another(store: Store, region: str, cadre_id: UUID, number: int) -> None:
    entity = Entity(
        id=uuid7(),
        tenant_id=TENANT,
        name=f"小店{number}",
        credit_code=f"X{number:017}",
        licence_no=None,
        region_code=region,
        guarantee_tier="D",
        risk_grade=None,
    )
    with store.write() as w:
        registry.add_entity(w, entity)
        w.raw.execute(
            "INSERT INTO assignment (id, tenant_id, entity_id, region_code, cadre_id, part, valid_from, set_by) "
            "VALUES (%s, %s, %s, %s, %s, 'primary', now(), 'x')",
            [uuid7(), TENANT, entity.id, region, cadre_id],
        )


def test_a_delegation_lasts_its_period_and_ends_early(rig: Rig) -> None:
    first, second = cadre_of(rig.store, rig.a, "李一"), cadre_of(rig.store, rig.a, "王二")
    at = datetime.now(UTC)
    body = {
        "cadre_id": str(first.id),
        "delegate_id": str(second.id),
        "valid_from": at.isoformat(),
        "valid_to": (at + timedelta(days=7)).isoformat(),
        "reason": "培训",
    }
    made = rig.post("/v1/delegations", rig.keys.regulator_a, json=body)
    assert made.status_code == 200, made.text
    for wrong in ({"delegate_id": str(first.id)}, {"valid_to": body["valid_from"]}, {"reason": ""}):
        assert rig.post("/v1/delegations", rig.keys.regulator_a, json=body | wrong).status_code == 422, wrong
    assert [one["reason"] for one in rig.get("/v1/delegations", rig.keys.regulator_a).json()] == ["培训"]
    end = f"/v1/delegations/{made.json()['id']}/end"
    assert rig.post(end, rig.keys.regulator_a).status_code == 200
    assert rig.post(end, rig.keys.regulator_a).status_code == 409
    assert rig.get("/v1/delegations", rig.keys.regulator_a).json() == []


def test_strangers_and_the_supervised_read_and_change_nothing(rig: Rig) -> None:
    cadre = cadre_of(rig.store, rig.a)
    supervised(rig.store, rig.a, cadre)
    for key, status in ((rig.keys.regulator_b, 404), (rig.keys.enterprise_a, 403), (rig.keys.platform_b, 403)):
        assert rig.get(f"/v1/guarantees/{rig.a.entity}", key).status_code == status
        assert rig.get(f"/v1/cadres/{cadre.id}", key).status_code == status
        answer = rig.post(f"/v1/guarantees/{rig.a.entity}/tier", key, etag=2, json={"tier": "A", "reason": "x"})
        assert answer.status_code == status
        body = {"cadre_id": str(cadre.id), "part": "deputy"}
        assert rig.post(f"/v1/guarantees/{rig.a.entity}/cadres", key, json=body).status_code == status
        assert rig.post(f"/v1/cadres/{cadre.id}/end", key, json={"reason": "x"}).status_code == status
    beyond = {"region_code": rig.b.region, "name": "x", "post": "x", "level": "county"}
    assert rig.post("/v1/cadres", rig.keys.regulator_a, json=beyond).status_code == 403


def test_the_database_keeps_an_enterprise_from_its_own_tier(rig: Rig, api_store: Store) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a))
    with api_store.write(Scope.of_entity(TENANT, rig.a.entity)) as w:
        assert w.raw.execute("UPDATE entity SET guarantee_tier = 'D'").rowcount == 0
        assert w.raw.execute("SELECT count(*) FROM tier_change").fetchone() == (0,)
        assert w.raw.execute("SELECT count(*) FROM cadre").fetchone() == (0,)


def test_a_district_sees_the_citys_cadre_and_changes_nothing_about_them(rig: Rig) -> None:
    body = {"region_code": "3306", "name": "市领导", "post": "副市长", "level": "city"}
    city = rig.post("/v1/cadres", rig.keys.city, json=body).json()
    assert rig.get(f"/v1/cadres/{city['id']}", rig.keys.regulator_a).status_code == 200
    assert rig.post(f"/v1/cadres/{city['id']}/end", rig.keys.regulator_a, json={"reason": "x"}).status_code == 409
    assert assigned(rig, UUID(city["id"])).status_code == 200


def test_the_page_shows_tiers_cadres_and_forms_and_hostile_names_break_nothing(rig: Rig) -> None:
    cadre = cadre_of(rig.store, rig.a, "<script>alert(1)</script>")
    supervised(rig.store, rig.a, cadre)
    browser = rig.browser("regulator-a")
    for path in ("/console/guarantees", f"/console/guarantees?entity={rig.a.entity}"):
        page = browser.get(path, headers=HTML)
        assert page.status_code == 200
        assert "C 级" in page.text
        assert "<script>alert" not in page.text
    assert browser.get(f"/console/guarantees?entity={rig.b.entity}", headers=HTML).status_code == 404
    assert rig.browser("enterprise-a").get("/console/guarantees", headers=HTML).status_code == 403
