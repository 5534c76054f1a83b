"""Working calendars."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.terms import YearStatus

_EXAMPLE = "国务院办公厅关于2027年部分节假日安排的通知 一、元旦：1月1日（周五）至3日（周日）放假，共3天。"


class YearOut(Out):
    """One year of a calendar. Weekend days are days off, except those in `make_up_days`."""

    year: int
    status: YearStatus
    status_label: str
    days_off: list[date]
    make_up_days: list[date]
    source: str


class CalendarOut(YearOut):
    """The calendar year that applies in a region, and the office hours."""

    region: str
    hours: list[list[str]]


class ImportOut(YearOut):
    """A calendar year that somebody imported."""

    jurisdiction: str
    version: int
    imported_by: str
    imported_at: datetime
    deadlines_checked_at: datetime | None


class NoticeIn(In):
    """The yearly notice, as it was published."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"text": _EXAMPLE, "source": "国办发明电"}})

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    jurisdiction: Annotated[str, Field(max_length=12, description="Prefix of the region codes; empty: all regions")] = (
        ""
    )
    source: Annotated[Text, Field(max_length=500)] = ""
