from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.deadlines.calendar import add_working, working_between
from alerts.deadlines.clocks import office_hours
from alerts.deadlines.levels import level_at
from alerts.deadlines.seed import seeded
from alerts.hazards.lifecycle import Submission, at_its_level, commands_for, decide
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, MingchuError, NotAllowed
from models.base.ids import uuid7
from models.catalogue.terms import DeadlineClock, Role, Severity, TaskCommand, TaskState, Zone
from models.domain.access import Actor
from models.domain.calendars import Calendar
from models.domain.tasks import RectificationTask

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
OFFICER = Actor(name="officer", role=Role.enterprise)
REGULATOR = Actor(name="regulator", role=Role.regulator)
PHOTO = UUID(int=1)


def task(state: TaskState = TaskState.dispatched, **changes: object) -> RectificationTask:
    fresh = RectificationTask(
        id=uuid7(),
        tenant_id="t",
        entity_id=uuid7(),
        region_code="330602",
        site_id="s",
        device_id="d",
        alert_id=uuid7(),
        code="no_chef_hat",
        zone=Zone.cooking,
        severity=Severity.minor,
        state=state,
        attempt=1,
        person_id=uuid7(),
        requirement="",
        dispatched_at=AT,
        due_at=AT + timedelta(hours=24),
        due_from=AT,
        due_span=timedelta(hours=24),
        acknowledged_at=None,
        submitted_at=None,
        submitted_by=None,
        closed_at=None,
        measure=None,
        cause=None,
        proof_ids=(),
        overdue_level=0,
        version=1,
    )
    return replace(fresh, **changes)


def proof(*, taken: datetime = AT + timedelta(hours=1), measure: str = "换人") -> Submission:
    return Submission(photos=((PHOTO, taken),), measure=measure)


def test_the_usual_way_ends_closed() -> None:
    later = AT + timedelta(hours=2)
    acknowledged = decide(task(), TaskCommand.acknowledge, by=OFFICER, at=later)
    submitted = decide(acknowledged, TaskCommand.submit, by=OFFICER, at=later, submission=proof())
    closed = decide(submitted, TaskCommand.accept, by=REGULATOR, at=later)
    assert (acknowledged.acknowledged_at, submitted.proof_ids, submitted.submitted_by) == (later, (PHOTO,), "officer")
    assert (closed.state, closed.closed_at) == (TaskState.closed, later)


def test_a_return_needs_a_reason_and_counts_the_attempt() -> None:
    submitted = task(TaskState.submitted, submitted_by="officer")
    with pytest.raises(Invalid, match="reason"):
        decide(submitted, TaskCommand.return_, by=REGULATOR, at=AT)
    returned = decide(submitted, TaskCommand.return_, by=REGULATOR, at=AT, reason="看不清")
    assert (returned.state, returned.attempt) == (TaskState.returned, 2)
    assert TaskCommand.submit in commands_for(returned, by=OFFICER)


def test_the_wait_for_a_review_is_not_the_enterprises() -> None:
    due = AT + timedelta(hours=24)
    submitted = decide(
        task(TaskState.acknowledged), TaskCommand.submit, by=OFFICER, at=due - timedelta(hours=1), submission=proof()
    )
    returned = decide(submitted, TaskCommand.return_, by=REGULATOR, at=due + timedelta(days=7), reason="看不清")
    assert (submitted.overdue_level, submitted.due_at) == (0, due)
    assert returned.due_at == due + timedelta(days=7, hours=1)
    assert level_at(returned.due_at, at=due + timedelta(days=7)) == 0


def test_what_is_submitted_late_is_late_although_nobody_looked_before() -> None:
    at = AT + timedelta(days=7)
    submitted = decide(task(TaskState.rectifying), TaskCommand.submit, by=OFFICER, at=at, submission=proof())
    assert submitted.overdue_level == 3
    assert decide(submitted, TaskCommand.accept, by=REGULATOR, at=at).overdue_level == 3


