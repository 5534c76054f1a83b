"""The rules of warnings: read from `rules.toml`, and decided for one fact. Pure."""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
from models.domain.warnings import Fact, RuleSetting, StepSetting

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
RANGES = {
    "days_left": (0.5, 15.5),
    "days_over": (1, 365),
    "days": (1, 365),
    "lapsed": (1, 1),
    "in_30": (2, 30),
    "in_a_row": (1, 30),
    "weeks": (1, 1),
    "months": (1, 1),
    "in_7": (2, 50),
    "day_rate": (1, 100),
    "week_rate": (1, 100),
    "posts": (1, 1),
    "visits": (1, 1),
    "relapses": (1, 10),
}
"""Between which limits each measure may be tuned: facts outside of them are not counted at all."""
MEASURE_LABELS = {
    "days_left": "剩余天数",
    "days_over": "逾期天数",
    "days": "未签天数",
    "lapsed": "承诺失效",
    "in_30": "近 30 天次数",
    "in_a_row": "连续天数",
    "weeks": "缺周报告",
    "months": "缺月纪要",
    "in_7": "近 7 天次数",
    "day_rate": "当日在线率 %",
    "week_rate": "近 7 天在线率 %",
    "posts": "岗位空缺",
    "visits": "督导退回",
    "relapses": "复发次数",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a rule: it applies if the measure is at least `least`, or below `below`."""

    measure: str
    least: float | None
    below: float | None
    level: WarningLevel
    told: tuple[Holder, ...]
    because: str

    @property
    def limit(self) -> float:
        """The number from which on, or below which, it applies."""
        return self.least if self.least is not None else self.below or 0.0

    def applies(self, numbers: dict[str, Any]) -> bool:
        """Return whether the step applies to what was counted."""
        value = float(numbers[self.measure])
        return value >= self.least if self.least is not None else self.below is not None and value < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; the first of its steps that applies decides. `place` is the region that tuned it; None: as shipped."""

    name: str
    number: str
    label: str
    enabled: bool
    internal: bool
    steps: tuple[Step, ...]
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHere:
    """One rule with its settings: what counts at a place.

    Attributes:
        shipped: the rule where nothing was set.
        by_place: the tuned rules, by tenant and prefix of region codes.
    """

    shipped: Rule
    by_place: Mapping[tuple[str, str], Rule]

    @property
    def enabled(self) -> bool:
        """Whether it is switched on anywhere."""
        return self.shipped.enabled or any(rule.enabled for rule in self.by_place.values())

    def at(self, tenant_id: str, region_code: str) -> Rule:
        """Return the rule that counts in a region: that of the longest prefix."""
        if not self.by_place:
            return self.shipped
        prefixes = (region_code[:digits] for digits in range(len(region_code), -1, -1))
        found = (self.by_place.get((tenant_id, prefix)) for prefix in prefixes)
        return next((rule for rule in found if rule is not None), self.shipped)


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
    what = code_label(fact.code) if fact.code else ""
    words = {**fact.numbers, "limit": f"{step.limit:g}", "what": what, "day": fact.day}
    because = step.because.format(**words) + _tuned_words(rule, step)
    return Verdict(level=step.level, because=because, told=step.told)


def here(rule: Rule, settings: Iterable[RuleSetting]) -> RuleHere:
    """Return a rule with those of the settings that are its own."""
    own = [one for one in settings if one.rule == rule.name]
    return RuleHere(shipped=rule, by_place={(one.tenant_id, one.region_code): tuned(rule, one) for one in own})


def tuned(rule: Rule, setting: RuleSetting) -> Rule:
    """Return a rule as a setting has it. Steps of a former version of the rule, which had others, count no more."""
    steps = rule.steps
    if len(setting.steps) == len(steps):
        steps = tuple(_tuned_step(step, one) for step, one in zip(steps, setting.steps, strict=True))
    return replace(rule, enabled=setting.enabled, steps=steps, place=setting.region_code)


def check_steps(rule: Rule, steps: tuple[StepSetting, ...]) -> None:
    """Check the limits and levels of a setting; none means the shipped ones.

    Raises:
        Invalid: there are too few or many, a limit is out of its range, or a step could never apply.
    """
    if not steps:
        return
    if len(steps) != len(rule.steps):
        raise Invalid(f"steps: expected {len(rule.steps)}, one for each step of the rule {rule.name}")
    new = [_tuned_step(step, one) for step, one in zip(rule.steps, steps, strict=True)]
    for number, step in enumerate(new):
        least, most = RANGES[step.measure]
        if not (math.isfinite(step.limit) and least <= step.limit <= most):
            raise Invalid(f"steps[{number}].limit: expected a number from {least:g} to {most:g}")
        for later in new[number + 1 :]:
            if later.level.rank < step.level.rank:
                raise Invalid(f"steps[{number}].level: the most urgent step stands first, as in the shipped rule")
            same = later.measure == step.measure and (later.least is None) == (step.least is None)
            if same and (later.limit >= step.limit if step.least is not None else later.limit <= step.limit):
                raise Invalid(f"steps[{number}].limit: the steps after it could never apply")


def _tuned_step(step: Step, setting: StepSetting) -> Step:
    if step.least is not None:
        return replace(step, least=setting.limit, level=setting.level)
    return replace(step, below=setting.limit, level=setting.level)


def _tuned_words(rule: Rule, step: Step) -> str:
    if rule.place is None:
        return ""
    which = "达到" if step.least is not None else "低于"
    where = f"地区 {rule.place}" if rule.place else "全部地区"
    return f"（{where}调整的规则：{MEASURE_LABELS[step.measure]}{which} {step.limit:g}）"


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
    if unknown := named - MEASURES[name] - {"what", "day", "limit"}:
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
