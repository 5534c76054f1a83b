"""Submit a visit (督导记录): check → sign → store → hazards → the step of its task."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from alerts.duties.geo import Position
from alerts.duties.periods import settings
from alerts.duties.supervision import acts_for, in_working_days
from alerts.duties.supervision_steps import decide_supervision
from alerts.duties.visit_rules import (
    Head,
    check_answers,
    check_names,
    check_times,
    checklist,
    distance,
    faults_of,
    problems_of,
    signature_of,
)
from alerts.hazards.found import found_on_the_spot
from models.base.errors import Conflict, Invalid, InvalidTransition, NotFound
from models.catalogue.supervision_terms import SupervisionCommand
from models.catalogue.terms import DeviceKind, label
from models.changes.supervision import move_task
from models.domain.access import SYSTEM, Actor
from models.domain.registry import Site
from models.domain.supervision import SupervisionTask, Visit, VisitHazard, VisitPhoto
from models.store import devices, registry, supervision, visits
from models.store.connect import Read, Write


def submit(w: Write, visit: Visit, *, by: Actor, at: datetime) -> tuple[Visit, SupervisionTask]:
    """Store a visit and take the step of its task; a visit that does not count returns the task with a deadline.

    The same visit again, also days later, returns what the first one came to: phones send when they are online.

    Raises:
        NotFound: no such task, kitchen or photo that the caller may see.
        Conflict: another visit has this id.
        NotAllowed: the actor does not act as the cadre of the task.
        InvalidTransition: the task expects no visit.
        Invalid: answers, times or names are wrong, or the kitchen is another enterprise's.
    """
    task = supervision.task_for_update(w, visit.task_id)
    if task is None:
        raise NotFound(f"no supervision task {visit.task_id}")
    known = visits.visit(w, visit.id)
    if known is not None:
        if known.task_id != task.id or known.submitted_by != by.name:
            raise Conflict("another visit has this id")
        return known, task
    own = acts_for(w, task, by=by, at=at)
    submitted = decide_supervision(task, SupervisionCommand.submit, by=by, at=at, own=own)
    checked = _checked(w, task, visit, at=at)
    found = problems_of(checklist(checked.checklist), checked.answers)
    checked = replace(checked, hazards=open_hazards(w, checked.site_id, found, by=by, at=at, said="督导发现"))
    if not visits.add_visit(w, checked):
        raise Conflict("another visit has this id")
    moved = move_task(w, task, submitted, SupervisionCommand.submit, by=by.name, at=at)
    return checked, _returned(w, moved, checked, at=at) if checked.faults else moved


def _checked(r: Read, task: SupervisionTask, visit: Visit, *, at: datetime) -> Visit:
    site = registry.site(r, visit.site_id)
    if site is None:
        raise NotFound(f"no site {visit.site_id!r}")
    if site.entity_id != task.entity_id:
        raise Invalid(f"site {visit.site_id!r}: expected a kitchen of the enterprise that is visited")
    heads = checklist(visit.checklist)
    check_answers(heads, visit.answers)
    check_times(visit.started_at, visit.ended_at, at=at)
    check_names(visit.cadre_name, visit.entity_name)
    phone, photos = position_of(visit), _photos(r, task, visit.photo_ids)
    distance_m = distance(phone, position_of(site))
    faults = faults_of(
        mode=visit.mode,
        lasted=visit.ended_at - visit.started_at,
        heads=heads,
        answers=visit.answers,
        photos=photos,
        located=phone is not None,
        distance_m=distance_m,
    )
    signed = replace(visit, distance_m=distance_m, faults=faults)
    return replace(signed, signature=signature_of(signed))


def position_of(of: Site | Visit) -> Position | None:
    """Return the position of a kitchen or of the phone at a visit; None if it is unknown."""
    if of.latitude is None or of.longitude is None or of.datum is None:
        return None
    return Position(latitude=of.latitude, longitude=of.longitude, datum=of.datum)


def _photos(r: Read, task: SupervisionTask, ids: Sequence[UUID]) -> list[VisitPhoto]:
    known = {photo.evidence_id: photo for photo in visits.photos(r, task_id=task.id)} if ids else {}
    missing = [str(photo_id) for photo_id in ids if photo_id not in known]
    if missing:
        raise NotFound(f"photo_ids: no photo {missing[0]} of this task; upload it first")
    return [known[photo_id] for photo_id in dict.fromkeys(ids)]


def open_hazards(
    w: Write, site_id: str, found: Sequence[tuple[Head, str]], *, by: Actor, at: datetime, said: str
) -> tuple[VisitHazard, ...]:
    """Open one hazard a head with problems, at a camera or sensor of the kitchen; follow an open one instead.

    `said` names in the remark how the problem was found.
    """
    at_site = devices.devices_at(w, [site_id]) if found else []
    device = next(iter(sorted(at_site, key=lambda one: (one.kind is not DeviceKind.camera, one.id))), None)
    made = []
    for head, text in found:
        hazard = VisitHazard(code=head.code, text=text, task_id=None, note="场所没有登记的设备，未生成整改任务")
        if device is not None:
            hazard = _opened(w, hazard, device.id, by=by, at=at, said=said)
        made.append(hazard)
    return tuple(made)


def _opened(w: Write, hazard: VisitHazard, device_id: str, *, by: Actor, at: datetime, said: str) -> VisitHazard:
    remark = f"{said}：{hazard.text}"[:2000]
    try:
        _, task = found_on_the_spot(w, device_id=device_id, code=hazard.code, zone=None, by=by, at=at, remark=remark)
    except InvalidTransition:
        return replace(hazard, note="同类隐患已有未办结的整改任务")
    return replace(hazard, task_id=str(task.id), note="")


def _returned(w: Write, task: SupervisionTask, visit: Visit, *, at: datetime) -> SupervisionTask:
    days = int(settings()["return_working_days"])
    text = f"{'、'.join(label(fault) for fault in visit.faults)}，限 {days} 个工作日内重做"
    due_at = in_working_days(w, task, days, at=at)
    decided = decide_supervision(
        task, SupervisionCommand.return_, by=SYSTEM, at=at, own=False, text=text, due_at=due_at
    )
    return move_task(w, task, decided, SupervisionCommand.return_, by=SYSTEM.name, at=at)
