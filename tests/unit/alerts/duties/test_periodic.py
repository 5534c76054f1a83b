"""Weeks and months: their periods, what is filled in, and what a signature demands."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.duties.periodic import (
    Facts,
    assigned,
    filled_in,
    late_after,
    period_of,
    signature_of,
    signed,
    written_month,
    written_week,
)
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.duty_terms import Rating, RecordState, ReportKind, RowResult
from models.catalogue.terms import Post, Role
from models.domain.access import Actor
from models.domain.records import DayRecord, RecordRow
from models.domain.registry import Person
from models.domain.reports import Decision, Problem, Report

OWNER = {"tenant_id": "t", "entity_id": UUID(int=1), "region_code": "330602"}
MONDAY, FIRST = date(2026, 11, 23), date(2026, 11, 1)
AT = datetime(2026, 11, 28, 8, tzinfo=UTC)
OFFICER, REGULATOR = Actor(name="o", role=Role.enterprise), Actor(name="r", role=Role.regulator)


def report(kind: ReportKind = ReportKind.week, **more: Any) -> Report:  # noqa: ANN401
    begin = MONDAY if kind is ReportKind.week else FIRST
    values = {
        **OWNER,
        "id": UUID(int=2),
        "kind": kind,
        "site_id": "s" if kind is ReportKind.week else None,
        "begin": begin,
        "until": period_of(kind, begin, at=AT)[1],
        "state": RecordState.draft,
        "days_due": 0,
        "days_signed": 0,
        "days_late": 0,
        "problems": (),
        "opened_by": "o",
        "opened_at": AT,
    }
    return Report(**values | more)


def a_day(number: int, *results: RowResult, state: RecordState = RecordState.signed, late: bool = False) -> DayRecord:
    items = tuple(
        RecordRow(code=f"row{n}", text=f"项目{n}", result=result, problem="坏了", disposal="已修")
        for n, result in enumerate(results, 1)
    )
    day = MONDAY + timedelta(days=number)
    return DayRecord(
        **OWNER,
        id=UUID(int=100 + number),
        site_id="s",
        day=day,
        pack="day.school.v1",
        state=state,
        items=items,
        opened_by="o",
        opened_at=AT,
        late=late,
    )


def facts(*records: DayRecord, people: tuple[Person, ...] = ()) -> Facts:
    return Facts(records=records, tasks=(), people=people, names={}, days_due=6)


def principal(name: str = "赵校长") -> Person:
    return Person(**OWNER, id=UUID(int=9), name=name, post=Post.principal, valid_from=AT)


WEEK = {"rating": Rating.controlled, "words": "正常", "plan": "", "problems": (), "by": OFFICER}
MONTH: dict[str, Any] = {
    "chair": "赵校长",
    "place": "会议室",
    "present": ["赵校长", "李总监"],
    "words": "汇报",
    "plan": "冷链",
    "decisions": [Decision(what="换冷柜", who="李总监", due=date(2026, 12, 10))],
    "by": OFFICER,
}


@given(st.dates(date(2020, 1, 1), date(2040, 12, 1)))
def test_a_period_is_a_whole_week_or_month_and_ends_before_it_is_late(day: date) -> None:
    at = datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(hours=8)
    monday, first = day - timedelta(days=day.weekday()), day.replace(day=1)
    for kind, begin in ((ReportKind.week, monday), (ReportKind.month, first)):
        begun, until = period_of(kind, begin, at=at)
        assert begun <= day <= until
        assert (until + timedelta(days=1)).weekday() == 0 or (until + timedelta(days=1)).day == 1
        late = late_after(kind, begin).astimezone(SHANGHAI)
        assert until < late.date() <= until + timedelta(days=6)


@pytest.mark.parametrize(
    ("kind", "begin", "says"),
    [
        (ReportKind.week, date(2026, 11, 24), "expected a Monday, for example 2026-11-23"),
        (ReportKind.month, date(2026, 11, 2), "first day of a month, for example 2026-11-01"),
        (ReportKind.week, date(2026, 11, 30), "last 70 days"),
        (ReportKind.week, date(2026, 1, 5), "last 70 days"),
    ],
)
def test_a_wrong_period_is_refused(kind: ReportKind, begin: date, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        period_of(kind, begin, at=AT)


def test_problems_of_day_records_come_in_with_the_number_of_their_row() -> None:
    days = [
        a_day(0, RowResult.ok, RowResult.problem),
        a_day(1, RowResult.problem, state=RecordState.draft),
        a_day(2, RowResult.ok, late=True),
    ]
    found = filled_in(report(), facts(*days))
    assert (found.days_due, found.days_signed, found.days_late) == (6, 2, 1)
    assert [(one.number, one.done, one.measure) for one in found.problems] == [
        ("2", True, "已修"),
        ("1", False, "已修"),
    ]
    again = written_week(
        found, **{**WEEK, "problems": [replace(found.problems[1], measure="再查", person="王安全", done=True)]}
    )
    later = filled_in(again, facts(*days, a_day(3, RowResult.problem)))
    assert [(one.measure, one.person) for one in later.problems[1:]] == [("再查", "王安全"), ("已修", "")]
    with pytest.raises(Invalid, match="none of this name"):
        written_week(found, **{**WEEK, "problems": [Problem(ref="task/x", number="", what="")]})


def test_a_month_carries_over_what_is_not_done() -> None:
    found = filled_in(
        report(ReportKind.month),
        facts(a_day(0, RowResult.problem), a_day(1, RowResult.problem, state=RecordState.draft)),
    )
    assert [one.ref.split("/")[1] for one in found.problems] == [str(UUID(int=101))]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rating": None}, "rating: expected one of controlled, risk, serious"),
        ({"words": " "}, "words: expected the analysis"),
    ],
)
def test_a_week_without_its_essentials_is_not_signed(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        signed(written_week(report(), **(WEEK | changes)), facts(), name="李", by=OFFICER, at=AT)


def test_an_unsolved_problem_needs_a_measure_and_a_person() -> None:
    open_one = Problem(ref="record/1/x", number="1", what="坏", measure="修")
    with pytest.raises(Invalid, match="expected a measure and a person"):
        signed(written_week(report(problems=(open_one,)), **WEEK), facts(), name="李", by=OFFICER, at=AT)
    closed = replace(open_one, person="王")
    assert signed(written_week(report(problems=(closed,)), **WEEK), facts(), name="李", by=OFFICER, at=AT).signature


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"chair": "李总监"}, "李总监", "expected the principal, 赵校长"),
        ({}, "李总监", "expected the chair"),
        ({"present": [" "]}, "赵校长", "who was there"),
        ({"plan": ""}, "赵校长", "next month"),
        ({"words": ""}, "赵校长", "what the officers reported"),
        ({"decisions": [Decision(what="x", who="y", due=date(2026, 11, 1))]}, "赵校长", "a day that is not over"),
    ],
)
def test_minutes_without_their_essentials_are_not_signed(changes: dict[str, Any], name: str, says: str) -> None:
    written = written_month(report(ReportKind.month), **(MONTH | changes))
    with pytest.raises(Invalid, match=says):
        signed(written, facts(people=(principal(),)), name=name, by=OFFICER, at=AT)


def test_decisions_and_a_serious_week_become_work() -> None:
    people = facts(people=(principal(),))
    minutes = signed(written_month(report(ReportKind.month), **MONTH), people, name="赵校长", by=OFFICER, at=AT)
    assert assigned(minutes, people, at=AT) == tuple(MONTH["decisions"])
    calm = signed(written_week(report(), **WEEK), people, name="李", by=OFFICER, at=AT)
    assert assigned(calm, people, at=AT) == ()
    serious = signed(
        written_week(report(), **(WEEK | {"rating": Rating.serious})), people, name="李", by=OFFICER, at=AT
    )
    (work,) = assigned(serious, people, at=AT)
    assert (work.who, work.due) == ("赵校长", date(2026, 11, 28))


def test_a_signed_report_is_closed_and_its_signature_covers_every_word() -> None:
    done = signed(written_week(report(), **WEEK), facts(), name="李", by=OFFICER, at=AT)
    with pytest.raises(InvalidTransition):
        written_week(done, **WEEK)
    with pytest.raises(NotAllowed):
        written_week(report(), **(WEEK | {"by": REGULATOR}))
    for change in ({"words": "x"}, {"rating": Rating.risk}, {"signed_by": "y"}, {"days_signed": 3}):
        assert signature_of(replace(done, **change)) != done.signature
    late = signed(written_week(report(), **WEEK), facts(), name="李", by=OFFICER, at=AT + timedelta(days=5))
    assert (done.late, late.late) == (False, True)
