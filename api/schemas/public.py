"""What the public sees and reports."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.public_terms import BrightKitchen, Concern, PublicReportState
from models.catalogue.terms import Zone


class BrightKitchenOut(Out):
    """Whether a merchant has a bright kitchen (Order 123, art. 13), and since when."""

    bright_kitchen: BrightKitchen
    since: datetime | None


class PublicReportOut(Out):
    """What somebody of the public reported, and how it was settled."""

    id: UUID
    entity_id: UUID
    entity: str
    region_code: str
    concern: Concern
    concern_label: str
    text: str
    contact: str
    received_at: datetime
    state: PublicReportState
    state_label: str
    answer: str
    settled_by: str | None
    settled_at: datetime | None
    task_id: UUID | None
    version: int


class DismissIn(In):
    """Why a report is dismissed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"answer": "现场检查未发现"}})

    answer: Annotated[Text, Field(min_length=1, max_length=500)]


class OpenHazardIn(In):
    """The hazard that was found after a report: the camera or sensor at the place, and the code of the catalogue."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"device_id": "jianhu-cam1", "code": "rodent", "answer": "现场核实"}},
    )

    device_id: Annotated[str, Field(max_length=64)]
    code: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_]+$")]
    zone: Zone | None = None
    answer: Annotated[Text, Field(max_length=500)] = ""
