"""Messages of an authority to a group (群发)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.duty_terms import Audience
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import NoticeState, Severity


class BroadcastIn(In):
    """A message, and the group that it goes to."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "region": "330602",
                "audience": "enterprises",
                "business_kinds": ["school_canteen"],
                "title": "开学前自查",
                "text": "请各学校食堂于 9 月 1 日前完成开学自查，并在日管控中登记。",
            }
        },
    )

    region: Annotated[
        str, Field(pattern=r"^([0-9]{2,12})?$", description="prefix of region codes; empty: the whole tenant")
    ]
    audience: Audience = Audience.enterprises
    business_kinds: Annotated[tuple[BusinessKind, ...], Field(max_length=20, description="none: all kinds")] = ()
    tiers: Annotated[tuple[Literal["A", "B", "C", "D"], ...], Field(max_length=4, description="none: all tiers")] = ()
    severity: Annotated[
        Severity, Field(description="major or minor: channels that hear of nothing so mild do not get it")
    ] = Severity.major
    title: Annotated[Text, Field(min_length=1, max_length=60)]
    text: Annotated[Text, Field(min_length=1, max_length=500)]


class GroupOut(Out):
    """How many a message would reach."""

    members: Annotated[int, Field(description="enterprises or cadres that are meant")]
    reachable: Annotated[int, Field(description="those of them with a channel for it")]
    messages: Annotated[int, Field(description="messages that this makes: one for each channel")]


class BroadcastOut(Out):
    """A message to a group. `states` counts its notices; those of more than 180 days ago are forgotten."""

    id: UUID
    region_code: str
    audience: Audience
    audience_label: str
    business_kinds: list[str]
    tiers: list[str]
    severity: Severity
    title: str
    text: str
    members: int
    reachable: int
    messages: int
    states: dict[NoticeState, int]
    sent_by: str
    sent_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdraw_reason: str | None
