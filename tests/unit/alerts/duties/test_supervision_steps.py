"""The life cycle of a supervision task: who takes which step from where, and what it needs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.duties.supervision_steps import OWN, commands_of, decide_supervision, overdue
from models.base.errors import Invalid, InvalidTransition, MingchuError, NotAllowed
from models.base.ids import uuid7
from models.catalogue.supervision_terms import SupervisionCommand, SupervisionReason, SupervisionState
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.supervision import SupervisionTask

AT = datetime(2026, 11, 2, tzinfo=UTC)
CADRE, OTHER = Actor(name="cadre", role=Role.regulator), Actor(name="office", role=Role.regulator)
C, S = SupervisionCommand, SupervisionState


def task(state: SupervisionState = S.pushed, **change: object) -> SupervisionTask:
    ended = state in {S.archived, S.exempted}
    found = SupervisionTask(
        id=uuid7(),
        tenant_id="t",
        entity_id=UUID(int=1),
        region_code="330602",
        reason=SupervisionReason.periodic,
        period="2026Q4",
        tier="C",
        cadre_id=None if state is S.generated else UUID(int=2),
        state=state,
        due_at=AT + timedelta(days=50),
        generated_at=AT,
        closed_at=AT if ended else None,
    )
    return replace(found, **change)  # type: ignore[arg-type]


def test_a_visit_goes_from_its_plan_into_the_archive() -> None:
    one = task(S.generated)
    one = decide_supervision(one, C.push, by=OTHER, at=AT, own=False, cadre_id=UUID(int=2))
    for command in (C.accept, C.start, C.submit):
        one = decide_supervision(one, command, by=CADRE, at=AT, own=True)
    assert (one.state, one.submitted_by) == (S.submitted, "cadre")
    with pytest.raises(NotAllowed, match="somebody else"):
        decide_supervision(one, C.archive, by=CADRE, at=AT, own=True)
    done = decide_supervision(one, C.archive, by=OTHER, at=AT, own=False)
    assert (done.state, done.closed_at) == (S.archived, AT)


@pytest.mark.parametrize("command", sorted(OWN))
def test_only_the_cadre_takes_the_steps_of_the_visit(command: SupervisionCommand) -> None:
    before = task(S.pushed if command is C.accept else S.accepted)
    with pytest.raises(NotAllowed, match="包保干部"):
        decide_supervision(before, command, by=OTHER, at=AT, own=False)
    with pytest.raises(NotAllowed):
        decide_supervision(before, command, by=Actor(name="x", role=Role.enterprise), at=AT, own=True)


@pytest.mark.parametrize("command", [C.return_, C.reassign, C.exempt])
def test_what_takes_a_task_off_its_way_needs_a_reason(command: SupervisionCommand) -> None:
    before = task(S.submitted if command is C.return_ else S.pushed)
    for text in (" ", "x" * 501):
        with pytest.raises(Invalid, match="reason"):
            decide_supervision(before, command, by=OTHER, at=AT, own=False, text=text, cadre_id=UUID(int=3))
    moved = decide_supervision(before, command, by=OTHER, at=AT, own=False, text=" 停业 ", cadre_id=UUID(int=3))
    assert moved.note == "停业"


def test_a_reassignment_needs_its_cadre() -> None:
    with pytest.raises(Invalid, match="needs a cadre"):
        decide_supervision(task(), C.reassign, by=OTHER, at=AT, own=False, text="调离")


def test_a_returned_visit_gets_a_later_deadline_never_an_earlier_one() -> None:
    late = task(S.submitted, due_at=AT - timedelta(days=1), overdue_at=AT)
    again = decide_supervision(late, C.return_, by=OTHER, at=AT, own=False, text="x", due_at=AT + timedelta(days=7))
    assert (again.due_at, again.overdue_at) == (AT + timedelta(days=7), None)
    early = task(S.submitted)
    kept = decide_supervision(early, C.return_, by=OTHER, at=AT, own=False, text="x", due_at=AT + timedelta(days=7))
    assert kept.due_at == early.due_at


def test_overdue_is_a_mark_on_open_tasks_whose_deadline_has_passed() -> None:
    one = task()
    assert overdue(one, at=one.due_at) == one
    late = one.due_at + timedelta(seconds=1)
    assert overdue(one, at=late) == replace(one, overdue_at=late)
    assert overdue(task(S.archived), at=late).overdue_at is None


@given(st.sampled_from(S), st.sampled_from(C), st.booleans())
def test_the_steps_shown_are_exactly_those_that_succeed(
    state: SupervisionState,
    command: SupervisionCommand,
    own: bool,  # noqa: FBT001 - drawn
) -> None:
    before = task(state)
    try:
        decide_supervision(before, command, by=CADRE, at=AT, own=own, text="x", cadre_id=UUID(int=3))
    except MingchuError as error:
        assert isinstance(error, NotAllowed | InvalidTransition)  # noqa: PT017 - either is right here
        possible = False
    else:
        possible = True
    assert (command in commands_of(before, by=CADRE, own=own)) == (possible and command is not C.push)
