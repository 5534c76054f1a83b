"""Tables as Parquet, made row group by row group from rows that are read as they are needed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Literal

import pyarrow as pa
from pyarrow import parquet

from api.documents.tables import Row

MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP = 10_000
"""Rows of a row group; at no time are more of them in memory."""
Kind = Literal["text", "integer", "number", "moment", "flag"]
_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "moment": pa.timestamp("us", tz="UTC"),
    "flag": pa.bool_(),
}


class _Sink:
    """A file that only grows; what was written is taken out and forgotten."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, data: bytes) -> int:
        """Append bytes."""
        self._parts.append(bytes(data))
        self._length += len(data)
        return len(data)

    def tell(self) -> int:
        """Return how much was written in all."""
        return self._length

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def close(self) -> None:
        """Do nothing: the last bytes are still to be taken."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def blocks(columns: Sequence[tuple[str, Kind]], rows: Iterable[Row]) -> Iterator[bytes]:
    """Make a Parquet file with zstd compression; moments are UTC."""
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in columns])
    sink, remaining = _Sink(), iter(rows)
    with parquet.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        while group := list(islice(remaining, GROUP)):
            arrays = [
                pa.array(map(_plain, cells), type=kind)
                for cells, kind in zip(zip(*group, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


def _plain(cell: object) -> object:
    """Return a date as a moment; other cells are what they are."""
    return datetime(cell.year, cell.month, cell.day) if type(cell) is date else cell  # noqa: DTZ001 - a day has no zone
