"""Rules of warnings (自动预警): as they count in a region, and how they were set."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.duty_terms import WarningLevel
from models.catalogue.terms import Holder


class RuleStepOut(Out):
    """One step of a rule: it applies from `limit` on (`least`), or below it."""

    measure: str
    measure_label: str
    least: Annotated[bool, Field(description="true: applies from the limit on; false: below it")]
    limit: float
    level: WarningLevel
    level_label: str
    told: list[Holder]


class RuleOut(Out):
    """A rule as it counts in a region. The first of its steps that applies decides."""

    rule: str
    number: str
    label: str
    internal: Annotated[bool, Field(description="about cadres: enterprises do not see it")]
    enabled: bool
    steps: list[RuleStepOut]
    setting_id: Annotated[UUID | None, Field(description="the setting that it follows; null: as shipped")]
    set_for: Annotated[str | None, Field(description="region of that setting, empty for the whole tenant")]
    version: Annotated[int | None, Field(description="number of that setting")]


class RuleStepIn(In):
    """The limit and the level of one step."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"limit": 4, "level": "orange"}})

    limit: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
    level: WarningLevel


class RuleIn(In):
    """A rule switched or tuned for a region. It replaces the setting before it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "region": "330602",
                "enabled": True,
                "steps": [
                    {"limit": 7, "level": "red"},
                    {"limit": 4, "level": "orange"},
                    {"limit": 1, "level": "yellow"},
                ],
                "reason": "全区统一标准",
            }
        },
    )

    region: Annotated[
        str, Field(pattern=r"^([0-9]{2,12})?$", description="prefix of region codes; empty: the whole tenant")
    ]
    enabled: bool = True
    steps: Annotated[
        tuple[RuleStepIn, ...],
        Field(max_length=10, description="one for each step of the rule, in its order; none: as shipped"),
    ] = ()
    reason: Annotated[Text, Field(min_length=1, max_length=200)]


class StepSettingOut(Out):
    """The limit and the level of one step, as they were set."""

    limit: float
    level: WarningLevel


class SettingOut(Out):
    """A setting of a rule, with who set it and why. It counts until `ended_at`."""

    id: UUID
    rule: str
    region_code: str
    enabled: bool
    steps: list[StepSettingOut]
    reason: str
    set_by: str
    set_at: datetime
    version: int
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
