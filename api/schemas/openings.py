"""The own calendar of enterprises (营业日历)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.duty_terms import OpeningKind
from models.catalogue.supervision_terms import BusinessKind

Reason = Annotated[Text, Field(min_length=1, max_length=200)]
Weekday = Annotated[int, Field(ge=1, le=7)]


class OpeningOut(Out):
    """A line of a calendar. `entity_id` is null for one of a region, which is for `business_kinds`.

    Attributes:
        weekdays: the closed days of the week of a weekly line, 1 Monday to 7 Sunday.
        last: the last day on which it counts; null for no end.
    """

    id: UUID
    entity_id: UUID | None
    region_code: str
    business_kinds: list[str]
    kind: OpeningKind
    kind_label: str
    first: date
    last: date | None
    weekdays: list[int]
    reason: str
    set_by: str
    set_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


class OpeningIn(In):
    """A new line: of `entity_id`, or with `business_kinds` of a region (`jurisdiction`)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "entity_id": "01975c1e-0000-7000-8000-000000000001",
                "kind": "closed",
                "first": "2027-01-25",
                "last": "2027-02-21",
                "reason": "寒假",
            }
        },
    )

    entity_id: UUID | None = None
    jurisdiction: Annotated[str, Field(pattern=r"^([0-9]{2,12})?$")] = ""
    business_kinds: Annotated[tuple[BusinessKind, ...], Field(max_length=20)] = ()
    kind: OpeningKind
    first: date
    last: date | None = None
    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    reason: Reason


class ClosedDaysOut(Out):
    """The days of a time on which an enterprise is closed."""

    entity_id: UUID
    days: list[date]
