"""Chains over HTTP: who registers them, what a head office sees of its stores, and what it does not."""

from typing import Any
from uuid import UUID

import pytest

from models.base.ids import uuid7
from models.catalogue.terms import Role
from models.domain.registry import Entity
from models.store import registry
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key
from tests.support.people import add_key
from tests.support.world import TENANT


@pytest.fixture
def hq(rig: Rig) -> UUID:
    """The head office, in the city itself; kitchens a and b are to be its stores."""
    entity = Entity(
        id=uuid7(),
        tenant_id=TENANT,
        name="鉴湖餐饮总部",
        credit_code="91330602MA2XK7QP13",
        licence_no=None,
        region_code="330600",
        guarantee_tier=None,
        risk_grade=None,
    )
    with rig.store.write() as w:
        registry.add_entity(w, entity)
    return entity.id


def place(rig: Rig, entity: UUID, parent: UUID, key: str | None = None) -> Any:  # noqa: ANN401 - an answer
    body = {"parent_id": str(parent)}
    return rig.post(f"/v1/entities/{entity}/chain", key or rig.keys.city, json=body, headers=fresh_key())


def report(rig: Rig, key: str) -> dict[str, Any]:
    answer = rig.get("/v1/chain-report", key)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_head_office_sees_its_stores_counts_and_their_common_problems(rig: Rig, hq: UUID) -> None:
    key = add_key(rig.store, Role.enterprise, entity=hq)
    assert report(rig, key) == {"outlets": [], "common": []}
    for kitchen in (rig.a, rig.b):
        assert place(rig, kitchen.entity, hq).status_code == 200
        dispatched(rig, kitchen, "no_mask")
    dispatched(rig, rig.a, "smoking")
    found = report(rig, key)
    assert [(one["name"], one["hazards"], one["sites"], one["days"]) for one in found["outlets"]] == [
        ("企业a", 2, 1, 0),
        ("企业b", 1, 1, 0),
    ]
    assert [(one["code"], one["outlets"], one["times"]) for one in found["common"]] == [("no_mask", 2, 2)]
    for path in ("/v1/tasks", "/v1/alerts", "/v1/records", "/v1/evidence", "/v1/wall"):
        answer = rig.get(path, key)
        assert "企业a" not in answer.text
        assert str(rig.a.entity) not in answer.text, path
    assert rig.get(f"/v1/entities/{rig.a.entity}/scene", key).status_code == 404


def test_a_branch_sees_its_own_stores_alone_and_a_store_nothing(rig: Rig, hq: UUID) -> None:
    head = add_key(rig.store, Role.enterprise, entity=hq)
    assert place(rig, rig.a.entity, hq).status_code == 200
    assert place(rig, rig.b.entity, rig.a.entity).json()["hq_id"] == str(hq)
    assert [(one["name"], one["branch"]) for one in report(rig, head)["outlets"]] == [("企业a", True), ("企业b", False)]
    assert [one["name"] for one in report(rig, rig.keys.enterprise_a)["outlets"]] == ["企业b"]
    assert report(rig, rig.keys.enterprise_b)["outlets"] == []
    page = rig.browser("enterprise-a").get("/console/outlets", headers=HTML).text
    assert ("企业b" in page, "企业a" in page.split("<main", 1)[1]) == (True, False)


def test_a_chain_is_no_circle_and_no_deeper_than_three(rig: Rig, hq: UUID) -> None:
    assert place(rig, hq, hq).status_code == 422
    assert place(rig, rig.a.entity, hq).status_code == 200
    assert place(rig, hq, rig.a.entity).status_code == 422, "it would stand below itself"
    assert place(rig, rig.b.entity, rig.a.entity).status_code == 200
    assert place(rig, rig.a.entity, rig.b.entity).status_code == 422
    fourth = Entity(
        id=uuid7(),
        tenant_id=TENANT,
        name="第四级",
        credit_code="91330602MA2XK7QP14",
        licence_no=None,
        region_code="330602",
        guarantee_tier=None,
        risk_grade=None,
    )
    with rig.store.write() as w:
        registry.add_entity(w, fourth)
    assert place(rig, fourth.id, rig.b.entity).status_code == 422


def test_only_who_supervises_a_store_says_whose_it_is(rig: Rig, hq: UUID) -> None:
    for key, status in (
        (rig.keys.enterprise_a, 403),
        (rig.keys.platform_b, 403),
        (rig.keys.regulator_b, 404),
        (rig.keys.regulator_a, 404),  # the head office lies outside its region
    ):
        assert place(rig, rig.a.entity, hq, key).status_code == status
    assert place(rig, rig.a.entity, hq).status_code == 200
    assert [one["entity_id"] for one in rig.get("/v1/outlets", rig.keys.regulator_a).json()["data"]] == [
        str(rig.a.entity)
    ]
    assert rig.get("/v1/outlets", rig.keys.regulator_b).json()["data"] == []
    assert rig.get("/v1/chain-report", rig.keys.regulator_a).status_code == 403
    end = f"/v1/entities/{rig.a.entity}/chain/end"
    assert rig.post(end, rig.keys.regulator_b, headers=fresh_key()).status_code == 404
    assert rig.post(end, rig.keys.enterprise_a, headers=fresh_key()).status_code == 403
    assert rig.post(end, rig.keys.city, headers=fresh_key()).status_code == 204
    assert report(rig, add_key(rig.store, Role.enterprise, entity=hq))["outlets"] == []


def test_an_enterprise_puts_no_store_below_itself_even_at_the_database(rig: Rig, hq: UUID) -> None:
    answer = place(rig, rig.b.entity, rig.a.entity, rig.keys.enterprise_a)
    assert answer.status_code == 403
    place(rig, rig.b.entity, hq)
    assert report(rig, rig.keys.enterprise_a)["outlets"] == []
