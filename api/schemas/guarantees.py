"""Supervision of enterprises (包保): profile and tier, cadres, assignments, delegations, registered changes."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.supervision_terms import (
    BusinessKind,
    CadreLevel,
    EntityChangeKind,
    EntityScale,
    GuaranteePart,
    OperatingState,
)
from models.domain.guarantees import Tier

_ID = "01975c1e-0000-7000-8000-000000000001"
_OTHER = "01975c1e-0000-7000-8000-000000000002"
Why = Annotated[Text, Field(min_length=1, max_length=500)]


class TierChangeOut(Out):
    """A line in the history of a tier; `rule` is null if a person set it."""

    at: datetime
    by: str
    from_tier: str | None
    to_tier: str | None
    rule: str | None
    reason: str


class EntityChangeOut(Out):
    """A registered change of an enterprise (主体变更)."""

    at: datetime
    by: str
    kind: EntityChangeKind
    effective_on: date
    reason: str
    detail: str


class AssignmentOut(Out):
    """A cadre supervises an enterprise (包保关系)."""

    id: UUID
    entity_id: UUID
    cadre_id: UUID
    cadre_name: str
    cadre_post: str
    level: CadreLevel
    part: GuaranteePart
    part_label: str
    valid_from: datetime
    valid_to: datetime | None


class GuaranteeOut(Out):
    """An enterprise as those who supervise it see it. Send `version` in `If-Match` with changes."""

    id: UUID
    name: str
    region_code: str
    kind: BusinessKind | None
    kind_label: str | None
    scale: EntityScale | None
    size: Annotated[int | None, Field(description="diners, meals a day, or stores")]
    special: Annotated[bool, Field(description="a key special firm, raised by a tier")]
    tier: Annotated[Tier | None, Field(description="包保等级, A = largest")]
    tier_rule: Annotated[str | None, Field(description="the rule that set the tier; null if a person or import did")]
    risk_grade: Annotated[Tier | None, Field(description="风险等级, A = lowest risk; another scale than the tier")]
    operating: OperatingState
    operating_label: str
    version: int


class GuaranteeDetail(Out):
    """An enterprise with its cadres and histories, and what is wrong with its supervision."""

    entity: GuaranteeOut
    cadres: list[AssignmentOut]
    warnings: list[str]
    tier_changes: list[TierChangeOut]
    changes: list[EntityChangeOut]


class CadreOut(Out):
    """A cadre who supervises enterprises (包保干部), with the load."""

    id: UUID
    region_code: str
    name: str
    post: str
    level: CadreLevel
    level_label: str
    phone: str | None
    login: Annotated[str | None, Field(description="the log-in of the user who acts as this cadre")]
    named_at: datetime
    ended_at: datetime | None
    entities: Annotated[int, Field(description="open enterprises of which this is the primary cadre")]
    small: Annotated[int, Field(description="those of tier C or D")]
    overloaded: Annotated[bool, Field(description="more of tier C or D than one cadre should have")]


class DelegationOut(Out):
    """A cadre has another act in their place for a period (委托授权)."""

    id: UUID
    cadre_id: UUID
    delegate_id: UUID
    valid_from: datetime
    valid_to: datetime
    reason: str
    set_by: str


class ProfileIn(In):
    """What the tier of an enterprise depends on, and its risk grade."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "school_canteen", "size": 620, "special": False, "risk_grade": "B"}},
    )

    kind: BusinessKind | None
    scale: EntityScale | None = None
    size: Annotated[int | None, Field(ge=0, le=10_000_000, description="diners, meals a day, or stores")] = None
    special: bool = False
    risk_grade: Tier | None = None


class TierIn(In):
    """Set the tier by hand; null gives it back to the rules."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"tier": "B", "reason": "重大活动保障"}})

    tier: Tier | None
    reason: Why


class EntityChangeIn(In):
    """Register a change of an enterprise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "suspend", "effective_on": "2026-12-01", "reason": "装修停业"}},
    )

    kind: EntityChangeKind
    effective_on: date
    reason: Why
    detail: Annotated[Text, Field(max_length=500, description="the new owner or address, for instance")] = ""


class CadreIn(In):
    """Name a cadre."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"region_code": "330602", "name": "李包保", "post": "副镇长", "level": "township"}
        },
    )

    region_code: Annotated[str, Field(pattern=r"^[0-9]{2,12}$")]
    name: Annotated[Text, Field(min_length=1, max_length=50)]
    post: Annotated[Text, Field(min_length=1, max_length=100)]
    level: CadreLevel
    phone: Annotated[str | None, Field(pattern=r"^[0-9+ -]{5,20}$")] = None
    login: Annotated[str | None, Field(pattern=r"^[a-z0-9][a-z0-9._@-]{1,63}$")] = None


class AssignmentIn(In):
    """Assign a cadre to an enterprise; a new primary cadre replaces the present one, which needs a reason."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"cadre_id": _ID, "part": "primary", "reason": ""}}
    )

    cadre_id: UUID
    part: GuaranteePart
    reason: Annotated[Text, Field(max_length=500)] = ""


class DelegationIn(In):
    """Have another cadre act in a cadre's place for a period."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "cadre_id": _ID,
                "delegate_id": _OTHER,
                "valid_from": "2026-12-01T00:00:00+08:00",
                "valid_to": "2026-12-08T00:00:00+08:00",
                "reason": "外出培训",
            }
        },
    )

    cadre_id: UUID
    delegate_id: UUID
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    reason: Why
