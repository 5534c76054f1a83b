"""Storage of imported calendar years."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from models.catalogue.terms import YearStatus
from models.domain.calendars import Year
from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedYear:
    """An imported year.

    Attributes:
        notice: the text from which the year was read; empty if the days were given directly.
        checked_to: the last open task whose deadline was checked; `checked_at`: when all were checked.
    """

    tenant_id: str
    jurisdiction: str
    year: int
    version: int
    status: YearStatus
    days_off: tuple[date, ...]
    make_up_days: tuple[date, ...]
    source: str
    notice: str
    imported_by: str
    imported_at: datetime
    checked_to: UUID | None
    checked_at: datetime | None

    @property
    def value(self) -> Year:
        """Return the year as a domain value."""
        return Year(
            number=self.year,
            status=self.status,
            days_off=frozenset(self.days_off),
            make_up_days=frozenset(self.make_up_days),
            source=self.source,
        )


def years_of(r: Read, *, tenant_id: str, region_code: str) -> list[ImportedYear]:
    """Return the imported years that apply in a region, one row per year; read once for each transaction."""
    params = {"tenant_id": tenant_id, "region_code": region_code}
    key = (tenant_id, region_code)
    return r.once("calendar", key, lambda: r.all(ImportedYear, "calendars", "years", params))


def imports(r: Read, *, tenant_id: str, limit: int) -> list[ImportedYear]:
    """Return the imports of a tenant, newest first."""
    return r.all(ImportedYear, "calendars", "imports", {"tenant_id": tenant_id, "limit": limit})


def add_year(
    w: Write, year: Year, *, tenant_id: str, jurisdiction: str, notice: str, imported_by: str, at: datetime
) -> int:
    """Store a year; return its version. Older versions stay as the history."""
    key = {"tenant_id": tenant_id, "jurisdiction": jurisdiction, "year": year.number}
    w.value("calendars", "lock_year", key)
    version = int(w.value("calendars", "newest_version", key)) + 1
    params = {
        **key,
        "version": version,
        "status": year.status,
        "days_off": sorted(year.days_off),
        "make_up_days": sorted(year.make_up_days),
        "source": year.source,
        "notice": notice,
        "imported_by": imported_by,
        "imported_at": at,
    }
    w.run("calendars", "add_year", params)
    w.forget_all("calendar")
    return version


def unchecked(w: Write) -> ImportedYear | None:
    """Return the oldest import whose open deadlines are not all checked; the row is locked."""
    return w.one(ImportedYear, "calendars", "unchecked")


def note_check(w: Write, year: ImportedYear, *, checked_to: UUID | None, checked_at: datetime | None) -> None:
    """Store how far the check of open deadlines has come."""
    params = {
        "tenant_id": year.tenant_id,
        "jurisdiction": year.jurisdiction,
        "year": year.year,
        "version": year.version,
        "checked_to": checked_to,
        "checked_at": checked_at,
    }
    w.run("calendars", "note_check", params)
