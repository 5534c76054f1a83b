"""Random lives of a task: whatever people and the clock do, the promises of its life cycle hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.deadlines.calendar import working_between
from alerts.deadlines.chains import begun, default_chain, due_steps, taken
from alerts.deadlines.clocks import calendar_for, clock_of, office_hours
from alerts.deadlines.levels import LEVELS
from alerts.deadlines.seed import seeded
from alerts.hazards.lifecycle import Appeal, at_its_level, clock_stands, commands_for, decide, on_the_clock
from alerts.hazards.steps import ENDS, STEPS, WITH_THE_REGULATOR
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.terms import AppealReason, DeadlineClock, LookbackState, Role, Severity, TaskCommand, TaskState
from models.domain.access import SYSTEM, Actor
from models.domain.calendars import Calendar
from models.domain.tasks import RectificationTask
from tests.unit.alerts.hazards.test_lifecycle import proof, task

YEARS = {year: found for year in (2026, 2027) if (found := seeded(year)) is not None}
CALENDAR = Calendar(jurisdiction="", hours=office_hours(), years=YEARS)
BEGIN = datetime(2026, 9, 1, 1, tzinfo=UTC)
PEOPLE = (
    Actor(name="officer", role=Role.enterprise),
    Actor(name="regulator", role=Role.regulator),
    Actor(name="another regulator", role=Role.regulator),
    Actor(name="platform", role=Role.platform),
    SYSTEM,
)
_ENDS_EARLY = {TaskCommand.void, TaskCommand.transfer, TaskCommand.appeal}
_MOVES = {TaskCommand.return_, TaskCommand.extend, TaskCommand.dismiss_appeal, TaskCommand.take_back}


class Life(RuleBasedStateMachine):
    """One task, several people, a clock that only goes forward, and the sweep."""

    @initialize(severity=st.sampled_from(Severity))
    def dispatch(self, severity: Severity) -> None:
        clock = clock_of(severity)
        own = calendar_for(clock, CALENDAR)
        self.at = BEGIN
        self.calls: list[object] = []
        self.task = on_the_clock(
            task(
                severity=severity,
                clock=clock,
                dispatched_at=BEGIN,
                due_at=BEGIN + timedelta(hours=30),
                due_from=BEGIN,
                chain=begun(default_chain(severity), dispatched_at=BEGIN, own=own),
            )
        )

    @rule(pause=st.timedeltas(timedelta(0), timedelta(days=3)))
    def wait(self, pause: timedelta) -> None:
        self.at += pause

    @rule(
        command=st.sampled_from(TaskCommand),
        by=st.sampled_from(PEOPLE),
        reason=st.sampled_from(["", "因为"]),
        hours=st.integers(-1, 40),
    )
    def step(self, command: TaskCommand, by: Actor, reason: str, hours: int) -> None:
        self.take(command, by, reason, hours)

    def take(self, command: TaskCommand, by: Actor, reason: str, hours: int) -> None:
        before, offered = self.task, command in commands_for(self.task, by=by)
        try:
            after: RectificationTask | None = decide(
                before,
                command,
                by=by,
                at=self.at,
                reason=reason,
                submission=proof(taken=self.at),
                span=timedelta(hours=hours),
                appeal=Appeal(reason=AppealReason.other, text="不属实"),
                calendar=CALENDAR,
            )
        except Invalid:
            return
        except (InvalidTransition, NotAllowed):
            after = None
        assert offered == (after is not None), f"{command} by {by.name} in {before.state}"
        if after is None:
            return
        self.check(before, after, command, by)
        self.task = replace(after, version=before.version + 1)

    @rule(by=st.sampled_from(PEOPLE), choice=st.integers(0, 20), hours=st.integers(1, 24))
    def offered_step(self, by: Actor, choice: int, hours: int) -> None:
        # What ends a life early is rarer than what carries it on.
        offered = [one for one in commands_for(self.task, by=by) if choice == 0 or one not in _ENDS_EARLY]
        if offered:
            self.take(offered[choice % len(offered)], by, "因为", hours)

    def check(self, before: RectificationTask, after: RectificationTask, command: TaskCommand, by: Actor) -> None:
        assert by.role in STEPS[command].by
        assert before.state in STEPS[command].of
        assert after.due_at >= before.due_at, "a deadline never comes earlier"
        if after.due_at != before.due_at:
            assert command in _MOVES
        if command is TaskCommand.dismiss_appeal and before.due_at > (before.appealed_at or self.at):
            own = None if before.clock is DeadlineClock.always else CALENDAR
            stood = working_between(before.appealed_at or self.at, self.at, own)
            assert working_between(before.due_at, after.due_at, own) == stood
        if command in {TaskCommand.accept, TaskCommand.return_}:
            assert by.name != before.submitted_by
        if command in {TaskCommand.uphold_appeal, TaskCommand.dismiss_appeal}:
            assert by.name != before.dispatched_by

    @rule()
    def sweep(self) -> None:
        now = self.task
        if now.next_level_at is not None and now.next_level_at < self.at:
            now = at_its_level(now, at=self.at)
        steps = due_steps(now, at=self.at, stands=clock_stands(now))
        self.calls += [one.step for one in steps]
        self.task = on_the_clock(taken(now, steps, whom=(), at=self.at))

    @invariant()
    def promises(self) -> None:
        now = self.task
        assert now.person_id is not None, "exactly one person is accountable"
        assert len(self.calls) == len(set(self.calls)), "somebody was called twice"
        assert (now.closed_at is not None) == (now.state in ENDS)
        if clock_stands(now):
            assert now.next_level_at is None
            waits = WITH_THE_REGULATOR | {TaskState.appealing}
            assert now.next_escalation_at is None or now.state in waits, "only regulators owe something"
        assert 0 <= now.overdue_level <= len(LEVELS)
        if now.extension is not None:
            assert now.severity is not Severity.critical
        if now.state is TaskState.closed:
            assert now.proof_ids
            assert now.submitted_by is not None
        if now.state in {TaskState.voided, TaskState.transferred_closed}:
            assert now.lookback is None
        if now.lookback in {LookbackState.passed, LookbackState.relapsed}:
            assert now.lookback_at is not None
        assert now.attempt >= 1


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
test_any_life = Life.TestCase
