"""The exchange of data sets (数据交换): what is exchanged, and how a file differs from the registry."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.catalogue.exchange_terms import DataSet, LineResult, StaffRegister
from models.catalogue.supervision_terms import BusinessKind, CadreLevel, EntityScale, OperatingState, VisitMode
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """An enterprise (主体) with its primary cadre, as it is exchanged."""

    id: UUID
    credit_code: str
    name: str
    licence_no: str | None
    region_code: str
    business_kind: BusinessKind | None
    scale: EntityScale | None
    size: int | None
    special: bool
    guarantee_tier: str | None
    risk_grade: str | None
    operating: OperatingState
    cadre_id: UUID | None
    cadre_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CadreRow:
    """A cadre in office (干部) with the number of open enterprises, as it is exchanged."""

    id: UUID
    region_code: str
    name: str
    post: str
    level: CadreLevel
    phone: str | None
    entities: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """A visit (督导), signed here or imported from another platform, as it is exchanged.

    Attributes:
        id: the row's own; the order in which rows are read.
        source: the platform where it was recorded; empty for this one.
        record_no: its number there.
        problems: the number of rows of the checklist with a problem.
        counts: whether it met the rules of quality; None for one from elsewhere.
    """

    id: UUID
    source: str
    record_no: str
    entity_id: UUID
    credit_code: str
    entity_name: str
    cadre_name: str
    mode: VisitMode
    visited_on: date
    minutes: int | None
    problems: int
    note: str
    counts: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """Who holds the two posts (两员) of an enterprise; names in the order of their offices, empty for none."""

    id: UUID
    credit_code: str
    name: str
    region_code: str
    guarantee_tier: str | None
    directors: str
    officers: str

    @property
    def register(self) -> StaffRegister:
        """The register that the enterprise belongs to."""
        if not self.officers:
            return StaffRegister.incomplete
        return StaffRegister.both if self.directors else StaffRegister.officer


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideVisit(Owner):
    """A visit that another platform recorded; it is shown and exchanged, and no duty is reckoned by it."""

    id: UUID
    source: str
    record_no: str
    cadre_name: str
    mode: VisitMode
    visited_on: date
    minutes: int | None
    problems: int
    note: str
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field in which a line differs; texts as they are stored, empty for none."""

    name: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFault:
    """What is wrong in one cell of a line, and what was expected there."""

    name: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFinding:
    """How one line of a file compares with the registry.

    Attributes:
        number: the line of the file, from 1; in JSON the place in the list.
        key: what identifies the row, as the file says it.
        id: the row that is registered; None for a new one.
        values: the fields that the line states, as they would be stored.
    """

    number: int
    result: LineResult
    key: str
    id: UUID | None
    values: dict[str, str]
    changes: tuple[FieldChange, ...] = ()
    faults: tuple[LineFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeReport:
    """How a file differs from the registry (差异报告).

    Attributes:
        digest: SHA-256 over the file's digest and all findings; a file is applied as it was reported.
        absent: how many registered rows within the caller's region the file does not mention.
        absent_keys: some of those.
    """

    data_set: DataSet
    file_sha256: str
    digest: str
    findings: tuple[LineFinding, ...]
    absent: int
    absent_keys: tuple[str, ...]

    def count(self, result: LineResult) -> int:
        """Return the number of lines with a result."""
        return sum(finding.result is result for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRun:
    """An applied file: who, when, why, and every field that it changed; never altered."""

    id: UUID
    tenant_id: str
    jurisdiction: str
    data_set: DataSet
    file_name: str
    file_sha256: str
    reason: str
    by: str
    at: datetime
    counts: dict[str, int]
    changes: list[dict[str, Any]]
