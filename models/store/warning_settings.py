"""Storage of the settings of rules of warnings: what counts, and the history."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from models.domain.warnings import RuleSetting
from models.store.connect import Read, Write


def in_force(r: Read, *, rule: str | None = None) -> list[RuleSetting]:
    """Return the settings that count, of one rule or of all."""
    return r.all(RuleSetting, "warning_settings", "in_force", {"rule": rule})


def setting(r: Read, setting_id: UUID) -> RuleSetting | None:
    """Return one setting."""
    return r.one(RuleSetting, "warning_settings", "setting", {"id": setting_id})


def history(r: Read, *, rule: str, before: UUID | None, limit: int) -> list[RuleSetting]:
    """Return the settings of a rule, newest first."""
    return r.all(RuleSetting, "warning_settings", "history", {"rule": rule, "before": before, "limit": limit})


def next_version(w: Write, *, tenant_id: str, region_code: str, rule: str) -> int:
    """Lock a rule for a region, and return the number of its next setting."""
    place = {"tenant_id": tenant_id, "region_code": region_code, "rule": rule}
    w.value("warning_settings", "lock_place", place)
    return int(w.value("warning_settings", "newest", place)) + 1


def living(r: Read, *, tenant_id: str) -> int:
    """Return how many settings of a tenant count."""
    return int(r.value("warning_settings", "living", {"tenant_id": tenant_id}))


def add(w: Write, new: RuleSetting) -> None:
    """Store a setting; it takes the place of the one before it."""
    place = {"tenant_id": new.tenant_id, "region_code": new.region_code, "rule": new.rule}
    w.run("warning_settings", "end_at", {**place, "by": new.set_by, "reason": new.reason, "at": new.set_at})
    w.run("warning_settings", "add", asdict(new) | {"steps": Jsonb([asdict(one) for one in new.steps])})


def end(w: Write, setting_id: UUID, *, by: str, reason: str, at: datetime) -> RuleSetting | None:
    """End a setting; None if it has ended, or the caller may not end it."""
    return w.one(RuleSetting, "warning_settings", "end", {"id": setting_id, "by": by, "reason": reason, "at": at})
