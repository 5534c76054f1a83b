"""Changes of the furniture in front of a camera: one call stores each and adds it to the camera's history."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from models.base.clock import rfc3339
from models.changes.history import add_history
from models.changes.states import actor_data
from models.domain.access import Actor
from models.domain.furniture import LearntPlace
from models.store import furniture
from models.store.connect import Write

Why = Literal["moved", "away"]
"""Why places are forgotten: the camera shows others, or nothing was seen there any more, or something stirred."""


def learn_place(w: Write, place: LearntPlace) -> None:
    """Store a new place, from which on heads there do not count."""
    furniture.keep(w, place)
    add_history(w, kind="furniture_learnt", detail=_place(place), at=place.learnt_at, device_id=place.device_id)


def forget_places(w: Write, device_id: str, ids: Collection[UUID], *, why: Why, at: datetime) -> None:
    """Forget places, at which heads count again."""
    number = furniture.forget(w, device_id, ids)
    if number:
        detail = {"why": why, "places": number}
        add_history(w, kind="furniture_forgotten", detail=detail, at=at, device_id=device_id)


def refuse_place(w: Write, place: LearntPlace, *, reason: str, by: Actor, at: datetime) -> LearntPlace | None:
    """Store that a person is at a place; return None if that was stored before."""
    refused = furniture.refuse(w, place.id, by=by.name, reason=reason, at=at)
    if refused is not None:
        detail = {**actor_data(by), **_place(place), "reason": reason}
        add_history(w, kind="furniture_refused", detail=detail, at=at, device_id=place.device_id)
    return refused


def _place(place: LearntPlace) -> dict[str, Any]:
    return {"id": str(place.id), "box": list(place.box), "since": rfc3339(place.since)}
