"""A process for one upload: it decodes a sent file to its end; it can be killed or run out of memory without harm.

`python -m ingest.clips.inspection photo|film FILE` prints one line of JSON: the findings, or `{"code", "detail"}`.
`smaller|playable FILE INTO` writes a photo that fits a screen, or a film that every browser plays.
"""

import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from ingest.clips.stills import PHOTO, claims, fingerprint, read_to_the_end
from ingest.video.children import bound_memory
from ingest.video.films import read_film
from ingest.video.reencode import reencode
from models.base.errors import MingchuError, PictureTooCostly
from models.base.jsonio import dumps

MEMORY = 1_600 * 1024 * 1024
"""Bytes beyond the process's memory at its start: a photo of 128 million pixels takes 900 MB."""
CPU_S = 120
SCREEN = 4096


def photo(path: Path) -> dict[str, Any]:
    """Decode a photo; return its type, size and fingerprint."""
    content = path.read_bytes()
    found = claims(content, bounds=PHOTO)
    picture = read_to_the_end(content, bounds=PHOTO)
    height, width = picture.shape[:2]
    return {"mime": found.mime, "width": width, "height": height, "fingerprint": fingerprint(picture)}


def film(path: Path) -> dict[str, Any]:
    """Decode a film; return its properties."""
    return asdict(read_film(path))


def smaller(path: Path, into: Path) -> dict[str, Any]:
    """Write a photo again as a JPEG that fits a screen, without any other data of the original file."""
    picture = read_to_the_end(path.read_bytes(), bounds=PHOTO)
    height, width = picture.shape[:2]
    scale = min(1.0, SCREEN / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shown = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    into.write_bytes(bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]))
    return {"width": size[0], "height": size[1]}


def playable(path: Path, into: Path) -> dict[str, Any]:
    """Write a film again as MP4 with H.264."""
    into.write_bytes(reencode(path.read_bytes()))
    return {}


_KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "photo": photo,
    "film": film,
    "smaller": smaller,
    "playable": playable,
}


def bound() -> None:
    """Limit memory and CPU time of this process, so that it dies before it harms others."""
    bound_memory(MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    cv2.setNumThreads(1)


def main(kind: str, *files: str) -> None:
    """Do one job, and print its result."""
    bound()
    try:
        found = _KINDS[kind](*map(Path, files))
    except MemoryError:
        found = _refusal(PictureTooCostly("it takes more memory to decode than any honest picture"))
    except MingchuError as error:
        found = _refusal(error)
    sys.stdout.write(dumps(found))


def _refusal(error: MingchuError) -> dict[str, Any]:
    return {"code": error.code, "detail": str(error)}


if __name__ == "__main__":
    main(*sys.argv[1:])
