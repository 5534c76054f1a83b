"""Storage of escalation chains."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from models.catalogue.terms import Severity
from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedChain:
    """A chain as somebody saved it; `steps` has the form of `chains.toml`."""

    tenant_id: str
    jurisdiction: str
    severity: Severity
    version: int
    steps: dict[str, Any]
    reason: str
    saved_by: str
    saved_at: datetime


def chain_of(r: Read, *, tenant_id: str, region_code: str, severity: Severity) -> SavedChain | None:
    """Return the chain that applies in a region; None if nobody saved one. Read once per transaction."""
    params = {"tenant_id": tenant_id, "region_code": region_code, "severity": severity}
    return r.once("chain", tuple(params.values()), lambda: r.one(SavedChain, "chains", "chain", params))


def saved_chains(r: Read, *, tenant_id: str, limit: int) -> list[SavedChain]:
    """Return the saved chains of a tenant, newest first."""
    return r.all(SavedChain, "chains", "saved", {"tenant_id": tenant_id, "limit": limit})


def save_chain(
    w: Write,
    *,
    tenant_id: str,
    jurisdiction: str,
    severity: Severity,
    steps: dict[str, Any],
    reason: str,
    by: str,
    at: datetime,
) -> SavedChain:
    """Store a new version of a chain. Older versions stay as the history."""
    key = {"tenant_id": tenant_id, "jurisdiction": jurisdiction, "severity": severity}
    w.value("chains", "lock", key)
    params = {**key, "steps": Jsonb(steps), "reason": reason, "saved_by": by, "saved_at": at}
    saved = w.one(SavedChain, "chains", "save", params)
    w.forget_all("chain")
    if saved is None:
        raise LookupError("an INSERT returned no row")
    return saved
