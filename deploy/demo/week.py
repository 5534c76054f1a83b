"""The week before the demo, by a clock of its own: people, cadres, pledges, day records, weeks and visits.

Everything goes through the same rules as a person's step, with the time at which it is said to have happened. It is
marked as simulated, makes no finding and no task, and is played once for a data folder.
"""

from datetime import datetime, time, timedelta
from uuid import UUID

from alerts.duties import pledges, records, reports, supervision
from alerts.duties.cadres import assign, name_cadre
from alerts.duties.daily import Answer
from alerts.duties.dispatch import count_today
from alerts.duties.guarantees import describe
from alerts.duties.meals import record_meal
from alerts.duties.periodic import PointAnswer
from alerts.duties.scene_packs import scene_of
from alerts.duties.tiers import Facts
from alerts.duties.visit_rules import CHECKLIST, checklist
from alerts.duties.visits import submit
from alerts.registry.people import name_person
from deploy.demo.drawing import drawn_photo
from deploy.demo.plan import REGIONS, TENANT, EntityPlan, Plan, SitePlan
from models.base.clock import SHANGHAI
from models.base.ids import uuid7
from models.catalogue.duty_terms import Meal, Rating, ReportKind, RowResult
from models.catalogue.supervision_terms import (
    CadreLevel,
    GuaranteePart,
    SignProof,
    SupervisionCommand,
    SupervisionState,
    VisitMode,
)
from models.catalogue.terms import EvidenceKind, Post, Role
from models.domain.access import SYSTEM, Actor
from models.domain.evidence import Evidence
from models.domain.meals import MealRecord, Supply
from models.domain.place import owner_of
from models.domain.records import RecordRow
from models.domain.registry import Entity
from models.domain.supervision import SupervisionTask, Visit, VisitAnswer
from models.evidence.files import EvidenceFiles
from models.store import Write, evidence, guarantees, registry, visits
from models.store import records as stored_records
from models.store.supervision import open_of_entity

DAYS = 7
MARK = "【模拟】"
CADRES = {"330602": ("赵立新", "副区长"), "330603": ("孙国平", "副镇长")}
_ALONE = 2
"""So many days ago nobody of the school ate along."""
_CLOSING, _OPENING, _COUNTED = time(19, 30), time(10), time(23, 50)
_MISSED = 3
"""The last days that the kitchen without an officer on the spot has no record of: a warning shows."""


def play_week(w: Write, files: EvidenceFiles, plan: Plan, entities: dict[str, UUID], *, at: datetime) -> int:
    """Play the week before `at` for the enterprises that the plan gives people; return how many days were signed.

    A folder that has records already is left as it is.
    """
    planned = [entity for entity in plan.entities if entity.principal]
    if not planned or any(stored_records.records(w, site_id=None, before=None, limit=1)):
        return 0
    begin = at - timedelta(days=DAYS)
    found = {one.key: registry.entity(w, entities[one.key]) for one in planned}
    known = [(one, entity) for one in planned if (entity := found[one.key]) is not None]
    for one, entity in known:
        _people(w, one, entity, at=begin)
    signed = sum(_records(w, one, at=at) for one, _ in known)
    for one, _ in known:
        _meals(w, one, at=at)
        _week(w, one, at=at)
    _supervise(w, files, known, at=at)
    _dispatches(w, at=at)
    return signed


def _dispatches(w: Write, *, at: datetime) -> None:
    """Count the daily dispatch of each past day, so that the board has a week to compare with.

    Records and visits are those of the day; pledges and posts are counted as they stand now.
    """
    today = at.astimezone(SHANGHAI).date()
    for back in range(DAYS, 0, -1):
        count_today(w, at=datetime.combine(today - timedelta(days=back), _COUNTED, SHANGHAI))


def _people(w: Write, plan: EntityPlan, entity: Entity, *, at: datetime) -> None:
    for post, name in ((Post.director, plan.director), (Post.principal, plan.principal)):
        if name:
            name_person(w, entity_id=entity.id, name=name, post=post, by=SYSTEM, at=at)
    known = guarantees.guarantee(w, entity.id)
    if known is not None and plan.kind is not None:
        facts = Facts(kind=plan.kind)
        describe(w, entity.id, facts, risk_grade=known.risk_grade, version=known.profile_version, by=SYSTEM, at=at)


