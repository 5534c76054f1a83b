"""The week's report (周排查) and the month's minutes (月调度): periods, what is filled in, and the signature. Pure.

Source: 企业落实食品安全主体责任监督管理规定 (Order 60 as amended by 97). The grace times are domain defaults.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.codes import code_label
from models.catalogue.duty_terms import Rating, RecordState, ReportKind, RowResult
from models.catalogue.terms import Post, Role, Severity
from models.domain.access import Actor
from models.domain.ledger import start_of
from models.domain.records import DayRecord
from models.domain.registry import Person
from models.domain.reports import Decision, Point, Problem, Report
from models.domain.tasks import RectificationTask
from models.evidence.verifier import canonical

MAY_REPORT = frozenset({Role.enterprise, Role.admin})
WEEK_GRACE, MONTH_DAY = time(12), 5
"""A week's report is late after noon of the next Monday, a month's minutes after the 5th of the next month."""
_LONGEST_BACK = timedelta(days=70)
MOST_PROBLEMS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the platform knows about a period.

    Attributes:
        records: its day records.
        tasks: the tasks that were open at some time of it, without voided ones.
        people: who is in office.
        names: names of people by the id that tasks give.
        days_due: how many day records were due by now.
        points: what the scene of the enterprise looks at in such a period.
    """

    records: tuple[DayRecord, ...]
    tasks: tuple[RectificationTask, ...]
    people: tuple[Person, ...]
    names: dict[str, str]
    days_due: int
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAnswer:
    """What somebody says about one point; `number` counts the report's points from 1."""

    number: int
    result: RowResult
    problem: str = ""
    disposal: str = ""


def period_of(kind: ReportKind, begin: date, *, at: datetime) -> tuple[date, date]:
    """Return first and last day of a period.

    Raises:
        Invalid: a week does not begin on a Monday or a month on its first day; or it lies ahead or too far back.
    """
    today = at.astimezone(SHANGHAI).date()
    if not today - _LONGEST_BACK <= begin <= today:
        raise Invalid(f"begin {begin}: expected a day of the last {_LONGEST_BACK.days} days")
    if kind is ReportKind.week:
        if begin.weekday() != 0:
            raise Invalid(f"begin {begin}: expected a Monday, for example {begin - timedelta(days=begin.weekday())}")
        return begin, begin + timedelta(days=6)
    if begin.day != 1:
        raise Invalid(f"begin {begin}: expected the first day of a month, for example {begin.replace(day=1)}")
    return begin, _next_month(begin) - timedelta(days=1)


def late_after(kind: ReportKind, begin: date) -> datetime:
    """Return the moment after which a signature is late."""
    if kind is ReportKind.week:
        return datetime.combine(begin + timedelta(days=7), WEEK_GRACE, SHANGHAI)
    return start_of(_next_month(begin).replace(day=MONTH_DAY) + timedelta(days=1))


def filled_in(report: Report, facts: Facts) -> Report:
    """Return the report with its numbers and problems as the platform knows them; what was written stays."""
    written = {one.ref: one for one in report.problems}
    said = {one.text: one for one in report.points}
    signed = [record for record in facts.records if record.state is RecordState.signed]
    found = [*_of_records(facts.records), *_of_tasks(facts, begin=report.begin)]
    if report.kind is ReportKind.month:
        found = [one for one in found if not one.done]
    return replace(
        report,
        days_due=facts.days_due,
        days_signed=len(signed),
        days_late=sum(record.late for record in signed),
        problems=tuple(_kept(one, written.get(one.ref)) for one in found[:MOST_PROBLEMS]),
        points=tuple(said.get(text) or Point(text=text) for text in facts.points),
    )


def with_points(report: Report, answers: Iterable[PointAnswer]) -> Report:
    """Return the report with answers to its points; points that are not named keep theirs.

    Raises:
        Invalid: there is no such point, or a problem has no description or disposal.
    """
    points = list(report.points)
    for one in answers:
        if not 1 <= one.number <= len(points):
            raise Invalid(f"point {one.number}: expected 1 to {len(points)}")
        problem, disposal = one.problem.strip(), one.disposal.strip()
        if one.result is RowResult.problem and not (problem and disposal):
            raise Invalid(
                f"要点“{points[one.number - 1].text}”有问题，请填写问题和处置 "
                f"point {one.number}: a problem needs what was found (problem) and what was done (disposal)"
            )
        points[one.number - 1] = replace(points[one.number - 1], result=one.result, problem=problem, disposal=disposal)
    return replace(report, points=tuple(points))


