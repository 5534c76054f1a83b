"""What was found: violations a camera saw, and the alerts (预警) they and sensor breaches become."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from models.terms import AlertOrigin, AlertState, CopyKind, EvidenceKind, Review, Severity, ViolationState, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One file that proves something; its bytes lie in the evidence store under `sha256`.

    Attributes:
        ends_at: the last moment a clip shows; None for what shows one moment.
        detail: how it was made, for example `{"codec": "h264", "by": "node-1"}`.
    """

    id: UUID
    tenant_id: str
    entity_id: UUID
    region_code: str
    kind: EvidenceKind
    sha256: str
    bytes: int
    mime: str
    captured_at: datetime
    ends_at: datetime | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCopy:
    """A copy made from a piece of evidence: one that every browser plays, or one with blurred faces."""

    evidence_id: UUID
    kind: CopyKind
    tenant_id: str
    entity_id: UUID
    region_code: str
    state: Literal["pending", "ready", "failed"]
    sha256: str | None
    bytes: int | None
    mime: str | None
    error: str | None
    attempts: int
    wanted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """A file that was deleted when its time was over; the hash of what it was stays known."""

    evidence_id: UUID
    purged_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A violation (违规行为): a rule over a track in a zone over time, never a single detection.

    Attributes:
        boxes: `[{"name", "score", "x", "y", "w", "h"}]`, normalised 0–1, top-left corner and size.
        model: name, version, sha256 of the weights that saw it.
        rule: id and version of the rule that judged it.
        occurred_at: the device's claim; received_at is the platform's clock.
    """

    id: UUID
    tenant_id: str
    entity_id: UUID
    region_code: str
    site_id: str
    device_id: str
    code: str
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
    evidence_ids: tuple[UUID, ...]
    alert_id: UUID | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert (预警): one open situation `(device, code, zone)` that a person has to judge.

    `occurrences` counts the violations or breaches gathered in it. It stays open (`closed_at` is
    None) until it is rejected, or confirmed and its task is done. `version` moves with every change;
    `revision`, what a verdict has to name, only with severity and state.
    """

    id: UUID
    tenant_id: str
    entity_id: UUID
    region_code: str
    site_id: str
    device_id: str
    code: str
    zone: Zone
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
