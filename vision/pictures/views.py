"""Present pictures of the cameras that somebody watches: newest kept frame, hidden faces, small.

Cost follows who watches: a camera that nobody asks for costs nothing, a watched one a picture every `EVERY`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import cv2
import numpy as np
import structlog

from ingest.clips.stills import read_still
from models.base.errors import MingchuError
from models.domain.drawn import Region, RegionKind, regions_of
from models.store import Store, devices, views
from vision.engines.detector import Detector
from vision.pictures.decode import Picture, encode
from vision.pictures.redaction import blurred, hidden_boxes
from vision.pipeline.kept_frames import KeptFrames

log = structlog.get_logger()

EVERY = timedelta(seconds=5)
AT_ONCE = 4
GONE_AFTER = timedelta(minutes=1)
WIDTH, QUALITY = 640, 70
_NEW, _PAUSE = timedelta(seconds=30), timedelta(seconds=60)


class ViewMaker:
    """Makes the pictures that the API asks for; called by the thread that makes films and copies."""

    def __init__(self, *, store: Store, kept: KeptFrames, redactor: Callable[[], Detector]) -> None:
        self._store, self._kept, self._redactor = store, kept, redactor
        self._swept: datetime | None = None
        self._failed: dict[str, datetime] = {}

    def look(self, *, at: datetime) -> int:
        """Make the pictures that are due, four at most; return how many were made.

        A camera whose picture could not be made is left alone for `_PAUSE`, so that it keeps no other waiting.
        """
        here = self._kept.newest(since=at - _NEW)
        self._failed = {name: since for name, since in self._failed.items() if at - since < _PAUSE}
        here = {name: kept for name, kept in here.items() if name not in self._failed}
        if self._swept is None or at - self._swept > GONE_AFTER:
            self._swept = at
            with self._store.write() as w:
                views.forget(w, before=at - GONE_AFTER)
        if not here:
            return 0
        with self._store.read() as r:
            due = views.wanted(r, list(here), at=at, older=at - EVERY, limit=AT_ONCE)
            cameras = devices.devices_named(r, due)
        made = 0
        for camera in cameras.values():
            frame = here[camera.id]
            try:
                jpeg = shown(frame.jpeg, self._redactor(), regions=_ignored(camera.config))
            except MingchuError as error:
                log.warning("present picture not made", device=camera.id, error=str(error))
                self._failed[camera.id] = at
                continue
            with self._store.write() as w:
                made += views.keep(w, device_id=camera.id, jpeg=jpeg, captured_at=frame.at, at=at)
        return made


def shown(jpeg: bytes, detector: Detector, *, regions: tuple[Region, ...] = ()) -> bytes:
    """Return a JPEG at most `WIDTH` wide with hidden faces; regions that nobody may judge are black.

    Raises:
        PictureRefused: it can't be decoded.
    """
    sharp = read_still(jpeg)
    hidden = blurred(sharp, hidden_boxes(detector.detect([sharp])[0]))
    return encode(_small(_blackened(hidden, regions)), quality=QUALITY)


def _blackened(picture: Picture, regions: tuple[Region, ...]) -> Picture:
    height, width = picture.shape[:2]
    for region in regions:
        corners = np.array([[x * width, y * height] for x, y in region.points], np.int32)
        cv2.fillPoly(picture, [corners], (0, 0, 0))
    return picture


def _small(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if width <= WIDTH:
        return picture
    size = (WIDTH, round(height * WIDTH / width))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _ignored(config: dict[str, object]) -> tuple[Region, ...]:
    return tuple(region for region in regions_of(config) if region.kind is RegionKind.ignore)
