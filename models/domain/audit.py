"""Entries of the audit log: who looked, took away or changed what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry of the audit log, which is append-only and part of the evidence chain.

    Attributes:
        seq: its number; higher is later.
        region_code: where the object lies; empty: the whole tenant.
        action: `evidence.viewed`, `data.exported`, `data.applied`, `session.opened`, or a table with `.added`,
            `.changed`, `.removed`.
        object: what it is about, as `kind:id`.
        detail: of a change each changed column with [old, new] value; secrets are `***`.
    """

    id: UUID
    seq: int
    at: datetime
    tenant_id: str
    region_code: str
    entity_id: UUID | None
    actor: str
    action: str
    object: str
    reason: str
    detail: dict[str, Any]
