"""Tables as CSV, XLSX or JSON, made block by block from rows that are read as they are needed.

Texts that begin like a formula are neutralised (`models.base.cells`): the file may hold what a stranger typed.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from tempfile import TemporaryFile

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from models.base.cells import neutral
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.base.jsonio import dumps

Cell = str | int | float | date | datetime | None
Row = Sequence[Cell]
MOST_SHEET_ROWS = 200_000
"""Rows of a workbook without its heading. Excel takes five times as many; making them would take minutes."""
_BLOCK = 64 * 1024
_LONGEST_CELL = 32_767
_BOM = "\ufeff"


class TableFormat(StrEnum):
    """The format of a table's file."""

    csv = "csv"
    xlsx = "xlsx"
    json = "json"


MEDIA_TYPE: dict[TableFormat, str] = {
    TableFormat.csv: "text/csv; charset=utf-8",
    TableFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TableFormat.json: "application/json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name for programs (JSON), and its heading for people (CSV, XLSX)."""

    name: str
    heading: str


def blocks(form: TableFormat, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Make the file of a table; its rows have one cell a column, and at no time are all of them in memory.

    Moments are written in Beijing time with their offset. CSV is UTF-8 with a byte-order mark, as Excel expects it.

    Raises:
        Invalid: a workbook would have more than `MOST_SHEET_ROWS` rows.
    """
    match form:
        case TableFormat.csv:
            return _csv(columns, rows)
        case TableFormat.xlsx:
            return _xlsx(columns, rows)
        case TableFormat.json:
            return _json(columns, rows)


def _csv(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write(_BOM)
    writer.writerow([neutral(column.heading) for column in columns])
    for row in rows:
        writer.writerow(map(_shown, row))
        if out.tell() >= _BLOCK:
            yield _taken(out)
    yield _taken(out)


def _json(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    out = io.StringIO()
    before = "[\n"
    for row in rows:
        line = {column.name: _json_value(cell) for column, cell in zip(columns, row, strict=True)}
        out.write(before + dumps(line))
        before = ",\n"
        if out.tell() >= _BLOCK:
            yield _taken(out)
    out.write("[]\n" if before == "[\n" else "\n]\n")
    yield _taken(out)


def _xlsx(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    # A workbook that is written only keeps its rows in a file of its own until it is saved.
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    sheet.freeze_panes = "A2"
    sheet.append([_sheet_cell(column.heading) for column in columns])
    for number, row in enumerate(rows, start=1):
        if number > MOST_SHEET_ROWS:
            sheet.close()
            raise Invalid(f"xlsx: expected at most {MOST_SHEET_ROWS} rows; ask for csv, or for less")
        sheet.append([_sheet_cell(cell) for cell in row])
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def _taken(out: io.StringIO) -> bytes:
    """Return what was written, and empty the buffer."""
    block = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return block


def _shown(cell: Cell) -> str | int | float:
    """Return a cell as a spreadsheet shows it; numbers stay numbers."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return cell
    return neutral(cell if isinstance(cell, str) else _moment(cell))


def _sheet_cell(cell: Cell) -> str | int | float | None:
    shown = _shown(cell)
    return ILLEGAL_CHARACTERS_RE.sub("", shown)[:_LONGEST_CELL] or None if isinstance(shown, str) else shown


def _json_value(cell: Cell) -> str | int | float | None:
    return _moment(cell) if isinstance(cell, date) else cell


def _moment(cell: date) -> str:
    return cell.astimezone(SHANGHAI).isoformat(timespec="seconds") if isinstance(cell, datetime) else cell.isoformat()
