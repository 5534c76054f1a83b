"""Escalation chains: what is accepted, when steps are due, and that none is taken twice."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.deadlines.calendar import working_between
from alerts.deadlines.chains import begun, default_chain, due_steps, read_chain, taken, written
from alerts.deadlines.clocks import office_hours
from alerts.deadlines.seed import seeded
from alerts.deadlines.timeline import rehearse, timeline
from alerts.hazards.lifecycle import Appeal, at_its_level, clock_stands, decide, on_the_clock
from models.base.errors import Invalid
from models.catalogue.terms import (
    AppealReason,
    DeadlineClock,
    EscalationTrigger,
    Holder,
    Role,
    Severity,
    TaskCommand,
    TaskState,
)
from models.domain.access import Actor
from models.domain.calendars import Calendar
from models.domain.tasks import RectificationTask
from tests.unit.alerts.hazards.test_lifecycle import OFFICER, REGULATOR, proof, task

AT = datetime(2026, 9, 1, 1, tzinfo=UTC)
YEARS = {year: found for year in (2026, 2027) if (found := seeded(year)) is not None}
CALENDAR = Calendar(jurisdiction="", hours=office_hours(), years=YEARS)
OTHER = Actor(name="other", role=Role.regulator)
GOOD: dict[str, Any] = {
    "unacknowledged": [{"after": "30m", "whom": ["officer"]}, {"after": "1h", "whom": ["authority"]}],
    "overdue": [{"level": 1, "whom": ["principal"]}, {"level": 3, "whom": ["county"]}],
    "returned": [{"returns": 3, "whom": ["authority"]}],
}


def dispatched(**changes: object) -> RectificationTask:
    fresh = task(
        dispatched_at=AT,
        due_at=AT + timedelta(hours=24),
        due_from=AT,
        chain=begun(read_chain(GOOD), dispatched_at=AT, own=None),
    )
    return on_the_clock(replace(fresh, **changes))


@pytest.mark.parametrize("severity", Severity)
def test_a_shipped_chain_reaches_the_authority_and_reads_back(severity: Severity) -> None:
    chain = default_chain(severity)
    assert read_chain(written(chain)) == chain
    assert {Holder.officer, Holder.authority, Holder.county} <= {holder for step in chain for holder in step.whom}


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("unacknowledged", 0, "after"), "soon", "unacknowledged[0].after"),
        (("unacknowledged", 0, "after"), "0m", "unacknowledged[0].after"),
        (("unacknowledged", 0, "after"), "9999h", "unacknowledged[0].after"),
        (("unacknowledged", 0, "after"), "", "unacknowledged[0].after"),
        (("unacknowledged", 0, "after"), 30, "unacknowledged[0].after"),
        (("unacknowledged", 0, "after"), "2h", "in order"),
        (("unacknowledged", 1, "whom"), ["director"], "authority"),
        (("unacknowledged", 0, "whom"), [], "unacknowledged[0].whom"),
        (("unacknowledged", 0, "whom"), ["officer", "officer"], "whom"),
        (("unacknowledged", 0, "whom"), "officer", "whom"),
        (("unacknowledged", 0, "whom"), ["mayor"], "whom"),
        (("overdue", 0, "level"), 0, "overdue[0].level"),
        (("overdue", 0, "level"), 5, "overdue[0].level"),
        (("overdue", 0, "level"), True, "overdue[0].level"),
        (("returned", 0, "returns"), 1e9, "returned[0].returns"),
        (("returned", 0), {"whom": ["county"]}, "returned[0]"),
        (("overdue",), [], "overdue"),
        (("overdue",), [{"level": 1, "whom": ["county"]}] * 2, "in order"),
        (("overdue",), "all", "overdue"),
        (("forever",), [], "unknown trigger"),
        (("returned",), [{"returns": n, "whom": ["county"]} for n in range(1, 15)], "at most"),
    ],
)
def test_a_wrong_chain_is_refused_with_its_place(path: tuple[Any, ...], value: object, says: str) -> None:
    data: Any = deepcopy(GOOD)
    inner = data
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    with pytest.raises(Invalid) as error:
        read_chain(data)
    assert says in str(error.value)


def test_an_unacknowledged_task_rises_step_by_step_and_an_acknowledged_one_does_not() -> None:
    waiting = dispatched()
    assert waiting.next_escalation_at == AT + timedelta(minutes=30)
    late = AT + timedelta(minutes=31)
    (step,) = due_steps(waiting, at=late, stands=False)
    risen = on_the_clock(taken(waiting, [step], whom=step.step.whom, at=late))
    assert (risen.escalated_to, risen.next_escalation_at) == ((Holder.officer,), AT + timedelta(hours=1))
    assert due_steps(risen, at=late, stands=False) == []
    acknowledged = decide(risen, TaskCommand.acknowledge, by=OFFICER, at=late)
    assert acknowledged.next_escalation_at is None


def test_a_third_return_rises_at_once() -> None:
    now = dispatched(state=TaskState.acknowledged, acknowledged_at=AT)
    for number in range(3):
        at = AT + timedelta(hours=number + 1)
        submitted = decide(now, TaskCommand.submit, by=OFFICER, at=at, submission=proof(taken=at))
        now = decide(submitted, TaskCommand.return_, by=REGULATOR, at=at, reason="看不清")
        assert (now.next_escalation_at is not None) == (number == 2)
    (step,) = due_steps(now, at=at + timedelta(seconds=1), stands=False)
    assert step.step.trigger is EscalationTrigger.returned
    assert on_the_clock(taken(now, [step], whom=step.step.whom, at=at)).next_escalation_at is None


def test_a_frozen_process_calls_everybody_it_missed_once() -> None:
    late = dispatched(state=TaskState.rectifying)
    at = late.due_at + timedelta(days=6)
    risen = at_its_level(late, at=at)
    steps = due_steps(risen, at=at, stands=False)
    assert [step.step.count for step in steps] == [1, 3]
    done = taken(risen, steps, whom=(Holder.county,), at=at)
    assert due_steps(done, at=at + timedelta(days=30), stands=False) == []


@given(st.timedeltas(timedelta(0), timedelta(days=20)), st.timedeltas(timedelta(0), timedelta(minutes=29)))
def test_an_appeal_moves_open_steps_by_its_working_time(pause: timedelta, before: timedelta) -> None:
    own = CALENDAR
    chain = begun(read_chain(GOOD), dispatched_at=AT, own=own)
    office = dispatched(severity=Severity.major, clock=DeadlineClock.office, chain=chain, due_span=timedelta(hours=24))
    claim = Appeal(reason=AppealReason.other, text="不属实")
    stopped = AT + before
    appealed = decide(office, TaskCommand.appeal, by=OFFICER, at=stopped, appeal=claim, calendar=own)
    assert appealed.next_escalation_at is None
    back = decide(appealed, TaskCommand.dismiss_appeal, by=OTHER, at=stopped + pause, reason="属实", calendar=own)
    for earlier, later in zip(office.chain, back.chain, strict=True):
        if earlier.at is not None and later.at is not None:
            moved = working_between(earlier.at, later.at, own)
            assert moved == working_between(stopped, stopped + pause, own)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=4)), min_size=1, max_size=30))
def test_no_step_is_taken_twice_however_often_and_late_the_sweep_runs(pauses: list[timedelta]) -> None:
    now, at, calls = dispatched(), AT, 0
    for pause in pauses:
        at += pause
        now = at_its_level(now, at=at)
        steps = due_steps(now, at=at, stands=clock_stands(now))
        calls += len(steps)
        before = [one for one in now.chain if one.fired_at is not None]
        now = on_the_clock(taken(now, steps, whom=(), at=at))
        assert set(before) <= set(now.chain)
    assert calls == sum(one.fired_at is not None for one in now.chain)


def test_the_time_line_is_what_the_sweep_does() -> None:
    waiting = dispatched()
    ahead = timeline(waiting, at=AT, stands=False)
    assert [one.whom for one in ahead][:3] == [(Holder.officer,), (Holder.authority,), (Holder.principal,)]
    assert ahead[2].at == waiting.due_at
    assert timeline(waiting, at=AT, stands=True) == []
    due_at, rehearsed = rehearse(
        read_chain(GOOD), severity=Severity.critical, span=timedelta(hours=24), calendar=CALENDAR, at=AT
    )
    assert (due_at, rehearsed) == (waiting.due_at, ahead)


def test_regulators_who_let_a_proof_or_an_appeal_wait_are_reported() -> None:
    chain = begun(default_chain(Severity.critical), dispatched_at=AT, own=None)
    waiting = dispatched(severity=Severity.critical, chain=chain, state=TaskState.acknowledged, acknowledged_at=AT)
    at = AT + timedelta(hours=1)
    submitted = decide(waiting, TaskCommand.submit, by=OFFICER, at=at, submission=proof(taken=at))
    assert submitted.next_escalation_at == at + timedelta(hours=24)
    (step,) = due_steps(submitted, at=at + timedelta(hours=25), stands=clock_stands(submitted))
    assert step.step.trigger is EscalationTrigger.unreviewed
    assert [one.what for one in timeline(submitted, at=at, stands=True)] == ["未复查"]
    claim = Appeal(reason=AppealReason.other, text="不属实")
    appealed = decide(waiting, TaskCommand.appeal, by=OFFICER, at=at, appeal=claim)
    assert appealed.next_escalation_at == at + timedelta(hours=24, minutes=1)
    settled = decide(appealed, TaskCommand.uphold_appeal, by=OTHER, at=at, reason="确为装饰画")
    assert settled.next_escalation_at is None
