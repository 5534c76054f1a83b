"""Furniture that a camera's judge has learnt."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.base.ids import uuid7
from models.changes.furniture import learn_place
from models.domain.furniture import LearntPlace
from models.domain.place import owner_of
from models.store import Store, devices
from tests.support.world import Kitchen


def learnt(store: Store, kitchen: Kitchen, *, x: float = 0.4) -> UUID:
    """Store a place at a kitchen's camera at which a thing is taken for a head; return its id."""
    at = datetime.now(UTC)
    with store.write() as w:
        device = devices.device(w, kitchen.camera)
        assert device is not None
        place = LearntPlace(
            id=uuid7(),
            **owner_of(device.place),
            device_id=device.id,
            box=(x, 0.2, x + 0.05, 0.29),
            since=at - timedelta(hours=2),
            learnt_at=at - timedelta(hours=1),
            seen_at=at,
            frames=7000,
        )
        learn_place(w, place)
        return place.id
