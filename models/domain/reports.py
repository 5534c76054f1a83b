"""Reports of enterprises on a week (周排查) and a month (月调度), and the work that a month's meeting assigns."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from models.catalogue.duty_terms import Rating, RecordState, ReportKind, RowResult
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of a week.

    Attributes:
        ref: where it was found, `record/{id}/{row}` or `task/{id}`.
        number: the number of its row in the form, or its code.
        carried: it is older than the week.
        limit: the day by which it must be put right.
    """

    ref: str
    number: str
    what: str
    carried: bool = False
    measure: str = ""
    person: str = ""
    limit: date | None = None
    done: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the form that the database stores."""
        return {
            "ref": self.ref,
            "number": self.number,
            "what": self.what,
            "carried": self.carried,
            "measure": self.measure,
            "person": self.person,
            "limit": None if self.limit is None else self.limit.isoformat(),
            "done": self.done,
        }

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        limit = stored["limit"]
        return cls(**{**stored, "limit": None if limit is None else date.fromisoformat(limit)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point that the scene of the enterprise looks at in such a period, and the answer to it.

    Attributes:
        result: None while nobody has answered.
        problem, disposal: what was found, and what was done about it.
    """

    text: str
    result: RowResult | None = None
    problem: str = ""
    disposal: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form that the database stores."""
        result = None if self.result is None else self.result.value
        return {"text": self.text, "result": result, "problem": self.problem, "disposal": self.disposal}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        result = stored["result"]
        return cls(**{**stored, "result": None if result is None else RowResult(result)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of a month's meeting: what, who, by when. Signing the minutes makes it a work item."""

    what: str
    who: str
    due: date

    def as_json(self) -> dict[str, Any]:
        """Return the form that the database stores."""
        return {"what": self.what, "who": self.who, "due": self.due.isoformat()}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(what=stored["what"], who=stored["who"], due=date.fromisoformat(stored["due"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Owner):
    """《每周食品安全排查治理报告》 of a kitchen, or 《每月食品安全调度会议纪要》 of an enterprise.

    Attributes:
        site_id: the kitchen; None for a month, which is the whole enterprise's.
        begin, until: first and last local day.
        days_due, days_signed, days_late: day records of the period: calendar days so far, signed ones, late ones.
        problems: a week's problems; those of a month are the open ones that it carries over.
        words: a week's analysis, or what the officers reported to the month's meeting.
        plan: what comes next.
        rating: a week's rating.
        decisions, chair, place, present: of a month's meeting.
        late: signed after the grace time.
        points: those of the scene; empty in reports from before they were answered.
    """

    id: UUID
    kind: ReportKind
    site_id: str | None
    begin: date
    until: date
    state: RecordState
    days_due: int
    days_signed: int
    days_late: int
    problems: tuple[Problem, ...]
    words: str = ""
    plan: str = ""
    rating: Rating | None = None
    chair: str = ""
    place: str = ""
    present: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    opened_by: str
    opened_at: datetime
    signed_by: str | None = None
    signed_at: datetime | None = None
    signature: str | None = None
    late: bool = False
    version: int = 1
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem(Owner):
    """Work that a report assigns to a person of the enterprise."""

    id: UUID
    report_id: UUID
    what: str
    who: str
    due: date
    created_at: datetime
    done_at: datetime | None = None
    done_by: str | None = None
    note: str = ""
