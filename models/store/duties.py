"""What an enterprise has to account for, as its people see it on their home page."""

from datetime import date
from uuid import UUID

from models.domain.duties import DueRecord
from models.store.connect import Read

MOST = 60
"""A home page lists so many days or weeks at most, the newest."""


def days(r: Read, *, entity_id: UUID, first: date, last: date) -> list[DueRecord]:
    """Return the day `last` of each kitchen, and those from `first` on that lack a signature, newest first."""
    params = {"entity_id": entity_id, "first": first, "last": last, "limit": MOST}
    return r.all(DueRecord, "duties", "days", params)


def weeks(r: Read, *, entity_id: UUID, last: date, before: date) -> list[DueRecord]:
    """Return the week that begins at `last` of each kitchen, and the one before it where its report is missing."""
    params = {"entity_id": entity_id, "last": last, "before": before, "limit": MOST}
    return r.all(DueRecord, "duties", "weeks", params)


def months(r: Read, *, entity_id: UUID, last: date, before: date) -> list[DueRecord]:
    """Return the month that begins at `last`, and the one before it where its minutes are missing."""
    return r.all(DueRecord, "duties", "months", {"entity_id": entity_id, "last": last, "before": before})
