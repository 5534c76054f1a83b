"""Outlets (连锁门店) of chains."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out


class OutletOut(Out):
    """The place of an enterprise in a chain."""

    entity_id: UUID
    hq_id: Annotated[UUID, Field(description="the head office")]
    parent_id: Annotated[UUID, Field(description="the branch above it, or the head office")]
    set_by: str
    set_at: datetime


class OutletIn(In):
    """Register that an enterprise is a store or branch of `parent_id`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"parent_id": "01975c1e-0000-7000-8000-000000000001"}}
    )

    parent_id: UUID


class OutletStateOut(Out):
    """What a head office knows of an outlet: counts over the last seven whole days."""

    entity_id: UUID
    name: str
    region_code: str
    parent_id: UUID
    branch: bool
    sites: int
    days: Annotated[int, Field(description="signed day records, of all its kitchens")]
    hazards: int
    overdue: int


class SharedHazardOut(Out):
    """A code of hazards that several outlets had in 30 days (共性问题)."""

    code: str
    code_label: str
    outlets: int
    times: int


class ChainReportOut(Out):
    """What a head office or branch sees of its outlets."""

    outlets: list[OutletStateOut]
    common: list[SharedHazardOut]
