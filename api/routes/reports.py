"""Reports on weeks (周排查) and months (月调度): open one, write it, sign it, and end the work it assigns."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.periodic import PointAnswer
from alerts.duties.reports import end_work_item, open_report, sign, write_month, write_week
from api.access.principal import Anybody, Rectifier
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    SeenVersion,
    creating,
    etag,
    page_of,
    row_cursor,
)
from api.schemas.common import Page
from api.schemas.reports import (
    DecisionOut,
    DoneIn,
    MonthIn,
    PointIn,
    PointOut,
    ProblemOut,
    ReportIn,
    ReportOut,
    ReportSignIn,
    WeekIn,
    WorkItemOut,
)
from models.base.errors import NotFound
from models.catalogue.duty_terms import ReportKind
from models.catalogue.terms import label
from models.domain.reports import Decision, Problem, Report
from models.store import Write, reports

router = APIRouter(prefix="/v1", tags=["duties"])


@router.get("/reports", name="reports")
def list_reports(
    r: Reading,
    kind: ReportKind | None = None,
    before: Annotated[date | None, Query(description="only periods that began before this day")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ReportOut]:
    """List reports, the newest period first."""
    last = row_cursor(cursor, lambda found: reports.report(r, found))
    rows = reports.reports(r, kind=kind, before=before, after=last, limit=limit + 1)
    return page_of(rows, limit=limit, out=report_out, cursor=lambda row: row.id)


@router.get("/reports/{report_id}", name="report")
def one_report(r: Reading, response: Response, report_id: UUID) -> ReportOut:
    """Return one report."""
    found = reports.report(r, report_id)
    if found is None:
        raise NotFound(f"no report {report_id}")
    etag(response, found.version)
    return report_out(found)


@router.post("/reports", response_model=ReportOut, name="open_report")
def open_one(
    request: Request, app: AppState, principal: Rectifier, body: ReportIn, key: IdempotencyKey = None
) -> Response:
    """Open the report of a period, filled in with what the platform knows; an existing draft is brought up to date."""

    def act(w: Write) -> ReportOut:
        entity = (body.entity_id or principal.entity) if body.kind is ReportKind.month else None
        found = open_report(
            w,
            kind=body.kind,
            site_id=body.site_id,
            entity_id=entity,
            begin=body.begin,
            by=principal.actor,
            at=app.clock.now(),
        )
        return report_out(found)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/reports/{report_id}/week", response_model=ReportOut, name="write_week")
def write_a_week(
    request: Request,
    principal: Rectifier,
    report_id: UUID,
    body: WeekIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Write a week's report: rating, analysis, and the measures of its problems."""
    problems = [
        Problem(ref=one.ref, number="", what="", measure=one.measure, person=one.person, limit=one.limit, done=one.done)
        for one in body.problems
    ]

    def act(w: Write) -> ReportOut:
        written = write_week(
            w,
            report_id,
            version=seen,
            rating=body.rating,
            words=body.words,
            plan=body.plan,
            problems=problems,
            by=principal.actor,
            points=answers_of(body.points),
        )
        return report_out(written)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/reports/{report_id}/month", response_model=ReportOut, name="write_month")
def write_a_month(
    request: Request,
    principal: Rectifier,
    report_id: UUID,
    body: MonthIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Write a month's minutes: the meeting, what was reported, and the decisions."""
    decisions = [Decision(what=one.what, who=one.who, due=one.due) for one in body.decisions]

    def act(w: Write) -> ReportOut:
        written = write_month(
            w,
            report_id,
            version=seen,
            chair=body.chair,
            place=body.place,
            present=body.present,
            words=body.words,
            plan=body.plan,
            decisions=decisions,
            by=principal.actor,
            points=answers_of(body.points),
        )
        return report_out(written)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/reports/{report_id}/sign", response_model=ReportOut, name="sign_report")
def sign_one(
    request: Request,
    app: AppState,
    principal: Rectifier,
    report_id: UUID,
    body: ReportSignIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Sign a report. `controlled` is refused while a critical hazard is open; decisions become work items."""

    def act(w: Write) -> ReportOut:
        signed = sign(w, report_id, version=seen, name=body.name, by=principal.actor, at=app.clock.now())
        return report_out(signed)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.get("/work-items", name="work_items")
def list_work_items(
    r: Reading,
    _: Anybody,
    report_id: UUID | None = None,
    state: Literal["open", "done"] | None = None,
    limit: Limit = 50,
) -> list[WorkItemOut]:
    """List the work that reports assign, what is due first."""
    found = reports.work_items(r, report_id=report_id, done=None if state is None else state == "done", limit=limit)
    return [WorkItemOut.model_validate(one) for one in found]


@router.post("/work-items/{work_item_id}/done", response_model=WorkItemOut, name="end_work_item")
def end_one(
    request: Request,
    app: AppState,
    principal: Rectifier,
    work_item_id: UUID,
    body: DoneIn,
    key: IdempotencyKey = None,
) -> Response:
    """Note that a piece of work is done."""

    def act(w: Write) -> WorkItemOut:
        ended = end_work_item(w, work_item_id, note=body.note, by=principal.actor, at=app.clock.now())
        return WorkItemOut.model_validate(ended)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def answers_of(points: list[PointIn]) -> list[PointAnswer]:
    """Return the answers to points of the form the API takes."""
    return [
        PointAnswer(number=one.number, result=one.result, problem=one.problem, disposal=one.disposal) for one in points
    ]


def report_out(report: Report) -> ReportOut:
    """Return a report in the form the API shows."""
    return ReportOut(
        id=report.id,
        entity_id=report.entity_id,
        kind=report.kind,
        kind_label=label(report.kind),
        site_id=report.site_id,
        begin=report.begin,
        until=report.until,
        state=report.state,
        state_label=label(report.state),
        days_due=report.days_due,
        days_signed=report.days_signed,
        days_late=report.days_late,
        problems=[ProblemOut.model_validate(one) for one in report.problems],
        points=[PointOut.model_validate(one) for one in report.points],
        words=report.words,
        plan=report.plan,
        rating=report.rating,
        chair=report.chair,
        place=report.place,
        present=list(report.present),
        decisions=[DecisionOut.model_validate(one) for one in report.decisions],
        opened_by=report.opened_by,
        opened_at=report.opened_at,
        signed_by=report.signed_by,
        signed_at=report.signed_at,
        signature=report.signature,
        late=report.late,
        version=report.version,
    )


def _version(made: ReportOut) -> int:
    return made.version
