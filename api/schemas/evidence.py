"""Evidence, its copies, and clips."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from api.schemas.common import Out
from models.catalogue.terms import (
    ClipState,
    CopyKind,
    EvidenceKind,
)


class EvidenceOut(Out):
    """A piece of evidence. `/v1/evidence/{id}/content` returns its bytes and logs who looked.

    A clip has an end. `detail` states its origin, for example the codec and the node that uploaded it.
    """

    id: UUID
    kind: EvidenceKind
    sha256: str
    bytes: int
    mime: str
    captured_at: datetime
    ends_at: datetime | None
    detail: dict[str, Any]


class CopyOut(Out):
    """A copy of a piece of evidence: its state, the number of attempts to make it, and the last error."""

    kind: CopyKind
    state: Literal["pending", "ready", "failed"]
    attempts: int
    error: str | None


class EvidenceDetail(EvidenceOut):
    """A piece of evidence with the copies that were made of it."""

    copies: list[CopyOut]


class UploadedOut(Out):
    """A completely uploaded file."""

    evidence_id: UUID
    sha256: str
    bytes: int


class ClipOut(Out):
    """The state of a violation's clip; `error` states why the node uploaded none."""

    id: UUID
    violation_id: UUID
    state: ClipState
    ends_at: datetime
    error: str | None
    evidence_id: UUID | None
