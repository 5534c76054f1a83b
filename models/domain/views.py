"""Present pictures of cameras, as a live wall shows them."""

from dataclasses import dataclass
from datetime import datetime

from models.domain.devices import DeviceView
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class WallCamera(DeviceView):
    """A camera with the names of its place.

    Attributes:
        captured_at: when its present picture was received; None while there is none.
    """

    site: str
    entity: str
    captured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView(Owner):
    """The present picture of a camera: a JPEG with hidden faces, received at `captured_at`."""

    device_id: str
    jpeg: bytes
    captured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(Owner):
    """A camera whose picture somebody asked for."""

    device_id: str
