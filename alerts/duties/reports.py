"""Reports on weeks and months: open one with what is known, write it, sign it: load → decide → store → announce."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.duties import periodic
from alerts.duties.periodic import MAY_REPORT, Facts, PointAnswer
from alerts.duties.posts import check_keeper, check_signer
from alerts.duties.scene_state import scene_of_entity
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.duty_terms import DutyPeriod, Rating, RecordState, ReportKind
from models.changes.reports import sign_report, store_report
from models.domain.access import Actor
from models.domain.ledger import start_of
from models.domain.place import Owner, owner_of
from models.domain.reports import Decision, Problem, Report, WorkItem
from models.store import openings, registry, reports
from models.store.connect import Read, Write


def facts_of(r: Read, report: Report, *, at: datetime) -> Facts:
    """Return what the platform knows about a report's period up to now."""
    since = start_of(report.begin)
    until = start_of(report.until + timedelta(days=1))
    tasks = reports.tasks_of_period(r, entity_id=report.entity_id, site_id=report.site_id, since=since, until=until)
    records = reports.records_between(
        r, entity_id=report.entity_id, site_id=report.site_id, begin=report.begin, until=report.until
    )
    people = registry.people_in_office(r, entity_id=report.entity_id, at=at)
    kitchens = 1 if report.site_id else len(registry.sites_of_entity(r, report.entity_id, limit=1000))
    last = min(report.until, at.astimezone(SHANGHAI).date())
    closed = openings.closed_days(
        r, tenant_id=report.tenant_id, entity_id=report.entity_id, since=report.begin, until=last
    )
    scene = scene_of_entity(r, report.entity_id)
    # A record of a day on which the enterprise was closed counts; without one the day is not due.
    excused = len(closed) * kitchens - sum(one.day in closed for one in records)
    return Facts(
        records=tuple(records),
        tasks=tuple(tasks),
        people=tuple(people),
        names={str(one.id): one.name for one in people},
        days_due=((last - report.begin).days + 1) * kitchens - excused,
        points=scene.week if report.kind is ReportKind.week else scene.month,
    )


def open_report(
    w: Write, *, kind: ReportKind, site_id: str | None, entity_id: UUID | None, begin: date, by: Actor, at: datetime
) -> Report:
    """Return the report of a period, filled in with what the platform knows by now if it is not signed.

    Raises:
        NotAllowed: the role may not write reports, or another post keeps this period.
        NotFound: no such kitchen or enterprise in what the caller may see.
        Invalid: the period is none, lies ahead or too far back; or the kitchen is missing (week).
    """
    if by.role not in MAY_REPORT:
        raise NotAllowed(f"a report needs one of the roles {', '.join(sorted(MAY_REPORT))}; your role is {by.role}")
    owner = _owner(w, kind, site_id, entity_id)
    check_keeper(w, by, DutyPeriod(kind), entity_id=owner.entity_id, at=at)
    first, last = periodic.period_of(kind, begin, at=at)
    known = reports.report_of(w, entity_id=owner.entity_id, site_id=site_id, kind=kind, begin=first)
    if known is not None:
        if known.state is RecordState.signed:
            return known
        newer = periodic.filled_in(known, facts_of(w, known, at=at))
        return known if newer == known else store_report(w, newer)
    draft = Report(
        id=uuid7(),
        **owner_of(owner),
        kind=kind,
        site_id=site_id,
        begin=first,
        until=last,
        state=RecordState.draft,
        days_due=0,
        days_signed=0,
        days_late=0,
        problems=(),
        opened_by=by.name,
        opened_at=at,
    )
    added = reports.add_report(w, periodic.filled_in(draft, facts_of(w, draft, at=at)))
    found = added or reports.report_of(w, entity_id=owner.entity_id, site_id=site_id, kind=kind, begin=first)
    if found is None:
        raise NotFound(f"no report of {first}")
    return found


