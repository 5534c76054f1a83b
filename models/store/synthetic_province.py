"""A synthetic province of kitchens, for measurements on a separate database; never use it on one with data."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, LiteralString
from uuid import UUID

from models.store.connect import Write
from models.store.queries import queries

DEVICES = 5
REGION = "150102"


def site_of(number: int) -> str:
    """Return the id of a kitchen; its node is `n…`, its devices `d…-0` to `d…-4`, the first a camera or a sensor."""
    return f"s{number:06}"


def add_sites(
    w: Write, *, tenant_id: str, entity_id: UUID, first: int, last: int, cameras: int, mqtt_hash: str
) -> None:
    """Register the kitchens `first` … `last` with a node and five devices each, by COPY.

    The kitchens below `cameras` have a camera and four sensors, the others five sensors. Owner only: COPY ignores row
    security.
    """
    numbers = range(first, last + 1)
    of = (tenant_id, entity_id, REGION)
    _copy(w, queries("synthetic_province")["copy_sites"], ((site_of(n), *of, f"厨房{n}") for n in numbers))
    _copy(w, queries("synthetic_province")["copy_nodes"], ((f"n{n:06}", site_of(n), *of, mqtt_hash) for n in numbers))
    _copy(
        w,
        queries("synthetic_province")["copy_devices"],
        (row for n in numbers for row in _devices(n, of, camera=n < cameras)),
    )


def _devices(number: int, of: tuple[Any, ...], *, camera: bool) -> Iterator[Sequence[Any]]:
    place = (f"n{number:06}", site_of(number), *of)
    for i in range(DEVICES):
        if i == 0 and camera:
            yield f"d{number:06}-{i}", *place, "camera", None, "cooking", f"{i}"
        else:
            yield f"d{number:06}-{i}", *place, "sensor", "fridge_temp", "storage", f"{i}"


def _copy(w: Write, statement: LiteralString, rows: Iterable[Sequence[Any]]) -> None:
    with w.raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
