"""Storage of enterprises' own calendars (营业日历)."""

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from models.domain.openings import OpeningRule
from models.store.connect import Read, Write
from models.store.registry import named


def rule(w: Write, rule_id: UUID) -> OpeningRule | None:
    """Return one line, locked."""
    return w.one(OpeningRule, "openings", "rule", {"id": rule_id})


def rules(
    r: Read,
    *,
    entity_id: UUID | None = None,
    regional: bool = False,
    until: date | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[OpeningRule]:
    """Return lines, newest first.

    Args:
        r: the transaction.
        entity_id: those that count for one enterprise; None: all.
        regional: only those of regions.
        until: only those that have not passed before this day.
        before: only those older than this one.
        limit: at most so many.
    """
    params = {"entity_id": entity_id, "regional": regional, "until": until, "before": before, "limit": limit}
    return r.all(OpeningRule, "openings", "rules", params)


def total(r: Read, *, tenant_id: str, entity_id: UUID | None, region_code: str, today: date) -> int:
    """Return how many lines of an enterprise, or of a region itself, have not passed."""
    params = {"tenant_id": tenant_id, "entity_id": entity_id, "region_code": region_code, "today": today}
    return int(r.value("openings", "total", params))


def add(w: Write, new: OpeningRule) -> None:
    """Store a line."""
    fields = asdict(new) | {"weekdays": list(new.weekdays), "business_kinds": list(new.business_kinds)}
    with named("this line of the calendar"):
        w.run("openings", "add", fields)


def end(w: Write, *, rule_id: UUID, last: date, by: str, reason: str, at: datetime) -> OpeningRule | None:
    """End a line with its last day; None if it has ended, or the caller may not."""
    params = {"id": rule_id, "last": last, "by": by, "reason": reason, "at": at}
    return w.one(OpeningRule, "openings", "end", params)


def closed_days(r: Read, *, tenant_id: str, entity_id: UUID, since: date, until: date) -> list[date]:
    """Return the days of a time on which an enterprise is closed, in order."""
    params = {"tenant_id": tenant_id, "entity_id": entity_id, "since": since, "until": until}
    return [day for (day,) in r.tuples("openings", "closed_days", params)]
