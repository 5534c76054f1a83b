"""Say that a place which a camera's judge has learnt as furniture is somebody: heads there count again."""

from datetime import datetime
from uuid import UUID

from models.base.errors import Conflict, NotFound
from models.changes.furniture import refuse_place
from models.domain.access import Actor
from models.domain.furniture import LearntPlace
from models.store import furniture
from models.store.connect import Write


def refuse(w: Write, camera_id: str, place_id: UUID, *, reason: str, by: Actor, at: datetime) -> LearntPlace:
    """Refuse a place. Anybody who sees the camera may: it can only make more heads count.

    The camera's judge hears of it within half a minute, and never learns the place again until the camera moves.

    Raises:
        NotFound: no such place at a camera that the caller sees.
        Conflict: somebody refused it before.
    """
    place = furniture.place_locked(w, place_id, device_id=camera_id)
    if place is None:
        raise NotFound(f"no learnt place {place_id} at camera {camera_id!r}")
    refused = refuse_place(w, place, reason=reason, by=by, at=at)
    if refused is None:
        raise Conflict(f"已由 {place.refused_by} 标记为人员 this place was refused by {place.refused_by}")
    return refused
