"""Tables are read again with the libraries that others use, and opened by nobody's formula."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from api.documents import tables
from api.documents.tables import Column, Row, TableFormat, blocks
from models.base.errors import Invalid
from models.base.jsonio import loads

COLUMNS = [Column(name="name", heading="名称"), Column(name="n", heading="数量"), Column(name="at", heading="时间")]
AT = datetime(2026, 11, 28, 16, 30, tzinfo=UTC)
ROWS: list[Row] = [["望江宾馆", 3, AT], ["=HYPERLINK(1)", -2.5, date(2026, 11, 29)], [None, 0, None]]


def made(form: TableFormat, rows: list[Row] = ROWS) -> bytes:
    return b"".join(blocks(form, COLUMNS, rows))


def test_csv_opens_in_excel_and_has_no_formula() -> None:
    content = made(TableFormat.csv)
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [
        ["名称", "数量", "时间"],
        ["望江宾馆", "3", "2026-11-29T00:30:00+08:00"],
        ["'=HYPERLINK(1)", "-2.5", "2026-11-29"],
        ["", "0", ""],
    ]


def test_a_workbook_is_read_by_two_libraries_and_has_no_formula() -> None:
    content = made(TableFormat.xlsx)
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["名称", "数量", "时间"],
        ["望江宾馆", 3, "2026-11-29T00:30:00+08:00"],
        ["'=HYPERLINK(1)", -2.5, "2026-11-29"],
        [None, 0, None],
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}, "f would be a formula"
    again = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert again[2] == ["'=HYPERLINK(1)", -2.5, "2026-11-29"]


def test_json_has_the_values_under_the_names_of_programs() -> None:
    assert loads(made(TableFormat.json)) == [
        {"name": "望江宾馆", "n": 3, "at": "2026-11-29T00:30:00+08:00"},
        {"name": "=HYPERLINK(1)", "n": -2.5, "at": "2026-11-29"},
        {"name": None, "n": 0, "at": None},
    ]


@pytest.mark.parametrize("form", TableFormat)
def test_a_table_without_rows_is_a_file_that_opens(form: TableFormat) -> None:
    content = made(form, [])
    if form is TableFormat.json:
        assert loads(content) == []
    elif form is TableFormat.csv:
        assert content.decode("utf-8-sig") == "名称,数量,时间\r\n"
    else:
        assert load_workbook(io.BytesIO(content)).worksheets[0].max_row == 1


def test_control_characters_and_long_texts_do_not_break_a_workbook() -> None:
    rows: list[Row] = [["a\x00\x07b", 1, None], ["长" * 40_000, 2, None]]
    sheet = load_workbook(io.BytesIO(made(TableFormat.xlsx, rows))).worksheets[0]
    assert sheet.cell(2, 1).value == "ab"
    assert len(str(sheet.cell(3, 1).value)) == 32_767


def test_a_workbook_with_too_many_rows_is_refused_before_its_first_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_SHEET_ROWS", 2)
    with pytest.raises(Invalid, match="at most 2 rows; ask for csv"):
        next(blocks(TableFormat.xlsx, COLUMNS, ROWS))


def peak_of(form: TableFormat, rows: int) -> int:
    """The most memory in use, in bytes, while a table is made."""
    tracemalloc.start()
    try:
        for _ in blocks(form, COLUMNS, ([f"企业{number}", number, None] for number in range(rows))):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", [TableFormat.csv, TableFormat.json])
def test_a_long_table_takes_no_more_memory_than_a_short_one(form: TableFormat) -> None:
    assert peak_of(form, 60_000) < 1.5 * peak_of(form, 15_000)
