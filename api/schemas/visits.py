"""Visits of cadres (督导记录), their checklist, and the position of kitchens."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.common import In, Out, Text
from api.schemas.supervision import SupervisionOut
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import Datum, VisitFault, VisitMode

_ID = "01975c1e-0000-7000-8000-000000000001"
Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class ChecklistRowOut(Out):
    """A row of the checklist."""

    code: str
    text: str


class ChecklistHeadOut(Out):
    """A head of the checklist; the problems of its rows become one hazard of its code."""

    name: str
    code: str
    rows: list[ChecklistRowOut]


class ChecklistOut(Out):
    """The checklist of a visit."""

    id: str
    heads: list[ChecklistHeadOut]


class VisitAnswerOut(Out):
    """The answer to one row."""

    code: str
    result: RowResult
    problem: str


class VisitHazardOut(Out):
    """What became of the problems of one head: the task of the hazard, or why there is none."""

    code: str
    text: str
    task_id: str | None
    note: str


class VisitOut(Out):
    """A visit that both sides signed."""

    id: UUID
    task_id: UUID
    entity_id: UUID
    site_id: str
    mode: VisitMode
    started_at: datetime
    ended_at: datetime
    latitude: float | None
    longitude: float | None
    datum: Datum | None
    accuracy_m: float | None
    distance_m: Annotated[float | None, Field(description="to the kitchen; null if a position is unknown")]
    checklist: str
    answers: list[VisitAnswerOut]
    advice: str
    photo_ids: list[UUID]
    cadre_id: UUID
    cadre_name: str
    entity_name: str
    signature: Annotated[str, Field(description="SHA-256 over what both sides signed")]
    faults: Annotated[list[VisitFault], Field(description="why it does not count; empty if it does")]
    hazards: list[VisitHazardOut]
    submitted_by: str
    submitted_at: datetime
    client_at: Annotated[datetime, Field(description="the phone's clock")]


class VisitedOut(Out):
    """A stored visit, and its task after it."""

    visit: VisitOut
    task: SupervisionOut


class VisitAnswerIn(In):
    """The answer to one row; a problem needs words."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"code": "samples", "result": "problem", "problem": "未留样"}}
    )

    code: Annotated[str, Field(max_length=64)]
    result: RowResult
    problem: Annotated[Text, Field(max_length=500)] = ""


class VisitPositionIn(In):
    """Where the phone was, in degrees, with the accuracy in metres."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"latitude": 30.0, "longitude": 120.58, "datum": "wgs84", "accuracy_m": 12.0}},
    )

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Degrees
    datum: Datum
    accuracy_m: Annotated[float | None, Field(ge=0, le=100_000, allow_inf_nan=False)] = None


class VisitIn(In):
    """A visit. `id` is made by the phone: the same visit again returns the first answer, also after days."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": _ID,
                "site_id": "site-01",
                "mode": "onsite",
                "started_at": "2026-11-30T09:00:00+08:00",
                "ended_at": "2026-11-30T09:25:00+08:00",
                "position": {"latitude": 30.0, "longitude": 120.58, "datum": "wgs84", "accuracy_m": 12.0},
                "answers": [{"code": "samples", "result": "ok"}],
                "photo_ids": [_ID],
                "cadre_name": "李包保",
                "entity_name": "王安全",
                "client_at": "2026-11-30T09:26:00+08:00",
            }
        },
    )

    id: UUID
    site_id: Annotated[str, Field(max_length=64)]
    mode: VisitMode
    started_at: AwareDatetime
    ended_at: AwareDatetime
    position: VisitPositionIn | None = None
    checklist: Annotated[str, Field(max_length=64)] = "visit.v1"
    answers: Annotated[list[VisitAnswerIn], Field(max_length=100)]
    advice: Text = ""
    photo_ids: Annotated[list[UUID], Field(max_length=50)]
    cadre_name: Annotated[Text, Field(min_length=1, max_length=50)]
    entity_name: Annotated[Text, Field(min_length=1, max_length=50)]
    client_at: AwareDatetime


class SitePositionIn(In):
    """The position of a kitchen, in degrees, with its coordinate system."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"latitude": 30.0, "longitude": 120.58, "datum": "gcj02"}}
    )

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Degrees
    datum: Datum
