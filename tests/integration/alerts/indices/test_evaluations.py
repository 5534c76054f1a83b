"""Quarters and years of counties: means of frozen months, signed off by the level above, recomputed to the digit."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.indices.computing import differences, freeze_month
from alerts.indices.evaluations import compute_evaluation, sign_off_evaluation
from alerts.indices.reading import is_one_of_the_last, place_of
from alerts.indices.scheduled import Slot, evaluations
from models.base.errors import Conflict, Invalid, NotAllowed
from models.catalogue.index_terms import IndexBand, IndexKind, IndexState
from models.catalogue.terms import Role
from models.domain.access import SYSTEM, Actor
from models.domain.indices import Ranked
from models.store import Store, indices
from tests.integration.alerts.indices.test_regions import computed, counties
from tests.support.indices import MONTH, OPERATOR, OVER
from tests.support.world import TENANT

QUARTER = "2026-Q4"
NEXT = datetime(2027, 1, 12, 4, tzinfo=UTC)
CHIEF = Actor(name="chief", role=Role.regulator)
WORDS = {"name": "张主任", "opinion": "同意"}


def frozen_months(store: Store, tmp_path: Path, *more: str) -> None:
    """October as it was counted, and further months whose counties have ten points less each."""
    counties(store, tmp_path)
    computed(store)
    with store.write() as w:
        freeze_month(w, TENANT, MONTH, kind=IndexKind.region, by=OPERATOR, at=OVER)
        for number, month in enumerate(more, start=1):
            w.raw.execute(
                "INSERT INTO index_snapshot (id, tenant_id, kind, subject_id, region_code, name, period, version, "
                "formula, state, inputs, score, band, result, digest, reason, computed_by, computed_at, frozen_by, "
                "frozen_at) SELECT gen_random_uuid(), tenant_id, kind, subject_id, region_code, name, %s, version, "
                "formula, state, inputs, score - %s, band, result, digest, reason, computed_by, computed_at, "
                "frozen_by, frozen_at FROM index_snapshot WHERE period = %s AND kind = 'region'",
                [month, 10 * number, MONTH],
            )


def evaluated(store: Store, period: str = QUARTER, *, by: Actor = SYSTEM) -> list[Ranked]:
    with store.write() as w:
        compute_evaluation(w, TENANT, period, by=by, at=NEXT)
        assert compute_evaluation(w, TENANT, period, by=by, at=NEXT).changed == 0
    with store.read() as r:
        return indices.board(r, IndexKind.region, period, limit=9)


def test_row_11_a_quarter_is_the_mean_of_its_months_and_is_signed_off(store: Store, tmp_path: Path) -> None:
    frozen_months(store, tmp_path, "2026-11", "2026-12")
    found = evaluated(store)
    with store.read() as r:
        october = {one.subject_id: one.score for one in indices.board(r, IndexKind.region, MONTH, limit=9)}
    best = found[0]
    score = october[best.subject_id]
    assert score is not None
    assert best.score == score - 10, "the mean of three months, each ten points below the one before"
    assert [place_of(one) for one in found] == [1, 2, 3, 4, 5]
    assert [is_one_of_the_last(one) for one in found] == [False, False, True, True, True]
    assert sorted(best.inputs["months"]) == ["2026-10", "2026-11", "2026-12"]
    with store.write() as w:
        assert sign_off_evaluation(w, TENANT, QUARTER, **WORDS, region="3306", by=CHIEF, at=NEXT) == 5
    with store.read() as r:
        signed = indices.board(r, IndexKind.region, QUARTER, limit=1)[0]
        assert list(differences(r, TENANT, IndexKind.region, QUARTER)) == []
    assert (signed.state, signed.frozen_by, signed.signed_name, signed.opinion) == (
        IndexState.frozen,
        "chief",
        "张主任",
        "同意",
    )
    with pytest.raises(Conflict, match="needs a reason"):
        evaluated(store)


def test_a_period_with_too_few_months_has_no_index(store: Store, tmp_path: Path) -> None:
    frozen_months(store, tmp_path, "2026-11")
    assert evaluated(store)[0].score is not None, "two of three"
    year = evaluated(store, "2026")
    assert {(one.score, one.band) for one in year} == {(None, IndexBand.insufficient)}
    assert year[0].result["available"] == 16
    assert [place_of(one) for one in year] == [None] * 5


def test_a_sign_off_needs_the_level_above_somebody_else_and_words(store: Store, tmp_path: Path) -> None:
    frozen_months(store, tmp_path, "2026-11")
    evaluated(store, by=OPERATOR)
    early = datetime(2026, 12, 30, tzinfo=UTC)
    for error, says, more in (
        (NotAllowed, "level above", {"region": "330602"}),
        (NotAllowed, "needs one of the roles", {"by": Actor(name="x", role=Role.enterprise)}),
        (NotAllowed, "somebody else", {"by": OPERATOR}),
        (Invalid, "it is not over", {"at": early}),
        (Invalid, "name: expected", {"name": " "}),
        (Invalid, "2026-12 was not frozen", {}),
    ):
        asked = {**WORDS, "region": "3306", "by": CHIEF, "at": NEXT} | more
        with pytest.raises(error, match=says), store.write() as w:
            sign_off_evaluation(w, TENANT, QUARTER, **asked)
    with pytest.raises(Invalid, match="nothing to sign off"), store.write() as w:
        sign_off_evaluation(w, TENANT, "2026-Q3", **WORDS, region="", by=CHIEF, at=NEXT)
    for wrong in ("2026-Q5", "2026-11", "26", "2027-Q2"):
        with pytest.raises(Invalid), store.write() as w:
            compute_evaluation(w, TENANT, wrong, by=OPERATOR, at=NEXT)


def test_a_quarter_and_a_year_are_drafted_when_their_last_month_is_complete() -> None:
    assert evaluations(at=datetime(2026, 11, 10, 4, tzinfo=UTC)) == []
    assert evaluations(at=datetime(2026, 10, 13, 4, tzinfo=UTC)) == [Slot(IndexKind.region, "2026-Q3")]
    assert evaluations(at=NEXT) == [Slot(IndexKind.region, QUARTER), Slot(IndexKind.region, "2026")]
