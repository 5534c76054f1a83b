"""The steps of a rectification task in one table: who takes each, from which states, and where it leads. Pure."""

from dataclasses import dataclass

from models.catalogue.terms import Role, TaskCommand, TaskState

WITH_THE_ENTERPRISE = frozenset(
    {TaskState.dispatched, TaskState.acknowledged, TaskState.rectifying, TaskState.returned}
)
"""States in which the enterprise has to act; a task then accepts photos as proof."""
WITH_THE_REGULATOR = frozenset({TaskState.submitted, TaskState.under_review})
CLOCK_STANDS = WITH_THE_REGULATOR | {TaskState.appealing, TaskState.transferred}
"""States in which the deadline's clock stops, because somebody else than the enterprise has to act."""
ENDS = frozenset({TaskState.closed, TaskState.voided, TaskState.transferred_closed})
"""States of a task that is closed."""

_ENTERPRISE = frozenset({Role.enterprise, Role.admin})
_REGULATOR = frozenset({Role.regulator, Role.admin})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        by: roles that may take it.
        of: states from which it is possible.
        to: the state after it; None if it keeps the state or returns to the one before.
        needs_reason: whether it needs a reason in words.
        moves_deadline: whether it may move the deadline, for which it needs the calendar.
        by_lead: whether only the end of a lead takes it.
    """

    by: frozenset[Role]
    of: frozenset[TaskState]
    to: TaskState | None = None
    needs_reason: bool = False
    moves_deadline: bool = False
    by_lead: bool = False


STEPS: dict[TaskCommand, Step] = {
    TaskCommand.acknowledge: Step(by=_ENTERPRISE, of=frozenset({TaskState.dispatched}), to=TaskState.acknowledged),
    TaskCommand.start: Step(
        by=_ENTERPRISE, of=frozenset({TaskState.acknowledged, TaskState.returned}), to=TaskState.rectifying
    ),
    TaskCommand.submit: Step(
        by=_ENTERPRISE,
        of=frozenset({TaskState.acknowledged, TaskState.rectifying, TaskState.returned}),
        to=TaskState.submitted,
    ),
    TaskCommand.take_review: Step(by=_REGULATOR, of=frozenset({TaskState.submitted}), to=TaskState.under_review),
    TaskCommand.accept: Step(by=_REGULATOR, of=WITH_THE_REGULATOR, to=TaskState.closed),
    TaskCommand.return_: Step(
        by=_REGULATOR, of=WITH_THE_REGULATOR, to=TaskState.returned, needs_reason=True, moves_deadline=True
    ),
    TaskCommand.void: Step(
        by=_REGULATOR,
        of=WITH_THE_ENTERPRISE | WITH_THE_REGULATOR | {TaskState.appealing},
        to=TaskState.voided,
        needs_reason=True,
    ),
    TaskCommand.ask_extension: Step(by=_ENTERPRISE, of=WITH_THE_ENTERPRISE, needs_reason=True),
    TaskCommand.extend: Step(by=_REGULATOR, of=WITH_THE_ENTERPRISE, moves_deadline=True),
    TaskCommand.refuse_extension: Step(by=_REGULATOR, of=WITH_THE_ENTERPRISE, needs_reason=True),
    TaskCommand.appeal: Step(by=_ENTERPRISE, of=WITH_THE_ENTERPRISE, to=TaskState.appealing, moves_deadline=True),
    TaskCommand.uphold_appeal: Step(
        by=_REGULATOR, of=frozenset({TaskState.appealing}), to=TaskState.voided, needs_reason=True
    ),
    TaskCommand.dismiss_appeal: Step(
        by=_REGULATOR, of=frozenset({TaskState.appealing}), needs_reason=True, moves_deadline=True
    ),
    TaskCommand.pass_lookback: Step(by=_REGULATOR, of=frozenset({TaskState.closed})),
    TaskCommand.relapse: Step(by=_REGULATOR, of=frozenset({TaskState.closed}), needs_reason=True),
    TaskCommand.transfer: Step(
        by=_REGULATOR, of=WITH_THE_ENTERPRISE | WITH_THE_REGULATOR, to=TaskState.transferred, needs_reason=True
    ),
    TaskCommand.take_back: Step(
        by=_REGULATOR,
        of=frozenset({TaskState.transferred}),
        needs_reason=True,
        moves_deadline=True,
        by_lead=True,
    ),
    TaskCommand.end_transfer: Step(
        by=_REGULATOR,
        of=frozenset({TaskState.transferred}),
        to=TaskState.transferred_closed,
        needs_reason=True,
        by_lead=True,
    ),
}
