"""Changes of rechecks (督导抽查): each is stored and announced by one call; enterprises do not see these events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.changes.states import time_or_none
from models.domain.rechecks import Recheck
from models.events.payloads import RecheckData
from models.events.types import EventType
from models.store import rechecks
from models.store.connect import Write


def add_recheck(w: Write, new: Recheck, *, at: datetime) -> bool:
    """Store and announce a visit that was drawn; False if it was drawn before."""
    if not rechecks.add(w, new):
        return False
    _told(w, EventType.supervision_drawn, new, version=1, at=at)
    return True


def finish_recheck(w: Write, done: Recheck, *, at: datetime) -> Recheck | None:
    """Store and announce what the second person found; None if it was done before."""
    stored = rechecks.finish(w, done)
    if stored is not None:
        _told(w, EventType.supervision_rechecked, stored, version=2, at=at)
    return stored


def recheck_state(one: Recheck, *, version: int) -> RecheckData:
    """Return a recheck as its events announce it; the answers stay out."""
    return RecheckData(
        version=version,
        recheck_id=str(one.id),
        draw_id=str(one.draw_id),
        visit_id=str(one.visit_id),
        cadre_id=str(one.cadre_id),
        drawn_at=rfc3339(one.drawn_at),
        method=one.method,
        took_place=one.took_place,
        compared=one.compared,
        differing=one.differing,
        done_at=time_or_none(one.done_at),
    )


def _told(w: Write, event: EventType, one: Recheck, *, version: int, at: datetime) -> None:
    data = cast("Mapping[str, Any]", recheck_state(one, version=version))
    announce(w, event, one, data, site_id=NOWHERE, device_id=NODE_ITSELF, at=at)
