"""Duties that tests carry out: a signed week with the work that it assigns."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.periodic import PointAnswer
from alerts.duties.reports import open_report, sign, write_week
from alerts.duties.warnings.evaluating import evaluate
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import Rating, ReportKind, RowResult
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.reports import Report
from models.store import Write, reports, warnings

OFFICER = Actor(name="officer", role=Role.enterprise)


def all_well(report: Report) -> list[PointAnswer]:
    """The answer to every point of a report: nothing is wrong."""
    return [PointAnswer(number=number, result=RowResult.ok) for number, _ in enumerate(report.points, 1)]


def signed_week(w: Write, site_id: str, at: datetime) -> tuple[UUID, UUID]:
    """Sign the week of a kitchen as serious; return the ids of the report and of the work that it assigns."""
    day = at.astimezone(SHANGHAI).date()
    report = open_report(
        w,
        kind=ReportKind.week,
        site_id=site_id,
        entity_id=None,
        begin=day - timedelta(days=day.weekday()),
        by=OFFICER,
        at=at,
    )
    problems = [replace(one, measure="整改", person="李总监") for one in report.problems]
    written = write_week(
        w,
        report.id,
        version=report.version,
        rating=Rating.serious,
        words="有严重隐患",
        plan="",
        problems=problems,
        by=OFFICER,
        points=all_well(report),
    )
    sign(w, report.id, version=written.version, name="李总监", by=OFFICER, at=at)
    (work,) = reports.work_items(w, report_id=report.id, limit=1)
    return report.id, work.id


def warned(w: Write, entity_id: UUID, at: datetime) -> UUID:
    """Let an enterprise's posts be empty for a moment; return the id of the warning that this gives."""
    w.raw.execute("UPDATE person SET valid_to = %s WHERE entity_id = %s", (at, entity_id))
    evaluate(w, at=at)
    found = next(one for one in warnings.warnings(w, is_open=True, limit=50) if one.entity_id == entity_id)
    w.raw.execute("UPDATE person SET valid_to = NULL WHERE entity_id = %s", [entity_id])
    return found.id
