"""Storage of tenants, regions, enterprises, people and sites."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, time
from uuid import UUID

import psycopg

from models.base.errors import Conflict, Invalid, NotFound
from models.base.ids import is_slug
from models.catalogue.supervision_terms import Datum
from models.domain.registry import Entity, Person, Site
from models.store.connect import Read, Write

FIRST = ""
"""A cursor before every text id."""


@contextmanager
def named(what: str) -> Iterator[None]:
    """Translate violations of named constraints into domain errors about `what`."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(f"已登记过，不能重复 {what} is registered already ({error.diag.constraint_name})") from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise NotFound(f"引用的内容不存在 {what} refers to something unknown ({error.diag.constraint_name})") from error
    except psycopg.errors.CheckViolation as error:
        raise Invalid(f"内容不符合登记规则 {what} breaks the rule {error.diag.constraint_name}") from error


def require_slug(text: str, what: str) -> str:
    """Check an id that becomes a topic level, and return it.

    Raises:
        Invalid: the id is not 1–64 of a–z, 0–9, `-`, `_`.
    """
    if not is_slug(text):
        raise Invalid(f"{what} {text!r}: expected 1–64 of a–z, 0–9, '-' and '_'")
    return text


def add_tenant(w: Write, *, tenant_id: str, name: str) -> None:
    """Register a tenant."""
    w.run("registry", "add_tenant", {"id": require_slug(tenant_id, "tenant id"), "name": name})


def add_region(w: Write, *, code: str, name: str) -> None:
    """Store the name of a region (GB/T 2260 and its 12-digit extension)."""
    w.run("registry", "add_region", {"code": code, "name": name})


def name_region(w: Write, *, code: str, name: str) -> bool:
    """Name a region that has no name yet; False if it has one."""
    return bool(w.value("registry", "name_region", {"code": code, "name": name}))


def add_entity(w: Write, entity: Entity) -> None:
    """Register an enterprise."""
    with named(f"enterprise {entity.name!r}"):
        w.run("registry", "add_entity", asdict(entity))


def add_person(w: Write, person: Person) -> None:
    """Register an accountable person."""
    with named(f"person {person.name!r}"):
        w.run("registry", "add_person", asdict(person))


def add_site(w: Write, site: Site) -> None:
    """Register a kitchen."""
    require_slug(site.id, "site id")
    with named(f"site {site.id!r}"):
        w.run("registry", "add_site", asdict(site))


def one_at_a_time(w: Write, site_id: str) -> None:
    """Lock a kitchen, so that registrations there run one after the other and see each other's results."""
    w.value("registry", "lock_site", {"site_id": site_id})


def change_entity(w: Write, *, entity_id: UUID, name: str, licence_no: str | None) -> None:
    """Change an enterprise's name or licence."""
    w.run("registry", "change_entity", {"id": entity_id, "name": name, "licence_no": licence_no})
    w.forget("entity", entity_id)


def change_site(w: Write, *, site_id: str, name: str, address: str, closed: tuple[time | None, time | None]) -> None:
    """Change a kitchen's name, address or closing hours."""
    params = {"id": site_id, "name": name, "address": address, "closed_from": closed[0], "closed_to": closed[1]}
    w.run("registry", "change_site", params)


def place_site(w: Write, *, site_id: str, latitude: float, longitude: float, datum: Datum) -> Site | None:
    """Set the position of a kitchen, in degrees; None if there is no such kitchen in what the caller may change."""
    params = {"id": site_id, "latitude": latitude, "longitude": longitude, "datum": datum}
    return w.one(Site, "registry", "place_site", params)


def officer(r: Read, entity_id: UUID) -> Person | None:
    """Return the last named food safety officer of an enterprise who is in office; None if there is none."""
    return r.one(Person, "registry", "officer", {"entity_id": entity_id})


def end_officers(w: Write, *, entity_id: UUID, at: datetime) -> None:
    """End the office of an enterprise's officers; they stay accountable for their present tasks."""
    w.run("registry", "end_officers", {"entity_id": entity_id, "at": at})


def people_in_office(r: Read, *, entity_id: UUID, at: datetime) -> list[Person]:
    """Return everybody who holds a post of an enterprise at a moment."""
    return r.all(Person, "registry", "people_in_office", {"entity_id": entity_id, "at": at})


def person(r: Read, person_id: UUID) -> Person | None:
    """One accountable person."""
    return r.one(Person, "registry", "person", {"id": person_id})


def entity(r: Read, entity_id: UUID) -> Entity | None:
    """One enterprise."""
    return r.one(Entity, "registry", "entity", {"id": entity_id})


def entity_of_code(r: Read, tenant_id: str, credit_code: str) -> Entity | None:
    """The enterprise of a tenant with a credit code."""
    return r.one(Entity, "registry", "entity_of_code", {"tenant_id": tenant_id, "credit_code": credit_code})


def entities(r: Read, *, after: UUID | None, text: str = "", limit: int) -> list[Entity]:
    """A page of enterprises whose name contains a text."""
    return r.all(Entity, "registry", "entities", {"after": after, "text": text, "limit": limit})


def site(r: Read, site_id: str) -> Site | None:
    """One kitchen."""
    return r.one(Site, "registry", "site", {"id": site_id})


def sites(r: Read, *, after: str = FIRST, limit: int, entity_id: UUID | None = None) -> list[Site]:
    """A page of kitchens, of an enterprise if it is given."""
    return r.all(Site, "registry", "sites", {"after": after, "limit": limit, "entity_id": entity_id})


def sites_of(r: Read, ids: Collection[str]) -> dict[str, Site]:
    """Several kitchens by id."""
    return {site.id: site for site in r.all(Site, "registry", "sites_of", {"ids": list(ids)})}


def entities_of_tenant(r: Read, tenant_id: str) -> list[Entity]:
    """Return every enterprise of a tenant."""
    return r.all(Entity, "registry", "entities_of_tenant", {"tenant_id": tenant_id})


def sites_of_entity(r: Read, entity_id: UUID, *, limit: int) -> list[Site]:
    """Return the kitchens of an enterprise, by id."""
    return r.all(Site, "registry", "sites_of_entity", {"entity_id": entity_id, "limit": limit})


def entities_of(r: Read, ids: Collection[UUID]) -> dict[UUID, Entity]:
    """Several enterprises by id."""
    return {entity.id: entity for entity in r.all(Entity, "registry", "entities_of", {"ids": list(ids)})}


def people_of(r: Read, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Several accountable people by id."""
    return {person.id: person for person in r.all(Person, "registry", "people_of", {"ids": list(ids)})}


def regions(r: Read) -> dict[str, str]:
    """Region names by code."""
    return dict(r.tuples("registry", "regions"))
