"""Hours of correct dress (合规时段)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out
from models.catalogue.precision_terms import BaselineOutcome, BaselineState


class BaselineIn(In):
    """The statement that everybody before the camera is dressed correctly for the next hour."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"dressed_correctly": True}})

    dressed_correctly: Annotated[Literal[True], Field(description="the statement itself; nothing else is accepted")]


class BaselineResultOut(Out):
    """What was found of one code in the hour, and the least score that is proposed, if any."""

    code: str
    label: str
    found: Annotated[int, Field(description="violations that were open in the hour; each was alerted as ever")]
    highest: Annotated[float, Field(description="the highest score of them")]
    outcome: BaselineOutcome
    outcome_label: str
    score: Annotated[float | None, Field(description="proposed as least score; a regulator decides on it")]


class BaselineOut(Out):
    """An hour of one camera. `results` is null for an enterprise, which sees findings after review only."""

    id: UUID
    camera_id: str
    begins_at: datetime
    ends_at: datetime
    said_by: str
    said_as: str
    state: BaselineState
    state_label: str
    watched: Annotated[int | None, Field(description="minutes of it that were analysed; null while it runs")]
    concluded_at: datetime | None
    results: list[BaselineResultOut] | None