def written_week(
    report: Report,
    *,
    rating: Rating | None,
    words: str,
    plan: str,
    problems: Iterable[Problem],
    by: Actor,
    points: Iterable[PointAnswer] = (),
) -> Report:
    """Return a week's report with what was written: rating, analysis, plan, points, and the measures of problems.

    Raises:
        NotAllowed, InvalidTransition: see `check_writable`.
        Invalid: it is no week's report, or names a problem that it does not have; see also `with_points`.
    """
    check_writable(report, by=by)
    if report.kind is not ReportKind.week:
        raise Invalid("kind: expected a week's report")
    known = {one.ref: one for one in report.problems}
    for one in problems:
        if one.ref not in known:
            raise Invalid(f"problem {one.ref!r}: the report has none of this name")
        known[one.ref] = replace(known[one.ref], measure=one.measure, person=one.person, limit=one.limit, done=one.done)
    answered = with_points(report, points)
    return replace(answered, rating=rating, words=words, plan=plan, problems=tuple(known.values()))


def written_month(
    report: Report,
    *,
    chair: str,
    place: str,
    present: Iterable[str],
    words: str,
    plan: str,
    decisions: Iterable[Decision],
    by: Actor,
    points: Iterable[PointAnswer] = (),
) -> Report:
    """Return a month's minutes with what was written.

    Raises:
        NotAllowed, InvalidTransition: see `check_writable`.
        Invalid: they are no minutes of a month; see also `with_points`.
    """
    check_writable(report, by=by)
    if report.kind is not ReportKind.month:
        raise Invalid("kind: expected the minutes of a month")
    return replace(
        with_points(report, points),
        chair=chair.strip(),
        place=place.strip(),
        present=tuple(name.strip() for name in present if name.strip()),
        words=words,
        plan=plan,
        decisions=tuple(decisions),
    )


def signed(report: Report, facts: Facts, *, name: str, by: Actor, at: datetime) -> Report:
    """Return the signed report. The signature is the SHA-256 over its content, the name and the time.

    Raises:
        NotAllowed, InvalidTransition: see `check_writable`.
        Invalid: something is missing or contradicts what is known; the message says what.
    """
    check_writable(report, by=by)
    if not name.strip():
        raise Invalid("请填写签名人姓名 name: expected the name of who signs")
    if not report.words.strip():
        week = report.kind is ReportKind.week
        said, what = ("分析研判", "the analysis") if week else ("汇报情况", "what the officers reported")
        raise Invalid(f"请填写{said} words: expected {what}")
    if lacking := [one.text for one in report.points if one.result is None]:
        raise Invalid(f"还有 {len(lacking)} 个要点没有确认：{lacking[0]} points: {len(lacking)} have no answer")
    if report.kind is ReportKind.week:
        _check_week(report, facts)
    else:
        _check_month(report, facts, name=name, at=at)
    moved = replace(
        report,
        state=RecordState.signed,
        signed_by=name.strip(),
        signed_at=at,
        late=at > late_after(report.kind, report.begin),
    )
    return replace(moved, signature=signature_of(moved))


def assigned(report: Report, facts: Facts, *, at: datetime) -> tuple[Decision, ...]:
    """Return the work that a signed report assigns: a month's decisions; a serious week calls the principal at once."""
    if report.kind is ReportKind.month:
        return report.decisions
    if report.rating is not Rating.serious:
        return ()
    principal = next((one.name for one in facts.people if one.post is Post.principal), "主要负责人")
    what = f"{report.begin:%Y-%m-%d} 起一周排查评定为严重隐患，请立即研究处置"
    return (Decision(what=what, who=principal, due=at.astimezone(SHANGHAI).date()),)


