"""The live wall."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out
from models.catalogue.terms import Zone


class WallCameraOut(Out):
    """A camera of the wall."""

    id: str
    name: str
    zone: Zone
    site_id: str
    site: str
    entity_id: UUID
    entity: str
    state: Annotated[
        Literal["online", "offline", "blocked", "never"], Field(description="blocked: black, frozen, covered, moved …")
    ]
    fault: Annotated[str, Field(description="what is wrong, in words; empty if nothing is")]
    last_seen_at: datetime | None
    captured_at: Annotated[datetime | None, Field(description="time of the present picture; null while there is none")]


class ViewsIn(In):
    """Ask for the present pictures of cameras for the next half minute."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"camera_ids": ["jianhu-cam1"]}})

    camera_ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=24)]


class ViewsOut(Out):
    """The cameras whose pictures are being made; those that you don't see are left out."""

    camera_ids: list[str]
    until: datetime
