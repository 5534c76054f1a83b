"""Storage of the furniture that cameras' judges have learnt."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.domain.furniture import LearntPlace
from models.store.connect import Read, Write


def at_sites(r: Read, sites: Collection[str]) -> list[LearntPlace]:
    """Return the furniture of the supervised cameras of several sites; what was refused comes by the time of that."""
    return r.all(LearntPlace, "furniture", "at_sites", {"sites": sorted(sites)})


def of_cameras(r: Read, device_ids: Collection[str]) -> list[LearntPlace]:
    """Return the furniture of several cameras, by camera, oldest first."""
    return r.all(LearntPlace, "furniture", "of_cameras", {"device_ids": sorted(device_ids)})


def refused_since(r: Read, device_ids: Collection[str], *, since: datetime) -> list[LearntPlace]:
    """Return the places of several cameras that a person has refused since a moment."""
    return r.all(LearntPlace, "furniture", "refused_since", {"device_ids": sorted(device_ids), "since": since})


def place_locked(w: Write, place_id: UUID, *, device_id: str) -> LearntPlace | None:
    """Return one place of a camera for a change; the row is locked."""
    return w.one(LearntPlace, "furniture", "locked", {"id": place_id, "device_id": device_id})


def keep(w: Write, place: LearntPlace) -> None:
    """Store a place, or when and how often a stored one was seen; a refusal stays."""
    w.run("furniture", "keep", {**asdict(place), "box": list(place.box)})


def forget(w: Write, device_id: str, ids: Collection[UUID]) -> int:
    """Forget places of a camera; return how many there were."""
    return w.run("furniture", "forget", {"device_id": device_id, "ids": list(ids)})


def refuse(w: Write, place_id: UUID, *, by: str, reason: str, at: datetime) -> LearntPlace | None:
    """Note that somebody is at a place; return None if that was noted before."""
    return w.one(LearntPlace, "furniture", "refuse", {"id": place_id, "by": by, "reason": reason, "at": at})
