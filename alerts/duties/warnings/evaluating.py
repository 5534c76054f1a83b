"""Evaluate the rules of warnings: open new ones, raise or lower known ones, end those whose reason is gone.

An enterprise is evaluated soon after one of its facts changed (a trigger marks it) or a count of its days went on.
All are evaluated right after a day, week or month became due (`rules.due_at`: at 10:00, on Mondays after 12:00, on the
6th at 0:00), after a change that concerns many, and once an hour, so that nothing stays wrong for longer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from prometheus_client import Gauge

from alerts.duties.warnings.rules import Rule, RuleHere, Verdict, due_at, here, shipped, verdict
from models.base.ids import uuid7
from models.changes.warnings import change_warning, end_warning, open_warning
from models.domain.place import owner_of
from models.domain.warnings import DutyWarning, Fact, Round
from models.store import warning_marks, warning_settings, warnings
from models.store.connect import Write

BATCH = 1_000
"""Enterprises that `evaluate_due` takes at a time."""
MANY = 5 * BATCH
"""Marks from which on the evaluation of all enterprises is cheaper."""
WHOLE_EVERY = timedelta(hours=1)
WHOLE_PAUSE = timedelta(minutes=5)
"""The shortest time between two evaluations of all enterprises on account of what changed."""

WAITING = Gauge(
    "mingchu_warnings_waiting", f"Changes whose warnings waited when the evaluation last looked, counted up to {MANY}"
)


def evaluate(w: Write, *, at: datetime, rules: Mapping[str, Rule] | None = None) -> int:
    """Evaluate all rules as each region has them; return how many warnings were opened, changed or ended.

    Running it again at the same moment changes nothing. It waits while another transaction evaluates.
    """
    w.work_by_night()
    warning_marks.lock_round(w)
    warning_marks.take_all(w)
    warning_marks.note_evaluated(w, at=at)
    return _evaluate_all(w, (shipped() if rules is None else rules).values(), None, at=at)


def evaluate_due(w: Write, *, at: datetime, limit: int = BATCH) -> int:
    """Evaluate what changed or became due since the last call; return how many warnings were opened, changed or ended.

    At most `limit` enterprises. All of them are evaluated if `MANY` wait or a change concerns all, but not more often
    than `WHOLE_PAUSE`. It does nothing while another transaction evaluates.
    """
    last = warning_marks.lock_free_round(w)
    if last is None:
        return 0
    if _is_time(last, at=at):
        return evaluate(w, at=at)
    warning_marks.mark_due(w, since=last.looked_at, at=at)
    waiting, every = warning_marks.waiting(w, most=MANY)
    WAITING.set(waiting)
    if (every or waiting == MANY) and at - last.evaluated_at >= WHOLE_PAUSE:
        return evaluate(w, at=at)
    entities = warning_marks.take(w, limit=limit) if waiting else []
    return _evaluate_all(w, shipped().values(), entities, at=at) if entities else 0


def _is_time(last: Round, *, at: datetime) -> bool:
    """Return whether all enterprises are due; a clock that was set back must not keep them waiting."""
    set_back = last.evaluated_at > at
    return set_back or at - last.evaluated_at >= WHOLE_EVERY or due_at(last.evaluated_at) != due_at(at)


def _evaluate_all(w: Write, rules: Iterable[Rule], entities: Sequence[UUID] | None, *, at: datetime) -> int:
    settings = warning_settings.in_force(w)
    return sum(_evaluate(w, here(rule, settings), entities, at=at) for rule in rules)


def _evaluate(w: Write, one: RuleHere, entities: Sequence[UUID] | None, *, at: datetime) -> int:
    due, name = due_at(at), one.shipped.name
    known = {(row.entity_id, row.subject): row for row in warnings.open_of_rule(w, name, entities=entities)}
    found = []
    if one.enabled:
        found = warnings.facts(w, name, last=due.day, week=due.week, month=due.month, at=at, entities=entities)
    changed = 0
    for fact in found:
        rule = one.at(fact.tenant_id, fact.region_code)
        said = verdict(rule, fact)
        if said is None:
            continue
        old = known.pop((fact.entity_id, fact.subject), None)
        if old is None:
            changed += open_warning(w, _new(rule, fact, said, at=at), at=at) is not None
        elif (old.level, old.because, old.told) != (said.level, said.because, said.told):
            rises = said.level.rank < old.level.rank
            newer = replace(
                old,
                level=said.level,
                because=said.because,
                told=said.told,
                numbers=fact.numbers,
                raised_at=at if rises else old.raised_at,
            )
            change_warning(w, newer, rises=rises, at=at)
            changed += 1
    for gone in known.values():
        end_warning(w, gone, at=at)
    return changed + len(known)


def _new(rule: Rule, fact: Fact, said: Verdict, *, at: datetime) -> DutyWarning:
    return DutyWarning(
        id=uuid7(),
        **owner_of(fact),
        rule=rule.name,
        site_id=fact.site_id,
        subject=fact.subject,
        level=said.level,
        because=said.because,
        told=said.told,
        numbers=fact.numbers,
        since=at,
        raised_at=at,
        internal=rule.internal,
    )
