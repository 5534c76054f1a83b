"""A process for one upload: it decodes what somebody sent to its end, and may be killed, or run out of memory, alone.

`python -m ingest.clips.inspection photo|film FILE` prints one line of JSON: what was found, or `{"code", "detail"}`.
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
"""On top of what the process has when it begins: a photo of 128 million pixels takes 900 MB."""
CPU_S = 120
SCREEN = 4096


def photo(path: Path) -> dict[str, Any]:
    """Look through a photo."""
    content = path.read_bytes()
    found = claims(content, bounds=PHOTO)
    picture = read_to_the_end(content, bounds=PHOTO)
    height, width = picture.shape[:2]
    return {"mime": found.mime, "width": width, "height": height, "fingerprint": fingerprint(picture)}


def film(path: Path) -> dict[str, Any]:
    """Look through a film."""
    return asdict(read_film(path))


def smaller(path: Path, into: Path) -> dict[str, Any]:
    """Write a photo anew as a JPEG that fits a screen: nothing of what was sent but its picture is left."""
    picture = read_to_the_end(path.read_bytes(), bounds=PHOTO)
    height, width = picture.shape[:2]
    scale = min(1.0, SCREEN / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shown = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    into.write_bytes(bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]))
    return {"width": size[0], "height": size[1]}


def playable(path: Path, into: Path) -> dict[str, Any]:
    """Write a film anew as MP4 with H.264."""
    into.write_bytes(reencode(path.read_bytes()))
    return {}


_KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "photo": photo,
    "film": film,
    "smaller": smaller,
    "playable": playable,
}


def bound() -> None:
    """From here on this process dies before it harms anybody."""
    bound_memory(MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    cv2.setNumThreads(1)


def main(kind: str, *files: str) -> None:
    """Do one piece of work, and print what was found."""
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
