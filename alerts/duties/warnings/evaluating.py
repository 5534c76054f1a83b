"""Evaluate the rules of warnings: open new ones, raise or lower known ones, end those whose reason is gone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerts.duties.warnings.rules import Rule, RuleHere, Verdict, due_at, here, shipped, verdict
from models.base.ids import uuid7
from models.changes.warnings import change_warning, end_warning, open_warning
from models.domain.place import owner_of
from models.domain.warnings import DutyWarning, Fact
from models.store import warning_settings, warnings
from models.store.connect import Write


def evaluate(w: Write, *, at: datetime, rules: Mapping[str, Rule] | None = None) -> int:
    """Evaluate all rules as each region has them; return how many warnings were opened, changed or ended.

    Running it again at the same moment changes nothing.
    """
    w.work_by_night()
    settings = warning_settings.in_force(w)
    return sum(_evaluate(w, here(rule, settings), at=at) for rule in (shipped() if rules is None else rules).values())


def _evaluate(w: Write, one: RuleHere, *, at: datetime) -> int:
    due, name = due_at(at), one.shipped.name
    known = {(row.entity_id, row.subject): row for row in warnings.open_of_rule(w, name)}
    found = warnings.facts(w, name, last=due.day, week=due.week, month=due.month, at=at) if one.enabled else []
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
