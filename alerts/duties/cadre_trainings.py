"""Record trainings (培训) of cadres, their help (帮扶) and emergencies (应急): check → store."""

from datetime import datetime
from uuid import UUID

from alerts.duties.guarantees import check_supervisor
from alerts.registry.trainings import MOST_OF_PERSON, Course, check_void_reason, noted
from models.base.errors import Conflict, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.catalogue.supervision_terms import CadreDeed
from models.domain.access import Actor
from models.domain.trainings import CadreTraining
from models.store import cadre_trainings, cadres
from models.store.connect import Write


def record_cadre_training(
    w: Write,
    cadre_id: UUID,
    course: Course,
    *,
    kind: CadreDeed = CadreDeed.training,
    within: str,
    by: Actor,
    at: datetime,
) -> CadreTraining:
    """Record that a cadre took a training, or helped an enterprise, or acted in an emergency.

    `within` is the region that the caller supervises; empty for the whole tenant.

    Raises:
        NotAllowed: the role may not, or the cadre belongs to a level above the caller's.
        NotFound: no such cadre in what the caller may see.
        Invalid: the day is ahead or more than two years back, or hours or words are out of bounds.
        Conflict: the same training of that day is recorded for this cadre.
        RateLimited: the cadre has the most trainings that they may have.
    """
    check_supervisor(by)
    cadre = cadres.cadre(w, cadre_id)
    if cadre is None:
        raise NotFound(f"no cadre {cadre_id}")
    if not cadre.region_code.startswith(within):
        raise NotAllowed(f"{cadre.name} belongs to a level above yours")
    new = CadreTraining(
        tenant_id=cadre.tenant_id,
        region_code=cadre.region_code,
        cadre_id=cadre.id,
        kind=kind,
        **noted(course, by=by, at=at),
    )
    if cadre_trainings.total(w, cadre_id=cadre.id) >= MOST_OF_PERSON:
        raise RateLimited(f"{cadre.name} has {MOST_OF_PERSON} trainings; void wrong ones first")
    if not cadre_trainings.add(w, new):
        raise Conflict(f"{cadre.name} took {new.subject!r} on {new.held_on} already")
    return new


def void_cadre_training(w: Write, training_id: UUID, *, reason: str, by: Actor, at: datetime) -> CadreTraining:
    """Void a training that was recorded wrongly; it stays in the log and counts no more.

    Raises:
        NotFound: no such training in what the caller may see.
        NotAllowed: the role may not.
        Invalid: the reason is missing.
        InvalidTransition: it was voided before.
    """
    check_supervisor(by)
    if cadre_trainings.training(w, training_id) is None:
        raise NotFound(f"no training {training_id}")
    check_void_reason(reason)
    voided = cadre_trainings.void(w, training_id, by=by.name, reason=reason.strip(), at=at)
    if voided is None:
        raise InvalidTransition("this training was voided before")
    return voided
