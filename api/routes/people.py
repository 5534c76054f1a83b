"""Accountable people (责任人): posts, the responsibility matrix, absences, and hand-overs of open tasks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.hazards.accountability import accountable_for, contractors_of, hand_over, preview
from alerts.registry.people import end_absence, end_office, end_place, give_place, name_person, note_absence
from alerts.registry.services import begin_service, end_service
from api.access.principal import Anybody, Principal, Stepper
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.schemas.people import (
    AbsenceIn,
    AbsenceOut,
    AccountableOut,
    ContractorSide,
    EndIn,
    HandOverIn,
    HandOverOut,
    PersonIn,
    PersonOut,
    ResponsibilityIn,
    ResponsibilityOut,
    ServiceIn,
    ServiceOut,
)
from models.base.errors import Invalid, NotFound
from models.catalogue.duty_terms import Duty
from models.catalogue.terms import Zone, label
from models.domain.people import Service
from models.domain.registry import Person
from models.store import Read, Write, people, registry

router = APIRouter(prefix="/v1", tags=["people"])
EntityId = Annotated[UUID | None, Query(description="the enterprise; default: the caller's own")]


def entity_of(r: Read, principal: Principal, entity_id: UUID | None) -> UUID:
    """Return the id of the enterprise that a request is about.

    Raises:
        Invalid: none was named, and the caller belongs to none.
        NotFound: no such enterprise in what the caller may see.
    """
    wanted = entity_id or principal.entity
    if wanted is None:
        raise Invalid("entity_id: expected the id of an enterprise")
    if registry.entity(r, wanted) is None:
        raise NotFound(f"no enterprise {wanted}")
    return wanted


@router.get("/people", name="people")
def list_people(r: Reading, principal: Anybody, entity_id: EntityId = None) -> list[PersonOut]:
    """List everybody who holds or held a post of an enterprise."""
    found = people.people(r, entity_id=entity_of(r, principal, entity_id))
    return [person_out(r, person) for person in found]


@router.get("/responsibilities", name="responsibilities")
def matrix(r: Reading, principal: Anybody, entity_id: EntityId = None) -> list[ResponsibilityOut]:
    """List the lines of an enterprise's responsibility matrix."""
    found = people.lines(r, entity_id=entity_of(r, principal, entity_id))
    return [ResponsibilityOut.model_validate(line) for line in found]


@router.get("/absences", name="absences")
def list_absences(r: Reading, app: AppState, principal: Anybody, entity_id: EntityId = None) -> list[AbsenceOut]:
    """List the absences of an enterprise's people that last or are to come."""
    found = people.absences(r, entity_id=entity_of(r, principal, entity_id), at=app.clock.now())
    return [AbsenceOut.model_validate(absence) for absence in found]


@router.get("/accountable", name="accountable")
def accountable(
    r: Reading,
    app: AppState,
    site_id: Annotated[str, Query(max_length=64)],
    zone: Zone,
    duty: Annotated[Duty | None, Query(description="field of work; without it, lines with one do not count")] = None,
) -> AccountableOut:
    """Return who is accountable for a zone of a kitchen now, and why, at the unit and at its contractors."""
    site = registry.site(r, site_id)
    if site is None:
        raise NotFound(f"no site {site_id!r}")
    at = app.clock.now()
    sides = [
        ContractorSide(contractor=one.contractor, mode=one.mode, person=person, because=because)
        for one in contractors_of(r, entity_id=site.entity_id, site_id=site_id)
        for person, because in [_side(r, one.contractor_id, site_id, zone, duty, at=at)]
    ]
    person, because = _side(r, site.entity_id, site_id, zone, duty, at=at)
    return AccountableOut(person=person, because=because or ["企业未落实责任人，由监管所代管"], contractors=sides)


def _side(
    r: Read, entity_id: UUID, site_id: str, zone: Zone, duty: Duty | None, *, at: datetime
) -> tuple[PersonOut | None, list[str]]:
    found = accountable_for(r, entity_id=entity_id, site_id=site_id, zone=zone, duty=duty, at=at)
    return (None, []) if found is None else (person_out(r, found.person), list(found.because))


@router.get("/services", name="services")
def list_services(r: Reading, principal: Anybody, entity_id: EntityId = None) -> list[ServiceOut]:
    """List the enterprises that serve a unit."""
    return [service_out(found) for found in people.services(r, entity_id=entity_of(r, principal, entity_id))]


@router.post("/services", response_model=ServiceOut, name="add_service")
def add_service(
    request: Request, app: AppState, principal: Stepper, body: ServiceIn, key: IdempotencyKey = None
) -> Response:
    """Record that another enterprise serves a unit (regulators)."""

    def act(w: Write) -> ServiceOut:
        begun = begin_service(
            w,
            entity_id=body.entity_id,
            site_id=body.site_id,
            credit_code=body.credit_code,
            mode=body.mode,
            by=principal.actor,
            at=app.clock.now(),
        )
        return service_out(begun)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/services/{service_id}/end", response_model=ServiceOut, name="end_service")
