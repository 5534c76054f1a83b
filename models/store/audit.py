"""Storage of the audit log. Changes of rights and rules note themselves by triggers; looks and exports come here."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.domain.audit import AuditEntry
from models.store.connect import Read, Write

PAGE = 1000


def note(
    w: Write,
    *,
    action: str,
    about: str,
    tenant_id: str,
    region_code: str = "",
    entity_id: UUID | None = None,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an entry; its actor is that of the transaction's scope."""
    params = {
        "action": action,
        "object": about,
        "tenant_id": tenant_id,
        "region_code": region_code,
        "entity_id": entity_id,
        "reason": reason,
        "detail": Jsonb(detail or {}),
    }
    w.value("audit", "note", params)


def act_as(w: Write, actor: str) -> None:
    """Name the actor of a transaction without a scope, as of a command."""
    w.value("audit", "act_as", {"actor": actor})


def entries(
    r: Read,
    *,
    before: int | None = None,
    action: str = "",
    actor: str = "",
    about: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
) -> list[AuditEntry]:
    """Return a page of the entries of the scope, the newest first.

    Args:
        r: the transaction.
        before: only entries with a smaller number.
        action: its beginning, as `evidence.`.
        actor: the actor.
        about: the object.
        since: the earliest moment.
        until: the moment before which entries count.
        limit: how many.
    """
    params = {
        "before": before,
        "action": action,
        "actor": actor,
        "object": about,
        "since": since,
        "until": until,
        "limit": limit,
    }
    return r.all(AuditEntry, "audit", "entries", params)


def all_entries(r: Read, *, since: datetime | None, until: datetime | None, most: int) -> Iterator[AuditEntry]:
    """Yield the entries of a time, the newest first, at most `most`."""
    before: int | None = None
    while most > 0:
        page = entries(r, before=before, since=since, until=until, limit=min(PAGE, most))
        yield from page
        if len(page) < min(PAGE, most):
            return
        before, most = page[-1].seq, most - len(page)
