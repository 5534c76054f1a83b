"""Places in front of a camera at which a thing is taken for a head."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.common import In, Out, no_nul


class FurnitureOut(Out):
    """A place where nothing has stirred for an hour, so that a head found there does not count."""

    id: UUID
    camera_id: str
    box: Annotated[list[float], Field(description="x0, y0, x1, y1, shares of the picture (0–1)")]
    since: Annotated[datetime, Field(description="since when nothing has stirred there")]
    learnt_at: datetime
    seen_at: Annotated[datetime, Field(description="when it was last seen; stored every five minutes")]
    frames: Annotated[int, Field(description="frames that show it")]
    counts: Annotated[bool, Field(description="a person said that it is somebody, so heads there count")]
    refused_at: datetime | None
    refused_by: str | None
    reason: str | None


class RefuseIn(In):
    """Why it is somebody. The camera's history states it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "这里坐着收银员"}})

    reason: Annotated[str, Field(min_length=1, max_length=400), AfterValidator(no_nul)]
