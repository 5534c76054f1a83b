"""Rechecks of visits (督导抽查): a random sample is done again or asked after by a second person."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import RecheckMethod
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckDraw:
    """A draw: of which visits it was, and the seed that anybody can repeat it with.

    Attributes:
        first, last: the local days on which the visits were submitted.
        seed: 32 hex digits, made by the platform.
        population: how many visits could be drawn.
        population_sha256: SHA-256 of their ids, sorted, one a line.
        drawn: how many were.
    """

    id: UUID
    tenant_id: str
    jurisdiction: str
    first: date
    last: date
    seed: str
    population: int
    population_sha256: str
    drawn: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckAnswer:
    """The second person's answer to one row of the checklist, and that of the visit."""

    code: str
    result: RowResult
    was: RowResult
    note: str = ""

    @property
    def differs(self) -> bool:
        """Whether the two answers differ."""
        return self.result is not self.was

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        result, was = RowResult(stored["result"]), RowResult(stored["was"])
        return cls(code=stored["code"], result=result, was=was, note=stored["note"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck(Owner):
    """A visit that was drawn, and what the second person found.

    Attributes:
        took_place: whether the enterprise confirms that the visit took place; None until it is done.
        compared, differing: rows that both answered, and those that differ.
    """

    id: UUID
    draw_id: UUID
    visit_id: UUID
    cadre_id: UUID
    drawn_at: datetime
    method: RecheckMethod | None = None
    took_place: bool | None = None
    answers: tuple[RecheckAnswer, ...] = ()
    compared: int = 0
    differing: int = 0
    note: str = ""
    done_by: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawable(Owner):
    """A visit that can be drawn."""

    id: UUID
    cadre_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckRate:
    """How rechecks ended: visits that were drawn and done, those with a difference, and rows."""

    drawn: int
    done: int
    unlike: int
    """Done ones with a row that differs, or whose visit the enterprise does not confirm."""
    unconfirmed: int
    compared: int
    differing: int
