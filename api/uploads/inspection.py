"""Uploads are decoded to their end before they count, in a process that can be killed alone.

The API itself loads no decoder: it starts one a file, and believes only the line that it prints.
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
    """Few at once: more uploads wait, and are asked to come again when that takes too long."""

    def __init__(self, *, photo_s: float = PHOTO_S, film_s: float = FILM_S) -> None:
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._photo_s, self._film_s = photo_s, film_s

    def photo(self, path: Path) -> dict[str, Any]:
        """Mime, width, height and fingerprint of a photo.

        Raises:
            PictureRefused: it can't be taken, and why.
            NotReady: too many uploads are looked through right now.
        """
        with self._place():
            return run_apart("photo", path, timeout_s=self._photo_s)

    def film(self, path: Path) -> dict[str, Any]:
        """Codec, width, height, frames and seconds of a film. Raises as `photo` does."""
        with self._place():
            return run_apart("film", path, timeout_s=self._film_s)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._room.acquire(timeout=WAIT_S):
            raise NotReady("many uploads are being looked through; try again in a few seconds")
        try:
            yield
        finally:
            self._room.release()
