"""Alerts (预警): situations that a person has to review."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.catalogue.terms import (
    AlertOrigin,
    AlertState,
    Severity,
)
from models.domain.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Place):
    """An alert (预警): one open situation `(device, code, zone)` that a person has to review.

    `occurrences` counts the violations or breaches gathered in it. It stays open (`closed_at` is
    None) until it is rejected, or confirmed and its task is done. `version` increases with every change;
    `revision`, which a verdict has to name, only with changes of severity and state. `catalogue` is the
    version of the catalogue and the overrides from which its severity comes.
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
