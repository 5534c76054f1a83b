"""Storage behind the exchange of data sets (数据交换). Row-level security narrows the API to its own region."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.exchange_terms import StaffRegister
from models.domain.exchange import CadreRow, EntityRow, ExchangeRun, OutsideVisit, StaffRow, VisitRow
from models.domain.guarantees import Cadre
from models.domain.registry import Entity
from models.store.connect import Read, Write

SHOWN = 20
"""How many absent rows are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Whose rows: a tenant, and a prefix of region codes; empty for the whole tenant."""

    tenant_id: str
    within: str


def entities(r: Read, of: Within, *, after: UUID | None, limit: int) -> list[EntityRow]:
    """Return a page of enterprises, by id."""
    return r.all(EntityRow, "exchange", "entities", asdict(of) | {"after": after, "limit": limit})


def entities_of_codes(r: Read, of: Within, codes: Collection[str]) -> dict[str, EntityRow]:
    """Return several enterprises by credit code."""
    found = r.all(EntityRow, "exchange", "entities_of_codes", asdict(of) | {"codes": list(codes)})
    return {row.credit_code: row for row in found}


def absent_entities(r: Read, of: Within, codes: Collection[str]) -> tuple[int, list[str]]:
    """Return how many enterprises that do business are not among `codes`, and some of their codes."""
    found = r.tuples("exchange", "absent_entities", asdict(of) | {"codes": list(codes), "limit": SHOWN})
    return (int(found[0][0]) if found else 0), [code for _, code in found]


def cadres(r: Read, of: Within, *, after: UUID | None, limit: int) -> list[CadreRow]:
    """Return a page of cadres in office, by id."""
    return r.all(CadreRow, "exchange", "cadres", asdict(of) | {"after": after, "limit": limit})


def cadres_of(r: Read, *, tenant_id: str, names: Collection[str], ids: Collection[UUID]) -> list[CadreRow]:
    """Return cadres in office with one of several names or ids; their loads are not counted."""
    params = {"tenant_id": tenant_id, "names": list(names), "ids": list(ids)}
    return r.all(CadreRow, "exchange", "cadres_of_names", params)


def absent_cadres(r: Read, of: Within, ids: Collection[UUID]) -> tuple[int, list[str]]:
    """Return how many cadres in office are not among `ids`, and some of their names."""
    found = r.tuples("exchange", "absent_cadres", asdict(of) | {"ids": list(ids), "limit": SHOWN})
    return (int(found[0][0]) if found else 0), [name for _, name in found]


def change_cadre(w: Write, changed: Cadre) -> bool:
    """Change name, post, level and phone of a cadre in office; return whether the caller may."""
    return w.run("exchange", "change_cadre", asdict(changed)) == 1


def own_visits(r: Read, of: Within, *, since: date | None, after: UUID | None, limit: int) -> list[VisitRow]:
    """Return a page of visits that were signed here, by id."""
    return r.all(VisitRow, "exchange", "own_visits", asdict(of) | {"since": since, "after": after, "limit": limit})


def own_visits_of(r: Read, of: Within, ids: Collection[UUID]) -> dict[str, VisitRow]:
    """Return several visits that were signed here, by their number."""
    found = r.all(VisitRow, "exchange", "own_visits_of", asdict(of) | {"ids": list(ids)})
    return {row.record_no: row for row in found}


def outside_visits(r: Read, of: Within, *, since: date | None, after: UUID | None, limit: int) -> list[VisitRow]:
    """Return a page of visits that other platforms recorded, by id."""
    return r.all(VisitRow, "exchange", "outside_visits", asdict(of) | {"since": since, "after": after, "limit": limit})


def outside_visits_of(r: Read, of: Within, numbers: Collection[str]) -> dict[tuple[str, str], VisitRow]:
    """Return several visits that other platforms recorded, by source and number."""
    found = r.all(VisitRow, "exchange", "outside_visits_of", asdict(of) | {"numbers": list(numbers)})
    return {(row.source, row.record_no): row for row in found}


def staff(
    r: Read, of: Within, *, register: StaffRegister | None, at: datetime, after: UUID | None, limit: int
) -> list[StaffRow]:
    """Return a page of enterprises that do business with who holds their two posts, of one register or of all."""
    params = asdict(of) | {"register": register, "at": at, "after": after, "limit": limit}
    return r.all(StaffRow, "exchange", "staff", params)


def add_entity(w: Write, new: Entity) -> bool:
    """Register an enterprise; return whether its credit code was free."""
    return w.run("exchange", "add_entity", asdict(new)) == 1


def add_outside_visit(w: Write, new: OutsideVisit) -> bool:
    """Store a visit of another platform; return whether its number was free."""
    return w.run("exchange", "add_outside_visit", asdict(new)) == 1


def change_outside_visit(w: Write, changed: OutsideVisit) -> None:
    """Change a visit of another platform to what it says now."""
    w.run("exchange", "change_outside_visit", asdict(changed))


def add_run(w: Write, run: ExchangeRun) -> None:
    """Log an applied file."""
    w.run("exchange", "add_run", asdict(run) | {"counts": Jsonb(run.counts), "changes": Jsonb(run.changes)})


def runs(r: Read, *, before: UUID | None, limit: int) -> list[ExchangeRun]:
    """Return applied files, newest first."""
    return r.all(ExchangeRun, "exchange", "runs", {"before": before, "limit": limit})
