"""Letters (提示函) to the counties that are the last three of their city."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.common import In, Out, no_nul


class LetterOut(Out):
    """A letter, and what the county answered; `acknowledged_at` is null while it waits."""

    id: UUID
    region_code: str
    name: str
    period: Annotated[str, Field(description="2026-11, or 2026-W48 for a week")]
    index_id: UUID
    place: int
    of: int
    text: str
    issued_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    reply: str | None


class ReplyIn(In):
    """What the county will do, and by when."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reply": "本周内完成逾期督导 6 件"}})

    reply: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(no_nul)]
