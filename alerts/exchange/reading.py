"""Read an uploaded file (CSV, workbook or JSON) as lines with known fields."""

import hashlib
from pathlib import Path
from typing import Any

from alerts.exchange.sets import FIELDS, headings
from alerts.exchange.workbooks import sheets_apart
from alerts.registry.tables import Line, one_line, read_table
from models.base.errors import Invalid
from models.base.jsonio import loads
from models.base.textio import read_text
from models.catalogue.exchange_terms import DataSet

MOST_LINES = 20_000


def read_lines(path: Path, data_set: DataSet, *, most: int = MOST_LINES) -> list[Line]:
    """Return the lines of a file with their numbers; in JSON the place in the list, from 1.

    Raises:
        Invalid: the file can't be read, lacks every known field or has too many lines; the message says what was found.
    """
    with path.open("rb") as file:
        is_json = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{"))
    try:
        lines = _objects(path, data_set) if is_json else _table(path, data_set)
    except Invalid as error:
        # The name of a file on our disk means nothing to who sent it.
        raise Invalid(str(error).removeprefix(f"{path}: ")) from None
    if len(lines) > most:
        raise Invalid(f"{len(lines)} lines, expected at most {most}; split the file")
    return lines


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _table(path: Path, data_set: DataSet) -> list[Line]:
    columns = [field.name for field in FIELDS[data_set]]
    return read_table(path, columns=columns, optional=columns, names=headings(data_set), sheets=sheets_apart)


def _objects(path: Path, data_set: DataSet) -> list[Line]:
    try:
        rows = loads(read_text(path))
    except (ValueError, RecursionError):
        raise Invalid("this is no JSON; expected a list of objects") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid("expected a JSON list of objects, one a row")
    names = [field.name for field in FIELDS[data_set]]
    return [
        (number, {name: _cell(row[name], name, number) for name in names if name in row})
        for number, row in enumerate(rows, start=1)
    ]


def _cell(value: Any, name: str, number: int) -> str:  # noqa: ANN401 - JSON of any type
    if value is None:
        return ""
    # Half of a surrogate pair is JSON, but no text that anything can store.
    if isinstance(value, bool | int | str) and not any("\ud800" <= char <= "\udfff" for char in str(value)):
        return one_line(str(value))
    raise Invalid(f"row {number}, {name}: expected a text, a whole number, true, false or null")
