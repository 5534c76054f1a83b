"""Indices against a real database: counted, computed twice, frozen, corrected, recomputed."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from alerts.duties.openings import Line, close_entity
from alerts.hazards.review import confirm
from alerts.indices.computing import compute_month, differences, freeze_month
from deploy.cli.index import recomputed
from models.base.errors import Conflict, Invalid, StoreRefused
from models.catalogue.duty_terms import OpeningKind
from models.catalogue.index_terms import IndexBand, IndexKind, IndexState
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.evidence.files import EvidenceFiles
from models.store import Store, Write, indices
from tests.support.indices import MONTH, OPERATOR, OVER, add_cameras, add_days, computed, registered_long_ago
from tests.support.people import raise_alert
from tests.support.world import TENANT, Kitchen, seed_world

CITY = Actor(name="city", role=Role.regulator)


@pytest.fixture
def kitchens(store: Store) -> tuple[Kitchen, Kitchen]:
    found = seed_world(store)
    with store.write() as w:
        registered_long_ago(w)
    return found


def hazard(store: Store, tmp_path: Path, kitchen: Kitchen, code: str, at: datetime) -> None:
    alert = raise_alert(store, EvidenceFiles(tmp_path), kitchen, code, at=at)
    with store.write() as w:
        confirm(w, alert.id, revision=1, by=CITY, at=at)
        w.raw.execute("UPDATE alert SET closed_at = %s WHERE id = %s", (at, alert.id))


def test_every_indicator_is_counted(store: Store, kitchens: tuple[Kitchen, Kitchen], tmp_path: Path) -> None:
    a, b = kitchens
    at = datetime(2026, 10, 13, 4, tzinfo=UTC)
    with store.write() as w:
        add_days(w, a, 31, late=1)
        add_days(w, b, 10)
        add_cameras(w, a)
        add_cameras(w, b, seen=720)
    hazard(store, tmp_path, a, "no_mask", at)
    hazard(store, tmp_path, a, "smoking", at + timedelta(days=1))
    with store.write() as w:
        w.raw.execute(
            "UPDATE task SET acknowledged_at = dispatched_at, submitted_at = dispatched_at, state = 'closed', "
            "closed_at = dispatched_at WHERE code = 'no_mask'"
        )
        w.raw.execute(
            "INSERT INTO transition (object, object_id, version, tenant_id, entity_id, region_code, at, actor, command,"
            " from_state, to_state) SELECT 'task', id, 90 + step, tenant_id, entity_id, region_code, %s, 'city', "
            "CASE step WHEN 0 THEN 'return' ELSE 'accept' END, 'submitted', 'closed' FROM task, "
            "generate_series(0, 1) step WHERE code = 'no_mask'",
            [at],
        )
    found = computed(store)
    counts = found[a.entity].inputs["counts"]
    severities = {"critical": 10, "major": 3, "minor": 1}
    with store.read() as r:
        rows = r.raw.execute("SELECT severity FROM task").fetchall()
    assert counts == {
        "day": [30, 31],
        "week": [0, 4],
        "month": [0, 1],
        "acknowledged": [1, 2],
        "rectified": [1, 2],
        "first_pass": [0, 1],
        "online": [31 * 1440, 31 * 1440],
        "intensity": [sum(severities[severity] for (severity,) in rows), 31 * 1440],
        "posts": [1, 2],
        "trained": [0, 1],
    }
    other = found[b.entity].inputs
    assert (other["counts"]["day"], other["counts"]["online"]) == ([10, 31], [31 * 720, 31 * 1440])
    assert other["means"]["day"] == [40, 62]
    assert (found[a.entity].place, found[b.entity].place) == (1, 2)
    assert ("rectified" in other["counts"], found[b.entity].result["values"]["rectified"]) == (False, "50.0000")


def test_a_hazard_in_appeal_or_void_does_not_count(
    store: Store, kitchens: tuple[Kitchen, Kitchen], tmp_path: Path
) -> None:
    a, _ = kitchens
    with store.write() as w:
        add_days(w, a, 31)
        add_cameras(w, a)
    hazard(store, tmp_path, a, "smoking", datetime(2026, 10, 13, 4, tzinfo=UTC))
    with store.write() as w:
        w.raw.execute("UPDATE task SET severity = 'critical'")
    before = computed(store)[a.entity]
    assert before.inputs["counts"]["rectified"] == [0, 1]
    assert before.inputs["facts"] == {"critical_overdue": 1}
    assert before.result["caps"] == ["critical_overdue"]
    assert before.score is not None
    assert before.score <= 59
    with store.write() as w:
        w.raw.execute("UPDATE task SET state = 'voided', closed_at = now()")
    after = computed(store)[a.entity]
    assert "rectified" not in after.inputs["counts"]
    assert "acknowledged" not in after.inputs["counts"]
    assert (after.inputs["counts"]["intensity"], after.inputs["facts"]) == ([0, 31 * 1440], {})
    with store.write() as w:
        w.raw.execute(
            "UPDATE task SET state = 'appealing', closed_at = NULL, appeal = 'open', appealed_at = now(), "
            "appeal_reason = 'other'"
        )
    assert computed(store)[a.entity].digest == after.digest


def test_minutes_in_which_the_platform_was_down_count_against_nobody(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    a, _ = kitchens
    with store.write() as w:
        add_cameras(w, a, seen=1000, days=1)
        w.raw.execute(
            "UPDATE camera_day SET reasons = decode(repeat('00', 1000) || repeat('09', 400) || repeat('01', 40), 'hex')"
        )
    assert computed(store)[a.entity].inputs["counts"]["online"] == [1000, 1040]


def test_computing_twice_changes_nothing_and_new_facts_change_the_draft(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    a, _ = kitchens
    before = computed(store)
    little = before[a.entity]
    assert (little.score, little.band, little.place) == (None, IndexBand.insufficient, None)
    with store.write() as w:
        again = compute_month(w, TENANT, MONTH, by=OPERATOR, at=OVER + timedelta(hours=1))
    assert (again.all, again.changed) == (2, 0)
    with store.write() as w:
        add_days(w, a, 31)
    after = computed(store)
    assert after[a.entity].id == before[a.entity].id
    assert after[a.entity].digest != before[a.entity].digest
    with store.write() as w:
        w.raw.execute("UPDATE entity SET operating = 'suspended' WHERE id = %s", [a.entity])
    assert set(computed(store)) == set(before) - {a.entity}


def test_a_frozen_index_stays_and_a_correction_is_a_new_version(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    a, b = kitchens
    first = computed(store)
    with store.write() as w:
        assert freeze_month(w, TENANT, MONTH, by=OPERATOR, at=OVER) == 2
    for sql in ("UPDATE index_snapshot SET score = 100, band = 'green'", "DELETE FROM index_snapshot"):
        with pytest.raises(StoreRefused, match="a frozen index is not changed"), store.write() as w:
            w.raw.execute(sql)
    with pytest.raises(Conflict, match="a correction needs a reason"):
        computed(store)
    with store.write() as w:
        assert freeze_month(w, TENANT, MONTH, by=OPERATOR, at=OVER) == 0
    with store.write() as w:
        assert compute_month(w, TENANT, MONTH, by=OPERATOR, at=OVER, correcting="无变化").changed == 0
        w.raw.execute(
            "UPDATE person SET valid_to = '2026-10-01' WHERE entity_id = %s",
            [a.entity],
        )
    shown = computed(store, correcting="人员变更补录")
    assert shown[a.entity].version == 1, "the frozen one counts until the correction is frozen"
    with store.write() as w:
        assert freeze_month(w, TENANT, MONTH, by=OPERATOR, at=OVER) == 2, "the mean changed for both"
    with store.read() as r:
        after = {one.entity_id: one for one in indices.board(r, IndexKind.entity, MONTH, limit=9)}
        every = list(indices.snapshots_of(r, TENANT, IndexKind.entity, MONTH))
    assert (after[a.entity].version, after[a.entity].reason) == (2, "人员变更补录")
    assert after[a.entity].inputs["counts"]["posts"] == [0, 2]
    assert [one.version for one in every if one.subject_id == str(b.entity)] == [1, 2]
    assert every[0].digest in {one.digest for one in first.values()}


def test_a_month_is_not_frozen_early(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    early = datetime(2026, 11, 3, tzinfo=UTC)
    computed(store, at=early)
    with pytest.raises(Invalid, match="may be frozen after"), store.write() as w:
        freeze_month(w, TENANT, MONTH, by=OPERATOR, at=early)
    with pytest.raises(Invalid, match="computed too early"), store.write() as w:
        freeze_month(w, TENANT, MONTH, by=OPERATOR, at=OVER)
    computed(store)
    with store.write() as w:
        assert freeze_month(w, TENANT, MONTH, by=OPERATOR, at=OVER) == 2


def test_recomputing_names_the_first_difference(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    a, _ = kitchens
    with store.write() as w:
        add_days(w, a, 20)
        add_cameras(w, a)
        w.raw.execute("UPDATE device SET created_at = '2026-01-01'")
    computed(store)
    with store.read() as r:
        assert list(differences(r, TENANT, IndexKind.entity, MONTH)) == []
    said: list[str] = []
    with store.write() as w:
        w.raw.execute(
            "UPDATE index_snapshot SET result = jsonb_set(result, '{values,day}', '\"99.9999\"') WHERE entity_id = %s",
            [a.entity],
        )
    with store.read() as r:
        assert recomputed(r, MONTH, None, say=said.append) == 1
    assert "企业a" in said[0]
    assert "result.values.day: stored '99.9999', computed" in said[0]
    with store.write() as w:
        w.raw.execute("UPDATE index_snapshot SET inputs = jsonb_set(inputs, '{counts,posts}', '[2, 2]')")
    with store.read() as r:
        assert len(list(differences(r, TENANT, IndexKind.entity, MONTH))) == 2


def test_the_board_is_ranked_and_paged(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    computed(store)
    with store.write() as w:
        w.raw.execute("UPDATE index_snapshot SET score = 80, band = 'blue'")
        w.raw.execute("UPDATE index_snapshot SET score = 91, band = 'green' WHERE region_code = '330603'")
    with store.read() as r:
        (first,) = indices.board(r, IndexKind.entity, MONTH, limit=1)
        (second,) = indices.board(r, IndexKind.entity, MONTH, after=(Decimal(91), first.id), limit=9)
    assert [(first.place, first.name), (second.place, second.name)] == [(1, "企业b"), (2, "企业a")]
    assert first.state is IndexState.draft


def test_days_weeks_and_a_month_on_which_a_kitchen_was_closed_are_not_due(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    def close(w: Write, kitchen: Kitchen, first: date, last: date) -> None:
        at = datetime.combine(first, time(1), UTC)
        line = Line(kind=OpeningKind.closed, first=first, last=last, reason="秋假")
        close_entity(w, kitchen.entity, line, by=CITY, at=at)

    a, b = kitchens
    with store.write() as w:
        add_days(w, a, 5)  # of the first five days
        close(w, a, date(2026, 10, 1), date(2026, 10, 11))  # two of them fall into a whole week
        close(w, a, date(2026, 10, 30), date(2026, 11, 10))
        close(w, b, date(2026, 10, 1), date(2026, 10, 31))
    found = computed(store)
    counts = found[a.entity].inputs["counts"]
    assert (counts["day"], counts["week"], counts["month"]) == ([0, 18], [0, 3], [0, 1])
    assert not {"day", "month"} & set(found[b.entity].inputs["counts"])
    assert found[b.entity].inputs["counts"]["week"] == [0, 1], "its first days lie in September"
