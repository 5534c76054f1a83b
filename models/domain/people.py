"""Who is accountable (责任矩阵): lines of the matrix, and absences with a deputy."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.duty_terms import Duty, ServiceMode
from models.catalogue.terms import Zone
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility(Owner):
    """A person answers for a place: one kitchen, zone and field of work, or all of them (None)."""

    id: UUID
    person_id: UUID
    site_id: str | None
    zone: Zone | None
    duty: Duty | None = None
    valid_from: datetime
    valid_to: datetime | None = None
    set_by: str
    ended_by: str | None = None
    end_reason: str | None = None

    def covers(self, site_id: str, zone: Zone, duty: Duty | None, *, at: datetime) -> bool:
        """Return whether the line applies to a place and a field of work (None: no particular field) at a moment."""
        in_force = self.valid_from <= at and (self.valid_to is None or at < self.valid_to)
        here = self.site_id in {None, site_id} and self.zone in {None, zone}
        return in_force and here and self.duty in {None, duty}


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence(Owner):
    """A person is away, and `deputy_id` stands in."""

    id: UUID
    person_id: UUID
    deputy_id: UUID
    absent_from: datetime
    absent_to: datetime
    reason: str
    set_by: str
    ended_by: str | None = None

    def covers(self, at: datetime) -> bool:
        """Return whether the person is away at a moment."""
        return self.absent_from <= at < self.absent_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Owner):
    """Another enterprise serves a unit: it runs its kitchen (or all of them: None), or brings its meals."""

    id: UUID
    site_id: str | None
    contractor_id: UUID
    contractor: str
    mode: ServiceMode
    valid_from: datetime
    valid_to: datetime | None = None
    set_by: str
    ended_by: str | None = None
    end_reason: str | None = None
