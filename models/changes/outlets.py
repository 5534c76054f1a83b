"""Changes of chains (连锁): each place of a store is stored and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from models.base.clock import rfc3339
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.domain.outlets import Outlet
from models.events.payloads import OutletData
from models.events.types import EventType
from models.store import outlets
from models.store.connect import Write


def put_outlet(w: Write, new: Outlet, *, at: datetime) -> Outlet | None:
    """Store and announce the place of an enterprise in a chain; None if it is not the caller's to set."""
    stored = outlets.put(w, new)
    if stored is not None:
        _told(w, EventType.outlet_placed, stored, at=at)
    return stored


def remove_from_chain(w: Write, entity_id: UUID, *, at: datetime) -> bool:
    """Take an enterprise out of its chain and announce it; return whether it was in one."""
    known = outlets.outlet(w, entity_id)
    if known is None or not outlets.remove(w, entity_id):
        return False
    _told(w, EventType.outlet_removed, known, at=at)
    return True


def outlet_state(one: Outlet, *, at: datetime) -> OutletData:
    """Return the place of an enterprise in a chain as its events announce it."""
    return OutletData(entity_id=str(one.entity_id), hq_id=str(one.hq_id), parent_id=str(one.parent_id), at=rfc3339(at))


def _told(w: Write, event: EventType, one: Outlet, *, at: datetime) -> None:
    data = cast("Mapping[str, Any]", outlet_state(one, at=at))
    announce(w, event, one, data, site_id=NOWHERE, device_id=NODE_ITSELF, at=at)
