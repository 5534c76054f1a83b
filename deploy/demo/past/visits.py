"""Who watches over the enterprises: a cadre for each district, their pledges, and their visits."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from alerts.duties import pledges, supervision
from alerts.duties.cadres import assign, name_cadre
from alerts.duties.visit_rules import CHECKLIST, checklist
from alerts.duties.visits import submit
from deploy.demo.past.agenda import MARK, Agenda, Span, at_time
from deploy.demo.past.photos import keep_photo
from deploy.demo.plan import REGIONS, TENANT, EntityPlan
from models.base.ids import uuid7
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import (
    CadreLevel,
    GuaranteePart,
    SignProof,
    SupervisionCommand,
    SupervisionState,
    VisitMode,
)
from models.catalogue.terms import EvidenceKind, Role
from models.domain.access import Actor
from models.domain.place import owner_of
from models.domain.registry import Entity
from models.domain.supervision import SupervisionTask, Visit, VisitAnswer
from models.evidence.files import EvidenceFiles
from models.store import Write, visits
from models.store.supervision import open_of_entity

CADRES = {"330602": ("赵立新", "副区长"), "330603": ("孙国平", "副镇长")}
_UNSIGNED = 1
"""The enterprise whose pledge nobody signed, by its number."""


def plan_visits(
    w: Write, agenda: Agenda, files: EvidenceFiles, known: list[tuple[EntityPlan, Entity]], span: Span
) -> None:
    """Plan a cadre for each district, the pledges but one, and visits at all enterprises but the last."""
    begin = at_time(span.first, 9)
    agenda.at(begin, partial(_cadres, w, known))
    for number, (plan, entity) in enumerate(known):
        if number != _UNSIGNED:
            agenda.at(begin + timedelta(days=1), partial(_pledge, w, entity))
        if number != len(known) - 1:
            agenda.at(begin + timedelta(days=3, minutes=number), partial(_visit, w, files, plan, entity))


def cadre_of(entity: Entity) -> Actor:
    """Return the user of the cadre of an enterprise's district."""
    return Actor(name=f"jianguan-{entity.region_code}", role=Role.regulator)


def _cadres(w: Write, known: list[tuple[EntityPlan, Entity]], moment: datetime) -> None:
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
            at=moment,
        )
        for _, entity in known:
            if entity.region_code == region:
                part = GuaranteePart.primary
                assign(w, entity.id, cadre_id=cadre.id, part=part, reason=MARK, by=city, at=moment)
    supervision.plan(w, at=moment)


def _pledge(w: Write, entity: Entity, moment: datetime) -> None:
    text = pledges.draft(w, entity.id).text_sha256
    name = CADRES[entity.region_code][0]
    proof = SignProof.password
    pledges.sign(w, entity.id, name=name, text_sha256=text, proof=proof, by=cadre_of(entity), at=moment)


def _visit(w: Write, files: EvidenceFiles, plan: EntityPlan, entity: Entity, moment: datetime) -> None:
    task = next((one for one in open_of_entity(w, entity.id) if one.state is SupervisionState.pushed), None)
    if task is None:  # too late in the period for a visit to be planned
        return
    by = cadre_of(entity)
    accepted = supervision.act(w, task.id, SupervisionCommand.accept, version=task.version, by=by, at=moment)
    answers = tuple(
        VisitAnswer(code=code, result=RowResult.ok) for head in checklist(CHECKLIST) for code, _ in head.rows
    )
    visit = Visit(
        id=uuid7(),
        **owner_of(accepted),
        task_id=accepted.id,
        site_id=plan.sites[0].id,
        mode=VisitMode.online,
        started_at=moment - timedelta(minutes=25),
        ended_at=moment,
        latitude=None,
        longitude=None,
        datum=None,
        accuracy_m=None,
        distance_m=None,
        checklist=CHECKLIST,
        answers=answers,
        advice=f"{MARK}制度健全，请继续落实日管控。",
        photo_ids=tuple(_photo(w, files, accepted, number, at=moment) for number in (1, 2)),
        cadre_id=accepted.cadre_id or UUID(int=0),
        cadre_name=CADRES[entity.region_code][0],
        entity_name=plan.principal,
        signature="",
        faults=(),
        hazards=(),
        submitted_by=by.name,
        submitted_at=moment,
        client_at=moment,
    )
    submit(w, visit, by=by, at=moment)


def _photo(w: Write, files: EvidenceFiles, task: SupervisionTask, number: int, *, at: datetime) -> UUID:
    kind, lines = EvidenceKind.photo_visit, ("SIMULATED VISIT", f"photo {number}", str(task.id)[-20:])
    piece = keep_photo(w, files, task, kind, *lines, at=at, supervision_id=str(task.id))
    visits.add_photo(w, task, evidence_id=piece.id, sha256=piece.sha256)
    return piece.id
