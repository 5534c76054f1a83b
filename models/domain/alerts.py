"""Alerts (预警): situations that need a person's verdict."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.base.ids import uuid7
from models.catalogue.terms import (
    AlertOrigin,
    AlertState,
    Severity,
)
from models.domain.place import Place, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Place):
    """An alert (预警): one open situation `(device, code, zone)` that needs a person's verdict.

    `occurrences` counts its violations or breaches. It stays open (`closed_at` is None) until a person rejects it, or
    confirms it and its task is done. `version` rises with every change; `revision`, which a verdict must name, rises
    only with severity and state. `catalogue` holds the catalogue version and the overrides that set its severity.
    """

    id: UUID
    code: str
    severity: Severity
    origin: AlertOrigin
    state: AlertState
    occurrences: int
    first_at: datetime
    last_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    score: float | None
    measured: dict[str, Any] | None
    evidence_ids: tuple[UUID, ...]
    reviewed_by: str | None
    reviewed_at: datetime | None
    reason: str | None
    remark: str | None
    version: int
    revision: int
    catalogue: dict[str, Any] | None = None

    @classmethod
    def waiting(
        cls,
        place: Place,
        *,
        code: str,
        severity: Severity,
        origin: AlertOrigin,
        opened_at: datetime,
        first_at: datetime | None = None,
        last_at: datetime | None = None,
        score: float | None = None,
        measured: dict[str, Any] | None = None,
        evidence_ids: tuple[UUID, ...] = (),
        catalogue: dict[str, Any] | None = None,
    ) -> Self:
        """Return a new alert of one finding, which waits for its verdict; by default it was seen when it is opened."""
        return cls(
            id=uuid7(),
            **place_of(place),
            code=code,
            severity=severity,
            origin=origin,
            state=AlertState.pending_review,
            occurrences=1,
            first_at=first_at or opened_at,
            last_at=last_at or opened_at,
            opened_at=opened_at,
            closed_at=None,
            score=score,
            measured=measured,
            evidence_ids=evidence_ids,
            reviewed_by=None,
            reviewed_at=None,
            reason=None,
            remark=None,
            version=1,
            revision=1,
            catalogue=catalogue,
        )