def _records(w: Write, plan: EntityPlan, *, at: datetime) -> int:
    today, by, signed = at.astimezone(SHANGHAI).date(), Actor(name=f"qiye-{plan.key}", role=Role.enterprise), 0
    for site in plan.sites:
        for back in range(DAYS, _MISSED if site.always_closed else 0, -1):
            day = today - timedelta(days=back)
            moment = datetime.combine(day, _CLOSING, SHANGHAI)
            record = records.open_record(w, site_id=site.id, day=day, pack_id=None, by=by, at=moment)
            answers = [_answer(row, site, back) for row in record.items]
            written = records.answer(w, record.id, answers, version=record.version, by=by, at=moment)
            fine = all(answer.result is not RowResult.problem for answer in answers)
            name = f"{plan.officer}{MARK}"
            records.sign(w, record.id, version=written.version, name=name, zero_risk=fine, by=by, at=moment)
            signed += 1
    return signed


def _answer(row: RecordRow, site: SitePlan, back: int) -> Answer:
    if row.code == "bright_kitchen":  # its cameras are connected by the demo only now
        return Answer(code=row.code, result=RowResult.not_applicable)
    if row.code == "tableware" and back == DAYS - 2 and not site.always_closed:
        words = f"{MARK}保洁柜门未关"
        return Answer(code=row.code, result=RowResult.problem, problem=words, disposal="当场关闭并提醒当班人员")
    return Answer(code=row.code, result=RowResult.ok)


def _meals(w: Write, plan: EntityPlan, *, at: datetime) -> None:
    """Record the lunches of the week where the scene records meals."""
    if Meal.lunch not in scene_of(plan.kind).meals:
        return
    by, site_id = Actor(name=f"qiye-{plan.key}", role=Role.enterprise), plan.sites[0].id
    site = registry.site(w, site_id)
    if site is None:
        return
    for back in range(DAYS, 0, -1):
        day = at.astimezone(SHANGHAI).date() - timedelta(days=back)
        moment = datetime.combine(day, _CLOSING, SHANGHAI)
        lunch = MealRecord(
            id=uuid7(),
            **owner_of(site),
            site_id=site_id,
            day=day,
            meal=Meal.lunch,
            diners=800 + back,
            dishes=("米饭", "番茄炒蛋", "清炒时蔬"),
            supplies=(
                Supply(goods="大米", supplier=f"绍兴粮油{MARK}", batch=f"{day:%m%d}", voucher=f"P-{day:%m%d}"),
                Supply(goods="鸡蛋", supplier=f"越城蛋品{MARK}", voucher="" if back == 1 else f"E-{day:%m%d}"),
            ),
            sampled=True,
            companion="" if back == _ALONE else f"{plan.principal}{MARK}",
            companion_words="",
            recorded_by=by.name,
            recorded_at=moment,
        )
        record_meal(w, lunch, seen=None, by=by, at=moment)


def _week(w: Write, plan: EntityPlan, *, at: datetime) -> None:
    """Sign the last whole week of each kitchen on the Monday after it."""
    today = at.astimezone(SHANGHAI).date()
    monday = today - timedelta(days=today.weekday())
    moment = min(at, datetime.combine(monday, _OPENING, SHANGHAI))
    by = Actor(name=f"qiye-{plan.key}", role=Role.enterprise)
    for site in plan.sites:
        if site.always_closed:
            continue  # left open, so that somebody has a week to write
        report = reports.open_report(
            w,
            kind=ReportKind.week,
            site_id=site.id,
            entity_id=None,
            begin=monday - timedelta(days=7),
            by=by,
            at=moment,
        )
        written = reports.write_week(
            w,
            report.id,
            version=report.version,
            rating=Rating.controlled,
            words=f"{MARK}本周按日检查，发现的问题当场整改，风险可控。",
            plan="继续落实餐用具保洁。",
            problems=report.problems,
            by=by,
            points=[PointAnswer(number=number, result=RowResult.ok) for number, _ in enumerate(report.points, 1)],
        )
        name = f"{plan.director or plan.officer}{MARK}"
        reports.sign(w, report.id, version=written.version, name=name, by=by, at=moment)


