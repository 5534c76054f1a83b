"""Sources of a simulated camera's pictures: drawn kitchens, stills, or a video."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen import KitchenCamera, Situation
from ingest.simulator.script import CameraScript
from models.base.errors import Invalid

_QUALITY = 82
_PICTURES = {".jpg", ".jpeg", ".png"}
_VIDEOS = {".mp4", ".mkv", ".avi", ".mov"}
MAX_BYTES = 512_000


class Source(Protocol):
    """Returns the picture of a moment."""

    def jpeg(self, t: float, *, wall_clock: datetime) -> bytes | None:
        """Return the JPEG `t` seconds after the start; None after the end of the footage."""
        ...


def encode(picture: NDArray[np.uint8]) -> bytes:
    """Return a JPEG of at most 512 KB, the limit of a frame message; reduces the quality as needed."""
    for quality in (_QUALITY, 65, 45, 25):
        done, buffer = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if done and len(buffer) <= MAX_BYTES:
            return bytes(buffer)
    raise Invalid(f"a picture of shape {picture.shape} does not fit into {MAX_BYTES} bytes as JPEG")


class DrawnKitchen:
    """A kitchen drawn by our own code."""

    def __init__(self, script: CameraScript) -> None:
        self._camera = KitchenCamera(
            seed=script.seed,
            name=script.name,
            cooks=script.cooks,
            night=script.night,
            masks_worn=script.masks_worn,
            situations=[Situation(code=s.code, start_s=s.start_s, end_s=s.end_s) for s in script.situations],
        )

    def jpeg(self, t: float, *, wall_clock: datetime) -> bytes:
        """Return the drawn picture of a moment."""
        picture, _ = self._camera.render(t, wall_clock=wall_clock)
        return encode(picture)


class Stills:
    """Pictures, each shown for a while; ends after the last."""

    def __init__(self, paths: list[Path], *, hold_s: float) -> None:
        if not paths or hold_s <= 0:
            raise Invalid("stills need at least one picture and a time to hold each")
        self._paths, self._hold_s = paths, hold_s
        self._shown: tuple[int, bytes] | None = None

    def jpeg(self, t: float, *, wall_clock: datetime) -> bytes | None:  # noqa: ARG002 - a still has no clock
        """Return the still of a moment; None after the last."""
        index = int(t / self._hold_s)
        if index >= len(self._paths):
            return None
        if self._shown is None or self._shown[0] != index:
            self._shown = (index, _still(self._paths[index]))
        return self._shown[1]


def _still(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix.lower() != ".png" and len(content) <= MAX_BYTES:
        return content
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise Invalid(f"{path} is not a picture")
    return encode(np.asarray(picture, np.uint8))


class Video:
    """A video file, sampled at the camera's rate; ends with the file."""

    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path))
        self._fps = self._capture.get(cv2.CAP_PROP_FPS) or 25.0
        self._next = 0
        if not self._capture.isOpened():
            raise Invalid(f"{path} can't be opened as a video")

    def jpeg(self, t: float, *, wall_clock: datetime) -> bytes | None:  # noqa: ARG002 - a video has its own time
        """Return the video's picture of a moment; moments must rise."""
        wanted = int(t * self._fps)
        while self._next < wanted and self._capture.grab():
            self._next += 1
        there, picture = self._capture.read()
        self._next += 1
        return encode(np.asarray(picture, np.uint8)) if there else None


def open_source(script: CameraScript) -> Callable[[], Source]:
    """Return a function that opens a camera's source; opening draws the background, which takes a moment."""
    if not script.footage:
        return lambda: DrawnKitchen(script)
    if len(script.footage) == 1 and script.footage[0].suffix.lower() in _VIDEOS:
        return lambda: Video(script.footage[0])
    return lambda: Stills(script.footage, hold_s=script.hold_s)


def find_footage(path: Path) -> list[Path]:
    """Return the pictures of a folder in order of name, or the one video.

    Raises:
        Invalid: neither pictures nor a video.
    """
    if path.is_file() and path.suffix.lower() in _VIDEOS | _PICTURES:
        return [path]
    found = sorted(p for p in path.iterdir() if p.suffix.lower() in _PICTURES) if path.is_dir() else []
    if not found:
        raise Invalid(f"{path}: expected a folder of .jpg/.png pictures, or a video ({', '.join(sorted(_VIDEOS))})")
    return found
