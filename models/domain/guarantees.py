"""Supervision of enterprises by local officials (包保): tiers, cadres, and who supervises whom."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from models.catalogue.supervision_terms import (
    BusinessKind,
    CadreLevel,
    EntityChangeKind,
    EntityScale,
    GuaranteePart,
    OperatingState,
)
from models.domain.place import Owner

Tier = Literal["A", "B", "C", "D"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """An enterprise as those who supervise it see it.

    Attributes:
        business_kind, scale, size, special: what its tier depends on; `size` is the number of diners, meals a day or
            stores, `special` marks a key special firm (特殊重点企业).
        guarantee_tier: 包保等级, A = largest. None while its line of business is unknown.
        tier_rule: id of the rule that set the tier; None for one that a person or an import set.
        risk_grade: 风险等级, A = lowest risk; another scale, which no rule here touches.
        profile_version: counts changes; a change names the version it was decided on.
    """

    id: UUID
    tenant_id: str
    name: str
    region_code: str
    business_kind: BusinessKind | None
    scale: EntityScale | None
    size: int | None
    special: bool
    guarantee_tier: str | None
    tier_rule: str | None
    risk_grade: str | None
    operating: OperatingState
    profile_version: int

    @property
    def tier_by_hand(self) -> bool:
        """Whether a person or an import set the tier; the rules leave it alone."""
        return self.guarantee_tier is not None and self.tier_rule is None

    @property
    def owner(self) -> Owner:
        """The enterprise as an owner."""
        return Owner(tenant_id=self.tenant_id, entity_id=self.id, region_code=self.region_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChange(Owner):
    """A line in the history of an enterprise's tier; `rule` is None if a person set it."""

    id: UUID
    at: datetime
    by: str
    from_tier: str | None
    to_tier: str | None
    rule: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChange(Owner):
    """A registered change of an enterprise (主体变更), with its reason."""

    id: UUID
    at: datetime
    by: str
    kind: EntityChangeKind
    effective_on: date
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadre:
    """A cadre who supervises enterprises (包保干部).

    Attributes:
        region_code: the region of the cadre; the enterprises lie within it, or it within theirs.
        login: the log-in of the regulator's user who acts as this cadre; None if nobody does.
    """

    id: UUID
    tenant_id: str
    region_code: str
    name: str
    post: str
    level: CadreLevel
    phone: str | None
    login: str | None
    named_at: datetime
    named_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CadreLoad:
    """How many enterprises a cadre supervises as their primary cadre: all that are open, and those of tier C or D."""

    cadre_id: UUID
    entities: int
    small: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(Owner):
    """A cadre supervises an enterprise (包保关系), as the one primary cadre or as a deputy."""

    id: UUID
    cadre_id: UUID
    part: GuaranteePart
    valid_from: datetime
    valid_to: datetime | None = None
    set_by: str
    ended_by: str | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A cadre has another act in their place for a period (委托授权)."""

    id: UUID
    tenant_id: str
    region_code: str
    cadre_id: UUID
    delegate_id: UUID
    valid_from: datetime
    valid_to: datetime
    reason: str
    set_by: str
    ended_by: str | None = None

    def covers(self, at: datetime) -> bool:
        """Return whether the delegate acts at a moment."""
        return self.valid_from <= at < self.valid_to