def write_week(
    w: Write,
    report_id: UUID,
    *,
    version: int,
    rating: Rating | None,
    words: str,
    plan: str,
    problems: Iterable[Problem],
    by: Actor,
    points: Iterable[PointAnswer] = (),
) -> Report:
    """Store what was written in a week's report.

    Raises:
        NotFound, StaleVersion: as for every change.
        NotAllowed, InvalidTransition, Invalid: see `periodic.written_week`.
    """
    report = _locked(w, report_id, version=version)
    changed = periodic.written_week(
        report, rating=rating, words=words, plan=plan, problems=problems, by=by, points=points
    )
    return store_report(w, changed)


def write_month(
    w: Write,
    report_id: UUID,
    *,
    version: int,
    chair: str,
    place: str,
    present: Iterable[str],
    words: str,
    plan: str,
    decisions: Iterable[Decision],
    by: Actor,
    points: Iterable[PointAnswer] = (),
) -> Report:
    """Store what was written in a month's minutes.

    Raises:
        NotFound, StaleVersion: as for every change.
        NotAllowed, InvalidTransition, Invalid: see `periodic.written_month`.
    """
    report = _locked(w, report_id, version=version)
    changed = periodic.written_month(
        report,
        chair=chair,
        place=place,
        present=present,
        words=words,
        plan=plan,
        decisions=decisions,
        by=by,
        points=points,
    )
    return store_report(w, changed)


def sign(w: Write, report_id: UUID, *, version: int, name: str, by: Actor, at: datetime) -> Report:
    """Sign a report with what is known at this moment, and assign the work that follows from it.

    Raises:
        NotFound, StaleVersion: as for every change.
        NotAllowed, InvalidTransition, Invalid: see `periodic.signed` and `posts.check_signer`.
    """
    report = _locked(w, report_id, version=version)
    periodic.check_writable(report, by=by)
    check_signer(w, by, DutyPeriod(report.kind), name=name, entity_id=report.entity_id, at=at)
    facts = facts_of(w, report, at=at)
    decided = periodic.signed(periodic.filled_in(report, facts), facts, name=name, by=by, at=at)
    stored = sign_report(w, decided, by=by.name, at=at)
    for one in periodic.assigned(stored, facts, at=at):
        new = WorkItem(
            id=uuid7(),
            **owner_of(stored),
            report_id=stored.id,
            what=one.what,
            who=one.who,
            due=one.due,
            created_at=at,
        )
        reports.add_work_item(w, new)
    return stored


def end_work_item(w: Write, work_item_id: UUID, *, note: str, by: Actor, at: datetime) -> WorkItem:
    """Note that a piece of work is done.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such work in what the caller may see.
        Invalid: the note is empty.
        InvalidTransition: it was done before.
    """
    if by.role not in MAY_REPORT:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_REPORT))}; your role is {by.role}")
    if not note.strip():
        raise Invalid("note: expected what was done")
    if reports.work_item(w, work_item_id) is None:
        raise NotFound(f"no work item {work_item_id}")
    ended = reports.end_work_item(w, work_item_id, by=by.name, note=note.strip(), at=at)
    if ended is None:
        raise InvalidTransition("this work was done before")
    return ended


def _owner(r: Read, kind: ReportKind, site_id: str | None, entity_id: UUID | None) -> Owner:
    if kind is ReportKind.week:
        if site_id is None:
            raise Invalid("site_id: expected the kitchen that the week's report is about")
        site = registry.site(r, site_id)
        if site is None:
            raise NotFound(f"no site {site_id!r}")
        return site
    if site_id is not None or entity_id is None:
        raise Invalid("entity_id: the minutes of a month are the whole enterprise's; leave the kitchen out")
    entity = registry.entity(r, entity_id)
    if entity is None:
        raise NotFound(f"no enterprise {entity_id}")
    return entity.owner


def _locked(w: Write, report_id: UUID, *, version: int) -> Report:
    report = reports.report_for_update(w, report_id)
    if report is None:
        raise NotFound(f"no report {report_id}")
    if report.version != version:
        raise StaleVersion(f"report has version {report.version}, you acted on version {version}")
    return report
