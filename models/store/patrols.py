"""Storage of online patrols (线上巡查) and the pictures that were kept for them."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from models.domain.patrols import CameraShot, Patrol
from models.store.connect import Read, Write


def add_shot(w: Write, shot: CameraShot) -> None:
    """Note that a present picture of a camera was kept as evidence."""
    w.run("patrols", "add_shot", asdict(shot))


def shots_named(r: Read, ids: Collection[UUID]) -> dict[UUID, CameraShot]:
    """Return several kept pictures by the id of their evidence."""
    return {shot.evidence_id: shot for shot in r.all(CameraShot, "patrols", "shots_named", {"ids": list(ids)})}


def shots_since(r: Read, *, taken_by: str, since: datetime) -> int:
    """Return how many pictures somebody has kept since a moment."""
    return int(r.value("patrols", "shots_since", {"taken_by": taken_by, "since": since}))


def patrol(r: Read, patrol_id: UUID) -> Patrol | None:
    """Return one patrol."""
    return r.one(Patrol, "patrols", "patrol", {"id": patrol_id})


def patrols(r: Read, *, site_id: str | None, limit: int) -> list[Patrol]:
    """Return patrols, the newest first, of one kitchen or of all."""
    return r.all(Patrol, "patrols", "patrols", {"site_id": site_id, "limit": limit})


def add_patrol(w: Write, new: Patrol) -> bool:
    """Store a patrol; return whether it is new."""
    fields = asdict(new)
    fields |= {name: Jsonb(list(fields[name])) for name in ("answers", "shots", "hazards")}
    return w.run("patrols", "add_patrol", fields) == 1
