"""Accountable people: posts, places, absences, hand-overs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.duty_terms import Duty, ServiceMode
from models.catalogue.terms import Post, Zone

_ID = "01975c1e-0000-7000-8000-000000000001"
_OTHER = "01975c1e-0000-7000-8000-000000000002"
Reason = Annotated[Text, Field(min_length=1, max_length=500)]


class PersonOut(Out):
    """Somebody who holds or held a post (三人三责)."""

    id: UUID
    entity_id: UUID
    name: str
    post: Post
    post_label: str
    valid_from: datetime | None
    valid_to: datetime | None
    open_tasks: int


class ResponsibilityOut(Out):
    """A line of the responsibility matrix (责任矩阵)."""

    id: UUID
    entity_id: UUID
    person_id: UUID
    site_id: Annotated[str | None, Field(description="null: all kitchens")]
    zone: Annotated[Zone | None, Field(description="null: all zones")]
    duty: Annotated[Duty | None, Field(description="null: all fields of work")]
    valid_from: datetime
    valid_to: datetime | None
    set_by: str


class AbsenceOut(Out):
    """A person is away and a deputy stands in."""

    id: UUID
    entity_id: UUID
    person_id: UUID
    deputy_id: UUID
    absent_from: datetime
    absent_to: datetime
    reason: str
    set_by: str


class AccountableOut(Out):
    """Who is accountable for a zone of a kitchen now, and why."""

    person: PersonOut | None
    because: list[str]
    contractors: Annotated[
        list["ContractorSide"], Field(description="who serves the kitchen; a person only where you may see them")
    ]


class ContractorSide(Out):
    """The contractor's side of a kitchen."""

    contractor: str
    mode: ServiceMode
    person: PersonOut | None
    because: list[str]


class ServiceOut(Out):
    """Another enterprise serves a unit (承包经营、外购配送)."""

    id: UUID
    entity_id: UUID
    site_id: Annotated[str | None, Field(description="null: all kitchens")]
    contractor_id: UUID
    contractor: str
    mode: ServiceMode
    mode_label: str
    valid_from: datetime
    valid_to: datetime | None
    set_by: str


class ServiceIn(In):
    """Record who serves a unit. Its channels hear of the unit's tasks from then on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"entity_id": _ID, "credit_code": "92330602MA00TEX117", "mode": "contracted"}},
    )

    entity_id: UUID
    site_id: Annotated[str | None, Field(max_length=64, description="null: all kitchens")] = None
    credit_code: Annotated[Text, Field(min_length=18, max_length=18, description="of the contractor")]
    mode: ServiceMode


class PersonIn(In):
    """Name a person to a post."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"entity_id": _ID, "name": "王安全", "post": "officer"}}
    )

    entity_id: UUID
    name: Annotated[Text, Field(min_length=1, max_length=50)]
    post: Post


class EndIn(In):
    """Why something ends."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "离职"}})

    reason: Reason


class ResponsibilityIn(In):
    """A line for the matrix."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"person_id": _ID, "site_id": "site-01", "zone": "cooking"}}
    )

    person_id: UUID
    site_id: Annotated[str | None, Field(max_length=64, description="null: all kitchens")] = None
    zone: Annotated[Zone | None, Field(description="null: all zones")] = None
    duty: Annotated[Duty | None, Field(description="null: all fields of work")] = None


class AbsenceIn(In):
    """An absence with its deputy."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "person_id": _ID,
                "deputy_id": _OTHER,
                "absent_from": "2026-12-01T00:00:00+08:00",
                "absent_to": "2026-12-08T00:00:00+08:00",
                "reason": "年休假",
            }
        },
    )

    person_id: UUID
    deputy_id: UUID
    absent_from: AwareDatetime
    absent_to: AwareDatetime
    reason: Reason


class HandOverIn(In):
    """Hand all open tasks of a person over; `count` is what the preview showed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"giver_id": _ID, "taker_id": _OTHER, "count": 3, "reason": "岗位调整"}},
    )

    giver_id: UUID
    taker_id: UUID
    site_id: Annotated[str | None, Field(max_length=64, description="null: all kitchens")] = None
    count: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    reason: Annotated[Text, Field(max_length=500, description="needed to hand over")] = ""


class HandOverOut(Out):
    """What a hand-over moves."""

    count: int
    task_ids: Annotated[list[UUID], Field(description="the first 50")]
