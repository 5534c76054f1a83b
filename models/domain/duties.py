"""What an enterprise has to account for: a kitchen's day or week, or the enterprise's month, and how far it is."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from models.catalogue.duty_terms import RecordState


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRecord:
    """One day, week or month.

    Attributes:
        site_id, site: the kitchen and its name; None and empty for the whole enterprise.
        begin: its first day.
        record_id, state: the record or report; both None while nobody has opened it.
        late: it was signed late.
    """

    site_id: str | None
    site: str
    begin: date
    record_id: UUID | None
    state: RecordState | None
    late: bool
