"""The exchange of data sets (数据交换): reports of differences, and applied files."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.common import Out
from models.catalogue.exchange_terms import DataSet, LineResult

_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
Digest = Annotated[str, Field(examples=[_SHA])]


class FieldChangeOut(Out):
    """One field in which a line differs from the registry; texts in the words of people, empty for none."""

    name: str
    heading: str
    was: str
    now: str


class LineFaultOut(Out):
    """What is wrong in one cell, and what was expected; `name` is empty for a cell beyond the headings."""

    name: str
    heading: str
    found: str
    expected: str


class LineFindingOut(Out):
    """How one line compares with the registry. `line` counts from 1, in JSON the objects."""

    line: int
    result: LineResult
    result_label: str
    key: str
    changes: list[FieldChangeOut]
    faults: list[LineFaultOut]


class ExchangeReportOut(Out):
    """How a file differs from the registry (差异报告); nothing is changed by it.

    Attributes:
        digest: send it with the same file to apply what this report shows.
        counts: lines by result.
        absent: registered rows of your region that the file does not mention; they are never deleted.
        findings: lines that are not `same`, at most 500; `more` says that some were left out.
    """

    data_set: DataSet
    file_sha256: Digest
    digest: Digest
    counts: dict[LineResult, int]
    absent: int
    absent_keys: list[str]
    findings: list[LineFindingOut]
    more: bool


class ExchangeRunOut(Out):
    """An applied file: who, when, why, and how many lines had which result."""

    id: UUID
    data_set: DataSet
    data_set_label: str
    jurisdiction: str
    file_name: str
    file_sha256: Digest
    reason: str
    by: str
    at: datetime
    counts: dict[LineResult, int]


class ExchangeAppliedOut(Out):
    """An applied file, and the report that it was applied by."""

    run: ExchangeRunOut
    report: ExchangeReportOut
