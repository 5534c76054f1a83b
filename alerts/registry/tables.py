"""Read tables of users as lines with known columns: CSV, as programs and Excel write it, and Excel workbooks."""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from models.base.errors import Invalid
from models.base.textio import read_text

MAX_LINES = 200_000
_DELIMITERS = (",", ";", "\t", "|", "，", "；")
_ARCHIVE, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_HEADER_WITHIN = 10
_ENOUGH = 3
"""A line with this many known column names is the header; titles may precede it."""
_MOST_EXACT = 1e15
_SEPARATOR = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
SURPLUS = "…"
"""The key for cells beyond the header, so that the import can refuse them."""

Line = tuple[int, dict[str, str]]
Row = tuple[int, list[str]]


def read_table(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Iterable[str],
    names: Mapping[str, str],
    sheets: Callable[[Path], Iterable[list[Row]]] | None = None,
) -> list[Line]:
    """Return the lines of a table with their line numbers, without blank lines.

    Args:
        path: CSV in UTF-8, UTF-16 or GB 18030, or a workbook, of which the first sheet with the columns is read.
        columns: the names of the columns to read.
        optional: the columns that may be missing.
        names: alternative headings of the columns.
        sheets: reads the sheets of a workbook; None: `sheets_of`.

    Raises:
        Invalid: the file is unreadable or too long, or lacks a column; the message states what was found.
    """
    read = sheets or sheets_of
    tables = read(path) if _is_workbook(path) else [_text_rows(path, columns=columns, names=names)]
    found: list[str] = []
    for rows in tables:
        heads = [(i, _columns(cells, columns, names)) for i, (_, cells) in enumerate(rows[:_HEADER_WITHIN])]
        place, head = max(heads, key=lambda one: len(set(filter(None, one[1]))), default=(0, []))
        if len(set(filter(None, head))) >= _ENOUGH:
            _require(path, rows[place][1], head, columns=columns, optional=set(optional))
            return _lines(path, rows[place + 1 :], head)
        found = found or (rows[0][1] if rows else [])
    raise Invalid(f"{path}: no line names the columns; expected {', '.join(columns)}; found {_shown(found)}")


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in {_ARCHIVE, _OLE}


def _text_rows(path: Path, *, columns: Sequence[str], names: Mapping[str, str]) -> list[Row]:
    text = read_text(path)
    head, _, rest = text.partition("\n")
    said = _SEPARATOR.match(head.strip().rstrip(",;\t"))
    if said is not None or head.strip().lower() in {"sep=\t", "sep="}:
        return _split(path, "\n" + rest, said.group(1) if said else "\t")
    best = max(_DELIMITERS, key=lambda mark: _known_names(text, mark, columns, names))
    return _split(path, text, best)


def _known_names(text: str, mark: str, columns: Sequence[str], names: Mapping[str, str]) -> int:
    beginning = io.StringIO(text[:65_536], newline="")
    try:
        rows = [row for _, row in zip(range(_HEADER_WITHIN), csv.reader(beginning, delimiter=mark), strict=False)]
    except csv.Error:
        return 0
    return max((len(set(filter(None, _columns(row, columns, names)))) for row in rows), default=0)


def _split(path: Path, text: str, mark: str) -> list[Row]:
    # Only CR, LF and CRLF end a line: a cell may contain the line break characters of Word.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise Invalid(f"{path}: line {reader.line_num}: {error}") from None


def sheets_of(path: Path) -> Iterator[list[Row]]:
    """Yield the sheets of a workbook, in this process: only for files of the operator's own.

    Raises:
        Invalid: this is no workbook.
    """
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield [(number, [_cell(value) for value in row]) for number, row in enumerate(rows, start=1)]
    except (CalamineError, OSError, ValueError) as error:
        raise Invalid(f"{path}: this workbook can't be read: {error}") from None


def _cell(value: Any) -> str:  # noqa: ANN401 - a cell holds anything
    """Return the text of a cell; a number as Excel shows it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
        return str(int(value))
    if isinstance(value, float) and abs(value) >= _MOST_EXACT:
        return f"{value:.0f} (Excel has rounded this number: format the column as text and type it again)"
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    return str(value)


def _columns(cells: Sequence[str], columns: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Return the column name for each heading; empty for a heading that is not needed."""
    return [_column(cell, columns, names) for cell in cells]


def _column(cell: str, columns: Sequence[str], names: Mapping[str, str]) -> str:
    plain = unicodedata.normalize("NFKC", cell).strip().strip("\ufeff*\"'").casefold()
    plain = re.sub(r"\(.*?\)|[*:]", "", plain)
    key = re.sub(r"[\s_\-.]+", "_", plain).strip("_")
    return key if key in columns else names.get(key.replace("_", ""), "")


def _require(
    path: Path, cells: Sequence[str], head: Sequence[str], *, columns: Sequence[str], optional: set[str]
) -> None:
    twice = next((name for name in head if name and head.count(name) > 1), None)
    if twice is not None:
        raise Invalid(f"{path}: the column {twice!r} occurs twice; found {_shown(cells)}")
    missing = [name for name in columns if name not in head and name not in optional]
    if missing:
        words = ", ".join(repr(name) for name in missing)
        raise Invalid(f"{path}: the column {words} is missing; expected {', '.join(columns)}; found {_shown(cells)}")


def _shown(cells: Sequence[str]) -> str:
    return ", ".join(repr(cell[:40]) for cell in cells[:30]) or "nothing"


def _lines(path: Path, rows: Sequence[Row], head: Sequence[str]) -> list[Line]:
    lines: list[Line] = []
    for number, cells in rows:
        plain = [one_line(cell) for cell in cells]
        if not any(plain):
            continue
        line = {name: cell for name, cell in zip(head, plain, strict=False) if name}
        if any(surplus := plain[len(head) :]):
            line[SURPLUS] = ", ".join(filter(None, surplus))
        lines.append((number, line))
    if len(lines) > MAX_LINES:
        raise Invalid(f"{path}: {len(lines)} lines, expected at most {MAX_LINES}; split the file")
    return lines


def one_line(cell: str) -> str:
    """Return a cell's text with spaces instead of line breaks and control characters."""
    kept = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in cell)
    kept = "".join(char for char in kept if unicodedata.category(char) != "Cf")
    return re.sub(r"\s+", " ", kept).strip()
