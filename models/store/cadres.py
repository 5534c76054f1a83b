"""Storage of cadres (包保干部), their assignments and delegations."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.domain.guarantees import Assignment, Cadre, CadreLoad, Delegation
from models.store.connect import Read, Write
from models.store.registry import named

MOST_CADRES_OF_ENTITY, MOST_DELEGATIONS, MOST_SHOWN = 10, 20, 200
"""Bounds: cadres of one enterprise, delegations of one cadre, delegations in a list."""


def cadre(r: Read, cadre_id: UUID) -> Cadre | None:
    """Return one cadre."""
    return r.one(Cadre, "cadres", "cadre", {"id": cadre_id})


def cadre_for_update(w: Write, cadre_id: UUID) -> Cadre | None:
    """Return one cadre, locked until the transaction ends."""
    return w.one(Cadre, "cadres", "cadre_for_update", {"id": cadre_id})


def cadres(r: Read, *, after: UUID | None, limit: int) -> list[Cadre]:
    """Return cadres in office, by id."""
    return r.all(Cadre, "cadres", "cadres", {"after": after, "limit": limit})


def cadres_of(r: Read, ids: Collection[UUID]) -> dict[UUID, Cadre]:
    """Return several cadres by id."""
    return {found.id: found for found in r.all(Cadre, "cadres", "cadres_of", {"ids": list(ids)})}


def cadre_of_login(r: Read, login: str) -> Cadre | None:
    """Return the cadre in office as whom a user acts; None if there is none."""
    return r.one(Cadre, "cadres", "cadre_of_login", {"login": login})


def add_cadre(w: Write, new: Cadre) -> None:
    """Name a cadre."""
    with named(f"cadre {new.name!r}"):
        w.run("cadres", "add_cadre", asdict(new))


def end_cadre(w: Write, *, cadre_id: UUID, by: str, reason: str, at: datetime) -> bool:
    """End the office of a cadre; return whether the cadre was in office and may be changed."""
    return w.run("cadres", "end_cadre", {"id": cadre_id, "by": by, "reason": reason, "at": at}) == 1


def loads(r: Read, ids: Collection[UUID]) -> dict[UUID, CadreLoad]:
    """Return how many enterprises several cadres supervise; a cadre without any is missing."""
    return {found.cadre_id: found for found in r.all(CadreLoad, "cadres", "loads", {"ids": list(ids)})}


def held_total(r: Read, *, cadre_id: UUID) -> int:
    """Return how many enterprises a cadre supervises, 1,000 at most."""
    return int(r.value("cadres", "held_total", {"cadre_id": cadre_id}))


def assignment(r: Read, assignment_id: UUID) -> Assignment | None:
    """Return one assignment."""
    return r.one(Assignment, "cadres", "assignment", {"id": assignment_id})


def assignments(r: Read, *, entity_id: UUID) -> list[Assignment]:
    """Return who supervises an enterprise, the primary cadre first."""
    return r.all(Assignment, "cadres", "assignments", {"entity_id": entity_id, "limit": MOST_CADRES_OF_ENTITY})


def primary_of(r: Read, entity_ids: Collection[UUID]) -> dict[UUID, Assignment]:
    """Return the primary assignments of several enterprises, by enterprise."""
    found = r.all(Assignment, "cadres", "primary_of", {"entity_ids": list(entity_ids)})
    return {assignment.entity_id: assignment for assignment in found}


def add_assignment(w: Write, new: Assignment) -> None:
    """Assign a cadre to an enterprise."""
    with named("this assignment"):
        w.run("cadres", "add_assignment", asdict(new))


def end_assignment(w: Write, *, assignment_id: UUID, by: str, reason: str, at: datetime) -> bool:
    """End an assignment; return whether it was in force."""
    return w.run("cadres", "end_assignment", {"id": assignment_id, "by": by, "reason": reason, "at": at}) == 1


def delegation(r: Read, delegation_id: UUID) -> Delegation | None:
    """Return one delegation."""
    return r.one(Delegation, "cadres", "delegation", {"id": delegation_id})


def delegations(r: Read, *, at: datetime) -> list[Delegation]:
    """Return delegations that last or are to come, the next end first."""
    return r.all(Delegation, "cadres", "delegations", {"at": at, "limit": MOST_SHOWN})


def delegations_of(r: Read, cadre_ids: Collection[UUID], *, at: datetime) -> dict[UUID, Delegation]:
    """Return the newest delegation of each of several cadres that lasts at a moment, by cadre."""
    found = r.all(Delegation, "cadres", "delegations_of", {"cadre_ids": list(cadre_ids), "at": at})
    return {delegation.cadre_id: delegation for delegation in reversed(found)}


def delegations_to(r: Read, cadre_id: UUID, *, at: datetime) -> list[Delegation]:
    """Return the delegations to a cadre that last at a moment."""
    return r.all(Delegation, "cadres", "delegations_to", {"cadre_id": cadre_id, "at": at})


def delegation_total(r: Read, *, cadre_id: UUID, at: datetime) -> int:
    """Return how many delegations of a cadre last or are to come."""
    return int(r.value("cadres", "delegation_total", {"cadre_id": cadre_id, "at": at}))


def add_delegation(w: Write, new: Delegation) -> None:
    """Store a delegation."""
    with named("this delegation"):
        w.run("cadres", "add_delegation", asdict(new))


def end_delegation(w: Write, *, delegation_id: UUID, by: str, at: datetime) -> bool:
    """End a delegation early; return whether it had not ended yet."""
    return w.run("cadres", "end_delegation", {"id": delegation_id, "by": by, "at": at}) == 1
