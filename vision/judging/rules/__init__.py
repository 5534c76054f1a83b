"""Rules as versioned data: which classes, for how long, where and when."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from models.base.errors import Invalid
from models.base.hours import is_within
from models.base.textio import read_text
from models.catalogue.codes import violation_code
from models.catalogue.terms import Zone
from vision.judging.attributes import ATTRIBUTES, CONFIRM, VETO, Looked

Subject = Literal["track", "scene", "motion"]
NO_LOOK = "none"
"""Word in a rules file that switches off the second look of a shipped rule."""
_SHIPPED = "kitchen"
_SUBJECTS = ("track", "scene", "motion")
_OF_CLASSES = ("bad", "good", "near", "away_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The conditions under which detections over time are a violation.

    Attributes:
        bad, good: classes that count for and against a violation; all others are unknown and do not count.
        near, away_from: classes that a bad box has to touch, or may not touch (with enlarged boxes).
        window_s: length of the window of samples.
        ratio: least share of bad ones among the samples in the window that are bad or good.
        min_samples: least number of samples.
        dwell_s: least time from the first bad sample in the window to the last.
        end_after_s: the violation ends after this long without a bad sample.
        min_score: bad boxes below this score do not count; the model's own threshold comes first.
        zones, not_zones: zones to which it applies, or not; None = all zones, or none excluded.
        when: "closed" = only in the site's closing hours.
        on_furniture: whether heads count at places that are learnt as furniture.
        look: attribute that a second look at crops has to decide before the rule opens; None = no second look
            ("none" in a file).
        look_veto: the rule does not open if the second look gives its bad values at most this probability.
        look_confirm: from this probability on the second look confirms; between the two it says nothing.
        look_below: below this mean score of the detector the rule opens only if the second look confirms.
        look_from: from this score on faint bad boxes of a scene (below `min_score`) count where a second look is taken;
            what they are needed for opens only if it confirms. None = they never count.
        off: the rule applies nowhere, until a file says `off = false`.
    """

    id: str
    code: str
    subject: Subject
    bad: frozenset[str] = frozenset()
    good: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    away_from: frozenset[str] = frozenset()
    window_s: float
    ratio: float
    min_samples: int
    dwell_s: float
    end_after_s: float
    min_score: float = 0.0
    zones: frozenset[str] | None = None
    not_zones: frozenset[str] = frozenset()
    when: Literal["any", "closed"] = "any"
    on_furniture: bool = False
    look: str | None = None
    look_veto: float = VETO
    look_confirm: float = CONFIRM
    look_below: float = 0.0
    look_from: float | None = None
    off: bool = False

    def applies_in(self, zone: Zone) -> bool:
        """Return whether the rule opens violations in `zone`; advice (宜) opens none, nor does a rule that is off."""
        if self.off or violation_code(self.code).is_advice_in(zone):
            return False
        return (self.zones is None or zone in self.zones) and zone not in self.not_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of one version."""

    version: str
    rules: tuple[Rule, ...]

    @property
    def looks(self) -> bool:
        """Whether any rule asks for a second look."""
        return any(rule.look is not None and not rule.off for rule in self.rules)

    @property
    def classes(self) -> frozenset[str]:
        """All classes that any rule names, one that is off included: it may be switched on at a camera."""
        return frozenset().union(*(getattr(rule, field) for rule in self.rules for field in _OF_CLASSES))


def reference(rule: Rule, *, version: str, looked: Looked | None) -> dict[str, Any]:
    """Return what a violation stores about its rule, and about the second look that the rule asked for."""
    of_rule = {"id": rule.id, "version": version}
    return of_rule if looked is None else {**of_rule, "look": {"attribute": rule.look, **looked.as_json()}}


def default_rules() -> RuleSet:
    """Return the shipped rules."""
    return _parse(_shipped_text(), f"{_SHIPPED}.toml")


def load_rules(path: Path, *, classes: Collection[str]) -> RuleSet:
    """Return the rules of a file, for weights with these ``classes``.

    Raises:
        Invalid: the file can't be read or a rule is wrong; the message names the place and what was expected.
    """
    try:
        text = read_text(path)
    except OSError as error:
        raise Invalid(f"cannot read the rules: {error}") from error
    rules = _parse(text, str(path))
    for entry in tomllib.loads(text).get("rule", ()):  # only the file's own rules: shipped rules may name more classes
        unknown = {name for field in _OF_CLASSES for name in entry.get(field, ())} - set(classes)
        if unknown:  # the class is never detected, so the rule would silently be off
            raise Invalid(f"{path}, rule {entry['id']!r}: no class {min(unknown)!r}; there are {', '.join(classes)}")
    for rule in rules.rules:
        if rule.look is not None and not rule.bad.intersection(ATTRIBUTES[rule.look]):
            raise Invalid(
                f"{path}, rule {rule.id!r}: look {rule.look!r} says nothing of {', '.join(sorted(rule.bad))}; "
                f'look = "{NO_LOOK}" switches it off'
            )
    return rules


def _parse(text: str, name: str) -> RuleSet:
    raw = _read(text, name)
    if not isinstance(raw.get("version"), str) or not isinstance(raw.get("rule"), list):
        raise Invalid(f'{name}: expected version = "…" and [[rule]] tables')
    return RuleSet(version=raw["version"], rules=tuple(_rule(entry, name) for entry in _tables(raw["rule"], name)))


def _tables(entries: list[Any], name: str) -> list[dict[str, Any]]:
    """Return the file's [[rule]] tables; ids have to be unique, because a violation stores its rule's id.

    Raises:
        Invalid: an entry is not a table, or an id occurs twice.
    """
    seen: set[str] = set()
    for entry in entries:
        if not isinstance(entry, dict):
            raise Invalid(f"{name}: rule = {entry!r}, expected [[rule]] tables")
        known = str(entry.get("id", "?"))
        if known in seen:
            raise Invalid(f"{name}, rule {known!r}: there are two with this id")
        seen.add(known)
    return entries


def _read(text: str, name: str) -> dict[str, Any]:
    """Return the tables of a file; a file with `extends = "kitchen"` changes fields of the shipped rules by id."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{name}: {error}") from error
    base = raw.get("extends")
    if base is None:
        return raw
    if base != _SHIPPED or not isinstance(raw.get("rule", []), list):
        raise Invalid(f'{name}: expected extends = "{_SHIPPED}" and [[rule]] tables')
    rules = {rule["id"]: rule for rule in _read(_shipped_text(), f"{_SHIPPED}.toml")["rule"]}
    for change in _tables(raw.get("rule", []), name):
        if change.get("id") not in rules:
            raise Invalid(f"{name}: no shipped rule {change.get('id')!r} to change")
        rules[change["id"]].update(change)
    return {"version": raw.get("version"), "rule": list(rules.values())}


