"""The rules of warnings: read from `rules.toml`, and decided for one fact. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from alerts.duties.daily import GRACE_UNTIL
from alerts.duties.periodic import late_after
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.codes import code_label
from models.catalogue.duty_terms import ReportKind, WarningLevel
from models.catalogue.terms import Holder
from models.domain.warnings import Fact

_STEP = frozenset({"measure", "least", "below", "level", "told", "because"})
_RULE = frozenset({"number", "label", "enabled", "step"})
_MAY = frozenset({"internal"})
MEASURES = {
    "visit_due": frozenset({"days_left"}),
    "visit_overdue": frozenset({"days_over"}),
    "pledge_unsigned": frozenset({"days", "lapsed"}),
    "day_missing": frozenset({"in_30", "in_a_row"}),
    "period_missing": frozenset({"weeks", "months"}),
    "repeated": frozenset({"in_7", "in_30"}),
    "cameras_away": frozenset({"day_rate", "week_rate"}),
    "post_empty": frozenset({"posts"}),
    "visit_poor": frozenset({"visits"}),
    "relapse": frozenset({"relapses"}),
}
"""What each rule counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a rule: it applies if the measure is at least `least`, or below `below`."""

    measure: str
    least: float | None
    below: float | None
    level: WarningLevel
    told: tuple[Holder, ...]
    because: str

    def applies(self, numbers: dict[str, Any]) -> bool:
        """Return whether the step applies to what was counted."""
        value = float(numbers[self.measure])
        return value >= self.least if self.least is not None else self.below is not None and value < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; the first of its steps that applies decides."""

    name: str
    number: str
    label: str
    enabled: bool
    internal: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says about a fact."""

    level: WarningLevel
    because: str
    told: tuple[Holder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The last day, week (its Monday) and month (its first day) that must be complete by now."""

    day: date
    week: date
    month: date


def due_at(at: datetime) -> Due:
    """Return what must be complete at a moment, after the grace times of records and reports."""
    local = at.astimezone(SHANGHAI)
    today = local.date()
    day = today - timedelta(days=1 if local.time() >= GRACE_UNTIL else 2)
    week = today - timedelta(days=today.weekday() + 7)
    if at <= late_after(ReportKind.week, week):
        week -= timedelta(days=7)
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    if at <= late_after(ReportKind.month, month):
        month = (month - timedelta(days=1)).replace(day=1)
    return Due(day=day, week=week, month=month)


def verdict(rule: Rule, fact: Fact) -> Verdict | None:
    """Return what a rule says about a fact; None if nothing is wrong, or the rule is switched off."""
    if not rule.enabled:
        return None
    step = next((step for step in rule.steps if step.applies(fact.numbers)), None)
    if step is None:
        return None
    words = {**fact.numbers, "what": code_label(fact.code) if fact.code else "", "day": fact.day}
    return Verdict(level=step.level, because=step.because.format(**words), told=step.told)


def read_rules(text: str) -> dict[str, Rule]:
    """Read the rules of a file.

    Raises:
        Invalid: a rule or step has an unknown key, measure, level or person, or a text names what is not counted.
    """
    return {name: _rule(name, row) for name, row in tomllib.loads(text).items()}


@cache
def shipped() -> dict[str, Rule]:
    """Return the shipped rules."""
    return read_rules(files("alerts.duties.warnings").joinpath("rules.toml").read_text("utf-8"))


def rule_label(name: str) -> str:
    """Return the Chinese name of a rule."""
    return shipped()[name].label if name in shipped() else name


def _rule(name: str, row: dict[str, Any]) -> Rule:
    if name not in MEASURES:
        raise Invalid(f"rules.toml: unknown rule {name!r}; expected {', '.join(MEASURES)}")
    if wrong := (set(row) - _MAY) ^ _RULE:
        raise Invalid(f"rules.toml, {name}: wrong or missing {', '.join(sorted(wrong))}")
    if not isinstance(row["enabled"], bool) or not row["step"]:
        raise Invalid(f"rules.toml, {name}: expected enabled = true or false, and at least one step")
    steps = tuple(_step(name, step) for step in row["step"])
    return Rule(
        name=name,
        number=row["number"],
        label=row["label"],
        enabled=row["enabled"],
        internal=bool(row.get("internal", False)),
        steps=steps,
    )


def _step(name: str, row: dict[str, Any]) -> Step:
    where = f"rules.toml, {name}"
    if wrong := set(row) - _STEP:
        raise Invalid(f"{where}: unknown {', '.join(sorted(wrong))}; expected {', '.join(sorted(_STEP))}")
    if ("least" in row) == ("below" in row):
        raise Invalid(f"{where}: expected exactly one of least and below")
    if row["measure"] not in MEASURES[name]:
        raise Invalid(f"{where}: measure {row['measure']!r}, expected one of {', '.join(sorted(MEASURES[name]))}")
    named = {field for _, field, _, _ in Formatter().parse(row["because"]) if field is not None}
    if unknown := named - MEASURES[name] - {"what", "day"}:
        raise Invalid(f"{where}: because names {', '.join(sorted(unknown))}, which is not counted")
    if row["level"] not in set(WarningLevel) or not row["told"] or set(row["told"]) - set(Holder):
        raise Invalid(
            f"{where}: expected a level ({', '.join(WarningLevel)}) and who hears of it ({', '.join(Holder)})"
        )
    return Step(
        measure=row["measure"],
        least=row.get("least"),
        below=row.get("below"),
        level=WarningLevel(row["level"]),
        told=tuple(Holder(one) for one in row["told"]),
        because=row["because"],
    )
