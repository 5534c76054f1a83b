"""Play the weeks before the demo for the enterprises that its plan gives people.

Everything goes through the same rules as a person's step, one after the other, with the time at which it is said to
have happened. It is marked as simulated, leaves no hazard open, and is played once for a data folder. The indices are
then computed by the platform itself.
"""

from datetime import datetime
from uuid import UUID

from alerts.duties.dispatch import count_today
from alerts.duties.guarantees import describe
from alerts.duties.tiers import Facts
from alerts.registry.people import name_person
from alerts.registry.public import renew_bright_kitchens
from deploy.demo.past.agenda import Agenda, Span, at_time
from deploy.demo.past.cameras import watch
from deploy.demo.past.duties import plan_duties
from deploy.demo.past.hazards import plan_hazards
from deploy.demo.past.visits import plan_visits
from deploy.demo.plan import EntityPlan, Plan
from models.catalogue.terms import Post
from models.domain.access import SYSTEM
from models.domain.registry import Entity
from models.evidence.files import EvidenceFiles
from models.store import Write, guarantees, registry
from models.store import records as stored_records
from models.store.synthetic import cameras_seen, registered_since


def play(w: Write, files: EvidenceFiles, plan: Plan, entities: dict[str, UUID], *, at: datetime) -> None:
    """Play the weeks before `at`. A folder that has records already is left as it is."""
    planned = [entity for entity in plan.entities if entity.principal]
    if not planned or any(stored_records.records(w, site_id=None, before=None, limit=1)):
        return
    span = Span.before(at)
    registered_since(w, entity_ids=[entities[one.key] for one in planned], at=span.registered_at)
    _connected(w, [entities[one.key] for one in planned], at=span.registered_at)
    found = {one.key: registry.entity(w, entities[one.key]) for one in planned}
    known = [(one, entity) for one in planned if (entity := found[one.key]) is not None]
    agenda = Agenda(at)
    for one, entity in known:
        _people(w, one, entity, at=span.registered_at)
        watch(w, one, span)
        plan_duties(w, agenda, one, entity, span)
    plan_visits(w, agenda, files, known, span)
    plan_hazards(w, agenda, files, known, span)
    for day in span.days:
        agenda.at(at_time(day, 23, 50), lambda moment: _counted(w, moment))
    agenda.run()


def _connected(w: Write, ids: list[UUID], *, at: datetime) -> None:
    """Mark the kitchens as connected since a moment (接入率). The cameras' own last frames are then unknown again."""
    cameras_seen(w, entity_ids=ids, at=at)
    renew_bright_kitchens(w, at=at)
    cameras_seen(w, entity_ids=ids, at=None)


def _counted(w: Write, moment: datetime) -> None:
    """Count the daily dispatch of a past day, so that the board has weeks to compare with."""
    count_today(w, at=moment)


def _people(w: Write, plan: EntityPlan, entity: Entity, *, at: datetime) -> None:
    for post, name in ((Post.director, plan.director), (Post.principal, plan.principal)):
        if name:
            name_person(w, entity_id=entity.id, name=name, post=post, by=SYSTEM, at=at)
    known = guarantees.guarantee(w, entity.id)
    if known is not None and plan.kind is not None:
        facts = Facts(kind=plan.kind)
        describe(w, entity.id, facts, risk_grade=known.risk_grade, version=known.profile_version, by=SYSTEM, at=at)
