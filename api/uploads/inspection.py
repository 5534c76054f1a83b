"""Decode every upload completely before it is accepted, in a separate process that can be killed.

The API itself loads no decoder: it starts one process for each file and reads only the line that the process prints.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.base.apart import run_apart
from models.base.errors import NotReady

PHOTO_S, FILM_S = 20.0, 120.0
AT_ONCE = 2
WAIT_S = 30.0


class Inspector:
    """Inspects few uploads at once. Others wait; after `WAIT_S` seconds they are refused with `NotReady`."""

    def __init__(self, *, photo_s: float = PHOTO_S, film_s: float = FILM_S) -> None:
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._photo_s, self._film_s = photo_s, film_s

    def photo(self, path: Path) -> dict[str, Any]:
        """Return mime type, width, height and fingerprint of a photo.

        Raises:
            PictureRefused: the photo can't be accepted; the message states why.
            NotReady: too many uploads are being inspected right now.
        """
        with self._place():
            return run_apart("photo", path, timeout_s=self._photo_s)

    def film(self, path: Path) -> dict[str, Any]:
        """Return codec, width, height, frames and seconds of a film. Raises the errors of `photo`."""
        with self._place():
            return run_apart("film", path, timeout_s=self._film_s)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._room.acquire(timeout=WAIT_S):
            raise NotReady("too many uploads are being inspected; try again in a few seconds")
        try:
            yield
        finally:
            self._room.release()