def _shipped_text() -> str:
    return (files("vision.judging.rules") / f"{_SHIPPED}.toml").read_text(encoding="utf-8")


def _rule(entry: dict[str, Any], name: str) -> Rule:
    where = f"{name}, rule {entry.get('id', '?')!r}"
    try:
        rule = Rule(**{name: _value(name, given, where) for name, given in entry.items()})
    except TypeError as error:
        raise Invalid(f"{where}: {error}") from error
    violation_code(rule.code)
    if rule.subject not in _SUBJECTS:
        raise Invalid(f"{where}: subject {rule.subject!r}, expected one of {', '.join(_SUBJECTS)}")
    if rule.when not in ("any", "closed"):
        raise Invalid(f"{where}: when {rule.when!r}, expected any or closed")
    unknown = ((rule.zones or frozenset()) | rule.not_zones) - set(Zone)
    if unknown:
        raise Invalid(f"{where}: unknown zone {min(unknown)!r}")
    if not (
        0 <= rule.ratio <= 1
        and 0 <= rule.min_score <= 1
        and rule.window_s > 0
        and rule.min_samples >= 1
        and rule.end_after_s > 0
    ):
        raise Invalid(f"{where}: expected ratio and min_score of 0–1, window_s > 0, min_samples ≥ 1, end_after_s > 0")
    if rule.look == NO_LOOK:
        rule = replace(rule, look=None, look_from=None)
    _check_look(rule, where)
    if rule.subject != "motion":  # a rule that can't be met would silently be off
        if rule.dwell_s > rule.window_s:
            raise Invalid(
                f"{where}: dwell_s {rule.dwell_s:g} is longer than window_s {rule.window_s:g}, so it never opens"
            )
        if not rule.bad:
            raise Invalid(f"{where}: no bad classes, so it never opens")
    return rule


def _check_look(rule: Rule, where: str) -> None:
    if rule.look is None and rule.look_from is not None:
        raise Invalid(f"{where}: look_from without a look: nothing would confirm what is faint")
    if rule.look not in {*ATTRIBUTES, None}:
        raise Invalid(f"{where}: look {rule.look!r}, expected one of {', '.join((*ATTRIBUTES, NO_LOOK))}")
    if not (0 <= rule.look_veto < rule.look_confirm <= 1 and 0 <= rule.look_below <= 1):
        raise Invalid(f"{where}: expected look_veto, look_confirm, look_below of 0–1, the first below the second")
    if rule.look_from is None:
        return
    if rule.subject != "scene":
        raise Invalid(f"{where}: look_from is for rules about a scene, and this one is about a {rule.subject}")
    if not 0 <= rule.look_from <= rule.min_score:
        raise Invalid(f"{where}: look_from {rule.look_from:g}, expected at most min_score, {rule.min_score:g}")


def _value(name: str, given: Any, where: str) -> Any:  # noqa: ANN401 - TOML is of any type until it is checked here
    """Return a rule's field in its stored type; `Rule` refuses unknown fields."""
    kind = _KINDS.get(name, "").removesuffix(" | None")
    if kind.startswith("frozenset"):
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise Invalid(f'{where}: {name} = {given!r}, expected a list of words, for example ["head_bare"]')
        return frozenset(given)
    if kind == "bool":
        if not isinstance(given, bool):
            raise Invalid(f"{where}: {name} = {given!r}, expected true or false")
        return given
    wanted = {"float": (int, float), "int": (int,), "str": (str,)}.get(kind)
    if wanted is not None and (not isinstance(given, wanted) or isinstance(given, bool)):
        raise Invalid(f"{where}: {name} = {given!r}, expected {'text' if kind == 'str' else 'a number'}")
    return given


_KINDS = {field.name: str(getattr(field.type, "__name__", field.type)) for field in fields(Rule)}
"""Field of a rule → its type's name."""


def is_closed(closed_from: time | None, closed_to: time | None, *, at: datetime) -> bool:
    """Return whether a site is in its closing hours (local time, may span midnight)."""
    if closed_from is None or closed_to is None:
        return False
    return is_within(closed_from, closed_to, at=at)
