"""Accountable people (责任人): posts, the responsibility matrix, absences, and hand-overs of open tasks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.hazards.accountability import accountable_for, hand_over, preview
from alerts.registry.people import end_absence, end_office, end_place, give_place, name_person, note_absence
from api.access.principal import Anybody, Principal, Stepper
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.schemas.people import (
    AbsenceIn,
    AbsenceOut,
    AccountableOut,
    EndIn,
    HandOverIn,
    HandOverOut,
    PersonIn,
    PersonOut,
    ResponsibilityIn,
    ResponsibilityOut,
)
from models.base.errors import Invalid, NotFound
from models.catalogue.terms import Zone, label
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
def accountable(r: Reading, app: AppState, site_id: Annotated[str, Query(max_length=64)], zone: Zone) -> AccountableOut:
    """Return who is accountable for a zone of a kitchen now, and why."""
    site = registry.site(r, site_id)
    if site is None:
        raise NotFound(f"no site {site_id!r}")
    found = accountable_for(r, entity_id=site.entity_id, site_id=site_id, zone=zone, at=app.clock.now())
    if found is None:
        return AccountableOut(person=None, because=["企业未落实责任人，由监管所代管"])
    return AccountableOut(person=person_out(r, found.person), because=list(found.because))


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