def stop_service(
    request: Request, app: AppState, principal: Stepper, service_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """End a service (regulators)."""

    def act(w: Write) -> ServiceOut:
        return service_out(end_service(w, service_id, by=principal.actor, reason=body.reason, at=app.clock.now()))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/people", response_model=PersonOut, name="name_person")
def add_person(
    request: Request, app: AppState, principal: Stepper, body: PersonIn, key: IdempotencyKey = None
) -> Response:
    """Name a person to a post of an enterprise."""

    def act(w: Write) -> PersonOut:
        person = name_person(
            w, entity_id=body.entity_id, name=body.name, post=body.post, by=principal.actor, at=app.clock.now()
        )
        return person_out(w, person)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/people/{person_id}/end", response_model=PersonOut, name="end_person")
def end_person(
    request: Request, app: AppState, principal: Stepper, person_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """End the office of a person. Refused while the person has open tasks: hand them over first."""

    def act(w: Write) -> PersonOut:
        return person_out(w, end_office(w, person_id, by=principal.actor, reason=body.reason, at=app.clock.now()))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/responsibilities", response_model=ResponsibilityOut, name="add_responsibility")
def add_line(
    request: Request, app: AppState, principal: Stepper, body: ResponsibilityIn, key: IdempotencyKey = None
) -> Response:
    """Add a line to the responsibility matrix."""

    def act(w: Write) -> ResponsibilityOut:
        line = give_place(
            w,
            person_id=body.person_id,
            site_id=body.site_id,
            zone=body.zone,
            duty=body.duty,
            by=principal.actor,
            at=app.clock.now(),
        )
        return ResponsibilityOut.model_validate(line)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/responsibilities/{line_id}/end", response_model=ResponsibilityOut, name="end_responsibility")
def end_line(
    request: Request, app: AppState, principal: Stepper, line_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """End a line of the responsibility matrix."""

    def act(w: Write) -> ResponsibilityOut:
        ended = end_place(w, line_id, by=principal.actor, reason=body.reason, at=app.clock.now())
        return ResponsibilityOut.model_validate(ended)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/absences", response_model=AbsenceOut, name="add_absence")
def add_absence(
    request: Request, app: AppState, principal: Stepper, body: AbsenceIn, key: IdempotencyKey = None
) -> Response:
    """Record an absence: new tasks go to the deputy while it lasts."""

    def act(w: Write) -> AbsenceOut:
        absence = note_absence(
            w,
            person_id=body.person_id,
            deputy_id=body.deputy_id,
            absent_from=body.absent_from,
            absent_to=body.absent_to,
            reason=body.reason,
            by=principal.actor,
            at=app.clock.now(),
        )
        return AbsenceOut.model_validate(absence)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/absences/{absence_id}/end", response_model=AbsenceOut, name="end_absence")
def stop_absence(
    request: Request, app: AppState, principal: Stepper, absence_id: UUID, key: IdempotencyKey = None
) -> Response:
    """End an absence early."""

    def act(w: Write) -> AbsenceOut:
        return AbsenceOut.model_validate(end_absence(w, absence_id, by=principal.actor, at=app.clock.now()))

    return creating(request, principal, key, b"", act)


@router.post("/hand-overs/preview", name="preview_hand_over")
def preview_hand_over(r: Reading, app: AppState, _: Stepper, body: HandOverIn) -> HandOverOut:
    """Return what a hand-over would move, without moving it."""
    planned = preview(r, giver_id=body.giver_id, taker_id=body.taker_id, site_id=body.site_id, at=app.clock.now())
    return HandOverOut(count=planned.count, task_ids=[task.id for task in planned.first])


@router.post("/hand-overs", response_model=HandOverOut, name="hand_over")
def make_hand_over(
    request: Request, app: AppState, principal: Stepper, body: HandOverIn, key: IdempotencyKey = None
) -> Response:
    """Hand all open tasks of a person over to another of the same enterprise, with one event each."""

    def act(w: Write) -> HandOverOut:
        at = app.clock.now()
        first = preview(w, giver_id=body.giver_id, taker_id=body.taker_id, site_id=body.site_id, at=at).first
        moved = hand_over(
            w,
            giver_id=body.giver_id,
            taker_id=body.taker_id,
            site_id=body.site_id,
            count=body.count,
            reason=body.reason,
            by=principal.actor,
            at=at,
        )
        return HandOverOut(count=moved, task_ids=[task.id for task in first])

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def person_out(r: Read, person: Person) -> PersonOut:
    """Return a person in the form the API shows."""
    return PersonOut(
        id=person.id,
        entity_id=person.entity_id,
        name=person.name,
        post=person.post,
        post_label=label(person.post),
        valid_from=person.valid_from,
        valid_to=person.valid_to,
        open_tasks=people.open_total(r, person_id=person.id, site_id=None),
    )


def service_out(row: Service) -> ServiceOut:
    """Return who serves a unit in the form the API shows."""
    return ServiceOut(
        id=row.id,
        entity_id=row.entity_id,
        site_id=row.site_id,
        contractor_id=row.contractor_id,
        contractor=row.contractor,
        mode=row.mode,
        mode_label=label(row.mode),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        set_by=row.set_by,
    )
