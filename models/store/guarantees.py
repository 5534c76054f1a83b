"""Storage of what the supervision of enterprises (包保) rests on: profile, tier, operation, and their histories."""

from dataclasses import asdict
from uuid import UUID

from models.domain.guarantees import EntityChange, Guarantee, TierChange
from models.store.connect import Read, Write

MOST_LINES = 100
"""A history shows so many lines, the newest."""


def guarantee(r: Read, entity_id: UUID) -> Guarantee | None:
    """Return one enterprise as those who supervise it see it."""
    return r.one(Guarantee, "guarantees", "guarantee", {"id": entity_id})


def guarantee_for_update(w: Write, entity_id: UUID) -> Guarantee | None:
    """Return one enterprise, locked until the transaction ends."""
    return w.one(Guarantee, "guarantees", "guarantee_for_update", {"id": entity_id})


def guarantees(r: Read, *, tier: str | None, after: UUID | None, limit: int) -> list[Guarantee]:
    """Return enterprises by id, of one tier or of all."""
    return r.all(Guarantee, "guarantees", "guarantees", {"tier": tier, "after": after, "limit": limit})


def change_guarantee(w: Write, changed: Guarantee) -> Guarantee | None:
    """Store the profile, the tier or the operation of an enterprise; None if somebody else was faster."""
    return w.one(Guarantee, "guarantees", "change_guarantee", asdict(changed))


def add_tier_change(w: Write, line: TierChange) -> None:
    """Add a line to the history of a tier."""
    w.run("guarantees", "add_tier_change", asdict(line))


def tier_changes(r: Read, *, entity_id: UUID) -> list[TierChange]:
    """Return the history of an enterprise's tier, newest first."""
    return r.all(TierChange, "guarantees", "tier_changes", {"entity_id": entity_id, "limit": MOST_LINES})


def add_entity_change(w: Write, line: EntityChange) -> None:
    """Register a change of an enterprise."""
    w.run("guarantees", "add_entity_change", asdict(line))


def entity_changes(r: Read, *, entity_id: UUID) -> list[EntityChange]:
    """Return the registered changes of an enterprise, newest first."""
    return r.all(EntityChange, "guarantees", "entity_changes", {"entity_id": entity_id, "limit": MOST_LINES})
