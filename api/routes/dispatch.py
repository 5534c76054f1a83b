"""The daily dispatch (日调度): where each county or township stands, and how that changed in a week."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from alerts.duties.dispatch import Line, board
from api.access.principal import Reviewer
from api.requests import AppState, Reading
from api.schemas.dispatch import DispatchLineOut, DispatchOut, RateOut
from models.store import Read, registry

router = APIRouter(prefix="/v1", tags=["duties"])
Within = Annotated[str, Query(pattern="^([0-9]{2,9})?$", description="Regions whose code starts with this")]


@router.get("/dispatch", name="dispatch")
def show_dispatch(r: Reading, app: AppState, _: Reviewer, day: date | None = None, region: Within = "") -> DispatchOut:
    """Return the board of a day (default: the newest): counties, or the townships of one county.

    The present day is counted again every quarter of an hour; a past day is never changed.
    """
    found = board(r, at=app.clock.now(), day=day, within=region)
    names = names_of(r)
    return DispatchOut(
        day=found.day,
        counted_at=found.counted_at,
        total=_out(found.total, names),
        data=[_out(line, names) for line in found.lines],
    )


def names_of(r: Read) -> dict[str, str]:
    """Return the names of regions by code."""
    return dict(registry.regions(r))


def _out(line: Line, names: dict[str, str]) -> DispatchLineOut:
    return DispatchLineOut(
        region_code=line.region_code,
        region=names.get(line.region_code, line.region_code),
        counts={name: number for name, number in line.numbers.items() if not name.endswith(("_k", "_n"))},
        rates={
            name: RateOut(k=one.k, n=one.n, percent=None if one.percent is None else round(one.percent, 1))
            for name, one in line.rates.items()
        },
        grade=None if line.grade is None else round(line.grade, 1),
        change=None if line.change is None else round(line.change, 1),
        place=line.place,
    )
