"""Reports on weeks (周排查) and months (月调度), and the work they assign."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.duty_terms import Rating, RecordState, ReportKind, RowResult

Short = Annotated[Text, Field(max_length=500)]
Long = Annotated[Text, Field(max_length=4000)]
Name = Annotated[Text, Field(max_length=50)]


class ProblemOut(Out):
    """One problem of a period, as the platform knows it, with what was written about it."""

    ref: Annotated[str, Field(description="record/{id}/{row} or task/{id}")]
    number: str
    what: str
    carried: Annotated[bool, Field(description="older than the period")]
    measure: str
    person: str
    limit: date | None
    done: bool


class PointOut(Out):
    """One point that the enterprise's scene looks at in such a period; `result` is null while nobody has answered."""

    text: str
    result: RowResult | None
    problem: str
    disposal: str


class DecisionOut(Out):
    """One decision of a meeting."""

    what: str
    who: str
    due: date


class ReportOut(Out):
    """A week's report or a month's minutes. Send `version` in `If-Match` with what is written and the signature."""

    id: UUID
    entity_id: UUID
    kind: ReportKind
    kind_label: str
    site_id: Annotated[str | None, Field(description="null: the whole enterprise")]
    begin: date
    until: date
    state: RecordState
    state_label: str
    days_due: int
    days_signed: int
    days_late: int
    problems: list[ProblemOut]
    points: list[PointOut]
    words: str
    plan: str
    rating: Rating | None
    chair: str
    place: str
    present: list[str]
    decisions: list[DecisionOut]
    opened_by: str
    opened_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    signature: Annotated[str | None, Field(description="SHA-256 over what was signed")]
    late: bool
    version: int


class ReportIn(In):
    """Open the report of a week (of a kitchen, from Monday) or a month (of an enterprise, from its first day)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"kind": "week", "site_id": "site-01", "begin": "2026-11-23"}}
    )

    kind: ReportKind
    site_id: Annotated[str | None, Field(max_length=64, description="week: the kitchen")] = None
    entity_id: Annotated[UUID | None, Field(description="month: default the caller's own enterprise")] = None
    begin: date


class ProblemIn(In):
    """What is written about a problem of the report."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"ref": "task/01975c1e-0000-7000-8000-000000000001", "measure": "更换并培训"}},
    )

    ref: Annotated[str, Field(max_length=200)]
    measure: Short = ""
    person: Name = ""
    limit: date | None = None
    done: bool = False


class PointIn(In):
    """The answer to one point; a problem needs what was found and what was done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"number": 1, "result": "ok"}})

    number: Annotated[int, Field(ge=1, le=100, description="counts the report's points from 1")]
    result: RowResult
    problem: Short = ""
    disposal: Short = ""


Points = Annotated[list[PointIn], Field(max_length=100, description="points that are not named keep their answer")]


class WeekIn(In):
    """What is written in a week's report."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"rating": "controlled", "words": "本周检查正常", "plan": "", "problems": []}},
    )

    rating: Rating | None = None
    words: Long = ""
    plan: Long = ""
    problems: list[ProblemIn] = Field(default_factory=list, max_length=500)
    points: Points = Field(default_factory=list)


class DecisionIn(In):
    """A decision: what, who, by when."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"what": "更换冷柜", "who": "李总监", "due": "2026-12-10"}}
    )

    what: Annotated[Text, Field(min_length=1, max_length=500)]
    who: Annotated[Text, Field(min_length=1, max_length=50)]
    due: date


class MonthIn(In):
    """What is written in a month's minutes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "chair": "赵校长",
                "place": "会议室",
                "present": ["赵校长", "李总监"],
                "words": "总监汇报本月情况",
                "plan": "加强冷链管理",
                "decisions": [{"what": "更换冷柜", "who": "李总监", "due": "2026-12-10"}],
            }
        },
    )

    chair: Name = ""
    place: Annotated[Text, Field(max_length=200)] = ""
    present: list[Name] = Field(default_factory=list, max_length=100)
    words: Long = ""
    plan: Long = ""
    decisions: list[DecisionIn] = Field(default_factory=list, max_length=50)
    points: Points = Field(default_factory=list)


class ReportSignIn(In):
    """Sign a report; a month's minutes are signed by their chair."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "李总监"}})

    name: Annotated[Text, Field(min_length=1, max_length=50)]


class WorkItemOut(Out):
    """Work that a report assigns."""

    id: UUID
    entity_id: UUID
    report_id: UUID
    what: str
    who: str
    due: date
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
    note: str


class DoneIn(In):
    """What was done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "冷柜已更换"}})

    note: Annotated[Text, Field(min_length=1, max_length=500)]
