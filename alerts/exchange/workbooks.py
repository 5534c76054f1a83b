"""Read a stranger's workbook in a process of its own, which may run out of time or memory alone.

A workbook of a few kilobytes can unpack to gigabytes, or have a cell in the last of seventeen billion places.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from alerts.registry.tables import Row, sheets_of
from models.base.apart import start_apart
from models.base.errors import Invalid
from models.base.jsonio import dumps, loads

_BYTES, _CPU_S, _WAIT_S = 1 << 30, 20, 60.0
_SHEETS, _ROWS, _CELLS, _TEXT = 5, 25_000, 64, 4_000
"""What is read of a workbook: sheets, rows of each, cells of a row, characters of a cell."""


def sheets_apart(path: Path) -> Iterator[list[Row]]:
    """Yield the sheets of a workbook, read by another process.

    Raises:
        Invalid: this is no workbook, or it takes too much memory or time to read.
    """
    try:
        done = start_apart(__name__, str(path), timeout_s=_WAIT_S)
    except subprocess.TimeoutExpired:
        raise Invalid("this workbook takes too long to read; save the table as csv") from None
    if done.returncode != 0:
        raise Invalid("this workbook can't be read; save the table as csv, or as a new workbook")
    for rows in loads(done.stdout):
        yield [(number, cells) for number, cells in rows]


def main(path: Path) -> None:
    """Print the sheets as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    found = [[(n, [cell[:_TEXT] for cell in cells[:_CELLS]]) for n, cells in rows[:_ROWS]] for rows in _first(path)]
    sys.stdout.write(dumps(found))


def _first(path: Path) -> Iterator[list[Row]]:
    return islice(sheets_of(path), _SHEETS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
