"""The page of one camera: its present picture with the places that are learnt as furniture."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.console.shell.words import ago, short
from models.catalogue.terms import DeviceKind, label
from models.domain.furniture import LearntPlace
from models.store import Read, devices, furniture, registry


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One learnt place; its box is in hundredths of the picture."""

    id: UUID
    number: int
    x: float
    y: float
    w: float
    h: float
    since: str
    seen: str
    frames: int
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPage:
    """The whole page."""

    id: str
    name: str
    zone: str
    site: str
    state: str
    places: tuple[PlaceLine, ...]


def load_camera(r: Read, camera_id: str, *, now: datetime) -> CameraPage | None:
    """Load the page; None if there is no such camera that the visitor sees."""
    device = devices.device(r, camera_id)
    if device is None or device.kind is not DeviceKind.camera:
        return None
    site = registry.site(r, device.site_id)
    places = furniture.of_cameras(r, [camera_id])
    return CameraPage(
        id=device.id,
        name=device.name,
        zone=label(device.zone),
        site="" if site is None else site.name,
        state="never" if device.last_frame_at is None else "online",
        places=tuple(_line(place, number, now=now) for number, place in enumerate(places, 1)),
    )


def _line(place: LearntPlace, number: int, *, now: datetime) -> PlaceLine:
    x0, y0, x1, y1 = (round(one * 100, 2) for one in place.box)
    return PlaceLine(
        id=place.id,
        number=number,
        x=x0,
        y=y0,
        w=round(x1 - x0, 2),
        h=round(y1 - y0, 2),
        since=short(place.since),
        seen=ago(place.seen_at, now=now),
        frames=place.frames,
        refused=""
        if place.refused_at is None
        else f"{short(place.refused_at)} {place.refused_by} 标记为人员：{place.reason}",
    )
