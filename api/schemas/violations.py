"""Violations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.schemas.common import Out
from models.catalogue.terms import (
    Review,
    Severity,
    ViolationState,
    Zone,
)


class ViolationOut(Out):
    """A violation (违规行为)."""

    id: UUID
    site_id: str
    device_id: str
    code: str
    label: str
    zone: Zone
    severity: Severity
    track_id: int | None
    state: ViolationState
    review: Review
    started_at: datetime
    ended_at: datetime | None
    occurred_at: datetime
    received_at: datetime
    score: float
    boxes: list[dict[str, Any]]
    model: dict[str, Any]
    rule: dict[str, Any]
    evidence_ids: list[UUID]
    alert_id: UUID | None
    version: int
    catalogue: dict[str, Any] | None
