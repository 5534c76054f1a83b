"""承诺签订率 in the index of counties: as it was at the end, whatever became of the pledges afterwards."""

from datetime import UTC, date, datetime
from importlib.resources import files

import pytest

from alerts.duties.guarantees import register_change, set_tier
from alerts.indices import computing
from alerts.indices.computing import differences, freeze_month
from alerts.indices.drill import behind
from alerts.indices.regions import compute_regions
from models.catalogue.index_terms import IndexKind
from models.catalogue.supervision_terms import EntityChangeKind
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.guarantees import Cadre
from models.domain.indices import Snapshot
from models.store import Store, Write, indices, pledges
from models.store.connect import write_once
from tests.support.guarantees import cadre_of, pledge_of, supervised, version_of
from tests.support.indices import MONTH, OPERATOR, OVER, registered_long_ago
from tests.support.world import TENANT, Kitchen, seed_world

CITY = Actor(name="city", role=Role.regulator)
BEFORE, SIGNED = datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 9, tzinfo=UTC)
NEXT = datetime(2026, 11, 2, tzinfo=UTC)
"""After October, before its index is frozen."""


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def cadre(store: Store, kitchen: Kitchen) -> Cadre:
    """The primary cadre, who signed in October."""
    cadre = cadre_of(store, kitchen, login="li")
    supervised(store, kitchen, cadre, at=BEFORE)
    pledge_of(store, kitchen, at=SIGNED)
    with store.write() as w:
        registered_long_ago(w)
    return cadre


def counted(store: Store, kitchen: Kitchen, *, correcting: str = "") -> list[int]:
    """k and n of the pledges of the kitchen's county in October."""
    with store.write() as w:
        compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER, correcting=correcting)
    found = newest(store, kitchen)
    with store.read() as r:
        rows = behind(r, found, "pledged")
    assert [rows.k_now, rows.n_now] == found.inputs["counts"].get("pledged", [0, 0])
    return [*found.inputs["counts"]["pledged"]]


def newest(store: Store, kitchen: Kitchen) -> Snapshot:
    with store.read() as r:
        found = [*indices.snapshots_of(r, TENANT, IndexKind.region, MONTH)]
    return [one for one in found if one.subject_id == kitchen.region][-1]


def lapse(store: Store, database_url: str, kitchen: Kitchen, what: str, *, at: datetime) -> None:
    """Let the pledge lapse at a moment, in one of the ways that there are."""
    with store.write() as w:
        match what:
            case "name":
                w.raw.execute("UPDATE entity SET name = name || '新' WHERE id = %s", [kitchen.entity])
            case "tier":
                set_tier(w, kitchen.entity, "B", reason="x", version=version_of(store, kitchen.entity), by=CITY, at=at)
            case "owner":
                change(w, store, kitchen, EntityChangeKind.owner, at=at)
            case "principal":
                another_principal(w, kitchen, at=at)
            case _:
                pledges.set_template(w, "2027.1.1")
    with write_once(database_url) as w:  # these two note the server's time
        w.raw.execute("UPDATE entity_name SET until = %s", [at])
        w.raw.execute("UPDATE pledge_template_since SET since = %s WHERE version = '2027.1.1'", [at])


def change(w: Write, store: Store, kitchen: Kitchen, kind: EntityChangeKind, *, at: datetime) -> None:
    known = {"version": version_of(store, kitchen.entity), "by": CITY, "at": at}
    register_change(w, kitchen.entity, kind, effective_on=date(2026, 10, 1), reason="x", detail="", **known)


def another_principal(w: Write, kitchen: Kitchen, *, at: datetime) -> None:
    for number, since in enumerate((datetime(2026, 1, 1, tzinfo=UTC), at)):
        w.raw.execute(
            "INSERT INTO person (id, tenant_id, entity_id, region_code, name, post, valid_from, valid_to, set_by) "
            "VALUES (gen_random_uuid(), %s, %s, %s, %s, 'principal', %s, %s, 'x')",
            [TENANT, kitchen.entity, kitchen.region, f"张{number}", since, None if number else at],
        )


LAPSES = ("name", "tier", "owner", "principal", "lists")


@pytest.mark.usefixtures("cadre")
@pytest.mark.parametrize("what", LAPSES)
def test_a_pledge_that_lapsed_in_the_month_is_not_signed(
    store: Store, database_url: str, kitchen: Kitchen, what: str
) -> None:
    assert counted(store, kitchen) == [1, 1]
    lapse(store, database_url, kitchen, what, at=datetime(2026, 10, 20, tzinfo=UTC))
    assert counted(store, kitchen) == [0, 1]


@pytest.mark.usefixtures("cadre")
def test_what_happens_later_changes_no_past_month(store: Store, database_url: str, kitchen: Kitchen) -> None:
    assert counted(store, kitchen) == [1, 1]
    with store.write() as w:
        freeze_month(w, TENANT, MONTH, kind=IndexKind.region, by=OPERATOR, at=OVER)
    frozen = newest(store, kitchen)
    for what in LAPSES:
        lapse(store, database_url, kitchen, what, at=NEXT)
    for kind in (EntityChangeKind.suspend, EntityChangeKind.resume, EntityChangeKind.close):
        with store.write() as w:
            change(w, store, kitchen, kind, at=NEXT)
    with store.write() as w:
        w.raw.execute("UPDATE assignment SET valid_to = %s", [NEXT])
    with store.write() as w:
        w.raw.execute("UPDATE entity SET operating = 'open' WHERE id = %s", [kitchen.entity])  # it has an index at all
        assert compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER, correcting="重算").changed == 0
    assert newest(store, kitchen) == frozen
    with store.read() as r:
        assert list(differences(r, TENANT, IndexKind.region, MONTH)) == []
    assert frozen.result["values"]["pledged"] == "100.0000"


@pytest.mark.usefixtures("cadre")
def test_an_enterprise_that_was_suspended_at_the_end_owed_no_pledge(store: Store, kitchen: Kitchen) -> None:
    with store.write() as w:
        change(w, store, kitchen, EntityChangeKind.suspend, at=datetime(2026, 10, 20, tzinfo=UTC))
    with store.write() as w:
        change(w, store, kitchen, EntityChangeKind.resume, at=NEXT)
    with store.write() as w:
        compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER)
    assert "pledged" not in newest(store, kitchen).inputs["counts"]


def test_a_pledge_of_the_next_month_is_not_signed_in_this_one(store: Store, kitchen: Kitchen) -> None:
    cadre = cadre_of(store, kitchen, login="li")
    supervised(store, kitchen, cadre, at=BEFORE)
    pledge_of(store, kitchen, at=NEXT)
    with store.write() as w:
        registered_long_ago(w)
    assert counted(store, kitchen) == [0, 1]


@pytest.mark.usefixtures("cadre")
def test_a_month_frozen_with_an_older_formula_is_corrected_with_it(
    store: Store, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(computing.CURRENT, IndexKind.region, "region.2026.1")
    with store.write() as w:
        compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER)
        freeze_month(w, TENANT, MONTH, kind=IndexKind.region, by=OPERATOR, at=OVER)
    monkeypatch.undo()
    frozen = newest(store, kitchen)
    assert (frozen.formula, "pledged" in frozen.inputs["counts"]) == ("region.2026.1", False)
    with store.write() as w:
        assert compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER, correcting="重算").changed == 0


def test_every_formula_that_was_ever_used_is_kept() -> None:
    kept = {one.name for one in files("alerts.indices").joinpath("formulas").iterdir()}
    assert {"region.2026.1.toml", "region.2026.2.toml", "cadre.2026.1.toml", "entity.2026.1.toml"} <= kept
