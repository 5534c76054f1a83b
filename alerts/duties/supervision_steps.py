"""The life cycle of a supervision task (督导任务): steps and guards. Pure."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.supervision_terms import SupervisionCommand, SupervisionState
from models.catalogue.terms import Role, label
from models.domain.access import Actor
from models.domain.supervision import SupervisionTask

OFFICE = frozenset({Role.regulator, Role.admin})
_S, _C = SupervisionState, SupervisionCommand
_OPEN = frozenset({_S.generated, _S.pushed, _S.accepted, _S.in_progress, _S.returned})
_FROM: dict[SupervisionCommand, frozenset[SupervisionState]] = {
    _C.push: frozenset({_S.generated}),
    _C.accept: frozenset({_S.pushed}),
    _C.start: frozenset({_S.accepted, _S.returned}),
    _C.submit: frozenset({_S.accepted, _S.in_progress, _S.returned}),
    _C.return_: frozenset({_S.submitted}),
    _C.archive: frozenset({_S.submitted}),
    _C.reassign: _OPEN,
    _C.exempt: _OPEN,
}
_TO: dict[SupervisionCommand, SupervisionState] = {
    _C.push: _S.pushed,
    _C.accept: _S.accepted,
    _C.start: _S.in_progress,
    _C.submit: _S.submitted,
    _C.return_: _S.returned,
    _C.archive: _S.archived,
    _C.reassign: _S.pushed,
    _C.exempt: _S.exempted,
}
OWN = frozenset({_C.accept, _C.start, _C.submit})
"""Steps that the cadre of the task takes, or who acts as them."""
NEEDS_WORDS = frozenset({_C.return_, _C.reassign, _C.exempt})
LONGEST_NOTE = 500


def decide_supervision(
    task: SupervisionTask,
    command: SupervisionCommand,
    *,
    by: Actor,
    at: datetime,
    own: bool,
    text: str = "",
    cadre_id: UUID | None = None,
    due_at: datetime | None = None,
) -> SupervisionTask:
    """Return the task after `command`; its `version` is still the one the decision was made on.

    Args:
        task: the task before.
        command: the step.
        by: who takes it.
        at: when.
        own: whether the actor acts as the cadre of the task.
        text: the reason of a return, a reassignment or an exemption.
        cadre_id: who visits, for a push or a reassignment.
        due_at: the new deadline of a returned task.

    Raises:
        NotAllowed: the step is another's, or who submitted would archive.
        InvalidTransition: the state does not allow the command.
        Invalid: a text or a cadre is missing, or the text is too long.
    """
    said = _checked(task, command, by=by, own=own, text=text, cadre_id=cadre_id)
    moved = replace(task, state=_TO[command], note=said if command in NEEDS_WORDS else task.note)
    match command:
        case _C.push | _C.reassign:
            moved = replace(moved, cadre_id=cadre_id)
        case _C.submit:
            moved = replace(moved, submitted_by=by.name)
        case _C.return_ if due_at is not None and due_at > task.due_at:
            moved = replace(moved, due_at=due_at, overdue_at=None)
        case _C.archive | _C.exempt:
            moved = replace(moved, closed_at=at)
    return moved


def _checked(
    task: SupervisionTask, command: SupervisionCommand, *, by: Actor, own: bool, text: str, cadre_id: UUID | None
) -> str:
    """Return the text of a step that is possible."""
    if by.role not in OFFICE:
        raise NotAllowed(f"{label(command)} is for: {', '.join(sorted(OFFICE))}; you are {by.role}")
    if command in OWN and not own:
        raise NotAllowed(f"{label(command)} is for the cadre of the task (包保干部), or who acts as them")
    if task.state not in _FROM[command]:
        raise InvalidTransition(
            f"the task is {task.state} ({label(task.state)}); {label(command)} is possible from: "
            + ", ".join(sorted(_FROM[command]))
        )
    if command is _C.archive and task.submitted_by == by.name:
        raise NotAllowed("somebody else than who submitted the visit archives it")
    said = text.strip()
    if command in NEEDS_WORDS and not 1 <= len(said) <= LONGEST_NOTE:
        raise Invalid(f"{label(command)} needs a reason of at most {LONGEST_NOTE} characters")
    if command in {_C.push, _C.reassign} and cadre_id is None:
        raise Invalid(f"{label(command)} needs a cadre (包保干部)")
    return said


def overdue(task: SupervisionTask, *, at: datetime) -> SupervisionTask:
    """Return the task with the mark that its deadline has passed, if it has and the task is open."""
    due = task.closed_at is None and task.overdue_at is None and at > task.due_at
    return replace(task, overdue_at=at) if due else task


def commands_of(task: SupervisionTask, *, by: Actor, own: bool) -> list[SupervisionCommand]:
    """Return the steps that `by` may take now."""
    if by.role not in OFFICE:
        return []
    return [
        command
        for command in SupervisionCommand
        if task.state in _FROM[command]
        and command is not _C.push
        and (own or command not in OWN)
        and not (command is _C.archive and task.submitted_by == by.name)
    ]
