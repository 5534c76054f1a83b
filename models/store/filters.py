"""What a caller chooses of a list beyond its scope: the same for alerts, tasks, violations and the feed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.base.ids import uuid7_at
from models.catalogue.terms import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Conditions that all have to hold; None, or an empty text, asks for nothing.

    Attributes:
        region: a prefix of region codes.
        since, until: when the row was made: from `since` on, before `until`.
        text: a part of the name of the enterprise or of the kitchen.
    """

    code: str | None = None
    severity: Severity | None = None
    region: str | None = None
    entity_id: UUID | None = None
    site_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""

    def params(self) -> dict[str, Any]:
        """Return the values for the parameters of queries; times as the ids that rows made at them have."""
        return {
            "code": self.code,
            "severity": self.severity,
            "region": self.region,
            "entity_id": self.entity_id,
            "site_id": self.site_id,
            "first": None if self.since is None else uuid7_at(self.since),
            "beyond": None if self.until is None else uuid7_at(self.until),
            "text": self.text,
        }

    @property
    def prepared(self) -> bool | None:
        """Whether one plan may serve all callers: what is asked for decides which index serves."""
        return None if self == EVERYTHING else False


EVERYTHING = Filter()
