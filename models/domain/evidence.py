"""Evidence: files that prove something, their copies, and their deletion."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from models.catalogue.terms import (
    CopyKind,
    EvidenceKind,
)
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Owner):
    """One file that proves something; the evidence store holds its bytes under `sha256`.

    Attributes:
        ends_at: the last moment that a clip shows; None for a picture of one moment.
        detail: its origin, for example `{"codec": "h264", "by": "node-1"}`.
    """

    id: UUID
    kind: EvidenceKind
    sha256: str
    bytes: int
    mime: str
    captured_at: datetime
    ends_at: datetime | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCopy(Owner):
    """A copy of a piece of evidence: one that every browser plays, or one with blurred faces."""

    evidence_id: UUID
    kind: CopyKind
    state: Literal["pending", "ready", "failed"]
    sha256: str | None
    bytes: int | None
    mime: str | None
    error: str | None
    attempts: int
    wanted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """The deletion of a file after its retention time; the platform keeps the file's hash."""

    evidence_id: UUID
    purged_at: datetime
    reason: str
