"""Storage of evidence and of the log of its readers."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from psycopg.types.json import Jsonb

from models.domain.evidence import Evidence, Purge
from models.store import audit
from models.store.connect import Read, Write


def add_evidence(w: Write, evidence: Evidence) -> None:
    """Register a file of the evidence store."""
    w.run("evidence", "add_evidence", {**asdict(evidence), "detail": Jsonb(evidence.detail)})


def evidence(r: Read, evidence_id: UUID) -> Evidence | None:
    """One piece of evidence."""
    return r.one(Evidence, "evidence", "evidence", {"id": evidence_id})


def evidence_of(r: Read, ids: Sequence[UUID]) -> list[Evidence]:
    """Several pieces of evidence."""
    return r.all(Evidence, "evidence", "evidence_of", {"ids": list(ids)})


def purge_of(r: Read, evidence_id: UUID) -> Purge | None:
    """Return when and why a file was deleted; None while it is kept."""
    return r.one(Purge, "evidence", "purge_of", {"id": evidence_id})


def note_look(w: Write, piece: Evidence, *, copy: str, exported: bool = False, reason: str = "") -> None:
    """Note in the audit log that the actor of the transaction looked at a piece of evidence or took it away."""
    audit.note(
        w,
        action="evidence.exported" if exported else "evidence.viewed",
        about=f"evidence:{piece.id}",
        tenant_id=piece.tenant_id,
        region_code=piece.region_code,
        entity_id=piece.entity_id,
        reason=reason,
        detail={"copy": copy},
    )
