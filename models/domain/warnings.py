"""Warnings (自动预警) that a duty was not done: what, how urgent, who hears of it, since when, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.catalogue.duty_terms import WarningLevel
from models.catalogue.terms import Holder
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Owner):
    """What a rule looks at: one subject with its measured numbers.

    Attributes:
        subject: names the situation within its enterprise; one warning of a rule is open for it.
        numbers: what was counted.
        code: the code that a repeated hazard has; else empty.
        day: the day that it is about; else empty.
    """

    site_id: str | None
    subject: str
    numbers: dict[str, Any]
    code: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyWarning(Owner):
    """One warning. It ends by itself once its reason is gone.

    Attributes:
        rule: the rule that gave it, as `alerts/duties/warnings/rules.toml` names it.
        because: the reason, in words.
        told: who hears of it.
        raised_at: when its level last rose.
        internal: it is about a cadre, and not the enterprise's to see.
    """

    id: UUID
    rule: str
    site_id: str | None
    subject: str
    level: WarningLevel
    because: str
    told: tuple[Holder, ...]
    numbers: dict[str, Any]
    since: datetime
    raised_at: datetime
    internal: bool = False
    ended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSetting:
    """The limit and the level of one step of a rule, in place of the shipped ones."""

    limit: float
    level: WarningLevel

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(limit=float(stored["limit"]), level=WarningLevel(stored["level"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting:
    """A rule as a tenant or a region has switched and tuned it. Never changed but for its end.

    Attributes:
        region_code: prefix of region codes; empty for the whole tenant. The longest one that fits counts.
        internal: the rule is about cadres, and not the enterprises' to see.
        steps: one for each step of the rule, in its order; empty for the shipped limits and levels.
        version: counts the settings of this rule for this region.
        ended_at: when the next setting took its place, or somebody ended it.
    """

    id: UUID
    tenant_id: str
    region_code: str
    rule: str
    internal: bool
    enabled: bool
    steps: tuple[StepSetting, ...]
    reason: str
    set_by: str
    set_at: datetime
    version: int
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The moments up to which warnings are evaluated.

    Attributes:
        evaluated_at: when all enterprises were evaluated last.
        looked_at: until when was looked for what becomes due by time alone.
    """

    evaluated_at: datetime
    looked_at: datetime
