"""The daily dispatch."""

from datetime import date, datetime

from api.schemas.common import Out


class RateOut(Out):
    """k of n; `percent` is null if n is 0."""

    k: int
    n: int
    percent: float | None


class DispatchLineOut(Out):
    """One region: counts, rates, their mean (`grade`), the change of it in a week, and the place on the board."""

    region_code: str
    region: str
    counts: dict[str, int]
    rates: dict[str, RateOut]
    grade: float | None
    change: float | None
    place: int | None


class DispatchOut(Out):
    """The board of a day; `total` is all regions together."""

    day: date | None
    counted_at: datetime | None
    total: DispatchLineOut
    data: list[DispatchLineOut]
