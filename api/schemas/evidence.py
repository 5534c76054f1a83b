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
    """A piece of evidence; its bytes are at `/v1/evidence/{id}/content`, and looking is logged.

    A clip has an end; `detail` says how it came to be, for example its codec and the node that brought it.
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
    """A copy of a piece of evidence: how far it is, how often it was tried, and what was wrong the last time."""

    kind: CopyKind
    state: Literal["pending", "ready", "failed"]
    attempts: int
    error: str | None


class EvidenceDetail(EvidenceOut):
    """A piece of evidence with the copies that were made of it."""

    copies: list[CopyOut]


class UploadedOut(Out):
    """A file that has come whole."""

    evidence_id: UUID
    sha256: str
    bytes: int


class ClipOut(Out):
    """How far the clip of a violation has come; `error` is why the node brought none."""

    id: UUID
    violation_id: UUID
    state: ClipState
    ends_at: datetime
    error: str | None
    evidence_id: UUID | None
