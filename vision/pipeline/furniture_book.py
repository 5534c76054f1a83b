"""What is furniture in front of each camera: kept in memory for the judge, and stored for the next one."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import structlog

from models.base.errors import LeaseLost
from models.base.ids import uuid7
from models.changes.furniture import Why, forget_places, learn_place
from models.domain.furniture import LearntPlace
from models.domain.place import owner_of
from models.store import Store, Write, furniture
from models.store.devices import Route
from vision.judging.furniture import Furniture, Place

log = structlog.get_logger()

SEEN_EVERY = timedelta(minutes=5)
"""How often the time of a place that is still seen is stored."""
_LATE = timedelta(minutes=1)
"""A refusal is read again for this long, since it may commit after a later one."""


@dataclass(slots=True)
class _Camera:
    """The places of a camera, its site, and what of the places is stored: id → when it was last seen."""

    site_id: str | None
    furniture: Furniture = field(default_factory=Furniture)
    stored: dict[UUID, datetime] = field(default_factory=dict)


class FurnitureBook:
    """The furniture of the cameras that this process judges. Only the thread that judges uses it.

    Args:
        store: where the places are stored.
        fence: called last in each transaction about a camera; it raises `LeaseLost` if another process judges it.
    """

    def __init__(self, store: Store, *, fence: Callable[[Write, Route], None]) -> None:
        self._store, self._fence = store, fence
        self._cameras: dict[str, _Camera] = {}
        self._refused: datetime | None = None

    def of(self, device_id: str, *, site_id: str) -> Furniture:
        """Return the furniture of a camera, which its judge goes on learning."""
        return self._cameras.setdefault(device_id, _Camera(site_id)).furniture

    def take_up(self, places: Iterable[LearntPlace]) -> None:
        """Go on with what was stored."""
        for place in places:
            camera = self._cameras.setdefault(place.device_id, _Camera(place.site_id))
            camera.furniture.take_up([_judged(place)])
            camera.stored[place.id] = place.seen_at

    def leave(self, sites: Collection[str]) -> None:
        """Forget the cameras of sites that another process judges from now on, and may forget places of."""
        self._cameras = {device: camera for device, camera in self._cameras.items() if camera.site_id not in sites}

    def sync(self, routes: Mapping[str, Route], *, at: datetime) -> None:
        """Store what was learnt and forgotten, and learn what people have refused.

        Raises:
            StoreUnavailable: the database does not answer; the next call stores the rest.
        """
        for device_id, camera in self._cameras.items():
            route = routes.get(device_id)
            if route is None:
                continue
            try:
                self._store_changes(camera, route, at=at)
            except LeaseLost:
                log.info("another process judges this camera", device=device_id)
        self._read_refusals(at=at)

    def _store_changes(self, camera: _Camera, route: Route, *, at: datetime) -> None:
        kept = [place for place in camera.furniture.places if place.learnt or place.refused]
        new = [place for place in kept if place.id is None and place.learnt]
        old = [place for place in kept if place.id is not None and self._is_stale(camera, place)]
        gone = camera.stored.keys() - {place.id for place in kept}
        if not (new or old or gone):
            camera.furniture.moved = False
            return
        ids = [uuid7() for _ in new]
        with self._store.write() as w:
            for place_id, place in zip(ids, new, strict=True):
                learn_place(w, _stored(place, place_id, route, at=at))
            for place in old:
                if place.id is not None:
                    furniture.keep(w, _stored(place, place.id, route, at=at))
            if gone:
                why: Why = "moved" if camera.furniture.moved else "away"
                forget_places(w, route.device_id, gone, why=why, at=at)
            self._fence(w, route)
        for place_id, place in zip(ids, new, strict=True):
            place.id = place_id
            log.info("furniture learnt", device=route.device_id, box=[round(float(one), 3) for one in place.box])
        for place in camera.furniture.places:
            if place.id in gone:
                place.id = None  # if nothing stirs there again, it is learnt anew
        camera.stored = {place.id: _moment(place.seen_s) for place in kept if place.id is not None}
        camera.furniture.moved = False

    def _is_stale(self, camera: _Camera, place: Place) -> bool:
        stored = None if place.id is None else camera.stored.get(place.id)
        return stored is not None and _moment(place.seen_s) - stored >= SEEN_EVERY

    def _read_refusals(self, *, at: datetime) -> None:
        stored = {device_id for device_id, camera in self._cameras.items() if camera.stored}
        if stored:
            since = (self._refused or at - SEEN_EVERY) - _LATE
            with self._store.read() as r:
                found = furniture.refused_since(r, stored, since=since)
            for place in found:
                known = self._cameras[place.device_id].furniture.places
                if not any(one.id == place.id and one.refused for one in known):
                    log.info("no furniture, says a person", device=place.device_id, by=place.refused_by)
                    self.take_up([place])
        self._refused = at


def _judged(place: LearntPlace) -> Place:
    """Return a stored place in the form of the judge."""
    return Place(
        box=np.array(place.box, np.float32),
        since_s=place.since.timestamp(),
        seen_s=place.seen_at.timestamp(),
        seen=place.frames,
        frames=place.frames,
        refused=place.refused_at is not None,
        learnt=place.refused_at is None,
        id=place.id,
    )


def _stored(place: Place, place_id: UUID, route: Route, *, at: datetime) -> LearntPlace:
    return LearntPlace(
        id=place_id,
        **owner_of(route),
        device_id=route.device_id,
        box=tuple(round(float(one), 5) for one in place.box),
        since=_moment(place.since_s),
        learnt_at=at,
        seen_at=_moment(place.seen_s),
        frames=place.seen,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
