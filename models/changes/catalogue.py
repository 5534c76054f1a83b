"""Changes of the catalogue's overrides: one call stores each with its entry in the history."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from models.base.ids import uuid7
from models.catalogue.overrides import Override
from models.domain.access import Actor
from models.store.connect import Write


def begin_override(w: Write, override: Override, *, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Store a new override; `before` and `after` are the values that it changes at its place."""
    params = {**asdict(override), "place": override.place, "changes": Jsonb(override.changes)}
    w.run("catalogue", "begin", params)
    by = Actor(name=override.actor, role=override.actor_role)
    _log(w, override, "begin", by=by, reason=override.reason, values=(before, after), at=override.created_at)


def end_override(
    w: Write,
    override: Override,
    *,
    by: Actor,
    reason: str,
    before: dict[str, Any],
    after: dict[str, Any],
    at: datetime,
) -> Override | None:
    """End an override; return None if it has ended already, or the caller may not end it."""
    params = {"id": override.id, "by": by.name, "reason": reason, "at": at}
    ended = w.one(Override, "catalogue", "end", params)
    if ended is not None:
        _log(w, ended, "end", by=by, reason=reason, values=(before, after), at=at)
    return ended


def _log(
    w: Write,
    override: Override,
    action: str,
    *,
    by: Actor,
    reason: str,
    values: tuple[dict[str, Any], dict[str, Any]],
    at: datetime,
) -> None:
    params = {
        "id": uuid7(),
        "override_id": override.id,
        "at": at,
        "action": action,
        "actor": by.name,
        "actor_role": by.role,
        "reason": reason,
        "before": Jsonb(values[0]),
        "after": Jsonb(values[1]),
    }
    w.run("catalogue", "add_log", params)
