"""Who is accountable for a hazard: resolve it, report that nobody is, hand tasks over, and assign those that wait."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.registry.accountable import Accountable, resolve
from models.base.errors import Conflict, Invalid, NotAllowed, NotFound
from models.catalogue.codes import entry_of
from models.catalogue.duty_terms import Duty
from models.catalogue.terms import AlertOrigin, Role, Severity, Zone
from models.changes.alerts import open_alert
from models.changes.tasks import hand_over_task
from models.domain.access import SYSTEM, Actor
from models.domain.alerts import Alert
from models.domain.people import Service
from models.domain.place import Place
from models.domain.registry import Person
from models.domain.tasks import RectificationTask
from models.store import people, registry
from models.store.connect import Read, Write

NOBODY = "accountable_missing"
MOST_HANDED_OVER = 1000
"""One hand-over moves at most so many tasks."""
MAY_HAND_OVER = frozenset({Role.enterprise, Role.regulator, Role.admin})


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What a hand-over would move: the people, the number of open tasks, and the first of them."""

    giver: Person
    taker: Person
    count: int
    first: tuple[RectificationTask, ...]


def accountable_at(r: Read, finding: Alert | RectificationTask, *, at: datetime) -> Accountable | None:
    """Return who is accountable for a finding at a moment, and why; None if nobody is."""
    duty = duty_of(finding.code)
    return accountable_for(r, entity_id=finding.entity_id, site_id=finding.site_id, zone=finding.zone, duty=duty, at=at)


def duty_of(code: str) -> Duty | None:
    """Return whose duty a code is; None if the catalogue no longer has it."""
    entry = entry_of(code)
    return None if entry is None else entry.duty


def contractors_of(r: Read, *, entity_id: UUID, site_id: str) -> list[Service]:
    """Return who serves a kitchen."""
    return [one for one in people.services(r, entity_id=entity_id) if one.site_id in {None, site_id}]


def accountable_for(
    r: Read, *, entity_id: UUID, site_id: str, zone: Zone, duty: Duty | None, at: datetime
) -> Accountable | None:
    """Return who is accountable for a zone of a kitchen and a field of work at a moment, and why; None if nobody is."""
    return resolve(
        registry.people_in_office(r, entity_id=entity_id, at=at),
        people.lines(r, entity_id=entity_id),
        people.absences(r, entity_id=entity_id, at=at),
        site_id=site_id,
        zone=zone,
        duty=duty,
        at=at,
    )


def report_nobody(w: Write, place: Place, *, at: datetime) -> Alert | None:
    """Open an alert that nobody is accountable at a place; None if one is open already."""
    entry = entry_of(NOBODY)
    severity = getattr(entry, "severity", Severity.major)
    new = Alert.waiting(place, code=NOBODY, severity=severity, origin=AlertOrigin.duty, opened_at=at)
    return open_alert(w, new, at=at)


def preview(r: Read, *, giver_id: UUID, taker_id: UUID, site_id: str | None, at: datetime, shown: int = 50) -> HandOver:
    """Return what a hand-over would move.

    Raises:
        NotFound: no such person in what the caller may see.
        Invalid: the two are one person, of two enterprises, or the taker is not in office.
    """
    giver, taker = registry.person(r, giver_id), registry.person(r, taker_id)
    for person_id, found in ((giver_id, giver), (taker_id, taker)):
        if found is None:
            raise NotFound(f"no person {person_id}")
    if giver is None or taker is None or giver.id == taker.id or giver.entity_id != taker.entity_id:
        raise Invalid("taker: expected another person of the same enterprise")
    if not taker.in_office(at):
        raise Invalid(f"taker: {taker.name} is not in office")
    return HandOver(
        giver=giver,
        taker=taker,
        count=people.open_total(r, person_id=giver_id, site_id=site_id),
        first=tuple(people.open_tasks_of(r, person_id=giver_id, site_id=site_id, limit=shown)),
    )


def hand_over(
    w: Write, *, giver_id: UUID, taker_id: UUID, site_id: str | None, count: int, reason: str, by: Actor, at: datetime
) -> int:
    """Hand all open tasks of a person over to another; return how many.

    `count` is the number that the preview showed: if it changed meanwhile, nothing is handed over.

    Raises:
        NotAllowed: the role may not hand over.
        NotFound, Invalid: see `preview`; or the reason is missing, or there are too many tasks.
        Conflict: another number of tasks than the preview showed.
    """
    if by.role not in MAY_HAND_OVER:
        raise NotAllowed(f"a hand-over needs one of the roles {', '.join(sorted(MAY_HAND_OVER))}")
    if not reason.strip():
        raise Invalid("reason: expected why the tasks are handed over")
    planned = preview(w, giver_id=giver_id, taker_id=taker_id, site_id=site_id, at=at, shown=0)
    found = people.open_tasks_locked(w, person_id=giver_id, site_id=site_id, limit=MOST_HANDED_OVER + 1)
    if len(found) > MOST_HANDED_OVER:
        raise Invalid(f"{len(found)} or more tasks: expected at most {MOST_HANDED_OVER}; hand over kitchen by kitchen")
    if len(found) != count:
        raise Conflict(f"{len(found)} tasks are open by now, the preview showed {count}; look again")
    said = f"{planned.giver.name} → {planned.taker.name}：{reason.strip()}"
    for task in found:
        hand_over_task(w, task, person_id=taker_id, reason=said, by=by.name, at=at)
    return len(found)


def assign_waiting(w: Write, *, at: datetime, limit: int = 200) -> int:
    """Assign tasks that the office holds, where somebody is accountable by now; return how many."""
    done = 0
    for task in people.tasks_of_nobody(w, limit=limit):
        found = accountable_at(w, task, at=at)
        if found is not None:
            said = f"企业已落实责任人：{found.person.name}"
            hand_over_task(w, task, person_id=found.person.id, reason=said, by=SYSTEM.name, at=at)
            done += 1
    return done
