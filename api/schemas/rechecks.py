"""Rechecks of visits (督导抽查)."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from alerts.precision.interval import wilson
from api.schemas.common import In, Out, Text, no_nul
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import RecheckMethod
from models.domain.rechecks import RecheckRate

_CODE = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(no_nul)]


class RecheckAnswerOut(Out):
    """Both answers to one row: that of the visit (`was`) and the second person's."""

    code: str
    was: RowResult
    result: RowResult
    differs: bool
    note: str


class RecheckOut(Out):
    """A visit that was drawn, and what the second person found; `done_at` is null while it waits."""

    id: UUID
    draw_id: UUID
    visit_id: UUID
    entity_id: UUID
    cadre_id: UUID
    drawn_at: datetime
    method: RecheckMethod | None
    took_place: bool | None
    answers: list[RecheckAnswerOut]
    compared: int
    differing: int
    note: str
    done_by: str | None
    done_at: datetime | None


class DrawOut(Out):
    """A draw. With the seed and the ids of the population anybody draws the same again.

    Drawn are the visits with the least SHA-256 of the seed followed by the visit's id.
    """

    id: UUID
    jurisdiction: str
    first: date
    last: date
    seed: str
    population: int
    population_sha256: str
    drawn: int
    by: str
    at: datetime


class DrawnOut(Out):
    """A draw and the visits that it chose."""

    draw: DrawOut
    rechecks: list[RecheckOut]


class DrawIn(In):
    """Draw some of the visits that were submitted on some days in your region."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"first": "2026-11-01", "last": "2026-11-30", "count": 10}}
    )

    first: date
    last: date
    count: Annotated[int, Field(ge=1, le=500)]


class SecondAnswerIn(In):
    """The second person's answer to one row."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"code": "1.1", "result": "problem"}})

    code: _CODE
    result: RowResult
    note: Annotated[Text, Field(max_length=500)] = ""


class RecheckIn(In):
    """What the second person found. `took_place`: the enterprise confirms the visit."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"method": "phone", "took_place": True, "answers": []}}
    )

    method: RecheckMethod
    took_place: bool
    answers: Annotated[list[SecondAnswerIn], Field(max_length=200)]
    note: Text = ""


class RecheckRateOut(Out):
    """差异率: of the visits drawn in a time, how many were done, and how many of these differ.

    Attributes:
        rate: share of done rechecks with a difference; null without any. low, high: its 95 % interval (Wilson).
        unconfirmed: visits that the enterprise denies.
    """

    drawn: int
    done: int
    unlike: int
    unconfirmed: int
    rate: float | None
    low: float | None
    high: float | None
    compared: int
    differing: int

    @classmethod
    def of(cls, found: RecheckRate) -> Self:
        """Return a rate with its interval."""
        low, high = wilson(found.unlike, found.done) if found.done else (None, None)
        return cls(
            drawn=found.drawn,
            done=found.done,
            unlike=found.unlike,
            unconfirmed=found.unconfirmed,
            rate=round(found.unlike / found.done, 4) if found.done else None,
            low=None if low is None else round(low, 4),
            high=None if high is None else round(high, 4),
            compared=found.compared,
            differing=found.differing,
        )
