"""Uploads are decoded to their end before they count, in a process that can be killed alone.

The API itself loads no decoder: it starts one a file, and believes only the line that it prints.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import models
from models.errors import NotReady, PictureBroken, PictureRefused, PictureTooCostly, error_classes
from models.jsonio import loads

PROGRAM = "ingest.inspection"
PHOTO_S, FILM_S = 20.0, 120.0
AT_ONCE = 2
WAIT_S = 30.0
_CODE = Path(models.__file__).parent.parent
_ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONPATH": str(_CODE),
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "LANG": "C.UTF-8",
}


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
        return self._look("photo", path, timeout_s=self._photo_s)

    def film(self, path: Path) -> dict[str, Any]:
        """Codec, width, height, frames and seconds of a film. Raises as `photo` does."""
        return self._look("film", path, timeout_s=self._film_s)

    def _look(self, kind: str, path: Path, *, timeout_s: float) -> dict[str, Any]:
        with self._place():
            try:
                done = subprocess.run(  # noqa: S603 - our own program; the file's name is ours, too
                    [sys.executable, "-P", "-m", PROGRAM, kind, str(path)],
                    env=_ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=timeout_s,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise PictureTooCostly(f"it takes more than {timeout_s:g} s to decode") from None
        if done.returncode != 0:
            raise PictureBroken(f"its decoder gave up ({done.returncode})")
        found: dict[str, Any] = loads(done.stdout)
        if "code" in found:
            raise _refusal(str(found["code"]), str(found["detail"]))
        return found

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._room.acquire(timeout=WAIT_S):
            raise NotReady("many uploads are being looked through; try again in a few seconds")
        try:
            yield
        finally:
            self._room.release()


def _refusal(code: str, detail: str) -> PictureRefused:
    for known in error_classes():
        if known.code == code and issubclass(known, PictureRefused):
            return known(detail)
    return PictureBroken(detail)
