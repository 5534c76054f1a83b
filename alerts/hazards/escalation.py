"""Escalation of tasks: the chain of a region, saving one, and the sweep that calls the next holder."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.deadlines.chains import default_chain, due_steps, read_chain, taken, written
from alerts.hazards.lifecycle import clock_stands, on_the_clock
from models.base.errors import Invalid, NotAllowed
from models.catalogue.terms import EscalationTrigger, Holder, Role, Severity, label
from models.changes.tasks import escalate_task
from models.domain.access import SYSTEM, Actor
from models.domain.chains import ChainStep, Escalation
from models.domain.tasks import RectificationTask
from models.store import chains, registry, tasks
from models.store.chains import SavedChain
from models.store.connect import Read, Write

MAY_SAVE = frozenset({Role.regulator, Role.admin})
LATE_AFTER = timedelta(minutes=5)
"""A step that is taken so long after its time is marked as late in the log."""
_REGION = re.compile(r"([0-9]{2,12})?")
_POSTS = frozenset({Holder.officer, Holder.director, Holder.principal})


def chain_at(r: Read, *, tenant_id: str, region_code: str, severity: Severity) -> tuple[ChainStep, ...]:
    """Return the chain that applies in a region: a saved one, else the chain that the platform ships."""
    saved = chains.chain_of(r, tenant_id=tenant_id, region_code=region_code, severity=severity)
    return default_chain(severity) if saved is None else read_chain(saved.steps)


def save(
    w: Write,
    data: Mapping[str, Any],
    *,
    tenant_id: str,
    jurisdiction: str,
    severity: Severity,
    reason: str,
    by: Actor,
    at: datetime,
    within: str = "",
) -> SavedChain:
    """Check and store a chain. Tasks dispatched from now on follow it; open tasks keep theirs.

    Raises:
        NotAllowed: the role may not save chains, or the jurisdiction lies outside `within`.
        Invalid: the chain, the jurisdiction or the reason is not acceptable.
    """
    if by.role not in MAY_SAVE:
        raise NotAllowed("only a regulator or an administrator may save an escalation chain")
    if not jurisdiction.startswith(within):
        raise NotAllowed(f"jurisdiction {jurisdiction!r}: expected a region within {within}")
    if not _REGION.fullmatch(jurisdiction):
        raise Invalid(f"jurisdiction {jurisdiction!r}: expected 2 to 12 digits of a region code, or nothing for all")
    if not reason.strip():
        raise Invalid("reason: expected why the chain changes")
    return chains.save_chain(
        w,
        tenant_id=tenant_id,
        jurisdiction=jurisdiction,
        severity=severity,
        steps=written(read_chain(data)),
        reason=reason.strip(),
        by=by.name,
        at=at,
    )


def escalate(w: Write, *, at: datetime, limit: int = 200) -> int:
    """Take the steps that are due at tasks that nobody acknowledged or that were returned too often.

    Returns the number of tasks. Each step is taken once, in the transaction that also logs and announces it.
    """
    late = tasks.due_for_escalation(w, at=at, limit=limit)
    for task in late:
        steps = due_steps(task, at=at, stands=clock_stands(task))
        moved = on_the_clock(taken(task, steps, whom=called(w, task, steps, at=at), at=at))
        escalate_task(w, moved, reason=_reason(steps, moved, at=at), by=SYSTEM.name, at=at)
    return len(late)


def called(r: Read, task: RectificationTask, steps: list[Escalation], *, at: datetime) -> tuple[Holder, ...]:
    """Return who is called by the steps; the authority joins in if the enterprise has nobody in one of the posts."""
    whom = dict.fromkeys(holder for escalation in steps for holder in escalation.step.whom)
    posts = {Holder(person.post.value) for person in registry.people_in_office(r, entity_id=task.entity_id, at=at)}
    if (set(whom) & _POSTS) - posts:
        whom[Holder.authority] = None
    return tuple(whom)


def _reason(steps: list[Escalation], task: RectificationTask, *, at: datetime) -> str:
    whom = "、".join(label(holder) for holder in task.escalated_to)
    why = "、".join(dict.fromkeys(_why(step) for step in steps))
    due = min((step.at for step in steps if step.at is not None), default=at)
    late = f"（晚 {int((at - due).total_seconds() // 60)} 分钟）" if at - due > LATE_AFTER else ""
    return f"{why}，上报{whom}{late}" if whom else why


def _why(escalation: Escalation) -> str:
    if escalation.step.trigger is EscalationTrigger.returned:
        return f"退回 {escalation.step.count} 次"
    return label(escalation.step.trigger)
