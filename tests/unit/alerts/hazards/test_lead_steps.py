"""Leads to enforcement: grounds, steps, periods, and what cannot happen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.deadlines.clocks import office_hours
from alerts.deadlines.seed import seeded
from alerts.hazards.lead_steps import Case, check_ground, commands_of, decide_lead
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.base.ids import uuid7
from models.catalogue.terms import LeadCommand, LeadGround, LeadState, Role, Severity, TaskState
from models.domain.access import Actor
from models.domain.calendars import Calendar
from models.domain.leads import Lead
from tests.unit.alerts.hazards.test_lifecycle import task

YEARS = {year: found for year in (2026, 2027) if (found := seeded(year)) is not None}
CALENDAR = Calendar(jurisdiction="", hours=office_hours(), years=YEARS)
AT = datetime(2026, 9, 1, 1, tzinfo=UTC)
REGULATOR = Actor(name="regulator", role=Role.regulator)
CASE = Case(case_no="绍市监立〔2026〕1号", officers=("甲", "乙"))


def lead(state: LeadState = LeadState.created, **changes: object) -> Lead:
    fresh = Lead(
        id=uuid7(),
        tenant_id="t",
        entity_id=uuid7(),
        region_code="330602",
        site_id="s",
        device_id="d",
        task_id=uuid7(),
        code="rodent",
        severity=Severity.critical,
        ground=LeadGround.critical_not_fixed,
        reason="逾期未整改",
        addressee="执法队",
        state=state,
        created_by="regulator",
        created_at=AT,
    )
    return replace(fresh, **changes)


def go(before: Lead, command: LeadCommand, *, at: datetime = AT, text: str = "…", case: Case | None = CASE) -> Lead:
    return decide_lead(before, command, by=REGULATOR, at=at, calendar=CALENDAR, text=text, case=case)


def test_a_sent_lead_has_fifteen_working_days_and_once_fifteen_more() -> None:
    sent = go(lead(), LeadCommand.send)
    # From Tuesday, 1 September, 09:00 in Shanghai; the fifteenth working day is the make-up Sunday, 20 September.
    assert sent.due_at == datetime(2026, 9, 20, 9, tzinfo=UTC)
    extended = go(go(sent, LeadCommand.accept), LeadCommand.extend)
    # Mid-autumn and National Day lie between: 25 to 27 September and 1 to 7 October are off, 10 October is worked.
    assert extended.due_at == datetime(2026, 10, 16, 9, tzinfo=UTC)
    with pytest.raises(InvalidTransition, match="once at most"):
        go(extended, LeadCommand.extend)


def test_a_case_needs_a_number_and_two_officers_and_is_decided_in_ninety_days() -> None:
    accepted = go(go(lead(), LeadCommand.send), LeadCommand.accept)
    for case in (None, Case(case_no=" ", officers=("甲", "乙")), Case(case_no="1", officers=("甲", " 甲 "))):
        with pytest.raises(Invalid):
            go(accepted, LeadCommand.file, case=case)
    filed = go(accepted, LeadCommand.file)
    assert (filed.case_no, filed.officers, filed.due_at) == (CASE.case_no, CASE.officers, AT + timedelta(days=90))
    closed = go(go(filed, LeadCommand.decide, text="罚款"), LeadCommand.feed_back, text="已告知")
    assert (closed.state, closed.outcome, closed.feedback, closed.closed_at) == (LeadState.closed, "罚款", "已告知", AT)


@pytest.mark.parametrize(
    ("ground", "changes", "fits"),
    [
        (LeadGround.returned_often, {"attempt": 3}, False),
        (LeadGround.returned_often, {"attempt": 4}, True),
        (LeadGround.critical_not_fixed, {"severity": Severity.minor, "due_at": AT - timedelta(1)}, False),
        (LeadGround.critical_not_fixed, {"severity": Severity.critical}, False),
        (LeadGround.critical_not_fixed, {"severity": Severity.critical, "due_at": AT - timedelta(1)}, True),
        (LeadGround.refusal, {}, False),
        (LeadGround.refusal, {"state": TaskState.returned}, True),
        (LeadGround.other, {}, True),
        (LeadGround.priority_item, {}, True),
    ],
)
def test_a_ground_is_checked_against_the_task(ground: LeadGround, changes: dict[str, object], *, fits: bool) -> None:
    before = task(**{"due_at": AT + timedelta(hours=1), **changes})
    if fits:
        check_ground(before, ground, at=AT)
    else:
        with pytest.raises(Invalid, match="expected"):
            check_ground(before, ground, at=AT)


@given(
    state=st.sampled_from(LeadState),
    command=st.sampled_from(LeadCommand),
    role=st.sampled_from(Role),
    extended=st.booleans(),
)
def test_an_offered_step_is_possible(state: LeadState, command: LeadCommand, role: Role, *, extended: bool) -> None:
    by = Actor(name="x", role=role)
    before = lead(state, extended=extended, due_at=AT)
    try:
        decide_lead(before, command, by=by, at=AT, calendar=CALENDAR, text="…", case=CASE)
        possible = True
    except (InvalidTransition, NotAllowed):
        possible = False
    assert (command in commands_of(before, by=by)) == possible


@given(st.lists(st.sampled_from(LeadCommand), max_size=12))
def test_no_sequence_of_steps_leaves_the_life_cycle(commands: list[LeadCommand]) -> None:
    now = lead()
    for command in commands:
        try:
            now = go(now, command)
        except InvalidTransition:
            continue
        assert (now.closed_at is not None) == (now.state in {LeadState.refused, LeadState.closed})
        assert now.filed_at is None or len(now.officers) >= 2
        assert now.closed_at is None or now.due_at is None


@pytest.mark.parametrize("command", [LeadCommand.refuse, LeadCommand.not_file])
def test_a_refusal_needs_words(command: LeadCommand) -> None:
    state = LeadState.sent if command is LeadCommand.refuse else LeadState.accepted
    with pytest.raises(Invalid, match="needs a text"):
        go(lead(state), command, text="  ")
