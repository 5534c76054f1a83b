"""The yearly index of cadres: counted by quarters, signed off by somebody else, then never changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.hazards.review import confirm
from alerts.indices.cadres import compute_year, sign_off_year
from alerts.indices.computing import differences
from models.base.errors import Conflict, Invalid, NotAllowed, StoreRefused
from models.catalogue.index_terms import IndexBand, IndexKind, IndexState
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.indices import Ranked
from models.evidence.files import EvidenceFiles
from models.store import Store, indices
from tests.support.guarantees import cadre_of
from tests.support.indices import OPERATOR, add_supervision, rows_add_up
from tests.support.people import raise_alert
from tests.support.world import TENANT, Kitchen, seed_world

CHIEF = Actor(name="chief", role=Role.regulator)
NEXT = datetime(2027, 1, 8, tzinfo=UTC)
SIGNED = {"name": "张主任", "opinion": "同意"}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


def computed(store: Store, *, at: datetime = NEXT, correcting: str = "") -> list[Ranked]:
    with store.write() as w:
        compute_year(w, TENANT, "2026", by=OPERATOR, at=at, correcting=correcting)
    with store.read() as r:
        found = indices.board(r, IndexKind.cadre, "2026", limit=9)
        rows_add_up(r, found)
        return found


def test_row_11_a_cadres_year_is_the_mean_of_quarters_frozen_with_a_sign_off(store: Store, kitchen: Kitchen) -> None:
    good, weak = cadre_of(store, kitchen, "李包保"), cadre_of(store, kitchen, "王包保")
    with store.write() as w:
        for month in ("03", "06", "09", "12"):
            due = day(f"2026-{month}-20")
            add_supervision(w, kitchen, good.id, due, visits=((due - timedelta(days=1), True),))
            late = month == "06"
            add_supervision(
                w, kitchen, weak.id, due, visits=((due + timedelta(days=5) if late else due - timedelta(days=2), True),)
            )
    first, second = computed(store)
    assert (first.name, str(first.score), first.band, first.place) == ("李包保", "100.00", IndexBand.green, 1)
    # In the second quarter nothing was in time (0 of 40), and the quality was right (20 of 20): 20 of 60.
    assert second.result["quarters"]["q2"]["score"] == "33.33"
    assert (second.name, str(second.score), second.band) == ("王包保", "83.33", IndexBand.blue)
    assert second.result["caps"] == ["weak_quarter"]
    with pytest.raises(NotAllowed, match="somebody else than who computed"), store.write() as w:
        sign_off_year(w, TENANT, "2026", **SIGNED, by=OPERATOR, at=NEXT)
    with store.write() as w:
        assert sign_off_year(w, TENANT, "2026", **SIGNED, by=CHIEF, at=NEXT) == 2
    with store.read() as r:
        signed = indices.board(r, IndexKind.cadre, "2026", limit=1)[0]
        assert list(differences(r, TENANT, IndexKind.cadre, "2026")) == []
    assert (signed.state, signed.frozen_by, signed.signed_name) == (IndexState.frozen, "chief", "张主任")
    assert signed.opinion == "同意"
    with pytest.raises(StoreRefused, match="a frozen index is not changed"), store.write() as w:
        w.raw.execute("UPDATE index_snapshot SET opinion = 'x'")
    with pytest.raises(Conflict, match="needs a reason"):
        computed(store)


def test_visits_that_do_not_count_and_very_late_ones_show(store: Store, kitchen: Kitchen) -> None:
    cadre = cadre_of(store, kitchen)
    due = day("2026-03-20")
    with store.write() as w:
        add_supervision(w, kitchen, cadre.id, due, visits=((due - timedelta(days=3), False), (due, True)))
        add_supervision(w, kitchen, cadre.id, due)
        exempted = add_supervision(w, kitchen, cadre.id, due)
        w.raw.execute("UPDATE supervision_task SET state = 'exempted', closed_at = now() WHERE id = %s", [exempted])
    (found,) = computed(store)
    assert found.inputs["quarters"]["q1"]["counts"] == {"done": [1, 2], "quality": [1, 2]}
    assert found.inputs["quarters"]["q2"]["counts"] == {}
    assert found.inputs["facts"] == {"late_15": 1}


def test_hazards_that_a_visit_found_count_when_they_are_closed(store: Store, kitchen: Kitchen, tmp_path: Path) -> None:
    cadre = cadre_of(store, kitchen)
    at = day("2026-10-13T04:00")
    alert = raise_alert(store, EvidenceFiles(tmp_path), kitchen, "no_mask", at=at)
    with store.write() as w:
        _, task = confirm(w, alert.id, revision=1, by=CHIEF, at=at)
        add_supervision(w, kitchen, cadre.id, day("2026-10-20"), visits=((at, True),), hazards=(task.id,))
    (open_one,) = computed(store)
    assert open_one.inputs["quarters"]["q4"]["counts"]["closed"] == [0, 1]
    with store.write() as w:
        w.raw.execute("UPDATE task SET state = 'closed', closed_at = %s", [at])
    (closed,) = computed(store)
    assert closed.inputs["quarters"]["q4"]["counts"]["closed"] == [1, 1]


def test_a_year_is_signed_off_when_it_is_over_and_with_words(store: Store, kitchen: Kitchen) -> None:
    cadre = cadre_of(store, kitchen)
    with store.write() as w:
        add_supervision(w, kitchen, cadre.id, day("2026-03-20"))
    early = day("2026-12-30")
    computed(store, at=early)
    for at, words, says in (
        (early, SIGNED, "not over"),
        (NEXT, SIGNED, "computed before it was over"),
        (NEXT, {"name": " ", "opinion": "x"}, "name: expected"),
        (NEXT, {"name": "x", "opinion": "x" * 2001}, "opinion: expected"),
    ):
        with pytest.raises(Invalid, match=says), store.write() as w:
            sign_off_year(w, TENANT, "2026", **words, by=CHIEF, at=at)
    with pytest.raises(NotAllowed, match="needs one of the roles"), store.write() as w:
        sign_off_year(w, TENANT, "2026", **SIGNED, by=Actor(name="x", role=Role.enterprise), at=NEXT)
    with pytest.raises(Invalid, match="nothing to sign off"), store.write() as w:
        sign_off_year(w, TENANT, "2025", **SIGNED, by=CHIEF, at=NEXT)
    with pytest.raises(Invalid, match="expected a year"), store.write() as w:
        compute_year(w, TENANT, "26", by=OPERATOR, at=NEXT)
