"""The duty index (履责指数): counted facts, the snapshot of a computation, and one row of a board."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.catalogue.index_terms import IndexBand, IndexKind, IndexState


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The period that facts are counted for.

    Attributes:
        first, last: its local days, both included.
        until: the last whole day for which day records had to be signed by now; at most `last`.
        week: the last Monday whose report had to be signed by now.
        month_due: whether the minutes of the month had to be signed by now.
        begin, end: its moments, `end` excluded; never after the moment of the computation.
    """

    first: date
    last: date
    until: date
    week: date
    month_due: bool
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Somebody whose index is computed; `entity_id` is None for cadres and regions."""

    id: str
    tenant_id: str
    entity_id: UUID | None
    region_code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One indicator of one subject: k of n; for the intensity of violations: k points in n minutes of video."""

    id: str
    k: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """One row behind a number of an index: it adds k and n to it.

    Attributes:
        about: what `id` names: a task, record, report, site, camera, post, person, supervision (task), training,
            help, lead or entity.
        at: when it was due or happened; of what holds for the whole period its end.
        note: what tells it from others: a code, a name.
    """

    about: str
    id: str
    entity_id: UUID | None
    at: datetime
    k: int
    n: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A computed index with the inputs it was computed of; a frozen one is never changed.

    Attributes:
        subject_id: the id of the enterprise or cadre, or the code of the region.
        name: the subject's name at the time of the computation.
        period: `2026-11`, `2026-W48`, or `2026`.
        version: 1; each correction of a frozen index is one more.
        formula: version of the formula, as a file of `alerts/indices/formulas/` is named.
        inputs: what the formula was given: k and n of each indicator, means, median, facts.
        score: 0–100; None if too little is known (数据不足).
        result: value and weight of each indicator, and the caps that applied.
        digest: SHA-256 of inputs, formula and result in canonical JSON.
        reason: why a frozen index was computed again; empty for version 1.
        signed_name, opinion: the sign-off of who froze it; empty where none is needed.
    """

    id: UUID
    tenant_id: str
    kind: IndexKind
    subject_id: str
    entity_id: UUID | None
    region_code: str
    name: str
    period: str
    version: int
    formula: str
    state: IndexState
    inputs: dict[str, Any]
    score: Decimal | None
    band: IndexBand
    result: dict[str, Any]
    digest: str
    reason: str
    computed_by: str
    computed_at: datetime
    frozen_by: str | None = None
    frozen_at: datetime | None = None
    signed_name: str = ""
    opinion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked(Snapshot):
    """A snapshot with its place among those that the reader sees; None without a score."""

    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLetter:
    """A reminder (提示函) to a county that is among the last of its city, and what it answers.

    Attributes:
        region_code, name: the county.
        index_id: the frozen index that the letter is about.
        place, of: its place among the ranked counties of the city.
        reply: what the county will do; with it the letter is acknowledged.
    """

    id: UUID
    tenant_id: str
    region_code: str
    name: str
    period: str
    index_id: UUID
    place: int
    of: int
    text: str
    issued_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    reply: str | None = None
    version: int = 1
