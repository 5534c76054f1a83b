"""Codes of the catalogue, the values that apply, and overrides."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.terms import Role, Severity

Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]


class CodeOut(Out):
    """One kind of finding or reading with its shipped values.

    `version` is the version of the catalogue file. `overrides` counts the overrides that have not ended and that the
    caller may see; counting stops at 2,000 over all codes. `judged`: a violation that the platform looks for always,
    only where an override says `watched = true` (`asked`), or never (`elsewhere`); null for readings.
    """

    code: str
    kind: Literal["violation", "sensor"]
    label: str
    basis: str
    severity: Severity
    severity_label: str
    deadline_s: float
    version: str
    overrides: int
    judged: Literal["always", "asked", "elsewhere"] | None


class OriginOut(Out):
    """The origin of a value: the catalogue of a version, or an override at a level.

    `older` counts the older overrides at the same place that also change this value; the newest override applies.
    """

    level: Literal["catalogue", "device", "entity", "region", "tenant"]
    level_label: str
    version: str
    override_id: UUID | None
    reason: str | None
    actor: str | None
    valid_until: datetime | None
    older: int


class ValueOut(Out):
    """One value. `shipped` is the catalogue's value; if `law` is true, only an administrator may loosen it."""

    name: str
    label: str
    value: Any
    text: str
    shipped: Any
    law: bool
    origin: OriginOut


class EffectiveOut(Out):
    """A code with the values that apply to a device, or to the caller if no device is named."""

    code: str
    kind: Literal["violation", "sensor"]
    label: str
    basis: str
    version: str
    device_id: str | None
    values: list[ValueOut]


class OverrideOut(Out):
    """An override of a code at a place. It applies from `valid_from` until `valid_until` or `ended_at`."""

    id: UUID
    code: str
    level: OverrideLevel
    level_label: str
    region_code: str | None
    entity_id: UUID | None
    device_id: str | None
    changes: dict[str, Any]
    reason: str
    actor: str
    actor_role: Role
    valid_from: datetime
    valid_until: datetime | None
    created_at: datetime
    in_force: bool
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


class OverrideLogOut(Out):
    """One entry of the history: who began or ended an override, and the values at its place before and after."""

    id: UUID
    override_id: UUID
    level: OverrideLevel
    region_code: str | None
    entity_id: UUID | None
    device_id: str | None
    at: datetime
    action: Literal["begin", "end"]
    actor: str
    actor_role: Role
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


class OverrideIn(In):
    """An override. It applies to the named device, enterprise or region, or to the whole tenant if none is named.

    Values that are left out stay unchanged. Write the names in `limits` without the prefix `limits.` that the code's
    values have. `hours` are in local time.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"device_id": "fridge-1", "limits": {"warn": 6, "alarm": 7}, "reason": "疫苗冷藏柜，要求更严"}
        },
    )

    region: Annotated[str | None, Field(pattern=r"^[0-9]{2,12}$")] = None
    entity_id: UUID | None = None
    device_id: Annotated[str | None, Field(max_length=64, pattern=r"^[a-z0-9_-]+$")] = None
    watched: bool | None = None
    severity: Severity | None = None
    deadline_s: Annotated[float | None, Field(ge=60, le=31_536_000, allow_inf_nan=False)] = None
    hours: Annotated[str | None, Field(max_length=20, examples=["06:00-20:00"])] = None
    limits: Annotated[dict[str, Finite], Field(max_length=10)] = Field(default_factory=dict)
    plausible: tuple[Finite, Finite] | None = None
    report_every_s: Annotated[float | None, Field(ge=1, le=86_400, allow_inf_nan=False)] = None
    min_score: Annotated[
        float | None, Field(gt=0, lt=1, allow_inf_nan=False, description="a lower score raises no alert")
    ] = None
    ignored_area: Annotated[
        tuple[Share, Share, Share, Share] | None,
        Field(
            description="left, top, width, height; a violation with all boxes there raises no alert; one camera only"
        ),
    ] = None
    reason: Reason
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class OverrideEndIn(In):
    """Why an override ends before its time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "冷藏柜已更换"}})

    reason: Reason
