"""What is furniture in front of an agent's cameras: learnt at the edge, kept on its disk, told to the platform.

A file of the agent has what the table `camera_furniture` has of the platform's judge. It holds learnt places alone:
what was half learnt begins anew after a restart. A camera that was turned meanwhile shows nothing at the old places,
so that they are forgotten after ten minutes of pictures, as anywhere.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.payloads.status import PlaceBox
from models.base.atomic import write_atomically
from vision.judging.furniture import MOST, Furniture, Place
from vision.pictures.decode import Picture
from vision.pictures.quality import PictureHealth

log = structlog.get_logger()

KEEP_EVERY_S: Final = 300.0
"""How often the times of places that are still seen are written, in seconds of the pictures; changes at once."""
MOST_BYTES: Final = 4 * 2**20
"""Largest file that is read: 256 cameras with 64 places each need some 2 MiB."""
_LATEST: Final = 4e9
_Second = Annotated[float, Field(ge=0, le=_LATEST, allow_inf_nan=False)]


class _Kept(BaseModel):
    """One learnt place in the file: its box, since when nothing stirred, when it was last seen, in how many frames."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    box: PlaceBox
    since_s: _Second
    seen_s: _Second
    frames: int = Field(ge=1, le=2**53)

    @model_validator(mode="after")
    def _in_order(self) -> "_Kept":
        x0, y0, x1, y1 = self.box
        if not (x0 <= x1 and y0 <= y1 and self.since_s <= self.seen_s):
            raise ValueError("expected x0 ≤ x1, y0 ≤ y1 and since_s ≤ seen_s")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    cameras: dict[str, Annotated[list[_Kept], Field(max_length=MOST)]] = Field(max_length=256)


class EdgeFurniture:
    """The furniture of an agent's cameras. Only the thread that judges changes it; any thread may call `told`.

    Args:
        path: the file, or None to keep nothing.
        devices: the cameras that learn; the others have none.
    """

    def __init__(self, path: Path | None, devices: Collection[str]) -> None:
        self._path = path
        kept = _read(path)
        self._cameras = {device: Furniture([_judged(one) for one in kept.get(device, ())]) for device in devices}
        self._health = {device: PictureHealth() for device in devices}
        self._told: Mapping[str, tuple[PlaceBox, ...]] = {}
        self._kept_at = float("-inf")
        self._tell()

    def of(self, device: str) -> Furniture:
        """Return the furniture of a camera, which its judge goes on learning; a new one for a camera that learns none.

        A camera that learns none has its furniture paused, so that every head before it counts.
        """
        return self._cameras.get(device) or Furniture(paused=True)

    def look(self, device: str, picture: Picture, *, at_s: float) -> None:
        """Note whether a camera's picture (H, W, 3) can be judged: learn nothing else, forget all when it moved.

        Call it before the picture is judged, with times that do not decrease; see `begin_anew`.
        """
        health = self._health.get(device)
        if health is None:
            return
        health.look(picture, at_s=at_s)
        furniture = self._cameras[device]
        if health.wrong == "camera_moved" and furniture.places:
            log.info("furniture forgotten, the camera moved", device=device, places=len(furniture.known()))
            furniture.forget()
        furniture.paused = health.wrong not in {None, "camera_moved"}

    def begin_anew(self, device: str) -> None:
        """Learn the usual look of a camera again, because its clock was set back."""
        if device in self._health:
            self._health[device] = PictureHealth()

    def keep(self, *, at_s: float) -> None:
        """Write what was learnt or forgotten, and from time to time when it was last seen. A full disk costs a line."""
        changed = self._tell()
        if not changed and 0 <= at_s - self._kept_at < KEEP_EVERY_S:
            return
        self._kept_at = at_s
        if self._path is None:
            return
        kept = {device: [_kept(place) for place in one.known()] for device, one in self._cameras.items()}
        try:
            write_atomically(self._path, _File(cameras=kept).model_dump_json())
        except OSError as error:
            log.warning("furniture can't be saved", file=str(self._path), why=error.strerror)

    def told(self, device: str) -> tuple[PlaceBox, ...] | None:
        """Return the boxes of a camera's furniture for its status, normalised corners; None if it learns none."""
        return self._told.get(device)

    def _tell(self) -> bool:
        """Take the furniture known now into the next status; return whether it differs from the last."""
        told = {device: tuple(_box(place) for place in one.known()) for device, one in self._cameras.items()}
        changed = told != self._told
        self._told = told
        return changed


def _read(path: Path | None) -> Mapping[str, list[_Kept]]:
    """Return the places of a file; none, with a line in the log, if it can't be read: they are learnt again."""
    if path is None or not path.exists():
        return {}
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) <= MOST_BYTES:
            return _File.model_validate_json(text).cameras
        why = f"more than {MOST_BYTES} bytes"
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"]
    except OSError as error:
        why = str(error)
    log.warning("furniture can't be read and is learnt anew", file=str(path), why=why)
    return {}


def _judged(kept: _Kept) -> Place:
    return Place(
        box=np.array(kept.box, np.float32),
        since_s=kept.since_s,
        seen_s=kept.seen_s,
        seen=kept.frames,
        frames=kept.frames,
        learnt=True,
    )


def _kept(place: Place) -> _Kept:
    seen_s = min(max(0.0, place.seen_s), _LATEST)  # a clock that was set back may leave it before the beginning
    return _Kept(box=_box(place), since_s=min(max(0.0, place.since_s), seen_s), seen_s=seen_s, frames=place.seen)


def _box(place: Place) -> PlaceBox:
    x0, y0, x1, y1 = (min(1.0, max(0.0, round(float(one), 4))) for one in place.box)
    return x0, y0, x1, y1
