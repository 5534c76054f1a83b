"""Violations: breaches of rules that a camera showed over time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.catalogue.terms import (
    Review,
    Severity,
    ViolationState,
)
from models.domain.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation(Place):
    """A violation (违规行为): the breach of a rule over time, on a track in a zone; never a single detection.

    Attributes:
        boxes: `[{"name", "score", "x", "y", "w", "h"}]`, normalised 0–1, top-left corner and size.
        model: name, version and sha256 of the weights that detected it, with the same of the network of the rounds as
            `rounds` where boxes of it may be among them.
        rule: id and version of the rule that found it.
        occurred_at: time by the device's clock; `received_at` is by the platform's clock.
        catalogue: version of the catalogue and the overrides that set its severity.
    """

    id: UUID
    code: str
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
    evidence_ids: tuple[UUID, ...]
    alert_id: UUID | None
    version: int
    catalogue: dict[str, Any] | None = None
