"""The day record: what is filled in, what an answer needs, and what may not be signed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.duties.daily import Answer, Facts, answered, check_day, filled_in, grace_of, renewed, signature_of, signed
from alerts.duties.packs import pack, packs
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.base.ids import uuid7
from models.catalogue.duty_terms import Meal, RecordState, RowResult
from models.catalogue.terms import AlertOrigin, AlertState, Role, Severity, Zone
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.meals import MealRecord, Supply
from models.domain.records import DayRecord

DAY = date(2026, 9, 1)
AT = datetime(2026, 9, 1, 10, tzinfo=UTC)
OFFICER = Actor(name="officer", role=Role.enterprise)
OWNER = {"tenant_id": "t", "entity_id": UUID(int=1), "region_code": "330602"}
NOTHING = Facts(alerts=(), sensor_codes=frozenset(), has_cameras=False, watched=None, open_hazards=0)


def alert(code: str, *, state: AlertState = AlertState.confirmed, occurrences: int = 1) -> Alert:
    return Alert(
        id=uuid7(),
        **OWNER,
        site_id="s",
        device_id="d",
        zone=Zone.cooking,
        code=code,
        severity=Severity.minor,
        origin=AlertOrigin.violation,
        state=state,
        occurrences=occurrences,
        first_at=AT,
        last_at=AT,
        opened_at=AT,
        closed_at=None,
        score=None,
        measured=None,
        evidence_ids=(),
        reviewed_by=None,
        reviewed_at=None,
        reason=None,
        remark=None,
        version=1,
        revision=1,
    )


def record(facts: Facts = NOTHING) -> DayRecord:
    return DayRecord(
        id=uuid7(),
        **OWNER,
        site_id="s",
        day=DAY,
        pack="day.school.v1",
        state=RecordState.draft,
        items=filled_in(pack("day.school.v1"), facts),
        opened_by="officer",
        opened_at=AT,
    )


def all_ok(draft: DayRecord) -> DayRecord:
    return answered(draft, [Answer(code=row.code, result=RowResult.ok) for row in draft.items], by=OFFICER)


def test_row_23_every_shipped_form_reads_and_the_school_has_its_nineteen_rows() -> None:
    assert {"day.school.v1", "day.catering.v1"} <= set(packs())
    assert len(pack("day.school.v1").rows) == 19
    with pytest.raises(Invalid, match="expected one of"):
        pack("day.moon.v1")


def test_what_the_platform_knows_is_suggested_with_its_source_and_never_answered() -> None:
    facts = Facts(
        alerts=(alert("no_mask", occurrences=3), alert("no_chef_hat", state=AlertState.pending_review)),
        sensor_codes=frozenset({"fridge_temp"}),
        has_cameras=True,
        watched=0.5,
        open_hazards=1,
    )
    rows = {row.code: row for row in record(facts).items}
    assert all(row.result is None for row in rows.values())
    hygiene = rows["personal_hygiene"]
    assert (hygiene.suggested, len(hygiene.alert_ids)) == (RowResult.problem, 2)
    assert "未戴口罩 3 次" in hygiene.source
    assert "1 条待复核" in hygiene.source
    assert rows["cold_equipment"].suggested is RowResult.ok
    assert (rows["bright_kitchen"].suggested, rows["bright_kitchen"].source) == (
        RowResult.problem,
        "摄像头有效监测 50%",
    )
    assert rows["vouchers"].suggested is None


def test_a_kitchen_without_eyes_gets_no_compliment() -> None:
    assert all(row.suggested is None for row in record(NOTHING).items)
    blind = replace(NOTHING, has_cameras=True, watched=0.0)
    assert {row.suggested for row in record(blind).items} == {None, RowResult.problem}


def test_a_problem_needs_words_and_an_unknown_row_is_refused() -> None:
    with pytest.raises(Invalid, match="disposal"):
        answered(record(), [Answer(code="samples", result=RowResult.problem, problem="未留样")], by=OFFICER)
    with pytest.raises(Invalid, match="no such row"):
        answered(record(), [Answer(code="x", result=RowResult.ok)], by=OFFICER)
    with pytest.raises(NotAllowed):
        answered(record(), [], by=Actor(name="r", role=Role.regulator))


def test_a_signature_needs_every_row_a_name_and_the_truth() -> None:
    with pytest.raises(Invalid, match="19 rows"):
        signed(record(), NOTHING, name="王安全", zero_risk=False, by=OFFICER, at=AT)
    full = all_ok(record())
    with pytest.raises(Invalid, match="name"):
        signed(full, NOTHING, name=" ", zero_risk=True, by=OFFICER, at=AT)
    with pytest.raises(Invalid, match="zero_risk"):
        signed(full, replace(NOTHING, open_hazards=1), name="王安全", zero_risk=True, by=OFFICER, at=AT)
    trouble = answered(
        full, [Answer(code="samples", result=RowResult.problem, problem="未留样", disposal="补")], by=OFFICER
    )
    with pytest.raises(Invalid, match="zero_risk"):
        signed(trouble, NOTHING, name="王安全", zero_risk=True, by=OFFICER, at=AT)
    done = signed(full, NOTHING, name="王安全", zero_risk=True, by=OFFICER, at=AT)
    assert (done.state, done.late, done.signature) == (RecordState.signed, False, signature_of(done))
    with pytest.raises(InvalidTransition):
        answered(done, [Answer(code="samples", result=RowResult.ok)], by=OFFICER)
    with pytest.raises(InvalidTransition):
        signed(done, NOTHING, name="王安全", zero_risk=True, by=OFFICER, at=AT)


@pytest.mark.parametrize(("after", "late"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_a_record_is_late_after_ten_of_the_next_day(after: timedelta, *, late: bool) -> None:
    grace = grace_of(DAY)
    assert grace == datetime(2026, 9, 2, 2, tzinfo=UTC)
    assert signed(all_ok(record()), NOTHING, name="王", zero_risk=True, by=OFFICER, at=grace + after).late is late


@given(st.integers(0, 18), st.sampled_from(RowResult))
def test_the_signature_changes_with_any_row(index: int, result: RowResult) -> None:
    done = signed(all_ok(record()), NOTHING, name="王", zero_risk=False, by=OFFICER, at=AT)
    rows = list(done.items)
    rows[index] = replace(rows[index], result=result)
    assert (signature_of(replace(done, items=tuple(rows))) == done.signature) == (result is RowResult.ok)


@pytest.mark.parametrize(("days", "fits"), [(1, False), (0, True), (-7, True), (-8, False)])
def test_a_day_ahead_or_long_past_has_no_record(days: int, *, fits: bool) -> None:
    day = DAY + timedelta(days=days)
    if fits:
        check_day(day, at=AT)
    else:
        with pytest.raises(Invalid, match="expected today"):
            check_day(day, at=AT)


def a_meal(meal: Meal, *, sampled: bool = True, traced: bool = True) -> MealRecord:
    return MealRecord(
        tenant_id="t",
        entity_id=UUID(int=1),
        region_code="330602",
        id=UUID(int=2),
        site_id="s",
        day=date(2026, 11, 27),
        meal=meal,
        diners=1,
        dishes=("米饭",),
        supplies=(Supply(goods="大米", supplier="粮油", voucher="1" if traced else ""),),
        sampled=sampled,
        companion="",
        companion_words="",
        recorded_by="o",
        recorded_at=datetime(2026, 11, 27, 4, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("meals", "samples", "vouchers"),
    [
        ((), (None, ""), (None, "")),
        (
            (a_meal(Meal.breakfast), a_meal(Meal.lunch)),
            (RowResult.ok, "餐次登记：早餐、午餐已留样"),
            (RowResult.ok, "餐次登记：早餐、午餐食材票证齐全"),
        ),
        (
            (a_meal(Meal.breakfast, traced=False), a_meal(Meal.lunch, sampled=False)),
            (RowResult.problem, "餐次登记：午餐未登记留样"),
            (RowResult.problem, "餐次登记：早餐食材缺供货商或票证"),
        ),
    ],
)
def test_recorded_meals_fill_in_samples_and_vouchers(
    meals: tuple[MealRecord, ...], samples: tuple[RowResult | None, str], vouchers: tuple[RowResult | None, str]
) -> None:
    known = Facts(alerts=(), sensor_codes=frozenset(), has_cameras=False, watched=None, open_hazards=0, meals=meals)
    rows = {row.code: (row.suggested, row.source) for row in filled_in(pack("day.school.v1"), known)}
    assert (rows["samples"], rows["vouchers"]) == (samples, vouchers)


def test_rows_without_an_answer_are_renewed_and_answered_ones_stay() -> None:
    form = pack("day.school.v1")
    lunch = Facts(
        alerts=(),
        sensor_codes=frozenset(),
        has_cameras=False,
        watched=None,
        open_hazards=0,
        meals=(a_meal(Meal.lunch),),
    )
    bad = replace(lunch, meals=(a_meal(Meal.lunch, sampled=False, traced=False),), alerts=(alert("no_mask"),))
    half = answered(record(lunch), [Answer(code="samples", result=RowResult.ok)], by=OFFICER)
    after = renewed(half, form, bad)
    rows, before = {row.code: row for row in after.items}, {row.code: row for row in half.items}
    assert rows["samples"] == before["samples"], "an answered row keeps its source"
    assert rows["vouchers"].source == "餐次登记：午餐食材缺供货商或票证"
    assert (rows["personal_hygiene"].suggested, rows["personal_hygiene"].result) == (RowResult.problem, None)
    assert [row.code for row in after.items] == [row.code for row in half.items]
    assert after.version == half.version
    done = signed(all_ok(half), lunch, name="王安全", zero_risk=False, by=OFFICER, at=AT)
    assert renewed(done, form, bad) is done
