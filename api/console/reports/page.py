"""The page of reports on weeks (周排查) and months (月调度), with the work that they assign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.duties.periodic import MAY_REPORT, late_after
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.signing import own_name
from api.console.shell.words import moment, short
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import DutyPeriod, Rating, RecordState, ReportKind, RowResult
from models.catalogue.terms import Post, label
from models.domain.registry import Site
from models.domain.reports import Report
from models.store import Read, registry, reports

SITES_SHOWN, REPORTS_SHOWN, WORK_SHOWN, DECISION_ROWS = 50, 40, 50, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow:
    """One problem of the form; `limit` is empty or a day."""

    ref: str
    number: str
    what: str
    carried: bool
    measure: str
    person: str
    limit: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work."""

    id: UUID
    what: str
    who: str
    due: str
    done: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A report; `writable` while it is a draft that the visitor may write."""

    report: Report
    title: str
    where: str
    span: str
    state: str
    rating: str
    writable: bool
    problems: tuple[ProblemRow, ...]
    decisions: tuple[Work, ...]
    blanks: int
    signed: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One report of the list."""

    id: UUID
    kind: str
    where: str
    span: str
    state: str
    rating: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """The whole page; `form` is the opened report.

    `own_name` is the name in which an account of a person signs; empty for an account of the whole enterprise.
    """

    form: Form | None
    lines: tuple[Line, ...]
    work: tuple[Work, ...]
    sites: tuple[Choice, ...]
    weeks: tuple[Choice, ...]
    months: tuple[Choice, ...]
    people: tuple[str, ...]
    principal: str
    ratings: tuple[Choice, ...]
    results: tuple[Choice, ...]
    may_write: bool
    may_week: bool
    may_month: bool
    own_name: str


def load_reports(r: Read, visitor: Principal, report_id: UUID | None, *, now: datetime) -> ReportsPage:
    """Load the page; with a `report_id` its form too."""
    today = now.astimezone(SHANGHAI).date()
    found = reports.reports(r, kind=None, before=None, limit=REPORTS_SHOWN)
    opened = None if report_id is None else reports.report(r, report_id)
    shown = [*found, *([opened] if opened else [])]
    names = registry.sites_of(r, {row.site_id for row in shown if row.site_id is not None})
    may_write = visitor.role in MAY_REPORT
    kept = frozenset(DutyPeriod if visitor.periods is None else visitor.periods)
    entity = visitor.entity or (opened.entity_id if opened else None)
    own = [] if visitor.entity is None else registry.sites_of_entity(r, visitor.entity, limit=SITES_SHOWN)
    people = [] if entity is None else registry.people_in_office(r, entity_id=entity, at=now)
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    return ReportsPage(
        form=None
        if opened is None
        else _form(r, opened, _where(opened, names), today, may_write=may_write and DutyPeriod(opened.kind) in kept),
        lines=tuple(
            Line(
                id=row.id,
                kind=label(row.kind),
                where=_where(row, names),
                span=_span(row.begin, row.until),
                state=label(row.state),
                rating="" if row.rating is None else label(row.rating),
                late=row.late,
            )
            for row in found
        ),
        work=_work(r, None, today),
        sites=tuple(Choice(value=site.id, text=site.name) for site in own),
        weeks=tuple(Choice(value=day.isoformat(), text=_span(day, day + timedelta(days=6))) for day in _weeks(monday)),
        months=tuple(
            Choice(value=day.isoformat(), text=f"{day.year}年{day.month}月")
            for day in (month, (month - timedelta(days=1)).replace(day=1))
        ),
        people=tuple(one.name for one in people),
        principal=next((one.name for one in people if one.post is Post.principal), ""),
        ratings=tuple(Choice(value=rating, text=label(rating)) for rating in Rating),
        results=tuple(Choice(value=result, text=label(result)) for result in RowResult),
        may_write=may_write and bool(own),
        may_week=DutyPeriod.week in kept,
        may_month=DutyPeriod.month in kept,
        own_name=own_name(r, visitor),
    )


def _form(r: Read, report: Report, where: str, today: date, *, may_write: bool) -> Form:
    writable = report.state is RecordState.draft and may_write
    week = report.kind is ReportKind.week
    return Form(
        report=report,
        title="每周食品安全排查治理报告" if week else "每月食品安全调度会议纪要",
        where=where,
        span=_span(report.begin, report.until),
        state=label(report.state),
        rating="" if report.rating is None else label(report.rating),
        writable=writable,
        problems=tuple(
            ProblemRow(
                ref=one.ref,
                number=one.number,
                what=one.what,
                carried=one.carried,
                measure=one.measure,
                person=one.person,
                limit="" if one.limit is None else one.limit.isoformat(),
                done=one.done,
            )
            for one in report.problems
        ),
        decisions=_work(r, report.id, today),
        blanks=DECISION_ROWS,
        signed="" if report.signed_at is None else f"{report.signed_by} · {moment(report.signed_at)}",
        until=short(late_after(report.kind, report.begin)),
    )


def _work(r: Read, report_id: UUID | None, today: date) -> tuple[Work, ...]:
    found = reports.work_items(r, report_id=report_id, done=None if report_id else False, limit=WORK_SHOWN)
    return tuple(
        Work(
            id=one.id,
            what=one.what,
            who=one.who,
            due=one.due.isoformat(),
            done="" if one.done_at is None else f"{one.done_by} {moment(one.done_at)}：{one.note}",
            late=one.done_at is None and one.due < today,
        )
        for one in found
    )


def _where(report: Report, names: Mapping[str, Site]) -> str:
    if report.site_id is None:
        return "全部厨房"
    site = names.get(report.site_id)
    return report.site_id if site is None else site.name


def _weeks(monday: date) -> tuple[date, ...]:
    return tuple(monday - timedelta(days=7 * back) for back in range(4))


def _span(begin: date, until: date) -> str:
    return f"{begin.month}月{begin.day}日–{until.month}月{until.day}日"
