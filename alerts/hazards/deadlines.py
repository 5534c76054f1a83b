"""The calendar of a region, importing a year, and looking at open deadlines again: load → decide → store → announce."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from alerts.deadlines.calendar import add_working, is_provisional
from alerts.deadlines.clocks import calendar_for, clock_of, office_hours
from alerts.deadlines.levels import next_level_at
from alerts.deadlines.notice import read_notice
from alerts.deadlines.seed import seeded
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, NotAllowed
from models.catalogue.terms import DeadlineClock, Role, Severity
from models.changes.tasks import move_deadline
from models.domain.access import SYSTEM, Actor
from models.domain.calendars import Calendar, Year
from models.domain.tasks import RectificationTask
from models.store import calendars, tasks
from models.store.calendars import ImportedYear
from models.store.connect import Read, Write

_REGION = re.compile(r"[0-9]{2,12}")
AHEAD = 3
"""A calendar is loaded for this many years ahead; no deadline reaches further."""
LONGEST_NOTICE = 20_000
MAY_IMPORT = frozenset({Role.regulator, Role.admin})
BATCH = 200
"""Deadlines checked in one transaction."""


def calendar_at(r: Read, *, tenant_id: str, region_code: str, at: datetime) -> Calendar:
    """Return the calendar of a region around a moment: imported years, else the built-in ones."""
    now = at.astimezone(SHANGHAI).year
    years = {number: year for number in range(now - 1, now + AHEAD + 1) if (year := seeded(number)) is not None}
    years |= {row.year: row.value for row in calendars.years_of(r, tenant_id=tenant_id, region_code=region_code)}
    return Calendar(jurisdiction=region_code, hours=office_hours(), years=years)


def deadline(
    r: Read, *, tenant_id: str, region_code: str, severity: Severity, span: timedelta, at: datetime
) -> tuple[DeadlineClock, datetime, bool]:
    """Return the clock of a deadline, the deadline, and whether its year's notice is still missing."""
    clock = clock_of(severity)
    calendar = calendar_at(r, tenant_id=tenant_id, region_code=region_code, at=at)
    due_at = add_working(at, span, calendar_for(clock, calendar))
    return clock, due_at, clock is DeadlineClock.office and is_provisional(_local(due_at), calendar)


def import_notice(
    w: Write, text: str, *, tenant_id: str, jurisdiction: str, source: str, by: Actor, at: datetime, within: str = ""
) -> Year:
    """Import the yearly notice for a jurisdiction. Open deadlines are moved in the background, only ever later.

    Args:
        w: the caller's transaction.
        text: the words of the notice.
        tenant_id: whose calendar.
        jurisdiction: prefix of the region codes it is for; empty for the whole tenant.
        source: where the words were found.
        by: who imports.
        at: when.
        within: the region prefix that the caller supervises; empty for the whole tenant.

    Raises:
        NotAllowed: the role imports no calendar, or the jurisdiction lies outside the caller's region.
        Invalid: the text can't be read, or is too long; the jurisdiction is no region code.
    """
    if by.role not in MAY_IMPORT:
        raise NotAllowed("only a regulator or an administrator imports a calendar")
    if not jurisdiction.startswith(within):
        raise NotAllowed(f"jurisdiction {jurisdiction!r}: expected a region within {within}")
    if jurisdiction and not _REGION.fullmatch(jurisdiction):
        raise Invalid(f"jurisdiction {jurisdiction!r}: expected 2 to 12 digits of a region code, or nothing for all")
    if len(text) > LONGEST_NOTICE:
        raise Invalid(f"the notice has {len(text)} characters; expected at most {LONGEST_NOTICE}")
    year = read_notice(text, source=source)
    calendars.add_year(w, year, tenant_id=tenant_id, jurisdiction=jurisdiction, notice=text, imported_by=by.name, at=at)
    return year


def look_again(w: Write, *, at: datetime, limit: int = BATCH) -> int:
    """Check open deadlines after an import, some at a time; return how many were checked.

    A worker that dies goes on where the last committed batch ended. A deadline becomes later or certain, never
    earlier, and each change is an event.
    """
    year = calendars.unchecked(w)
    if year is None:
        return 0
    begin = datetime.combine(date(year.year, 1, 1), datetime.min.time(), SHANGHAI)
    page = tasks.open_on_office_clock(
        w,
        tenant_id=year.tenant_id,
        jurisdiction=year.jurisdiction,
        from_at=begin,
        after=year.checked_to,
        limit=limit,
    )
    for task in page:
        _look_at(w, task, year, at=at)
    done = len(page) < limit
    last = page[-1].id if page else year.checked_to
    calendars.note_check(w, year, checked_to=last, checked_at=at if done else None)
    return len(page) + done


def _look_at(w: Write, task: RectificationTask, year: ImportedYear, *, at: datetime) -> None:
    calendar = calendar_at(w, tenant_id=task.tenant_id, region_code=task.region_code, at=task.due_from)
    due_at = max(task.due_at, add_working(task.due_from, task.due_span, calendar))
    provisional = is_provisional(_local(due_at), calendar)
    if (due_at, provisional) == (task.due_at, task.due_provisional):
        return
    runs = task.next_level_at is not None
    moved = replace(
        task,
        due_at=due_at,
        due_provisional=provisional,
        next_level_at=next_level_at(due_at, level=task.overdue_level) if runs else None,
    )
    move_deadline(w, moved, reason=f"{year.year}年节假日安排：{year.source}", by=SYSTEM.name, at=at)


def _local(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
