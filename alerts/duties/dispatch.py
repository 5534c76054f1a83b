"""Count the daily dispatch (日调度), and read it as a board with the week's change (周晾晒)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.duties.scene_packs import connecting_kinds
from models.base.clock import SHANGHAI
from models.domain.dispatch import RATES, DutyDay, Rate, grade, rate, sum_of
from models.store import Read, Write, dispatch, indices

EVERY = timedelta(minutes=15)
WEEK = timedelta(days=7)
COUNTY, TOWNSHIP = 6, 9


def count_today(w: Write, *, at: datetime) -> int:
    """Count the present day of every tenant whose numbers are older than `EVERY`; return how many rows were stored.

    What was counted last stays as the numbers of the day once it is over.
    """
    local = at.astimezone(SHANGHAI)
    today, stored = local.date(), 0
    for tenant_id in indices.tenants(w):
        last = dispatch.counted_at(w, tenant_id, today)
        if last is not None and at - last < EVERY:
            continue
        quarter = local.replace(
            month=local.month - (local.month - 1) % 3, day=1, hour=0, minute=0, second=0, microsecond=0
        )
        found = dispatch.count(
            w,
            tenant_id,
            at=at,
            yesterday=today - timedelta(days=1),
            quarter=quarter,
            quarter_end=(quarter + timedelta(days=93)).replace(day=1),
            kinds=connecting_kinds(),
        )
        for region, numbers in found.items():
            code = region if len(region) == TOWNSHIP else region[:COUNTY]
            dispatch.store(w, DutyDay(tenant_id=tenant_id, region_code=code, day=today, numbers=numbers, counted_at=at))
        stored += len(found)
    return stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One region of the board.

    Attributes:
        numbers: counts of the day.
        grade: mean of the known rates, in percent.
        change: of the grade since a week ago, in points; None if one of the two is not known.
        place: among the regions of the board, by grade; None without a grade.
    """

    region_code: str
    numbers: Mapping[str, int]
    grade: float | None
    change: float | None
    place: int | None

    @property
    def rates(self) -> dict[str, Rate]:
        """The rates by name."""
        return {name: rate(self.numbers, name) for name in RATES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The regions of a day, the best first, and all of them together."""

    day: date | None
    counted_at: datetime | None
    total: Line
    lines: tuple[Line, ...]


def board(r: Read, *, at: datetime, day: date | None = None, within: str = "") -> Board:
    """Return the board of a day: townships if everything lies in one county, else counties.

    Without a `day`, the newest counted one.
    """
    shown = dispatch.newest_day(r, day or at.astimezone(SHANGHAI).date())
    if shown is None or (day is not None and shown != day):
        empty = Line(region_code=within, numbers={}, grade=None, change=None, place=None)
        return Board(day=day, counted_at=None, total=empty, lines=())
    now, before = dispatch.days(r, shown, within=within), dispatch.days(r, shown - WEEK, within=within)
    digits = TOWNSHIP if len({one.region_code[:COUNTY] for one in now}) == 1 else COUNTY
    lines = _lines(now, before, digits)
    total = _lines(now, before, 0)[0] if now else Line(region_code="", numbers={}, grade=None, change=None, place=None)
    return Board(day=shown, counted_at=max((one.counted_at for one in now), default=None), total=total, lines=lines)


def _lines(now: Sequence[DutyDay], before: Sequence[DutyDay], digits: int) -> tuple[Line, ...]:
    today, last = _grouped(now, digits), _grouped(before, digits)
    graded = {region: grade(numbers) for region, numbers in today.items()}
    known = sorted((value for value in graded.values() if value is not None), reverse=True)

    def line(region: str) -> Line:
        value, old = graded[region], grade(last.get(region, {}))
        return Line(
            region_code=region,
            numbers=today[region],
            grade=value,
            change=None if value is None or old is None else value - old,
            place=None if value is None else known.index(value) + 1,
        )

    return tuple(sorted(map(line, today), key=lambda one: (one.place is None, one.place, one.region_code)))


def _grouped(days: Sequence[DutyDay], digits: int) -> dict[str, dict[str, int]]:
    found: dict[str, list[DutyDay]] = defaultdict(list)
    for one in days:
        found[one.region_code[:digits]].append(one)
    return {region: sum_of(rows) for region, rows in found.items()}
