"""The own calendar of enterprises (营业日历): the days on which they do business, and so owe a day record."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from models.catalogue.duty_terms import OpeningKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRule:
    """A line of the calendar of one enterprise, or of the enterprises of some kinds in a region (school holidays).

    Attributes:
        entity_id: the enterprise; None for a line of a region.
        region_code: that of the enterprise, or the prefix of the region's codes.
        business_kinds: the kinds of enterprises that a region's line is for; empty for one of an enterprise.
        first, last: the first and the last day; None for no end.
        weekdays: for a weekly line the days of the week, 1 Monday to 7 Sunday.
        ended_at: when somebody ended it; `last` is the last day on which it counted.
    """

    id: UUID
    tenant_id: str
    entity_id: UUID | None
    region_code: str
    business_kinds: tuple[str, ...]
    kind: OpeningKind
    first: date
    last: date | None
    weekdays: tuple[int, ...]
    reason: str
    set_by: str
    set_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None
