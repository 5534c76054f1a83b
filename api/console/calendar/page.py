"""The working-calendar page: a year by months, the source of its days, and the imports."""

import calendar as months
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.deadlines.calendar import is_working_day
from alerts.deadlines.clocks import office_hours
from alerts.hazards.deadlines import MAY_IMPORT, calendar_at
from api.access.principal import Principal
from api.calendars import region_of
from api.console.shell.words import short
from models.base.clock import SHANGHAI
from models.catalogue.terms import YearStatus, label
from models.domain.calendars import Calendar, Year
from models.store import Read, calendars

SHOWN = 20
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One cell of a month's table; `number` 0 is an empty cell."""

    number: int
    kind: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month, by weeks from Monday."""

    name: str
    weeks: tuple[tuple[Day, ...], ...]
    working_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One import."""

    year: int
    jurisdiction: str
    who: str
    when: str
    source: str
    deadlines: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """The whole page."""

    year: int
    years: tuple[int, ...]
    region: str
    status: str
    status_label: str
    source: str
    hours: str
    months: tuple[Month, ...]
    imports: tuple[Line, ...]
    may_import: bool
    jurisdiction: str


def load_calendar(r: Read, visitor: Principal, *, year: int | None, now: datetime) -> CalendarPage:
    """Load the page of a year for the visitor's region."""
    region = region_of(r, visitor)
    found = calendar_at(r, tenant_id=visitor.tenant, region_code=region, at=now)
    today = now.astimezone(SHANGHAI).year
    number = year if year is not None and year in found.years else today
    known = found.years.get(number)
    rows = calendars.imports(r, tenant_id=visitor.tenant, limit=SHOWN)
    return CalendarPage(
        year=number,
        years=tuple(sorted(found.years)),
        region=region,
        status=YearStatus.provisional if known is None else known.status,
        status_label=label(YearStatus.provisional if known is None else known.status),
        source="" if known is None else known.source,
        hours="、".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in office_hours()),
        months=tuple(_month(number, month, found, known) for month in range(1, 13)),
        imports=tuple(
            Line(
                year=row.year,
                jurisdiction=row.jurisdiction or "全部地区",
                who=row.imported_by,
                when=short(row.imported_at),
                source=row.source,
                deadlines="期限已重算" if row.checked_at else "期限重算中",
            )
            for row in rows
        ),
        may_import=visitor.role in MAY_IMPORT,
        jurisdiction=visitor.region or "",
    )


def _month(year: int, month: int, calendar: Calendar, known: Year | None) -> Month:
    first = date(year, month, 1)
    days = [first + timedelta(days=i) for i in range(months.monthrange(year, month)[1])]
    empty = Day(number=0, kind="", title="")
    squares = [empty] * first.weekday() + [_day(day, calendar, known) for day in days]
    squares += [empty] * (-len(squares) % _WEEK)
    weeks = tuple(tuple(squares[i : i + _WEEK]) for i in range(0, len(squares), _WEEK))
    worked = sum(is_working_day(day, calendar) for day in days)
    return Month(name=f"{month}月", weeks=weeks, working_days=worked)


def _day(day: date, calendar: Calendar, known: Year | None) -> Day:
    if known is not None and day in known.make_up_days:
        return Day(number=day.day, kind="made-up", title=f"{day.month}月{day.day}日 调休上班")
    if known is not None and day in known.days_off:
        return Day(number=day.day, kind="off", title=f"{day.month}月{day.day}日 放假")
    if is_working_day(day, calendar):
        return Day(number=day.day, kind="worked", title=f"{day.month}月{day.day}日 工作日")
    return Day(number=day.day, kind="weekend", title=f"{day.month}月{day.day}日 周末")
