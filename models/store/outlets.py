"""Storage of outlets (连锁门店)."""

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from models.domain.outlets import CommonProblem, Outlet, OutletState
from models.store.connect import Read, Write
from models.store.registry import named


def outlet(r: Read, entity_id: UUID) -> Outlet | None:
    """Return the place of an enterprise in a chain; None if it has none."""
    return r.one(Outlet, "outlets", "outlet", {"entity_id": entity_id})


def outlets(r: Read, *, after: UUID | None, limit: int) -> list[Outlet]:
    """Return outlets by id."""
    return r.all(Outlet, "outlets", "outlets", {"after": after, "limit": limit})


def put(w: Write, new: Outlet) -> Outlet | None:
    """Set the place of an enterprise in a chain; None if it is not the caller's to set."""
    with named("this outlet"):
        return w.one(Outlet, "outlets", "put", asdict(new))


def remove(w: Write, entity_id: UUID) -> bool:
    """Take an enterprise out of its chain; return whether it was in one."""
    return bool(w.run("outlets", "remove", {"entity_id": entity_id}))


def below(r: Read, *, first: date, last: date) -> list[OutletState]:
    """Return the outlets below the enterprise of the scope, with their signed records of some days; 1,000 at most."""
    return r.all(OutletState, "outlets", "below", {"first": first, "last": last})


def common(r: Read, *, since: datetime) -> list[CommonProblem]:
    """Return the codes of hazards that several outlets of the enterprise of the scope had since a moment."""
    return r.all(CommonProblem, "outlets", "common", {"since": since})


def has_below(r: Read, entity_id: UUID) -> bool:
    """Return whether an enterprise has outlets that the caller may see."""
    return bool(r.value("outlets", "has_below", {"entity_id": entity_id}))
