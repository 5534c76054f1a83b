"""The index of counties: sums of their enterprises and cadres, places within the city, and the last three."""

from datetime import UTC, datetime
from pathlib import Path

from alerts.indices.computing import compute_month, differences, freeze_month
from alerts.indices.reading import is_one_of_the_last, place_of
from alerts.indices.regions import compute_regions
from models.catalogue.index_terms import IndexKind
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.indices import Ranked
from models.evidence.files import EvidenceFiles
from models.store import Store, indices
from tests.support.indices import (
    MONTH,
    OPERATOR,
    OVER,
    add_cameras,
    further_counties,
    ranked_counties,
    rows_add_up,
)
from tests.support.world import TENANT, Kitchen, seed_world

CITY = Actor(name="city", role=Role.regulator)
AT = datetime(2026, 10, 13, 4, tzinfo=UTC)


def counties(store: Store, tmp_path: Path) -> list[Kitchen]:
    """Five counties of one city: in the first all four visits are in time, in the last none."""
    kitchens = [*seed_world(store), *further_counties(store)]
    ranked_counties(store, EvidenceFiles(tmp_path), kitchens, at=AT)
    return kitchens


def computed(store: Store) -> list[Ranked]:
    with store.write() as w:
        compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER)
        assert compute_regions(w, TENANT, MONTH, by=OPERATOR, at=OVER).changed == 0
        compute_month(w, TENANT, MONTH, by=OPERATOR, at=OVER)
    with store.read() as r:
        found = indices.board(r, IndexKind.region, MONTH, limit=9)
        rows_add_up(r, found)
        return found


def test_row_14_counties_are_ranked_and_the_last_three_are_marked(store: Store, tmp_path: Path) -> None:
    kitchens = counties(store, tmp_path)
    board = computed(store)
    assert [one.subject_id for one in board] == [kitchen.region for kitchen in kitchens]
    assert [place_of(one) for one in board] == [1, 2, 3, 4, 5]
    assert [is_one_of_the_last(one) for one in board] == [False, False, True, True, True]
    first, last = board[0], board[-1]
    assert (first.name, last.inputs["facts"]) == ("越城区", {"place": 5, "of": 5})
    assert first.inputs["counts"] == {
        "supervised": [4, 4],
        "supervised_well": [4, 4],
        "rectified": [1, 1],
        "acknowledged": [1, 1],
        "posts": [0, 1],
    }
    assert first.inputs["means"]["supervised"] == [10, 20]
    assert first.result["available"] == 75
    with store.write() as w:
        assert freeze_month(w, TENANT, MONTH, kind=IndexKind.region, by=OPERATOR, at=OVER) == 5
    with store.read() as r:
        assert list(differences(r, TENANT, IndexKind.region, MONTH)) == []


def test_leads_and_look_backs_count(store: Store, tmp_path: Path) -> None:
    kitchens = counties(store, tmp_path)
    with store.write() as w:
        w.raw.execute(
            "INSERT INTO transition (object, object_id, version, tenant_id, entity_id, region_code, at, actor, command,"
            " from_state, to_state) SELECT 'task', id, 90, tenant_id, entity_id, region_code, %s, 'city', "
            "CASE region_code WHEN '330602' THEN 'pass_lookback' ELSE 'relapse' END, 'closed', 'closed' FROM task",
            [AT],
        )
        w.raw.execute(
            "INSERT INTO lead (id, tenant_id, entity_id, region_code, site_id, device_id, task_id, code, severity, "
            "ground, reason, addressee, state, created_by, created_at, due_at) SELECT gen_random_uuid(), tenant_id, "
            "entity_id, region_code, site_id, device_id, id, code, severity, 'other', 'x', 'x', 'sent', 'x', %s, %s "
            "FROM task",
            [AT, AT],
        )
        w.raw.execute("UPDATE lead SET state = 'closed', closed_at = %s WHERE region_code = '330603'", [AT])
    counts = {one.subject_id: one.inputs["counts"] for one in computed(store)}
    a, b = (kitchen.region for kitchen in kitchens[:2])
    assert (counts[a]["lookbacks"], counts[b]["lookbacks"]) == ([1, 1], [0, 1])
    assert (counts[a]["leads"], counts[b]["leads"]) == ([0, 1], [1, 1])


def test_what_is_online_counts_as_far_as_those_are_connected_who_should(store: Store, tmp_path: Path) -> None:
    kitchens = counties(store, tmp_path)
    with store.write() as w:
        w.raw.execute(
            "UPDATE entity SET business_kind = 'school_canteen' WHERE id = ANY(%s)",
            [[kitchen.entity for kitchen in kitchens[:2]]],
        )
        w.raw.execute("UPDATE entity SET business_kind = 'restaurant' WHERE id = %s", [kitchens[2].entity])
        add_cameras(w, kitchens[0])
        add_cameras(w, kitchens[2])
    found = {one.subject_id: one for one in computed(store)}
    first, second, third = (found[kitchen.region] for kitchen in kitchens[:3])
    assert first.inputs["counts"]["connected"] == [1, 1]
    assert second.inputs["counts"]["connected"] == [0, 1]
    assert "online" not in second.inputs["counts"]
    assert "connected" not in third.inputs["counts"], "a restaurant need not connect"
    assert first.inputs["means"]["connected"] == [1, 2]
    # (1 + 10 * 1/2) / 11 and (0 + 10 * 1/2) / 11 of all that are online
    assert (first.result["values"]["online"], second.result["values"]["online"]) == ("54.5455", "45.4545")
    assert third.result["values"]["online"] == "100.0000"
