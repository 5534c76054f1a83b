"""The list of unsigned pledges names exactly those that are unsigned, before and after they are counted."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from alerts.duties.lists import shipped
from models.store import Scope, Store, pledges, registry, synthetic_duties
from models.store.connect import write_once

TENANT = "province"
ENTERPRISES = 400


@pytest.fixture
def province(store: Store, database_url: str) -> Store:
    with write_once(database_url) as w:
        pledges.set_template(w, shipped().version)
        registry.add_tenant(w, tenant_id=TENANT, name=TENANT)
        synthetic_duties.add_chunk(w, tenant_id=TENANT, first=0, last=ENTERPRISES - 1, days=1, at=datetime.now(UTC))
        synthetic_duties.mark_pledges(w)
    return store


def listed(api_store: Store, scope: Scope) -> tuple[set[UUID], set[UUID]]:
    """What the list says, page by page, and what every enterprise's own state says."""
    with api_store.read(scope) as r:
        found: list[UUID] = []
        while page := pledges.due(r, signed=False, after=found[-1] if found else None, limit=7):
            found += [one.entity_id for one in page]
        assert found == sorted(found)
        everything = pledges.due(r, limit=10 * ENTERPRISES)
    assert len(found) == len(set(found))
    return set(found), {one.entity_id for one in everything if not one.signed}


def count(store: Store) -> None:
    with store.write() as w:
        while pledges.count_marked(w, limit=7):
            pass


@pytest.mark.parametrize("scope", [Scope.of_tenant(TENANT), Scope.of_region(TENANT, "330605")])
def test_the_list_is_right_before_and_after_counting(province: Store, api_store: Store, scope: Scope) -> None:
    before, true = listed(api_store, scope)
    assert before == true
    count(province)
    with province.read() as r:
        assert r.raw.execute("SELECT count(*) FROM pledge_mark").fetchone() == (0,)
    after, true = listed(api_store, scope)
    assert after == true == before
    with province.write() as w:  # some lapse, some close, some are named anew
        w.raw.execute("UPDATE entity SET guarantee_tier = 'A' WHERE credit_code LIKE '%7'")
        w.raw.execute("UPDATE entity SET operating = 'closed' WHERE credit_code LIKE '%3'")
        w.raw.execute("UPDATE entity SET name = name || '新' WHERE credit_code LIKE '%5'")
    changed, true = listed(api_store, scope)
    assert changed == true != before
    count(province)
    counted, true = listed(api_store, scope)
    assert counted == true == changed


def test_where_all_have_signed_the_list_looks_at_none(province: Store, api_store: Store) -> None:
    with province.write() as w:
        w.raw.execute("UPDATE assignment SET valid_to = now() WHERE entity_id NOT IN (SELECT entity_id FROM pledge)")
    count(province)
    with province.read() as r:
        assert r.raw.execute("SELECT count(*) FROM pledge_missing").fetchone() == (0,)
    assert listed(api_store, Scope.of_tenant(TENANT)) == (set(), set())
