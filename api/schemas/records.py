"""Day records (日管控)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.duty_terms import RecordState, RowResult

Short = Annotated[Text, Field(max_length=500)]


class RecordRowOut(Out):
    """One row: what the platform suggests and why, and what the officer says."""

    code: str
    text: str
    key: bool
    result: RowResult | None
    suggested: RowResult | None
    source: Annotated[str, Field(description="where the suggestion comes from; empty without one")]
    alert_ids: list[str]
    problem: str
    disposal: str


class RecordOut(Out):
    """《每日食品安全检查记录》 of a kitchen and local day. Send `version` in `If-Match` with answers and signature."""

    id: UUID
    entity_id: UUID
    site_id: str
    day: date
    pack: str
    title: str
    state: RecordState
    state_label: str
    items: list[RecordRowOut]
    opened_by: str
    opened_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    signature: Annotated[str | None, Field(description="SHA-256 over what was signed")]
    zero_risk: bool
    late: bool
    version: int


class PackOut(Out):
    """A form."""

    id: str
    title: str
    scene: str
    rows: int


class RecordIn(In):
    """Open the record of a day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"site_id": "site-01", "day": "2026-11-28", "pack": "day.school.v1"}},
    )

    site_id: Annotated[str, Field(max_length=64)]
    day: date
    pack: Annotated[
        str | None, Field(max_length=64, description="the form; default: the one of the enterprise's scene")
    ] = None


class AnswerIn(In):
    """The answer to one row; a problem needs `problem` and `disposal`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"code": "samples", "result": "problem", "problem": "未留样", "disposal": "已补留样"}
        },
    )

    code: Annotated[str, Field(max_length=64)]
    result: RowResult
    problem: Short = ""
    disposal: Short = ""


class AnswersIn(In):
    """Answers to some rows."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"answers": [{"code": "morning_check", "result": "ok"}]}}
    )

    answers: Annotated[list[AnswerIn], Field(min_length=1, max_length=100)]


class SignIn(In):
    """Sign a record."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "王安全", "zero_risk": False}})

    name: Annotated[Text, Field(min_length=1, max_length=50, description="the officer who signs")]
    zero_risk: Annotated[bool, Field(description="declare that nothing was found (零风险报告)")] = False
