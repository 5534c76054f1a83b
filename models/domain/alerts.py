"""Alerts (预警): situations that need a person's verdict."""

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
