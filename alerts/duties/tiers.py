"""The tier (包保等级) of an enterprise by a table of rules, and registered changes of its operation. Pure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from models.base.errors import Invalid, InvalidTransition
from models.catalogue.supervision_terms import BusinessKind, CadreLevel, EntityChangeKind, EntityScale, OperatingState
from models.catalogue.terms import label

TIERS = ("A", "B", "C", "D")
LEVEL_OF = dict(zip(TIERS, CadreLevel, strict=True))
"""The level of the cadres who supervise a tier: A the city … D the village (层级对应)."""

_FROM: dict[EntityChangeKind, frozenset[OperatingState]] = {
    EntityChangeKind.owner: frozenset({OperatingState.open, OperatingState.suspended}),
    EntityChangeKind.relocate: frozenset({OperatingState.open, OperatingState.suspended}),
    EntityChangeKind.suspend: frozenset({OperatingState.open}),
    EntityChangeKind.close: frozenset({OperatingState.open, OperatingState.suspended}),
    EntityChangeKind.resume: frozenset({OperatingState.suspended, OperatingState.closed}),
}
_TO: dict[EntityChangeKind, OperatingState] = {
    EntityChangeKind.suspend: OperatingState.suspended,
    EntityChangeKind.close: OperatingState.closed,
    EntityChangeKind.resume: OperatingState.open,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the tier of an enterprise depends on; `size` is the number of diners, meals a day or stores."""

    kind: BusinessKind | None
    scale: EntityScale | None = None
    size: int | None = None
    special: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the table; `scales` empty: every size class, `at_least` None: every number."""

    id: str
    tier: str
    kinds: frozenset[BusinessKind]
    scales: frozenset[EntityScale]
    at_least: int | None

    def fits(self, facts: Facts) -> bool:
        """Return whether the rule applies. An unknown size class or number fits only a rule that asks for none."""
        return (
            facts.kind in self.kinds
            and (not self.scales or facts.scale in self.scales)
            and (self.at_least is None or (facts.size is not None and facts.size >= self.at_least))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """A tier, the rule that set it, and whether it was raised for a key special firm."""

    tier: str
    rule: str
    raised: bool

    @property
    def because(self) -> str:
        """The reason in words."""
        return f"按规则 {self.rule} 评定" + ("，特殊重点企业提级" if self.raised else "")


def classify(facts: Facts) -> Classified | None:
    """Return the tier by the first rule that fits; None while the line of business is unknown."""
    if facts.kind is None:
        return None
    rule = next((rule for rule in rules() if rule.fits(facts)), None)
    if rule is None:
        return None
    steps = int(_table()["raise_special"]) if facts.special else 0
    place = max(0, TIERS.index(rule.tier) - steps)
    return Classified(tier=TIERS[place], rule=rule.id, raised=TIERS[place] != rule.tier)


def after_change(state: OperatingState, change: EntityChangeKind) -> OperatingState:
    """Return whether an enterprise does business after a registered change.

    Raises:
        InvalidTransition: the change makes no sense in this state.
    """
    if state not in _FROM[change]:
        raise InvalidTransition(
            f"the enterprise is {state} ({label(state)}); {label(change)} is possible from: "
            + ", ".join(sorted(_FROM[change]))
        )
    return _TO.get(change, state)


def most_small() -> int:
    """Return the number of enterprises of tier C or D beyond which a cadre counts as overloaded."""
    return int(_table()["load_warning"])


@cache
def rules() -> tuple[Rule, ...]:
    """Return the table, in its order."""
    found = tuple(_rule(row) for row in _table()["rule"])
    if len({rule.id for rule in found}) != len(found):
        raise Invalid("tiers.toml: two rules have one id")
    return found


def _rule(row: dict[str, Any]) -> Rule:
    if row["tier"] not in TIERS:
        raise Invalid(f"rule {row['id']}: tier {row['tier']!r}: expected one of {', '.join(TIERS)}")
    return Rule(
        id=row["id"],
        tier=row["tier"],
        kinds=frozenset(BusinessKind(kind) for kind in row["kinds"]),
        scales=frozenset(EntityScale(scale) for scale in row.get("scales", ())),
        at_least=row.get("at_least"),
    )


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("alerts.duties").joinpath("tiers.toml").read_text("utf-8"))
