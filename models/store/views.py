"""Storage of the present pictures of cameras that somebody watches."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from models.catalogue.supervision_terms import BusinessKind
from models.domain.views import CameraView, WallCamera, Watched
from models.store.connect import Read, Write


def cameras(
    r: Read,
    *,
    region: str = "",
    entity_id: UUID | None = None,
    kinds: Collection[BusinessKind | None] | None = None,
    after: str,
    limit: int,
) -> list[WallCamera]:
    """Return supervised cameras by id, of a region prefix, an enterprise, or some lines of business (None: unknown)."""
    names = None if kinds is None else [kind or "" for kind in kinds]
    params = {"region": region, "entity_id": entity_id, "kinds": names, "after": after, "limit": limit}
    return r.all(WallCamera, "views", "cameras", params)


def want(w: Write, ids: Collection[str], *, at: datetime, until: datetime) -> list[Watched]:
    """Ask for the present pictures of cameras until a moment; return those that the caller sees."""
    return w.all(Watched, "views", "want", {"ids": list(ids), "at": at, "until": until})


def view(r: Read, device_id: str) -> CameraView | None:
    """Return the present picture of a camera; None while there is none."""
    return r.one(CameraView, "views", "view", {"device_id": device_id})


def wanted(r: Read, ids: Collection[str], *, at: datetime, older: datetime, limit: int) -> list[str]:
    """Return the cameras among these whose picture somebody waits for and that have none since `older`."""
    params = {"ids": list(ids), "at": at, "older": older, "limit": limit}
    return [device_id for (device_id,) in r.tuples("views", "wanted", params)]


def keep(w: Write, *, device_id: str, jpeg: bytes, captured_at: datetime, at: datetime) -> bool:
    """Store the present picture of a camera; return False if nobody waits for it any more."""
    params = {"device_id": device_id, "jpeg": jpeg, "captured_at": captured_at, "at": at}
    return bool(w.run("views", "keep", params))


def forget(w: Write, *, before: datetime) -> int:
    """Forget the pictures that nobody has asked for since `before`; return how many."""
    return w.run("views", "forget", {"before": before})
