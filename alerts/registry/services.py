"""Who serves a unit (承包经营、外购配送): both sides answer, and the contractor hears what the unit hears."""

from datetime import datetime
from uuid import UUID

from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.base.ids import uuid7
from models.catalogue.duty_terms import ServiceMode
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.people import Service
from models.domain.place import owner_of
from models.store import people, registry
from models.store.connect import Write

MAY_SET = frozenset({Role.regulator, Role.admin})


def begin_service(
    w: Write,
    *,
    entity_id: UUID,
    site_id: str | None,
    credit_code: str,
    mode: ServiceMode,
    by: Actor,
    at: datetime,
) -> Service:
    """Record that another enterprise, named by its credit code, serves a unit (source: 集中用餐单位规定).

    Raises:
        NotAllowed: the role may not.
        NotFound: no such enterprise or kitchen in what the caller may see.
        Invalid: the contractor is the unit itself, or the kitchen belongs to another enterprise.
        Conflict: this contractor serves there already.
        RateLimited: the unit has the most contractors that it may have.
    """
    _allowed(by)
    unit = registry.entity(w, entity_id)
    if unit is None:
        raise NotFound(f"no enterprise {entity_id}")
    contractor = registry.entity_of_code(w, unit.tenant_id, credit_code.strip().upper())
    if contractor is None:
        raise NotFound(f"no enterprise with the credit code {credit_code!r}")
    if unit.id == contractor.id:
        raise Invalid("credit_code: expected another enterprise")
    if site_id is not None:
        site = registry.site(w, site_id)
        if site is None:
            raise NotFound(f"no site {site_id!r}")
        if site.entity_id != unit.id:
            raise Invalid(f"site {site_id!r}: expected a kitchen of the unit")
    if len(people.services(w, entity_id=unit.id)) >= people.MOST_SERVICES:
        raise RateLimited(f"the unit has {people.MOST_SERVICES} contractors; end some first")
    new = Service(
        id=uuid7(),
        **owner_of(unit.owner),
        site_id=site_id,
        contractor_id=contractor.id,
        contractor=contractor.name,
        mode=mode,
        valid_from=at,
        set_by=by.name,
    )
    people.add_service(w, new)
    return new


def end_service(w: Write, service_id: UUID, *, by: Actor, reason: str, at: datetime) -> Service:
    """End a service.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such service in what the caller may see.
        Invalid: the reason is empty.
        InvalidTransition: it ended before.
    """
    _allowed(by)
    if not reason.strip():
        raise Invalid("reason: expected some words")
    if people.service(w, service_id) is None:
        raise NotFound(f"no service {service_id}")
    if not people.end_service(w, service_id=service_id, by=by.name, reason=reason.strip(), at=at):
        raise InvalidTransition("this service ended before")
    found = people.service(w, service_id)
    if found is None:
        raise NotFound(f"no service {service_id}")
    return found


def _allowed(by: Actor) -> None:
    if by.role not in MAY_SET:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_SET))}; your role is {by.role}")