@pytest.mark.parametrize(
    ("submission", "message"),
    [
        (None, "photo"),
        (Submission(photos=(), measure="x"), "photo"),
        (proof(measure="  "), "measure"),
        (proof(taken=AT - timedelta(seconds=1)), "before the dispatch"),
    ],
)
def test_a_submission_without_proof_is_refused(submission: Submission | None, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        decide(task(TaskState.acknowledged), TaskCommand.submit, by=OFFICER, at=AT, submission=submission)


def test_nobody_judges_their_own_submission() -> None:
    admin = Actor(name="root", role=Role.admin)
    submitted = task(TaskState.submitted, submitted_by="root")
    with pytest.raises(NotAllowed, match="own work"):
        decide(submitted, TaskCommand.accept, by=admin, at=AT)
    assert TaskCommand.accept not in commands_for(submitted, by=admin)


def test_an_enterprise_cannot_accept_and_a_regulator_cannot_acknowledge() -> None:
    with pytest.raises(NotAllowed):
        decide(task(TaskState.submitted), TaskCommand.accept, by=OFFICER, at=AT)
    with pytest.raises(NotAllowed):
        decide(task(), TaskCommand.acknowledge, by=REGULATOR, at=AT)


@given(st.sampled_from(TaskState), st.sampled_from(TaskCommand), st.sampled_from(Role))
def test_what_is_offered_is_what_is_possible(state: TaskState, command: TaskCommand, role: Role) -> None:
    by = Actor(name="somebody", role=role)
    before = task(state)
    try:
        decide(before, command, by=by, at=AT, reason="because", submission=proof())
        possible = True
    except (InvalidTransition, NotAllowed):
        possible = False
    except MingchuError as error:
        pytest.fail(f"unexpected {error!r}")
    assert (command in commands_for(before, by=by)) == possible


@pytest.mark.parametrize("state", [TaskState.closed, TaskState.voided])
@given(command=st.sampled_from(TaskCommand))
def test_the_end_is_the_end(state: TaskState, command: TaskCommand) -> None:
    with pytest.raises(InvalidTransition):
        decide(task(state), command, by=Actor(name="x", role=Role.admin), at=AT, reason="r", submission=proof())


@pytest.mark.parametrize(
    ("late", "level"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=1), 1),
        (timedelta(hours=24), 1),
        (timedelta(hours=25), 2),
        (timedelta(days=5, seconds=1), 3),
        (timedelta(days=11), 4),
        (timedelta(days=-1), 0),
    ],
)
def test_overdue_is_a_level_on_the_clock(late: timedelta, level: int) -> None:
    assert level_at(AT, at=AT + late) == level


def test_the_next_level_is_known_while_the_clock_runs_and_only_then() -> None:
    late = AT + timedelta(days=7)
    running = at_its_level(task(TaskState.rectifying), at=late)
    assert (running.overdue_level, running.next_level_at) == (3, running.due_at + timedelta(days=10))
    submitted = decide(running, TaskCommand.submit, by=OFFICER, at=late, submission=proof())
    assert submitted.next_level_at is None
    returned = decide(submitted, TaskCommand.return_, by=REGULATOR, at=late + timedelta(days=3), reason="看不清")
    assert returned.next_level_at == returned.due_at + timedelta(days=10)
    assert returned.due_at == running.due_at + timedelta(days=3)
    assert decide(submitted, TaskCommand.accept, by=REGULATOR, at=late).next_level_at is None


YEAR = seeded(2026)
assert YEAR is not None
CALENDAR = Calendar(jurisdiction="", hours=office_hours(), years={YEAR.number: YEAR})
FRIDAY = datetime(2026, 9, 4, 14, tzinfo=SHANGHAI)
SPANS = st.timedeltas(timedelta(0), timedelta(days=30))


def on_office_clock(span: timedelta, *, at: datetime = FRIDAY) -> RectificationTask:
    due_at = add_working(at, span, CALENDAR)
    return task(
        TaskState.rectifying,
        clock=DeadlineClock.office,
        dispatched_at=at,
        due_from=at,
        due_span=span,
        due_at=due_at,
    )


@given(SPANS, SPANS, SPANS)
def test_a_pause_moves_a_deadline_by_its_working_time_and_nothing_else(
    span: timedelta, before: timedelta, pause: timedelta
) -> None:
    running = on_office_clock(span)
    submitted_at = FRIDAY + before
    submitted = decide(
        running, TaskCommand.submit, by=OFFICER, at=submitted_at, submission=proof(taken=FRIDAY), calendar=CALENDAR
    )
    back = submitted_at + pause
    returned = decide(submitted, TaskCommand.return_, by=REGULATOR, at=back, reason="看不清", calendar=CALENDAR)
    moved = working_between(running.due_at, returned.due_at, CALENDAR)
    assert moved == working_between(submitted_at, back, CALENDAR)
    assert returned.due_at >= running.due_at
    assert add_working(returned.due_from, returned.due_span, CALENDAR) == returned.due_at or not moved


def test_a_weekend_in_review_costs_the_office_clock_nothing() -> None:
    running = on_office_clock(timedelta(hours=4))  # due on Monday at 10
    submitted = decide(
        running,
        TaskCommand.submit,
        by=OFFICER,
        at=FRIDAY.replace(hour=18),
        submission=proof(taken=FRIDAY),
        calendar=CALENDAR,
    )
    monday = datetime(2026, 9, 7, 9, tzinfo=SHANGHAI)
    returned = decide(submitted, TaskCommand.return_, by=REGULATOR, at=monday, reason="看不清", calendar=CALENDAR)
    assert returned.due_at == running.due_at == datetime(2026, 9, 7, 10, tzinfo=SHANGHAI)


def test_an_office_clock_without_a_calendar_is_a_mistake_of_the_caller() -> None:
    submitted = replace(on_office_clock(timedelta(hours=1)), state=TaskState.submitted, submitted_at=FRIDAY)
    with pytest.raises(ValueError, match="calendar"):
        decide(submitted, TaskCommand.return_, by=REGULATOR, at=FRIDAY, reason="x")
