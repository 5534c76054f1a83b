"""What a visit needs: all rows, times in order, and the quality without which it does not count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts.duties.visit_rules import (
    CHECKLIST,
    check_answers,
    check_names,
    check_times,
    checklist,
    faults_of,
    problems_of,
    signature_of,
)
from models.base.errors import Invalid
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import VisitFault, VisitMode
from models.domain.supervision import Visit, VisitAnswer, VisitPhoto

AT = datetime(2026, 11, 30, 2, tzinfo=UTC)
HEADS = checklist(CHECKLIST)
ALL_OK = tuple(VisitAnswer(code=code, result=RowResult.ok) for head in HEADS for code, _ in head.rows)
PHOTOS = tuple(VisitPhoto(evidence_id=UUID(int=n), sha256=f"{n:064}", used_elsewhere=False) for n in (1, 2))
GOOD: dict[str, Any] = {
    "mode": VisitMode.onsite,
    "lasted": timedelta(minutes=10),
    "heads": HEADS,
    "answers": ALL_OK,
    "photos": PHOTOS,
    "located": True,
    "distance_m": 300.0,
}


def test_the_checklist_has_six_heads_and_some_twenty_rows() -> None:
    assert [head.name for head in HEADS] == ["建制度", "配人员", "明职责", "强机制", "建台账", "提意识"]
    assert 18 <= len(ALL_OK) <= 24
    for wrong in ("visit.v9", "../tiers", "tiers"):
        with pytest.raises(Invalid, match=r"expected visit\.v1"):
            checklist(wrong)


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, ()),
        ({"lasted": timedelta(minutes=9, seconds=59)}, (VisitFault.too_short,)),
        ({"distance_m": 300.1}, (VisitFault.outside_fence,)),
        ({"distance_m": None}, ()),  # the kitchen's position is unknown
        ({"located": False, "distance_m": None}, (VisitFault.no_position,)),
        ({"photos": PHOTOS[:1]}, (VisitFault.few_photos,)),
        ({"answers": ALL_OK[1:]}, (VisitFault.unanswered,)),
        ({"photos": (*PHOTOS, PHOTOS[0])}, (VisitFault.used_photo,)),
        ({"photos": (PHOTOS[0], replace(PHOTOS[1], used_elsewhere=True))}, (VisitFault.used_photo,)),
        ({"mode": VisitMode.online, "lasted": timedelta(0), "located": False, "distance_m": None}, ()),
        ({"mode": VisitMode.centralised, "distance_m": 9000.0}, ()),
    ],
)
def test_a_visit_counts_unless_something_is_missing(change: dict[str, Any], faults: tuple[VisitFault, ...]) -> None:
    assert faults_of(**(GOOD | change)) == faults


def test_answers_belong_to_rows_once_and_problems_have_words() -> None:
    check_answers(HEADS, ALL_OK)
    for wrong, said in (
        ((VisitAnswer(code="moon", result=RowResult.ok),), "no row"),
        ((ALL_OK[0], ALL_OK[0]), "twice"),
        ((VisitAnswer(code="samples", result=RowResult.problem, problem=" "),), "needs words"),
    ):
        with pytest.raises(Invalid, match=said):
            check_answers(HEADS, wrong)


@pytest.mark.parametrize(
    ("start", "end", "fits"), [(-20, -5, True), (0, 5, True), (-5, -6, False), (0, 6, False), (-721, 0, False)]
)
def test_a_visit_has_ended_and_did_not_last_for_days(start: int, end: int, *, fits: bool) -> None:
    times = AT + timedelta(minutes=start), AT + timedelta(minutes=end)
    if fits:
        check_times(*times, at=AT)
    else:
        with pytest.raises(Invalid, match="started_at, ended_at"):
            check_times(*times, at=AT)


def test_both_sides_sign_with_their_names() -> None:
    check_names("李包保", "王安全")
    for wrong in ("", " ", "x" * 51):
        with pytest.raises(Invalid, match="both who sign"):
            check_names("李包保", wrong)


def test_the_problems_of_one_head_are_told_together() -> None:
    answers = [
        VisitAnswer(code="vouchers", result=RowResult.problem, problem="缺三张"),
        VisitAnswer(code="samples", result=RowResult.problem, problem="未留样"),
        VisitAnswer(code="rules_on_file", result=RowResult.not_applicable),
    ]
    ((head, text),) = problems_of(HEADS, answers)
    assert (head.code, text) == ("duty_ledgers", "进货查验票证齐全：缺三张；食品留样符合要求：未留样")


def test_the_signature_changes_with_what_was_signed() -> None:
    visit = Visit(
        id=UUID(int=1),
        tenant_id="t",
        entity_id=UUID(int=2),
        region_code="330602",
        task_id=UUID(int=3),
        site_id="s",
        mode=VisitMode.onsite,
        started_at=AT,
        ended_at=AT,
        latitude=None,
        longitude=None,
        datum=None,
        accuracy_m=None,
        distance_m=None,
        checklist=CHECKLIST,
        answers=ALL_OK,
        advice="",
        photo_ids=(),
        cadre_id=UUID(int=4),
        cadre_name="李",
        entity_name="王",
        signature="",
        faults=(),
        hazards=(),
        submitted_by="x",
        submitted_at=AT,
        client_at=AT,
    )
    signed = signature_of(visit)
    for change in ({"entity_name": "赵"}, {"advice": "x"}, {"answers": ALL_OK[1:]}, {"latitude": 30.0}):
        assert signature_of(replace(visit, **change)) != signed  # type: ignore[arg-type]
    assert signature_of(replace(visit, submitted_by="y", client_at=AT + timedelta(1))) == signed