def signature_of(report: Report) -> str:
    """Return the SHA-256 over what was signed, as hex."""
    content: dict[str, object] = {
        "id": str(report.id),
        "kind": report.kind,
        "site_id": report.site_id,
        "begin": report.begin.isoformat(),
        "days": [report.days_due, report.days_signed, report.days_late],
        "problems": [one.as_json() for one in report.problems],
        "words": report.words,
        "plan": report.plan,
        "rating": report.rating,
        "meeting": [report.chair, report.place, list(report.present)],
        "decisions": [one.as_json() for one in report.decisions],
        "signed_by": report.signed_by,
        "signed_at": None if report.signed_at is None else report.signed_at.isoformat(),
    }
    if report.points:  # older reports have none, and keep their signature
        content["points"] = [one.as_json() for one in report.points]
    return hashlib.sha256(canonical(content)).hexdigest()


def check_writable(report: Report, *, by: Actor) -> None:
    """Check that a report may be written by somebody.

    Raises:
        NotAllowed: the role may not.
        InvalidTransition: the report is signed.
    """
    if by.role not in MAY_REPORT:
        raise NotAllowed(f"a report needs one of the roles {', '.join(sorted(MAY_REPORT))}; your role is {by.role}")
    if report.state is RecordState.signed:
        raise InvalidTransition("the report is signed; a signed report is not changed")


def _check_week(report: Report, facts: Facts) -> None:
    if report.rating is None:
        raise Invalid(f"请选择风险评定 rating: expected one of {', '.join(Rating)}")
    critical = sum(task.severity is Severity.critical and task.closed_at is None for task in facts.tasks)
    if report.rating is Rating.controlled and critical:
        said = f"有 {critical} 项严重隐患未销号，不能评为可控"
        raise Invalid(f"{said} rating: {critical} critical hazards are open, so `controlled` is refused")
    for one in report.problems:
        if not one.done and not (one.measure.strip() and one.person.strip()):
            raise Invalid(
                f"“{one.what}”要填写措施和责任人，或勾选已整改 "
                "problem: expected a measure and a person, or that it is done"
            )


def _check_month(report: Report, facts: Facts, *, name: str, at: datetime) -> None:
    principals = [one.name for one in facts.people if one.post is Post.principal]
    if principals and report.chair not in principals:
        names = " or ".join(principals)
        raise Invalid(f"主持人应为主要负责人{names} chair {report.chair!r}: expected the principal, {names}")
    if not report.chair or name.strip() != report.chair:
        raise Invalid("应由主持人本人签名 name: expected the chair of the meeting")
    if not report.present:
        raise Invalid("请填写参会人员 present: expected who was there")
    if not report.plan.strip():
        raise Invalid("请填写下月重点 plan: expected what the next month is about")
    today = at.astimezone(SHANGHAI).date()
    for one in report.decisions:
        if not (one.what.strip() and one.who.strip()) or one.due < today:
            raise Invalid(
                f"决定事项“{one.what}”的责任人或期限不对 decision: expected what, who, and a day that is not over"
            )


def _of_records(records: Iterable[DayRecord]) -> Iterable[Problem]:
    for record in records:
        for number, row in enumerate(record.items, 1):
            if row.result is RowResult.problem:
                yield Problem(
                    ref=f"record/{record.id}/{row.code}",
                    number=str(number),
                    what=f"{record.day:%m-%d} {row.text}：{row.problem}",
                    measure=row.disposal,
                    done=record.state is RecordState.signed,
                )


def _of_tasks(facts: Facts, *, begin: date) -> Iterable[Problem]:
    for task in facts.tasks:
        yield Problem(
            ref=f"task/{task.id}",
            number=task.code,
            what=code_label(task.code),
            carried=task.dispatched_at.astimezone(SHANGHAI).date() < begin,
            measure=task.measure or task.requirement,
            person=facts.names.get(str(task.person_id), ""),
            limit=task.due_at.astimezone(SHANGHAI).date(),
            done=task.closed_at is not None,
        )


def _kept(found: Problem, written: Problem | None) -> Problem:
    """Return a problem as it is known now, with the words that somebody wrote about it."""
    if written is None:
        return found
    return replace(
        found,
        measure=written.measure or found.measure,
        person=written.person or found.person,
        limit=written.limit or found.limit,
        done=found.done or written.done,
    )


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
