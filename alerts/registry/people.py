"""Name people to posts, give them places, and record absences: check → store, in the caller's transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.base.ids import uuid7
from models.catalogue.duty_terms import Duty
from models.catalogue.terms import Post, Role, Zone
from models.domain.access import Actor
from models.domain.people import Absence, Responsibility
from models.domain.place import owner_of
from models.domain.registry import Entity, Person
from models.store import people, registry
from models.store.connect import Read, Write

MAY_MANAGE = frozenset({Role.enterprise, Role.regulator, Role.admin})
LONGEST_ABSENCE = timedelta(days=366)
_NAME = 50


def name_person(w: Write, *, entity_id: UUID, name: str, post: Post, by: Actor, at: datetime) -> Person:
    """Name a person to a post of an enterprise (三人三责).

    Raises:
        NotAllowed: the role may not.
        NotFound: no such enterprise in what the caller may see.
        Invalid: the name is empty or too long.
        RateLimited: the enterprise has the most people that it may have.
    """
    entity = _entity(w, entity_id, by)
    if not 1 <= len(name.strip()) <= _NAME:
        raise Invalid(f"name: expected 1 to {_NAME} characters")
    if people.counts(w, entity_id=entity.id, at=at)[0] >= people.MOST_PEOPLE:
        raise RateLimited(f"the enterprise has {people.MOST_PEOPLE} people in office; end some first")
    owner = owner_of(entity.owner)
    person = Person(id=uuid7(), **owner, name=name.strip(), post=post, valid_from=at, set_by=by.name)
    registry.add_person(w, person)
    return person


def end_office(w: Write, person_id: UUID, *, by: Actor, reason: str, at: datetime) -> Person:
    """End the office of a person, with their lines of the matrix.

    Raises:
        NotFound: no such person in what the caller may see.
        InvalidTransition: the office ended before.
        Conflict: the person has open tasks, which have to be handed over first.
    """
    person = person_to_manage(w, person_id, by)
    _words(reason)
    held = people.open_total(w, person_id=person_id, site_id=None)
    if held:
        raise Conflict(f"{person.name} has {held} open tasks; hand them over first")
    if not people.end_person(w, person_id=person_id, by=by.name, reason=reason.strip(), at=at):
        raise InvalidTransition(f"{person.name} is not in office")
    return registry.person(w, person_id) or person


def give_place(
    w: Write,
    *,
    person_id: UUID,
    site_id: str | None,
    zone: Zone | None,
    duty: Duty | None = None,
    by: Actor,
    at: datetime,
) -> Responsibility:
    """Add a line to the matrix: the person answers for a kitchen, a zone and a field of work, or all of them.

    Raises:
        NotFound: no such person or kitchen in what the caller may see.
        Invalid: the person is not in office, or the kitchen belongs to another enterprise.
        Conflict: the person has this line already.
        RateLimited: the enterprise has the most lines that it may have.
    """
    person = person_to_manage(w, person_id, by)
    if not person.in_office(at):
        raise Invalid(f"person: {person.name} is not in office")
    if site_id is not None:
        site = registry.site(w, site_id)
        if site is None:
            raise NotFound(f"no site {site_id!r}")
        if site.entity_id != person.entity_id:
            raise Invalid(f"site {site_id!r}: expected a kitchen of the person's enterprise")
    if people.counts(w, entity_id=person.entity_id, at=at)[1] >= people.MOST_LINES:
        raise RateLimited(f"the matrix has {people.MOST_LINES} lines; end some first")
    line = Responsibility(
        id=uuid7(),
        **owner_of(person),
        person_id=person_id,
        site_id=site_id,
        zone=zone,
        duty=duty,
        valid_from=at,
        set_by=by.name,
    )
    people.add_line(w, line)
    return line


def end_place(w: Write, line_id: UUID, *, by: Actor, reason: str, at: datetime) -> Responsibility:
    """End a line of the matrix.

    Raises:
        NotFound: no such line in what the caller may see.
        InvalidTransition: it ended before.
    """
    _allowed(w, by)
    _words(reason)
    line = people.line(w, line_id)
    if line is None:
        raise NotFound(f"no responsibility {line_id}")
    if not people.end_line(w, line_id=line_id, by=by.name, reason=reason.strip(), at=at):
        raise InvalidTransition("this responsibility ended before")
    return people.line(w, line_id) or line


def note_absence(
    w: Write,
    *,
    person_id: UUID,
    deputy_id: UUID,
    absent_from: datetime,
    absent_to: datetime,
    reason: str,
    by: Actor,
    at: datetime,
) -> Absence:
    """Record that a person is away and who stands in.

    Raises:
        NotFound: no such person in what the caller may see.
        Invalid: the times are out of order, in the past or too long; or the deputy is the person, of another
            enterprise, or not in office.
        RateLimited: the enterprise has the most absences that it may have.
    """
    person, deputy = person_to_manage(w, person_id, by), person_to_manage(w, deputy_id, by)
    _words(reason)
    if deputy.id == person.id or deputy.entity_id != person.entity_id or not deputy.in_office(at):
        raise Invalid("deputy: expected another person of the same enterprise who is in office")
    if not max(absent_from, at) < absent_to <= absent_from + LONGEST_ABSENCE:
        raise Invalid(
            f"absence: expected an end after its beginning and after now, at most {LONGEST_ABSENCE.days} days"
        )
    if people.counts(w, entity_id=person.entity_id, at=at)[2] >= people.MOST_ABSENCES:
        raise RateLimited(f"the enterprise has {people.MOST_ABSENCES} absences; end some first")
    absence = Absence(
        id=uuid7(),
        **owner_of(person),
        person_id=person_id,
        deputy_id=deputy_id,
        absent_from=absent_from,
        absent_to=absent_to,
        reason=reason.strip(),
        set_by=by.name,
    )
    people.add_absence(w, absence)
    return absence


def end_absence(w: Write, absence_id: UUID, *, by: Actor, at: datetime) -> Absence:
    """End an absence early.

    Raises:
        NotFound: no such absence in what the caller may see.
        InvalidTransition: it has ended.
    """
    _allowed(w, by)
    absence = people.absence(w, absence_id)
    if absence is None:
        raise NotFound(f"no absence {absence_id}")
    if not people.end_absence(w, absence_id=absence_id, by=by.name, at=at):
        raise InvalidTransition("this absence has ended")
    return people.absence(w, absence_id) or absence


def _allowed(r: Read, by: Actor) -> None:
    """Check the role; of the people of an enterprise only the principal appoints others, or posts could be usurped."""
    if by.role not in MAY_MANAGE:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_MANAGE))}; your role is {by.role}")
    if by.person_id is not None:
        own = registry.person(r, by.person_id)
        if own is None or own.post is not Post.principal or own.valid_to is not None:
            raise NotAllowed("人员由主要负责人任命 the principal of the enterprise names its people")


def _entity(r: Read, entity_id: UUID, by: Actor) -> Entity:
    _allowed(r, by)
    entity = registry.entity(r, entity_id)
    if entity is None:
        raise NotFound(f"no enterprise {entity_id}")
    return entity


def person_to_manage(r: Read, person_id: UUID, by: Actor) -> Person:
    """Return a person whom the caller may manage.

    Raises:
        NotAllowed: the role may not; of the people of an enterprise only the principal may.
        NotFound: no such person in what the caller may see.
    """
    _allowed(r, by)
    person = registry.person(r, person_id)
    if person is None:
        raise NotFound(f"no person {person_id}")
    return person


def _words(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason: expected some words")
