"""Online patrols (线上巡查) and the pictures kept for them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.common import In, Out, Text
from api.schemas.visits import VisitAnswerIn, VisitAnswerOut, VisitHazardOut
from models.catalogue.supervision_terms import BusinessKind, PatrolDueState, PatrolPeriod

_ID = "01975c1e-0000-7000-8000-000000000001"


class ShotIn(In):
    """Keep the present picture of a camera, for a patrol or, with `supervision_id`, for a cadre's visit."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"supervision_id": None}})

    supervision_id: UUID | None = None


class ShotOut(Out):
    """A kept picture: a piece of evidence."""

    id: UUID
    camera_id: str
    sha256: str
    captured_at: datetime


class PatrolShotOut(Out):
    """A picture as the signed record names it."""

    evidence_id: UUID
    camera_id: str
    sha256: str
    captured_at: datetime


class PatrolOut(Out):
    """A signed online patrol of a kitchen."""

    id: UUID
    entity_id: UUID
    site_id: str
    started_at: datetime
    ended_at: datetime
    checklist: str
    answers: list[VisitAnswerOut]
    advice: str
    shots: list[PatrolShotOut]
    name: str
    signature: Annotated[str, Field(description="SHA-256 over the content with the pictures' sha256")]
    hazards: list[VisitHazardOut]
    submitted_by: str
    submitted_at: datetime


class PatrolIn(In):
    """A patrol. `id` is made by the page: the same patrol again returns the first answer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": _ID,
                "site_id": "site-01",
                "started_at": "2026-11-30T09:00:00+08:00",
                "ended_at": "2026-11-30T09:10:00+08:00",
                "answers": [{"code": "hats", "result": "ok"}],
                "shot_ids": [_ID],
                "name": "陈监管",
            }
        },
    )

    id: UUID
    site_id: Annotated[str, Field(max_length=64)]
    started_at: AwareDatetime
    ended_at: AwareDatetime
    checklist: Annotated[str, Field(max_length=64)] = "patrol.v1"
    answers: Annotated[list[VisitAnswerIn], Field(max_length=100)]
    advice: Text = ""
    shot_ids: Annotated[list[UUID], Field(max_length=50)]
    name: Annotated[Text, Field(min_length=1, max_length=50)]


class PatrolPlanIn(In):
    """Have so many kitchens with a camera patrolled in every period; those patrolled longest ago are drawn first."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "学校食堂每周线上巡查",
                "region_code": "330602",
                "period": "week",
                "number": 10,
                "business_kinds": ["school_canteen"],
            }
        },
    )

    name: Annotated[Text, Field(min_length=1, max_length=60)]
    region_code: Annotated[str, Field(pattern=r"^([0-9]{2,12})?$")]
    period: PatrolPeriod
    number: Annotated[int, Field(ge=1, le=200, description="kitchens in a period")]
    business_kinds: Annotated[list[BusinessKind], Field(default_factory=list, max_length=50, description="none: any")]


class PatrolProgressOut(Out):
    """How far the newest period of a plan is, and how many kitchens were ever missed."""

    begins: date
    due_on: date
    due: int
    done: int
    missed: int


class PatrolPlanOut(Out):
    """A plan; `progress` is null while no kitchen was drawn for it."""

    id: UUID
    region_code: str
    name: str
    period: PatrolPeriod
    period_label: str
    number: int
    business_kinds: list[BusinessKind]
    made_by: str
    made_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    progress: PatrolProgressOut | None


class PatrolDueOut(Out):
    """A kitchen that was drawn for a period; `patrol_id` is the patrol that was made of it in time."""

    id: UUID
    plan_id: UUID
    entity_id: UUID
    region_code: str
    site_id: str
    begins: date
    due_on: date
    state: PatrolDueState
    patrol_id: UUID | None
    done_at: datetime | None
