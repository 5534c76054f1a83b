"""Storage of reports on weeks and months, and of the work they assign."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.duty_terms import ReportKind
from models.domain.records import DayRecord
from models.domain.reports import Report, WorkItem
from models.domain.tasks import RectificationTask
from models.store.connect import Read, Write

MOST_RECORDS, MOST_TASKS = 2_000, 500
"""A report looks at so many day records and tasks at most."""


def report(r: Read, report_id: UUID) -> Report | None:
    """Return one report."""
    return r.one(Report, "reports", "report", {"id": report_id})


def report_for_update(w: Write, report_id: UUID) -> Report | None:
    """Return one report, locked until the transaction ends."""
    return w.one(Report, "reports", "report_for_update", {"id": report_id})


def report_of(r: Read, *, entity_id: UUID, site_id: str | None, kind: ReportKind, begin: date) -> Report | None:
    """Return the report of a period of a kitchen, or with no kitchen of an enterprise."""
    params = {"entity_id": entity_id, "site_id": site_id, "kind": kind, "begin": begin}
    return r.one(Report, "reports", "report_of", params)


def reports(
    r: Read, *, kind: ReportKind | None, before: date | None, limit: int, after: Report | None = None
) -> list[Report]:
    """Return reports, the newest period first; `after` is the last one known."""
    params: dict[str, object] = {"kind": kind, "before": before, "limit": limit}
    params |= {"last_begin": None, "last_kind": None, "last_site": None, "last_id": None}
    if after is not None:
        params |= {"last_begin": after.begin, "last_kind": after.kind, "last_site": after.site_id or ""}
        params["last_id"] = after.id
    return r.all(Report, "reports", "reports", params)


def add_report(w: Write, new: Report) -> Report | None:
    """Store a new report; None if the period has one already."""
    return w.one(Report, "reports", "add_report", _params(new))


def change_report(w: Write, changed: Report) -> Report | None:
    """Store what was written, or the signature; None if somebody else was faster."""
    return w.one(Report, "reports", "change_report", _params(changed))


def records_between(r: Read, *, entity_id: UUID, site_id: str | None, begin: date, until: date) -> list[DayRecord]:
    """Return the day records of a kitchen, or of all kitchens of an enterprise, from one day to another."""
    params = {"entity_id": entity_id, "site_id": site_id, "begin": begin, "until": until, "limit": MOST_RECORDS}
    return r.all(DayRecord, "reports", "records_between", params)


def tasks_of_period(
    r: Read, *, entity_id: UUID, site_id: str | None, since: datetime, until: datetime
) -> list[RectificationTask]:
    """Return the tasks of a kitchen, or of an enterprise, that were open at some time between two moments."""
    params = {"entity_id": entity_id, "site_id": site_id, "since": since, "until": until, "limit": MOST_TASKS}
    return r.all(RectificationTask, "reports", "tasks_of_period", params)


def add_work_item(w: Write, new: WorkItem) -> None:
    """Store work that a report assigns."""
    w.run("reports", "add_work_item", asdict(new))


def work_item(r: Read, work_item_id: UUID) -> WorkItem | None:
    """Return one piece of work."""
    return r.one(WorkItem, "reports", "work_item", {"id": work_item_id})


def work_items(r: Read, *, report_id: UUID | None = None, done: bool | None = None, limit: int) -> list[WorkItem]:
    """Return pieces of work, what is due first; all, or only those that are done or not."""
    params = {"report_id": report_id, "done": done, "limit": limit}
    return r.all(WorkItem, "reports", "work_items", params)


def end_work_item(w: Write, work_item_id: UUID, *, by: str, note: str, at: datetime) -> WorkItem | None:
    """Note that a piece of work is done; None if it was done before."""
    return w.one(WorkItem, "reports", "end_work_item", {"id": work_item_id, "by": by, "note": note, "at": at})


def _params(row: Report) -> dict[str, Any]:
    return asdict(row) | {
        "problems": Jsonb([one.as_json() for one in row.problems]),
        "decisions": Jsonb([one.as_json() for one in row.decisions]),
        "points": Jsonb([one.as_json() for one in row.points]),
        "present": list(row.present),
    }
