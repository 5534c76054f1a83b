"""Warnings (自动预警) that a duty was not done: what, how urgent, who hears of it, since when, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
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
