from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.deadlines.calendar import add_working, working_between
from alerts.deadlines.clocks import office_hours
from alerts.deadlines.levels import level_at
from alerts.deadlines.lookbacks import lookback_due
from alerts.deadlines.seed import seeded
from alerts.hazards.lifecycle import Appeal, Submission, at_its_level, commands_for, decide
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, MingchuError, NotAllowed
from models.base.ids import uuid7
from models.catalogue.terms import (
    AppealReason,
    AppealState,
    DeadlineClock,
    ExtensionState,
    LookbackState,
    Role,
    Severity,
    TaskCommand,
    TaskState,
    Zone,
)
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
        dispatched_by="regulator",
        first_span=timedelta(hours=24),
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
        (replace(proof(), zone=Zone.storage), "expected photos of the zone"),
    ],
)
def test_a_submission_without_proof_is_refused(submission: Submission | None, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        decide(task(TaskState.acknowledged), TaskCommand.submit, by=OFFICER, at=AT, submission=submission)


def test_nobody_judges_their_own_submission() -> None:
    admin = Actor(name="root", role=Role.admin)
    submitted = task(TaskState.submitted, submitted_by="root")
    with pytest.raises(NotAllowed, match="own submission"):
        decide(submitted, TaskCommand.accept, by=admin, at=AT)
    assert TaskCommand.accept not in commands_for(submitted, by=admin)


def test_an_enterprise_cannot_accept_and_a_regulator_cannot_acknowledge() -> None:
    with pytest.raises(NotAllowed):
        decide(task(TaskState.submitted), TaskCommand.accept, by=OFFICER, at=AT)
    with pytest.raises(NotAllowed):
        decide(task(), TaskCommand.acknowledge, by=REGULATOR, at=AT)


@given(
    st.sampled_from(TaskState),
    st.sampled_from(TaskCommand),
    st.sampled_from(Role),
    st.sampled_from([None, *ExtensionState]),
    st.sampled_from([None, *LookbackState]),
)
def test_what_is_offered_is_what_is_possible(
    state: TaskState,
    command: TaskCommand,
    role: Role,
    extension: ExtensionState | None,
    lookback: LookbackState | None,
) -> None:
    by = Actor(name="somebody", role=role)
    before = task(
        state,
        extension=extension,
        asked_span=timedelta(hours=1),
        severity=Severity.major,
        lookback=lookback,
        lookback_due_at=AT if lookback else None,
    )
    wish = {"span": timedelta(hours=1), "appeal": Appeal(reason=AppealReason.other, text="不属实")}
    try:
        decide(before, command, by=by, at=AT, reason="because", submission=proof(), **wish)
        possible = True
    except (InvalidTransition, NotAllowed):
        possible = False
    except MingchuError as error:
        pytest.fail(f"unexpected {error!r}")
    assert (command in commands_for(before, by=by)) == possible


@pytest.mark.parametrize("state", [TaskState.closed, TaskState.voided])
@given(command=st.sampled_from(TaskCommand))
def test_a_closed_task_without_a_lookback_takes_no_step(state: TaskState, command: TaskCommand) -> None:
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


WISH = {"span": timedelta(hours=4), "reason": "配件未到"}
OTHER = Actor(name="another regulator", role=Role.regulator)
CLAIM = Appeal(reason=AppealReason.false_detection, text="画面中是装饰品")


def test_an_extension_is_asked_for_once_and_moves_the_deadline_by_its_working_time() -> None:
    running = on_office_clock(timedelta(hours=7))  # due on Monday at 14
    asked = decide(running, TaskCommand.ask_extension, by=OFFICER, at=FRIDAY, calendar=CALENDAR, **WISH)
    assert (asked.extension, asked.due_at) == (ExtensionState.asked, running.due_at)
    longer = decide(asked, TaskCommand.extend, by=REGULATOR, at=FRIDAY, calendar=CALENDAR)
    assert working_between(running.due_at, longer.due_at, CALENDAR) == timedelta(hours=4)
    assert longer.due_at == datetime(2026, 9, 8, 10, tzinfo=SHANGHAI)
    assert longer.next_level_at == longer.due_at
    refused = decide(asked, TaskCommand.refuse_extension, by=REGULATOR, at=FRIDAY, reason="时间充足")
    for answered in (asked, longer, refused):
        with pytest.raises(InvalidTransition):
            decide(answered, TaskCommand.ask_extension, by=OFFICER, at=FRIDAY, calendar=CALENDAR, **WISH)
    assert refused.due_at == running.due_at
    with pytest.raises(InvalidTransition):
        decide(longer, TaskCommand.extend, by=REGULATOR, at=FRIDAY, calendar=CALENDAR)


@pytest.mark.parametrize(
    ("changes", "at", "span", "error"),
    [
        ({"severity": Severity.critical}, FRIDAY, timedelta(hours=1), NotAllowed),
        ({}, FRIDAY, timedelta(hours=25), Invalid),
        ({}, FRIDAY, timedelta(0), Invalid),
        ({}, FRIDAY, -timedelta(hours=1), Invalid),
        ({}, FRIDAY, None, Invalid),
        ({}, FRIDAY + timedelta(days=30), timedelta(hours=1), Invalid),
    ],
)
def test_an_extension_has_its_bounds(
    changes: dict[str, object], at: datetime, span: timedelta | None, error: type[MingchuError]
) -> None:
    running = replace(on_office_clock(timedelta(hours=7)), **changes)
    with pytest.raises(error):
        decide(running, TaskCommand.ask_extension, by=OFFICER, at=at, span=span, reason="x", calendar=CALENDAR)


@given(SPANS, st.timedeltas(timedelta(0), timedelta(hours=20)), SPANS)
def test_a_dismissed_appeal_moves_the_deadline_by_the_working_time_it_took(
    span: timedelta, before: timedelta, pause: timedelta
) -> None:
    running = on_office_clock(span)
    appealed_at = FRIDAY + before
    appealed = decide(running, TaskCommand.appeal, by=OFFICER, at=appealed_at, appeal=CLAIM, calendar=CALENDAR)
    assert (appealed.state, appealed.next_level_at) == (TaskState.appealing, None)
    back = appealed_at + pause
    on = decide(appealed, TaskCommand.dismiss_appeal, by=OTHER, at=back, reason="属实", calendar=CALENDAR)
    assert on.state is TaskState.rectifying
    assert working_between(running.due_at, on.due_at, CALENDAR) == working_between(appealed_at, back, CALENDAR)
    with pytest.raises(InvalidTransition):
        decide(on, TaskCommand.appeal, by=OFFICER, at=back, appeal=CLAIM, calendar=CALENDAR)


def test_an_upheld_appeal_takes_the_hazard_away_and_is_decided_by_somebody_else() -> None:
    appealed = decide(task(), TaskCommand.appeal, by=OFFICER, at=AT, appeal=CLAIM)
    assert appealed.appeal_due_at == AT + timedelta(hours=24)
    for command in (TaskCommand.uphold_appeal, TaskCommand.dismiss_appeal):
        with pytest.raises(NotAllowed, match="may not decide the appeal"):
            decide(appealed, command, by=REGULATOR, at=AT, reason="x")
        assert command not in commands_for(appealed, by=REGULATOR)
        assert command in commands_for(appealed, by=OTHER)
    upheld = decide(appealed, TaskCommand.uphold_appeal, by=OTHER, at=AT, reason="确为装饰品")
    assert (upheld.state, upheld.appeal, upheld.closed_at) == (TaskState.voided, AppealState.upheld, AT)


def test_an_appeal_has_its_time_and_needs_words() -> None:
    with pytest.raises(Invalid, match="possible until"):
        decide(task(), TaskCommand.appeal, by=OFFICER, at=AT + timedelta(hours=25), appeal=CLAIM)
    with pytest.raises(Invalid, match="a text with its reasons"):
        decide(task(), TaskCommand.appeal, by=OFFICER, at=AT, appeal=Appeal(reason=AppealReason.other, text=" "))
    office = on_office_clock(timedelta(hours=40))
    last = datetime(2026, 9, 9, 14, tzinfo=SHANGHAI)  # three working days after Friday, 14 o'clock
    office = replace(office, severity=Severity.minor)
    assert (
        decide(office, TaskCommand.appeal, by=OFFICER, at=last, appeal=CLAIM, calendar=CALENDAR).appeal_due_at
        is not None
    )
    with pytest.raises(Invalid, match="possible until"):
        decide(office, TaskCommand.appeal, by=OFFICER, at=last + timedelta(seconds=1), appeal=CLAIM, calendar=CALENDAR)


def test_an_office_clock_without_a_calendar_is_a_mistake_of_the_caller() -> None:
    submitted = replace(on_office_clock(timedelta(hours=1)), state=TaskState.submitted, submitted_at=FRIDAY)
    with pytest.raises(ValueError, match="calendar"):
        decide(submitted, TaskCommand.return_, by=REGULATOR, at=FRIDAY, reason="x")


def closed(severity: Severity = Severity.critical) -> RectificationTask:
    return decide(
        task(TaskState.submitted, submitted_by="officer", severity=severity), TaskCommand.accept, by=REGULATOR, at=AT
    )


@pytest.mark.parametrize(("severity", "days"), [(Severity.critical, 7), (Severity.major, 15)])
def test_a_closed_hazard_is_looked_at_again_after_its_time(severity: Severity, days: int) -> None:
    done = closed(severity)
    assert (done.lookback, done.lookback_due_at) == (LookbackState.due, AT + timedelta(days=days))
    passed = decide(done, TaskCommand.pass_lookback, by=OTHER, at=AT + timedelta(days=days))
    assert (passed.state, passed.lookback, passed.lookback_by) == (TaskState.closed, LookbackState.passed, OTHER.name)
    with pytest.raises(InvalidTransition):
        decide(passed, TaskCommand.relapse, by=OTHER, at=AT, reason="x")


def test_a_tenth_of_minor_hazards_is_in_the_sample_and_the_id_decides() -> None:
    drawn = [lookback_due(UUID(int=number), Severity.minor, closed_at=AT) is not None for number in range(1000)]
    assert sum(drawn) == 100
    assert drawn == [lookback_due(UUID(int=number), Severity.minor, closed_at=AT) is not None for number in range(1000)]


def test_a_relapse_needs_words_and_is_not_found_by_the_submitter() -> None:
    with pytest.raises(Invalid, match="reason"):
        decide(closed(), TaskCommand.relapse, by=OTHER, at=AT)
    with pytest.raises(NotAllowed, match="own work"):
        decide(closed(), TaskCommand.pass_lookback, by=Actor(name="officer", role=Role.admin), at=AT)
    assert decide(closed(), TaskCommand.relapse, by=OTHER, at=AT, reason="又见鼠迹").lookback is LookbackState.relapsed
