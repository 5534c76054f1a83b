"""What the people of an enterprise did: day records, meals, weeks, minutes of months, and a training."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from alerts.duties import records, reports
from alerts.duties.daily import Answer
from alerts.duties.meals import record_meal
from alerts.duties.periodic import PointAnswer
from alerts.duties.scene_packs import scene_of
from alerts.registry.trainings import Course, record_training
from deploy.demo.past.agenda import MARK, Agenda, Span, at_time
from deploy.demo.plan import EntityPlan, SitePlan
from models.base.ids import uuid7
from models.catalogue.duty_terms import Meal, Rating, ReportKind, RowResult
from models.catalogue.terms import Post, Role
from models.domain.access import Actor
from models.domain.meals import MealRecord, Supply
from models.domain.place import owner_of
from models.domain.records import RecordRow
from models.domain.registry import Entity
from models.store import Write, registry

_ALONE = 2
"""So many days ago nobody of the school ate along."""
_NO_VOUCHER = 1
_MISSED = 3
"""The last days that the kitchen without an officer on the spot has no record of: a warning shows."""


def enterprise(plan: EntityPlan) -> Actor:
    """Return who writes for an enterprise."""
    return Actor(name=f"qiye-{plan.key}", role=Role.enterprise)


def plan_duties(w: Write, agenda: Agenda, plan: EntityPlan, entity: Entity, span: Span) -> None:
    """Plan the duties of an enterprise over the whole span."""
    lunches = Meal.lunch in scene_of(plan.kind).meals
    for day in span.days:
        if lunches:
            agenda.at(at_time(day, 13), partial(_meal, w, plan, day, span.back(day)))
        for site in plan.sites:
            if not site.always_closed or span.back(day) > _MISSED:
                agenda.at(at_time(day, 19, 30), partial(_record, w, plan, site, day))
    for monday in span.weeks:
        for site in plan.sites:
            if not site.always_closed:  # left open, so that somebody has a week to write
                # Whoever starts the demo early on a Monday finds last week signed in that very minute.
                moment = min(at_time(monday + timedelta(days=7), 10), span.now - timedelta(minutes=1))
                agenda.at(moment, partial(_week, w, plan, site, monday))
    agenda.at(
        at_time((span.first + timedelta(days=31)).replace(day=2), 10), partial(_month, w, plan, entity, span.first)
    )
    if plan.director:
        agenda.at(at_time(span.first + timedelta(days=4), 17), partial(_training, w, plan, entity))


def _record(w: Write, plan: EntityPlan, site: SitePlan, day: date, moment: datetime) -> None:
    by = enterprise(plan)
    record = records.open_record(w, site_id=site.id, day=day, pack_id=None, by=by, at=moment)
    answers = [_answer(row, site, day) for row in record.items]
    written = records.answer(w, record.id, answers, version=record.version, by=by, at=moment)
    facts = records.facts_of(w, site_id=site.id, day=day, at=moment)
    fine = not facts.open_hazards and all(answer.result is not RowResult.problem for answer in answers)
    name = f"{plan.officer}{MARK}"
    records.sign(w, record.id, version=written.version, name=name, zero_risk=fine, by=by, at=moment)


def _answer(row: RecordRow, site: SitePlan, day: date) -> Answer:
    if row.suggested is RowResult.problem:
        words = f"{MARK}{row.source}"
        return Answer(code=row.code, result=RowResult.problem, problem=words, disposal="已通知责任人整改")
    if row.code == "tableware" and day.weekday() == 2 and day.day % 2 and not site.always_closed:  # noqa: PLR2004
        words = f"{MARK}保洁柜门未关"
        return Answer(code=row.code, result=RowResult.problem, problem=words, disposal="当场关闭并提醒当班人员")
    return Answer(code=row.code, result=RowResult.ok)


def _meal(w: Write, plan: EntityPlan, day: date, back: int, moment: datetime) -> None:
    by, site_id = enterprise(plan), plan.sites[0].id
    site = registry.site(w, site_id)
    if site is None:
        return
    lunch = MealRecord(
        id=uuid7(),
        **owner_of(site),
        site_id=site_id,
        day=day,
        meal=Meal.lunch,
        diners=800 + day.day,
        dishes=("米饭", "番茄炒蛋", "清炒时蔬"),
        supplies=(
            Supply(goods="大米", supplier=f"绍兴粮油{MARK}", batch=f"{day:%m%d}", voucher=f"P-{day:%m%d}"),
            Supply(goods="鸡蛋", supplier=f"越城蛋品{MARK}", voucher="" if back == _NO_VOUCHER else f"E-{day:%m%d}"),
        ),
        sampled=True,
        companion="" if back == _ALONE else f"{plan.principal}{MARK}",
        companion_words="",
        recorded_by=by.name,
        recorded_at=moment,
    )
    record_meal(w, lunch, seen=None, by=by, at=moment)


def _week(w: Write, plan: EntityPlan, site: SitePlan, monday: date, moment: datetime) -> None:
    by = enterprise(plan)
    report = reports.open_report(
        w, kind=ReportKind.week, site_id=site.id, entity_id=None, begin=monday, by=by, at=moment
    )
    written = reports.write_week(
        w,
        report.id,
        version=report.version,
        rating=Rating.controlled,
        words=f"{MARK}本周按日检查，发现的问题已整改或正在整改，风险可控。",
        plan="继续落实餐用具保洁。",
        problems=report.problems,
        by=by,
        points=[PointAnswer(number=number, result=RowResult.ok) for number, _ in enumerate(report.points, 1)],
    )
    name = f"{plan.director or plan.officer}{MARK}"
    reports.sign(w, report.id, version=written.version, name=name, by=by, at=moment)


def _month(w: Write, plan: EntityPlan, entity: Entity, first: date, moment: datetime) -> None:
    by = enterprise(plan)
    report = reports.open_report(
        w, kind=ReportKind.month, site_id=None, entity_id=entity.id, begin=first, by=by, at=moment
    )
    written = reports.write_month(
        w,
        report.id,
        version=report.version,
        chair=plan.principal,
        place=f"{plan.name}会议室",
        present=[plan.principal, *([plan.director] if plan.director else []), plan.officer],
        words=f"{MARK}听取本月日管控、周排查情况汇报，问题均已落实责任人。",
        plan="加强工作服和地面卫生检查。",
        decisions=(),
        by=by,
        points=[PointAnswer(number=number, result=RowResult.ok) for number, _ in enumerate(report.points, 1)],
    )
    reports.sign(w, report.id, version=written.version, name=plan.principal, by=by, at=moment)


def _training(w: Write, plan: EntityPlan, entity: Entity, moment: datetime) -> None:
    """Train the officer and the director for a day, which is enough for their first weeks."""
    for person in registry.people_in_office(w, entity_id=entity.id, at=moment):
        if person.post in {Post.officer, Post.director}:
            course = Course(
                held_on=moment.date(),
                hours=Decimal(8),
                subject=f"{MARK}餐饮服务食品安全操作规范",
                organiser="绍兴市市场监督管理局",
                proof=f"{MARK}签到表",
            )
            record_training(w, person.id, course, by=enterprise(plan), at=moment)
