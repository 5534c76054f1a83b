"""Duty records of enterprises: what an officer checked on a day, row by row."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from models.catalogue.duty_terms import RecordState, RowResult
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One row of a record.

    Attributes:
        result: what the officer says; None until then.
        suggested: what the platform knows, before the officer answers; None where it knows nothing.
        source: where the suggestion comes from, in words.
        alert_ids: the alerts behind the suggestion.
        problem, disposal: what was found, and what was done about it.
    """

    code: str
    text: str
    key: bool = False
    result: RowResult | None = None
    suggested: RowResult | None = None
    source: str = ""
    alert_ids: tuple[str, ...] = ()
    problem: str = ""
    disposal: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form that the database stores."""
        return {
            "code": self.code,
            "text": self.text,
            "key": self.key,
            "result": None if self.result is None else self.result.value,
            "suggested": None if self.suggested is None else self.suggested.value,
            "source": self.source,
            "alert_ids": list(self.alert_ids),
            "problem": self.problem,
            "disposal": self.disposal,
        }

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(
            code=stored["code"],
            text=stored["text"],
            key=stored["key"],
            result=None if stored["result"] is None else RowResult(stored["result"]),
            suggested=None if stored["suggested"] is None else RowResult(stored["suggested"]),
            source=stored["source"],
            alert_ids=tuple(stored["alert_ids"]),
            problem=stored["problem"],
            disposal=stored["disposal"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecord(Owner):
    """《每日食品安全检查记录》 of one kitchen and local day (日管控).

    Attributes:
        pack: id of the form that it was made of.
        zero_risk: the officer declares that nothing was found (零风险报告).
        late: signed after the grace time.
    """

    id: UUID
    site_id: str
    day: date
    pack: str
    state: RecordState
    items: tuple[RecordRow, ...]
    opened_by: str
    opened_at: datetime
    signed_by: str | None = None
    signed_at: datetime | None = None
    signature: str | None = None
    zero_risk: bool = False
    late: bool = False
    remark: str = ""
    version: int = 1