def _supervise(w: Write, files: EvidenceFiles, known: list[tuple[EntityPlan, Entity]], *, at: datetime) -> None:
    """Name a cadre for each district, sign the pledges but one, and visit all enterprises but the last."""
    begin = at - timedelta(days=DAYS)
    city = Actor(name="jianguan", role=Role.regulator)
    for region in sorted({entity.region_code for _, entity in known}):
        name, post = CADRES[region]
        cadre = name_cadre(
            w,
            tenant_id=TENANT,
            region_code=region,
            name=name,
            post=f"{REGIONS[region]}{post}{MARK}",
            level=CadreLevel.township,
            phone=None,
            login=f"jianguan-{region}",
            within="3306",
            by=city,
            at=begin,
        )
        for _, entity in known:
            if entity.region_code == region:
                part = GuaranteePart.primary
                assign(w, entity.id, cadre_id=cadre.id, part=part, reason=MARK, by=city, at=begin)
    supervision.plan(w, at=begin)
    for number, (plan, entity) in enumerate(known):
        by = Actor(name=f"jianguan-{entity.region_code}", role=Role.regulator)
        name = CADRES[entity.region_code][0]
        if number != 1:
            text = pledges.draft(w, entity.id).text_sha256
            pledges.sign(
                w,
                entity.id,
                name=name,
                text_sha256=text,
                proof=SignProof.password,
                by=by,
                at=begin + timedelta(days=1),
            )
        if number != len(known) - 1:
            moment = begin + timedelta(days=3)
            _visit(w, files, plan, entity, name, by=by, at=moment)


def _visit(
    w: Write, files: EvidenceFiles, plan: EntityPlan, entity: Entity, name: str, *, by: Actor, at: datetime
) -> None:
    task = next((one for one in open_of_entity(w, entity.id) if one.state is SupervisionState.pushed), None)
    if task is None:  # too late in the period for a visit to be planned
        return
    accepted = supervision.act(w, task.id, SupervisionCommand.accept, version=task.version, by=by, at=at)
    answers = tuple(
        VisitAnswer(code=code, result=RowResult.ok) for head in checklist(CHECKLIST) for code, _ in head.rows
    )
    visit = Visit(
        id=uuid7(),
        **owner_of(accepted),
        task_id=accepted.id,
        site_id=plan.sites[0].id,
        mode=VisitMode.online,
        started_at=at - timedelta(minutes=25),
        ended_at=at,
        latitude=None,
        longitude=None,
        datum=None,
        accuracy_m=None,
        distance_m=None,
        checklist=CHECKLIST,
        answers=answers,
        advice=f"{MARK}制度健全，请继续落实日管控。",
        photo_ids=tuple(_photo(w, files, accepted, number, at=at) for number in (1, 2)),
        cadre_id=accepted.cadre_id or UUID(int=0),
        cadre_name=name,
        entity_name=plan.principal,
        signature="",
        faults=(),
        hazards=(),
        submitted_by=by.name,
        submitted_at=at,
        client_at=at,
    )
    submit(w, visit, by=by, at=at)


def _photo(w: Write, files: EvidenceFiles, task: SupervisionTask, number: int, *, at: datetime) -> UUID:
    content = drawn_photo("SIMULATED VISIT", f"photo {number}", str(task.id)[-20:])
    piece = Evidence(
        id=uuid7(),
        **owner_of(task),
        kind=EvidenceKind.photo_visit,
        sha256=files.put(content),
        bytes=len(content),
        mime="image/jpeg",
        captured_at=at,
        detail={"supervision_id": str(task.id), "simulated": True},
    )
    evidence.add_evidence(w, piece)
    visits.add_photo(w, task, evidence_id=piece.id, sha256=piece.sha256)
    return piece.id
