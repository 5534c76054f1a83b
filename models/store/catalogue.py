"""Storage of overrides of the catalogue and of their history."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.catalogue.overrides import Override, Spot
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.resolving import NONE, Overrides
from models.catalogue.terms import Role
from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry of the history: an override began or ended.

    Attributes:
        before, after: the changed values in force at its place, before and after this step.
    """

    id: UUID
    override_id: UUID
    code: str
    tenant_id: str
    level: OverrideLevel
    region_code: str | None
    entity_id: UUID | None
    device_id: str | None
    at: datetime
    action: str
    actor: str
    actor_role: Role
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


def overrides_at(r: Read, spots: Iterable[Spot], *, at: datetime, codes: Collection[str] | None = None) -> Overrides:
    """Return the overrides that apply at some places, with one query; `codes` limits them to these codes."""
    places = sorted({place for spot in spots for place in spot.places()})
    if not places or codes == []:
        return NONE
    params = {"places": places, "codes": None if codes is None else sorted(codes), "at": at}
    return Overrides(r.all(Override, "catalogue", "in_force", params))


def overrides_of_report_periods(r: Read, *, at: datetime) -> Overrides:
    """Return the overrides in force that change a sensor's reporting period."""
    return Overrides(r.all(Override, "catalogue", "of_report_periods", {"at": at}))


def lock_place(w: Write, *, place: str, code: str) -> None:
    """Lock a code at a place, so that only one transaction adds an override there."""
    w.value("catalogue", "lock_place", {"place": place, "code": code})


def living(r: Read, *, place: str, code: str, at: datetime) -> int:
    """Return the number of unended overrides of a code at a place."""
    return int(r.value("catalogue", "living", {"place": place, "code": code, "at": at}))


def override(r: Read, override_id: UUID) -> Override | None:
    """One override."""
    return r.one(Override, "catalogue", "override", {"id": override_id})


def page(
    r: Read,
    *,
    code: str,
    before: UUID | None = None,
    limit: int,
    at: datetime,
    living_only: bool = False,
    spot: Spot | None = None,
) -> list[Override]:
    """Return a page of a code's overrides, newest first; `spot` limits them to those that apply there."""
    params = {"code": code, "before": before, "limit": limit, "at": at, "living": living_only}
    return r.all(Override, "catalogue", "page", {**params, "places": None if spot is None else list(spot.places())})


def counts(r: Read, *, at: datetime, bound: int) -> dict[str, int]:
    """Return the number of visible unended overrides of each code; at most `bound` are counted."""
    return dict(r.tuples("catalogue", "counts", {"at": at, "bound": bound}))


def history(r: Read, *, code: str, before: UUID | None = None, limit: int) -> list[LogLine]:
    """Return a page of the history of a code, newest first."""
    return r.all(LogLine, "catalogue", "history", {"code": code, "before": before, "limit": limit})
