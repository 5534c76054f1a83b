"""Storage of the daily dispatch."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from psycopg.types.json import Jsonb

from models.catalogue.supervision_terms import BusinessKind
from models.domain.dispatch import DutyDay
from models.store.connect import Read, Write


def count(
    r: Read,
    tenant_id: str,
    *,
    at: datetime,
    yesterday: date,
    quarter: datetime,
    quarter_end: datetime,
    kinds: Sequence[BusinessKind],
) -> dict[str, Mapping[str, int]]:
    """Return what each township of a tenant stands at, by region code; `kinds` are those that should be connected."""
    params = {"tenant_id": tenant_id, "at": at, "yesterday": yesterday, "quarter": quarter, "quarter_end": quarter_end}
    params["kinds"] = list(kinds)
    return {str(region): numbers for region, numbers in r.tuples("dispatch", "count", params)}


def store(w: Write, day: DutyDay) -> None:
    """Store the numbers of a township's day, in place of earlier ones of the same day."""
    params = {"tenant_id": day.tenant_id, "region_code": day.region_code, "day": day.day}
    w.run("dispatch", "store", {**params, "numbers": Jsonb(dict(day.numbers)), "at": day.counted_at})


def counted_at(r: Read, tenant_id: str, day: date) -> datetime | None:
    """Return when a tenant's day was last counted."""
    found: datetime | None = r.value("dispatch", "counted", {"tenant_id": tenant_id, "day": day})
    return found


def days(r: Read, day: date, *, within: str = "") -> list[DutyDay]:
    """Return the numbers of a day, township by township."""
    return r.all(DutyDay, "dispatch", "days", {"day": day, "within": within})


def newest_day(r: Read, until: date) -> date | None:
    """Return the newest counted day up to one."""
    found: date | None = r.value("dispatch", "newest_day", {"until": until})
    return found
